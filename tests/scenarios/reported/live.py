"""Servers on the static IPs of live networks, one network at a time: tests may run side by side."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.servers import Handler, black_hole, serving

STATIC_IPS = ("127.31.128.10", "127.31.136.10")
_LOCK = Path(tempfile.gettempdir()) / "nlbcheck-tests-live.lock"


@contextmanager
def served(handler: Handler, port: int) -> Iterator[None]:
    """Run ``handler`` on every connection to a port of both static IPs."""
    with _held(*(serving(handler, address, port) for address in STATIC_IPS)):
        yield


@contextmanager
def silent(port: int) -> Iterator[None]:
    """Let connection requests to a port of both static IPs go unanswered."""
    with _held(*(black_hole(address, port) for address in STATIC_IPS)):
        yield


@contextmanager
def _held(*servers: AbstractContextManager[int]) -> Iterator[None]:
    with _LOCK.open("w") as lock, ExitStack() as stack:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for server in servers:
            stack.enter_context(server)
        yield
