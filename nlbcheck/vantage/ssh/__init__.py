"""What can be reached from a host behind SSH, with nothing installed there?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.host import connected
from nlbcheck.model.where import Where
from nlbcheck.vantage.port import Vantage
from nlbcheck.vantage.ssh.point import SshVantage

if TYPE_CHECKING:
    from nlbcheck.vantage.places import Opening


@contextmanager
def opened(where: Where, _opening: Opening | None = None) -> Iterator[Sequence[Vantage]]:
    """Log in to a host, yield it as a vantage point, and log out in the end.

    Raises InputError for a place or an ssh_config that makes no sense, UnseenError where one cannot log in.
    """
    with connected(Destination.parse(where.place), where.label) as host:
        yield (SshVantage(host),)
