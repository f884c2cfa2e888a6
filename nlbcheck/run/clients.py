"""From where do a run's connections start?"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from nlbcheck.model import Client, Node
from nlbcheck.path.relay import THIS_MACHINE


def client(named: str | None, nodes: Sequence[Node]) -> Client:
    """Return the client that was named, else this machine with the address that it would use."""
    if named:
        return Client(named)
    return Client(THIS_MACHINE, _own_address(nodes[0].address) if nodes else None)


def _own_address(towards: str) -> str | None:
    """Return the address that this machine's routing table chooses; no packet is sent for it."""
    family = socket.AF_INET6 if ":" in towards else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((towards, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])
