"""What can be reached from a host behind SSH, with nothing installed there?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.host import connected
from nlbcheck.vantage.port import Vantage
from nlbcheck.vantage.ssh.point import SshVantage


class SshPlace(Protocol):
    """A place behind SSH."""

    @property
    def place(self) -> str:
        """``ssh://[user@]host[:port]``."""
        ...

    @property
    def label(self) -> str:
        """What reports call it."""
        ...


@contextmanager
def opened(where: SshPlace, _opening: object = None) -> Iterator[Sequence[Vantage]]:
    """Log in to a host, yield it as a vantage point, and log out in the end.

    Raises InputError for a place or an ssh_config that makes no sense, UnseenError where one cannot log in.
    """
    with connected(Destination.parse(where.place), where.label) as host:
        yield (SshVantage(host),)
