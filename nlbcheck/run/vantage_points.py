"""From which vantage points does a run probe, and what did each of them see?

They probe one after another. So to no target there are more connections at once than its limit, whoever
makes them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from nlbcheck.errors import NlbcheckError, UnseenError
from nlbcheck.language import plural, tell
from nlbcheck.model import Client, Flow, Observation, Report, Result, Status
from nlbcheck.probes import outcome
from nlbcheck.probes.sampling import Sampled
from nlbcheck.relays.table import Row, Table
from nlbcheck.run.made import Made
from nlbcheck.run.together import Steps, probes
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.places import Opening, Unopened, opened_all
from nlbcheck.vantage.port import Vantage

if TYPE_CHECKING:
    from nlbcheck.model.where import Where
    from nlbcheck.run.aws import Aws

FlowsFrom = Callable[[Vantage, str], Sequence[Flow]]
"""Returns what is probed from a vantage point, under the name that it has."""
_OF_AWS = re.compile(r"(i|eni|vgw|igw|tgw-attach)-[0-9a-z]+")


def opened(
    table: Table, via: Sequence[Where] = (), aws: Aws | None = None
) -> AbstractContextManager[tuple[Vantage, ...]]:
    """Return the vantage points of a table, or those that are named instead; see `places.opened_all`."""
    return opened_all(via or table.via, _opening(table, aws))


def _opening(table: Table, aws: Aws | None) -> Opening:
    profile = aws and (aws.client_profile or table.client_profile or aws.profile)
    return Opening(profile or table.client_profile, table.region, aws.endpoint_url if aws else None)


PointsOf = Callable[[Table], tuple[Vantage, ...]]
"""Returns the vantage points of a table, or raises why none of them can be opened."""


@contextmanager
def opened_of(
    tables: Sequence[Table], via: Sequence[Where] = (), aws: Aws | None = None
) -> Iterator[PointsOf]:
    """Yield what tells the vantage points of each table; those that tables share are opened once."""
    known: dict[Hashable, tuple[Vantage, ...] | NlbcheckError] = {}

    def key(table: Table) -> Hashable:
        places = tuple(via or table.via)
        return places, _opening(table, aws) if any(where.scheme == "ssm" for where in places) else None

    def points_of(table: Table) -> tuple[Vantage, ...]:
        found = known[key(table)]
        if isinstance(found, NlbcheckError):
            raise found
        return found

    with ExitStack() as stack:
        for table in tables:
            if key(table) not in known:
                try:
                    known[key(table)] = stack.enter_context(opened(table, via, aws))
                except NlbcheckError as error:
                    known[key(table)] = error
        yield points_of


class VantagePoints:
    """The vantage points of a run: by default this machine alone."""

    def __init__(self, vantage: Vantage | Sequence[Vantage] | None) -> None:
        given = () if vantage is None else vantage if isinstance(vantage, Sequence) else (vantage,)
        self.open = tuple(point for point in given or (ThisMachine(),) if not isinstance(point, Unopened))
        self.unopened = tuple(point.client for point in given if isinstance(point, Unopened))

    def identities(self, towards: Sequence[str]) -> tuple[Client, ...]:
        """Return who each is that is open, with its address towards static IPs."""
        return tuple(_known(_standing(point, towards)) for point in self.open)

    def probe(self, towards: Sequence[str], flows: FlowsFrom) -> Steps[tuple[Made, ...]]:
        """Want probes from each; an interrupt ends what is under way and all that is left."""
        made: list[Made] = []
        for point, client in zip(self.open, self.identities(towards), strict=True):
            due = flows(point, client.source)
            is_over = made and made[-1].interrupted
            done = interrupted(due) if is_over else (yield from _asked(due, point))
            made.append(Made(client, done.flows, done.results, done.interrupted))
        return tuple(made)

    def looked(self, made: Sequence[Made]) -> tuple[Made, ...]:
        """Return probes with what the vantage points' own hosts do with those that failed."""
        if not any(one.failed for one in made):
            return tuple(made)
        from nlbcheck.run import client_faults  # what only failures need

        hosts = {point.identity().source: getattr(point, "host", None) for point in self.open}
        return tuple(client_faults.looked(hosts.get(one.client.source), one) for one in made)

    def with_unseen(self, report: Report, table: Table, rows: Sequence[Row]) -> Report:
        """Return a report with the vantage points that could not be opened, and what went away half way."""
        more = [
            Result(flow)
            for client in self.unopened
            for flow in (table.flows(rows, client.source) if table.static_ips else ())
        ]
        return replace(
            report,
            vantages=(*report.vantages, *self.unopened),
            results=(*report.results, *more),
            remarks=(*report.remarks, *_alike(report.vantages), *map(_why, self.unopened), *_left(report)),
        )


def _alike(vantages: Sequence[Client]) -> Sequence[str]:
    """Return for which other hosts some of the vantage points stand."""
    return [
        tell(
            "{client} stands for {clients}, which have the same subnet and security groups.",
            client=client.source,
            clients=", ".join(client.stands_for),
        )
        for client in vantages
        if client.stands_for
    ]


def _left(report: Report) -> Sequence[str]:
    """Return why probes were not made although nobody has ended the run, each reason once."""
    if report.interrupted:
        return ()
    left = Counter(
        (result.flow.vantage, seen.error)
        for result in report.results
        for seen in result.connections
        if seen.status is Status.INTERRUPTED
    )
    return [
        plural(
            count,
            "{count} probe was not made from {client}: {error}.",
            "{count} probes were not made from {client}: {error}.",
            client=vantage,
            error=error,
        )
        for (vantage, error), count in left.items()
    ]


def _standing(point: Vantage, towards: Sequence[str]) -> Client:
    """Return who a vantage point is; this machine with its address towards each, if these differ."""
    client = point.identity(towards[0] if towards else None)
    if not isinstance(point, ThisMachine):
        return client  # to ask it takes time
    each = {to: address for to in towards if (address := point.identity(to).address)}
    return replace(client, towards=tuple(each.items())) if len(set(each.values())) > 1 else client


def _known(client: Client) -> Client:
    """Return a client; where its name means nothing to AWS, that is said."""
    return replace(client, is_name=not _is_known_to_aws(client.source))


def _is_known_to_aws(source: str) -> bool:
    if _OF_AWS.fullmatch(source):
        return True
    try:
        ip_address(source)
    except ValueError:
        return False
    return True


def _asked(flows: Sequence[Flow], point: Vantage) -> Steps[Sampled]:
    """Want probes; of a vantage point that takes none any more, return why they were not made."""
    try:
        return (yield from probes(flows, point))
    except UnseenError as error:
        why = str(error)
    gone = (Observation(flow.check, Status.INTERRUPTED, attempts=0, error=why) for flow in flows)
    return Sampled(tuple(flows), tuple(gone), interrupted=False)


def interrupted(flows: Sequence[Flow]) -> Sampled:
    """Return the results of probes of which none could be made before the run was ended."""
    return Sampled(tuple(flows), outcome.whole(flows, [None] * len(flows), interrupted=True).results, True)


def _why(client: Client) -> str:
    return tell("Nothing was probed from {client}: {error}.", client=client.source, error=client.error)
