"""How does one log in to a target: by SSH, or by Systems Manager?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from nlbcheck.errors import InputError, UnseenError
from nlbcheck.escape import printable
from nlbcheck.hosts.host import Host
from nlbcheck.inspection.question import HostQuestion

if TYPE_CHECKING:
    from nlbcheck.hosts.ssh.destination import Destination
    from nlbcheck.run.aws import Aws
    from nlbcheck.run.inspect import LogIn


_ANY = "target"
"""Stands for the address of whichever target is logged in to."""


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
    try:
        template = Destination.parse(f"{user}{at}{_ANY if elsewhere else ''}{place}")
    except InputError as error:
        shown = place if ":" in user else f"{user}{at}{place}"  # never a password
        expected = str(error).rpartition(": expected ")[2].replace("host[:port]", "[host][:port]")
        raise InputError(f"--ssh {printable(shown)}: expected {expected}") from None
    over = tuple(Destination.parse(jump) for jump in jumps)

    def log_in(question: HostQuestion) -> AbstractContextManager[Host]:
        to = replace(template, host=str(question.address)) if elsewhere else template
        return _connected(over, to)

    return log_in


def by_ssm(aws: Aws, region: str | None = None) -> LogIn:
    """Return who runs commands by Systems Manager, on targets that are EC2 instances."""

    def log_in(question: HostQuestion) -> AbstractContextManager[Host]:
        return _of_systems_manager(aws, region, question)

    return log_in


@contextmanager
def _of_systems_manager(aws: Aws, region: str | None, question: HostQuestion) -> Iterator[Host]:
    # boto3 is slow to import, and only this needs it.
    from nlbcheck.aws.sources.live import Access, Live
    from nlbcheck.hosts.compressed import Compressed
    from nlbcheck.hosts.ssm.command import RunCommand
    from nlbcheck.hosts.ssm.ssm_host import SsmHost

    if question.instance is None:
        raise UnseenError("AWS shows no one EC2 instance with this address, which Systems Manager needs")
    source = Live(Access(aws.profile, region, aws.endpoint_url, aws.role_arn))
    yield Compressed(SsmHost(question.instance, RunCommand(source)))


@contextmanager
def _connected(over: tuple[Destination, ...], to: Destination) -> Iterator[Host]:
    from nlbcheck.hosts.ssh.host import SshHost
    from nlbcheck.hosts.ssh.link import SshLink

    link = SshLink.open_over(over, to)
    try:
        yield SshHost(link)
    finally:
        link.close()
