"""Where does a run learn the state of AWS from: a snapshot, or AWS itself, and as whom?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlbcheck import __version__
from nlbcheck.aws import snapshot as snapshots
from nlbcheck.aws.balancers import LoadBalancer
from nlbcheck.aws.collect import Collector, RefusedError
from nlbcheck.aws.players import Question
from nlbcheck.aws.recording import Answer, Gap, Recording
from nlbcheck.aws.snapshot import Snapshot
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.errors import UnseenError
from nlbcheck.model.facts import Absent, AccountRegion
from nlbcheck.relays.table import Row, Table
from nlbcheck.run.progress import SILENT, Progress

if TYPE_CHECKING:
    from nlbcheck.aws.live import Live

_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Aws:
    """Where to learn it, and as whom; what is None comes from the environment, as with the AWS CLI."""

    snapshot: Path | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    client_profile: str | None = None
    held: Snapshot | None = None
    """What the file ``snapshot`` holds, once it has been read."""

    def opened(self, progress: Progress = SILENT) -> Aws:
        """Return this with the snapshot read, so that it is read once a run; remark on one a day old."""
        if self.snapshot is None or self.held is not None:
            return self
        held = snapshots.read(self.snapshot)
        age = datetime.now(UTC) - held.recording.taken_at
        if age >= _OLD:
            told = f"{age.days} day{'s'[: age.days != 1]}"
            progress.remark(f"{self.snapshot} is {told} old; AWS may have changed since.")
        return replace(self, held=held)

    def recorded(
        self,
        table: Table,
        rows: Sequence[Row],
        client: str | None,
        *,
        progress: Progress = SILENT,
        targets: Sequence[str] = (),
        region_elsewhere: str | None = None,
    ) -> Recording:
        """Return the state that ``rows`` of a table need, read from the snapshot or asked of AWS.

        ``region_elsewhere`` is another Region to look for the load balancer in, where it is not found.
        """
        held = self.opened(progress).held
        if held is not None:
            return held.recording
        return self._asked(table, rows, client, targets, progress, elsewhere=region_elsewhere)

    def home(self, found: Recording) -> AccountRegion | None:
        """Return the place that was asked first, before any other Region; of a snapshot, its only place."""
        places = list(dict.fromkeys(AccountRegion(answer.account, answer.region) for answer in found.answers))
        return places[0] if len(places) == 1 or (places and self.snapshot is None) else None

    def _asked(
        self,
        table: Table,
        rows: Sequence[Row],
        client: str | None,
        targets: Sequence[str],
        progress: Progress,
        *,
        elsewhere: str | None,
    ) -> Recording:
        live = self._live(self.profile, table.region, role=True)
        account_region = live.account_region()
        sources = {account_region: live}
        client_place = None
        client_profile = self.client_profile or table.client_profile
        if client_profile:
            other = self._live(client_profile, table.region)
            client_place = other.account_region()
            sources.setdefault(client_place, other)
        addresses = [node.address for node in table.static_ips]
        listed = _listed(live, account_region)
        balancer = balancers.find(AwsState(listed), table.load_balancer, table.region, addresses)
        if not isinstance(balancer, LoadBalancer):
            return (
                self._looked_elsewhere(listed, account_region, elsewhere)
                if isinstance(balancer, Absent)
                else listed
            )
        question = Question(
            balancer.name,
            account_region,
            ports=None if len(rows) == len(table.rows) else frozenset(row.listener.number for row in rows),
            groups=frozenset(row.target_group for row in rows),
            client=client,
            client_place=client_place,
            targets=frozenset(map(ip_address, {*_addresses(rows), *targets})),
        )
        with progress.asking() as count:
            found = Collector(sources, count).collect(question)
        return replace(found, answers=(*listed.answers, *found.answers))

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
                there = _listed(live, AccountRegion(account_region.account, region))
                listed = replace(listed, answers=(*listed.answers, *there.answers))
        return listed


def _listed(live: Live, account_region: AccountRegion) -> Recording:
    """Return the list of all load balancers of a place: a name may be only the end of one."""
    service, operation, parameters = "elbv2", "DescribeLoadBalancers", dict[str, Any]()
    call = (account_region.account, account_region.region, service, operation, parameters)
    now = datetime.now(UTC)
    try:
        answer = Answer(*call, response=live.call(service, operation, parameters))
    except RefusedError as refused:
        return Recording(now, __version__, (), (Gap(*call, error=refused.code),))
    return Recording(now, __version__, (answer,))


def _addresses(rows: Sequence[Row]) -> Sequence[str]:
    return [str(row.target_address) for row in rows if row.target_address]
