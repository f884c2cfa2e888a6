"""Which state of AWS does a command look at: a snapshot's, or the one of this moment?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import click

from nlbcheck import __version__
from nlbcheck.aws import recording
from nlbcheck.aws.balancers import LoadBalancer
from nlbcheck.aws.collect import Collector, RefusedError, Source
from nlbcheck.aws.players import Question
from nlbcheck.aws.recording import Answer, Gap, Recording
from nlbcheck.aws.sight import Place
from nlbcheck.aws.world import World
from nlbcheck.diagnosis import balancers
from nlbcheck.escape import printable

_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class State:
    """Where the state of AWS comes from, as the options say."""

    snapshot: Path | None
    profile: str | None
    endpoint_url: str | None
    quiet: bool
    """Whether nothing is to be remarked on stderr."""

    def world(
        self,
        balancer: str | None,
        region: str | None,
        addresses: Sequence[str] = (),
        groups: frozenset[str] = frozenset(),
    ) -> World:
        """Return all that is recorded of a load balancer, its listeners and their target groups.

        It is named as `balancers.find` takes it; ``groups`` are target groups as a table names them.
        """
        if self.snapshot is None:
            return World(self._asked(balancer, region, addresses, groups))
        found = recording.read(self.snapshot)
        age = datetime.now(UTC) - found.taken_at
        if age > _OLD and not self.quiet:
            click.echo(
                f"{printable(str(self.snapshot))} is {age.days} day{'s'[: age.days != 1]} old.", err=True
            )
        return World(found)

    def _asked(
        self, balancer: str | None, region: str | None, addresses: Sequence[str], groups: frozenset[str]
    ) -> Recording:
        # boto3 is slow to import, and no snapshot needs it.
        from nlbcheck.aws.live import Access, Live

        live = Live(Access(self.profile, region, self.endpoint_url))
        place = live.place()
        listed = _listed(live, place)
        found = balancers.find(World(listed), balancer, region, addresses)
        if not isinstance(found, LoadBalancer):
            return listed
        collected = Collector({place: live}).collect(Question(found.name, place, groups=groups))
        return replace(collected, answers=(*listed.answers, *collected.answers))


def _listed(source: Source, place: Place) -> Recording:
    """Return the list of all load balancers: a name may be only the end of one."""
    service, operation, parameters = "elbv2", "DescribeLoadBalancers", dict[str, Any]()
    call = (place.account, place.region, service, operation, parameters)
    now = datetime.now(UTC)
    try:
        answer = Answer(*call, response=source.call(service, operation, parameters))
    except RefusedError as refused:
        return Recording(now, __version__, (), (Gap(*call, error=refused.code),))
    return Recording(now, __version__, (answer,))


_OPTIONS = (
    click.option(
        "--snapshot", type=click.Path(path_type=Path), metavar="FILE",
        help="Look at what was recorded in FILE, not at AWS.",
    ),
    click.option("--profile", metavar="NAME", help="The AWS profile to ask with."),
    click.option("--endpoint-url", metavar="URL", help="Ask there instead of AWS."),
    click.option("-q", "--quiet", is_flag=True, help="No remarks on stderr."),
)  # fmt: skip


def state_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the state of AWS comes from; the command takes them as ``state``."""

    @wraps(command)
    def with_state(
        snapshot: Path | None,
        profile: str | None,
        endpoint_url: str | None,
        quiet: bool,
        **others: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        return command(state=State(snapshot, profile, endpoint_url, quiet), **others)

    for option in reversed(_OPTIONS):
        with_state = option(with_state)
    return with_state
