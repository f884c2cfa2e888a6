"""Where does a run learn the state of AWS from: a snapshot, or AWS itself, and as whom?"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nlbcheck.aws import known_calls
from nlbcheck.aws.collect import Collector, Recorded
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources import endpoint_url
from nlbcheck.aws.sources import snapshot_file as snapshots
from nlbcheck.aws.sources.port import Source
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.balancers import BalancerLookup
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.language import plural, tell
from nlbcheck.model import Gap
from nlbcheck.model.facts import Absent, AccountRegion
from nlbcheck.relays.table import Table
from nlbcheck.run.accounts import Once
from nlbcheck.run.progress import SILENT, Progress

if TYPE_CHECKING:
    from nlbcheck.aws.sources.live import Live
    from nlbcheck.run.ahead import Ahead, Foreseen

_Answered = TypeVar("_Answered")
_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Aws:
    """Where to learn it, and as whom; what is None comes from the environment, as with the AWS CLI."""

    snapshot: Path | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    client_profile: str | None = None
    terraform: Path | None = None
    """A plan, a state or a folder of Terraform, to be asked in AWS's place."""
    plan: Path | None = None
    """A Terraform plan whose changes are laid over the state."""
    calls: Path | None = None
    """A list of AWS calls that are made on the state first."""
    held: Snapshot | None = None
    """What the file ``snapshot`` holds, once it has been read."""
    foreseen: Foreseen | None = None
    """What ``plan`` or ``calls`` change, once it has been read."""
    shared: Once[_Live] | None = None
    """Whom other tables of the run have asked: those of one profile, role and Region ask together."""

    def opened(self, progress: Progress = SILENT) -> Aws:
        """Return this with its files read, once a run; remark on a snapshot that is a day old."""
        if (self.plan or self.calls) and self.foreseen is None:
            if self.plan and self.calls:
                raise InputError("--plan and --apply: give one of them")
            from nlbcheck.run import ahead  # what only this needs is not read for every command

            foreseen = ahead.planned(self.plan) if self.plan else ahead.listed(Path(self.calls or ""))
            return replace(self, foreseen=foreseen).opened(progress)
        if self.snapshot is None or self.held is not None:
            return self
        held = snapshots.read(Path(self.snapshot))
        known_calls.check(held.recording, str(self.snapshot))
        if held.is_redacted:
            progress.remark(
                tell(
                    "{file} is redacted: names, account IDs and public addresses in it are replaced. A "
                    "mapping table with the real names does not fit it, and ARNs in printed commands are not "
                    "real.",
                    file=self.snapshot,
                )
            )
        age = datetime.now(UTC) - held.recording.taken_at
        if age >= _OLD:
            progress.remark(
                plural(
                    age.days,
                    "{file} is {count} day old. AWS may have changed since then.",
                    "{file} is {count} days old. AWS may have changed since then.",
                    file=self.snapshot,
                )
            )
        return replace(self, held=held)

    @property
    def recorded_at(self) -> datetime | None:
        """When the snapshot was taken that is asked; None where AWS itself is asked, or Terraform."""
        return self.held.recording.taken_at if self.held else None

    def sharing(self) -> Aws:
        """Return this for a run of several tables, which ask everything once."""
        return replace(self, shared=Once())

    def asking(
        self, table: Table, *, progress: Progress = SILENT, region_elsewhere: str | None = None
    ) -> Asking:
        """Return who answers questions about a table's load balancer: the snapshot, or AWS itself.

        ``region_elsewhere`` is another Region to look for the load balancer in, where it is not found. Where
        changes are foreseen, the answers are those after them.
        """
        opened = self.opened(progress)
        found = opened.asking_now(table, progress, region_elsewhere)
        if opened.foreseen is None:
            return found
        from nlbcheck.run.ahead import Ahead

        return Ahead(found, opened.foreseen)

    def asking_now(self, table: Table, progress: Progress, region_elsewhere: str | None) -> AskingNow:
        """Return who answers questions about the state as it is."""
        asking = self.account(table, progress)
        if isinstance(asking, _Live) and isinstance(asking.ask(partial(_found, table=table)), Absent):
            return Recorded(self._looked_elsewhere(asking, self.access(table), region_elsewhere))
        return asking

    def account(self, table: Table, progress: Progress = SILENT) -> AskingNow:
        """Return who answers questions about a table's account, whether or not its load balancer is there."""
        held = self.opened(progress).held
        if held is not None:
            return Recorded(held.recording)
        url = self.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
        if url:
            endpoint_url.check(url)
            if endpoint_url.is_in_the_clear(url):
                progress.remark(
                    tell("AWS is asked over http://: its answers can be read and changed on the network.")
                )
        access = (self.access(table), AwsAccess(self.client_profile or table.client_profile, table.region))
        return self._once(access, partial(self._asking, *access, progress))

    def live(self, region: str | None) -> Live:
        """Return who makes calls as these options say, to any service."""
        return self._live(AwsAccess(self.profile, region, self.role_arn))

    def access(self, table: Table) -> AwsAccess:
        """Return as whom and where AWS is asked for a table: options win over what the table says."""
        return AwsAccess(self.profile or table.profile, table.region, self.role_arn or table.role_arn)

    def _once(self, access: Hashable, make: Callable[[], _Live]) -> _Live:
        return self.shared.of(access, make) if self.shared else make()

    def _asking(self, home: AwsAccess, client: AwsAccess, progress: Progress) -> _Live:
        """Return who asks AWS as two identities, of which the client's may be none of its own."""
        live = self._live(home)
        sources = {live.account_region(): live}
        if client.profile:
            other = self._live(client)
            sources.setdefault(other.account_region(), other)
        return _Live(sources, progress)

    def home(self, found: Recording) -> AccountRegion | None:
        """Return the place that was asked first, before any other Region; of a snapshot, its only place."""
        asked = found.answers or found.gaps
        places = list(dict.fromkeys(AccountRegion(answer.account, answer.region) for answer in asked))
        return places[0] if len(places) == 1 or (places and self.snapshot is None) else None

    def _live(self, access: AwsAccess) -> Live:
        # boto3 is slow to import, and no snapshot needs it.
        from nlbcheck.aws.sources.live import Access, Live

        return Live(Access(access.profile, access.region, self.endpoint_url, access.role_arn))

    def _looked_elsewhere(self, asking: _Live, access: AwsAccess, elsewhere: str | None) -> Recording:
        """Return a recording with the load balancers of other Regions that may be meant."""
        listed, account_region = asking.recording, asking.home
        regions = {elsewhere, os.environ.get("AWS_REGION"), os.environ.get("AWS_DEFAULT_REGION")}
        for region in sorted(filter(None, regions - {account_region.region})):
            with suppress(UnseenError):  # a Region may be closed to this account
                live = self._live(replace(access, region=region))
                listing = Collector({AccountRegion(account_region.account, region): live})
                listing.ask(lambda state: state.all_load_balancers(state.sources[0]))
                more = listing.recording
                listed = replace(
                    listed, answers=(*listed.answers, *more.answers), gaps=(*listed.gaps, *more.gaps)
                )
        return listed


def unasked(table: Table, error: UnseenError) -> Gap:
    """Return what a report says where AWS could not be asked anything."""
    operation = "GetCallerIdentity"
    return Gap("sts", operation, "", table.region or "", str(error), f"sts:{operation}")


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """As whom AWS is asked, and where; what is None comes from the environment."""

    profile: str | None
    region: str | None
    role_arn: str | None = None


class _Live:
    """Asks AWS what questions need, and tells of every call."""

    def __init__(self, sources: Mapping[AccountRegion, Source], progress: Progress) -> None:
        self.home = next(iter(sources))
        """Where the load balancer is looked for."""
        self._progress = progress
        self._told: Callable[[str], None] = lambda _: None
        self._collector = Collector(sources, lambda call: self._told(call))

    @property
    def recording(self) -> Recording:
        return self._collector.recording

    def ask(self, question: Callable[[AwsState], _Answered]) -> _Answered:
        with self._progress.asking() as self._told:
            return self._collector.ask(question)

    def forget(self, kind: Kind[Any]) -> None:
        self._collector.forget(kind)

    def try_permissions(self) -> None:
        with self._progress.asking() as self._told:
            self._collector.try_permissions()


AskingNow = Recorded | _Live
"""Who answers questions about the state as it is."""
if TYPE_CHECKING:
    Asking = AskingNow | Ahead
    """Who answers questions about a state of AWS."""


def _found(state: AwsState, table: Table) -> BalancerLookup:
    """Return the load balancer of a table; where its name is nobody's, its addresses are looked for, too."""
    addresses = [node.address for node in table.static_ips]
    found = balancers.find(state, table.load_balancer, table.region, addresses)
    if isinstance(found, Absent) and addresses:
        balancers.find(state, None, table.region, addresses)
    return found
