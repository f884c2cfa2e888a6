"""How does one log in to a target: by SSH, or by Systems Manager?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from nlbcheck.hosts.host import Host
from nlbcheck.inspection.question import HostQuestion

if TYPE_CHECKING:
    from nlbcheck.hosts.ssh.destination import Destination
    from nlbcheck.run.inspect import LogIn


def by_ssh(named: str | None = None, jumps: Sequence[str] = ()) -> LogIn:
    """Return who logs in by SSH, as ssh_config says.

    ``named`` is ``[user@]host[:port]``; without a host (``user@``, ``:port``) it is the target's address.
    ``jumps`` are the hosts to go over, nearest first, instead of those of ssh_config. Raises InputError for
    what is none of that.
    """
    # paramiko is slow to import, and most commands do without.
    from nlbcheck.hosts.ssh.destination import Destination

    user, at, place = (named or "").removeprefix("ssh://").rpartition("@")
    elsewhere = not (place and not place.startswith(":"))
    template = Destination.parse(f"{user}{at}{'target' if elsewhere else ''}{place}")
    over = tuple(Destination.parse(jump) for jump in jumps)

    def log_in(question: HostQuestion) -> AbstractContextManager[Host]:
        to = replace(template, host=str(question.address)) if elsewhere else template
        return _connected(over, to)

    return log_in


@contextmanager
def _connected(over: tuple[Destination, ...], to: Destination) -> Iterator[Host]:
    from nlbcheck.hosts.ssh.host import SshHost
    from nlbcheck.hosts.ssh.link import SshLink

    link = SshLink.open_over(over, to)
    try:
        yield SshHost(link)
    finally:
        link.close()
