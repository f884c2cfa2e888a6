"""Where does a command learn the state of AWS from: a snapshot, or AWS itself, and as whom?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nlbcheck.aws import recording
from nlbcheck.aws.collect import Collector, Recorded, Source
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.cli.streams import write_stderr
from nlbcheck.diagnosis import balancers
from nlbcheck.errors import UnseenError
from nlbcheck.escape import printable
from nlbcheck.model.facts import Absent, AccountRegion
from nlbcheck.relays.table import Table

if TYPE_CHECKING:
    from nlbcheck.aws.live import Live

_Result = TypeVar("_Result")
_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Aws:
    """What the options say."""

    snapshot: Path | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    client_profile: str | None = None

    def asking(self, table: Table, *, quiet: bool, region_elsewhere: str | None = None) -> Asking:
        """Return who answers questions about a table's load balancer: the snapshot, or AWS itself.

        ``region_elsewhere`` is another Region to look for the load balancer in, where it is not found.
        """
        if self.snapshot is not None:
            return Recorded(read(self.snapshot, quiet=quiet))
        live = self._live(self.profile, table.region, role=True)
        account_region = live.account_region()
        sources = {account_region: live}
        client_profile = self.client_profile or table.client_profile
        if client_profile:
            other = self._live(client_profile, table.region)
            sources.setdefault(other.account_region(), other)
        asking = _Live(sources, quiet=quiet)
        addresses = [node.address for node in table.static_ips]
        found = asking.ask(lambda state: balancers.find(state, table.load_balancer, table.region, addresses))
        if isinstance(found, Absent):
            return Recorded(self._looked_elsewhere(asking.recording, account_region, region_elsewhere))
        return asking

    def home(self, found: Recording) -> AccountRegion | None:
        """Return the place that was asked first, before any other Region; of a snapshot, its only place."""
        places = list(dict.fromkeys(AccountRegion(answer.account, answer.region) for answer in found.answers))
        return places[0] if len(places) == 1 or (places and self.snapshot is None) else None

    def _live(self, profile: str | None, region: str | None, *, role: bool = False) -> Live:
        # boto3 is slow to import, and no snapshot needs it.
        from nlbcheck.aws.live import Access, Live

        return Live(Access(profile, region, self.endpoint_url, self.role_arn if role else None))

    def _looked_elsewhere(
        self, listed: Recording, account_region: AccountRegion, elsewhere: str | None
    ) -> Recording:
        """Return a recording with the load balancers of other Regions that may be meant."""
        regions = {elsewhere, os.environ.get("AWS_REGION"), os.environ.get("AWS_DEFAULT_REGION")}
        for region in sorted(filter(None, regions - {account_region.region})):
            with suppress(UnseenError):  # a Region may be closed to this account
                live = self._live(self.profile, region, role=True)
                there = AccountRegion(account_region.account, region)
                listing = Collector({there: live})
                listing.ask(lambda state: state.all_load_balancers(state.sources[0]))
                more = listing.recording
                listed = replace(
                    listed, answers=(*listed.answers, *more.answers), gaps=(*listed.gaps, *more.gaps)
                )
        return listed


class _Live:
    """Asks AWS what questions need, and shows a person at a terminal how much that is."""

    def __init__(self, sources: Mapping[AccountRegion, Source], *, quiet: bool) -> None:
        self._quiet = quiet
        self._told: Callable[[str], None] = lambda _: None
        self._collector = Collector(sources, lambda call: self._told(call))

    @property
    def recording(self) -> Recording:
        return self._collector.recording

    def ask(self, question: Callable[[AwsState], _Result]) -> _Result:
        with _counting(quiet=self._quiet) as self._told:
            return self._collector.ask(question)


Asking = Recorded | _Live
"""Who answers questions about a recorded state."""


def read(snapshot: Path, *, quiet: bool) -> Recording:
    """Return a snapshot's recording; one that is a day old says so on stderr."""
    found = recording.read(snapshot)
    age = datetime.now(UTC) - found.taken_at
    if age >= _OLD and not quiet:
        told = f"{age.days} day{'s'[: age.days != 1]}"
        write_stderr(printable(f"{snapshot} is {told} old; AWS may have changed since."))
    return found


@contextmanager
def _counting(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that is told of each call; a person at a terminal sees how many there were."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    count = 0

    def told(call: str) -> None:
        nonlocal count
        count += 1
        click.echo(f"\r\x1b[KReading AWS: call {count}, {call}", err=True, nl=False)

    try:
        yield told
    finally:
        click.echo("\r\x1b[K", err=True, nl=False)


_OPTIONS = (
    click.option(
        "--snapshot", type=click.Path(path_type=Path), metavar="FILE",
        help="Look at what was recorded in FILE, not at AWS.",
    ),
    click.option("--profile", metavar="NAME", help="The AWS profile to ask with."),
    click.option("--role-arn", metavar="ARN", help="A role to assume before asking."),
    click.option(
        "--client-profile", metavar="NAME",
        help="The AWS profile for the client's side, where that is another account.",
    ),
    click.option("--endpoint-url", metavar="URL", help="Ask there instead of AWS."),
)  # fmt: skip


def aws_options(*, snapshot: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that say where AWS's state comes from; the command takes them as ``aws``."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_aws(**options: Any) -> Any:  # noqa: ANN401
            names = ("snapshot", "profile", "endpoint_url", "role_arn", "client_profile")
            given = {name: options.pop(name) for name in names if name in options}
            return command(aws=Aws(**given), **options)

        decorated: Callable[..., Any] = with_aws
        for option in reversed(_OPTIONS if snapshot else _OPTIONS[1:]):
            decorated = option(decorated)
        return decorated

    return add
