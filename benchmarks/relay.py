"""A relay of thousands of ports on loopback, served by programs that Python does not slow down."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

ADDRESSES = ("127.0.0.1", "127.0.0.2")
"""Stand for the static IPs of two nodes."""

_HEADER = "Listener,Target group,Target port,Target,Check\n"


def write_table(
    path: Path, checks: Sequence[tuple[int, str]], addresses: Sequence[str] = ADDRESSES
) -> list[str | Path]:
    """Write a table with one row, and one target, for each (port, check); return the options to use it."""
    rows = (
        f"TCP:{port},tg-{port},TCP:{port},10.{index >> 16 & 255}.{index >> 8 & 255}.{index & 255},{check}\n"
        for index, (port, check) in enumerate(checks)
    )
    path.write_text(_HEADER + "".join(rows))
    nodes = [f"zone-{number}={address}" for number, address in enumerate(addresses)]
    return ["-m", path, *(option for node in nodes for option in ("--static-ip", node))]


def many_ports(ports: range) -> str:
    """Return the nginx server block that answers on every one of ``ports``, without a log."""
    listen = f"listen {ports[0]}-{ports[-1]} backlog=4096"
    return f"server {{ {listen}; access_log off; location / {{ return 200 ''; }} }}"


@contextlib.contextmanager
def black_holes(ports: range) -> Iterator[None]:
    """Let connection requests to ``ports`` go unanswered: their queues are full."""
    with contextlib.ExitStack() as stack:
        for port in ports:
            listener = stack.enter_context(socket.create_server(("0.0.0.0", port), backlog=0))
            for _ in range(4):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", listener.getsockname()[1]))
        yield
