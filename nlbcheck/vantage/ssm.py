"""From instances that Systems Manager runs commands on: who is one there, and what is seen from there?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlbcheck.hosts.compressed import Compressed
from nlbcheck.hosts.host import Host
from nlbcheck.hosts.ssm.command import RunCommand, Waiting
from nlbcheck.hosts.ssm.ssm_host import SsmHost
from nlbcheck.model import Client, Flow
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch, unwatched
from nlbcheck.vantage import fleets
from nlbcheck.vantage.fleets import FleetMember
from nlbcheck.vantage.shell.crew import Crew, HostOutput, RunOnHosts

if TYPE_CHECKING:
    from nlbcheck.aws.sources.port import Source
    from nlbcheck.model.where import Where
    from nlbcheck.vantage.places import Opening


_USUAL = Waiting()


@dataclass(frozen=True, slots=True)
class SsmVantage:
    """An instance of Systems Manager, whose shell makes the probes."""

    name: str
    member: FleetMember
    crew: Crew
    host: Host | None = None
    """Where commands run: the client's own faults are looked for there."""

    def identity(self, towards: str | None = None) -> Client:
        """Return the instance with its primary interface, as EC2 shows it; ``towards`` decides nothing."""
        one = self.member
        return Client(
            self.name,
            one.address,
            one.interface,
            one.subnet,
            one.vpc,
            one.instance,
            stands_for=one.stands_for,
        )

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        """Probe every flow from the instance, to each target one connection after the other.

        An instance behind the same place of ``--via`` probes the same flows by the same command. Raises
        UnseenError where AWS takes no commands.
        """
        return self.crew.probe(self.member.instance, flows, limits, watch)


@contextmanager
def opened(where: Where, opening: Opening) -> Iterator[Sequence[SsmVantage]]:
    """Yield the instances that a place means, ``ssm://i-…`` or ``ssm://tag:KEY=VALUE``."""
    # boto3 is slow to import, and only this needs it.
    from nlbcheck.aws.sources.live import Access, Live

    live = Live(Access(opening.profile, opening.region, opening.endpoint_url))
    yield fleet(live, where.address, where.label, every_host=where.every_host, bucket=where.bucket)


def fleet(
    source: Source,
    address: str,
    label: str,
    *,
    every_host: bool = False,
    bucket: str | None = None,
    waiting: Waiting = _USUAL,
) -> Sequence[SsmVantage]:
    """Return the vantage points of ``i-…`` or ``tag:KEY=VALUE``: one for all that stand alike, or every one.

    Their names begin with ``label``. What is printed there goes to ``bucket`` of S3, too, if there is one.
    """
    members = fleets.members(source, address, every_host=every_host)
    commands = RunCommand(source, bucket, waiting)
    crew = Crew(_runs(commands), [one.instance for one in members])
    names = [_name(label, one, members) for one in members]
    return tuple(
        SsmVantage(name, one, crew, Compressed(SsmHost(one.instance, commands, name)))
        for name, one in zip(names, members, strict=True)
    )


def _name(label: str, member: FleetMember, members: Sequence[FleetMember]) -> str:
    return label if len(members) == 1 and not member.stands_for else f"{label} {member.instance}"


def _runs(commands: RunCommand) -> RunOnHosts:
    def run(hosts: Sequence[str], script: str, seconds: float) -> Mapping[str, HostOutput]:
        done = commands.run(hosts, script, seconds)
        return {
            host: HostOutput(one.ran.output, one.ran.is_cut, one.why) if one.ran else HostOutput(why=one.why)
            for host, one in done.items()
        }

    return run
