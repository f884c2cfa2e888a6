"""What do several runs say together: of several vantage points, load balancers, rows, or at several times?

Each connection is as the latest run has it that made or walked it. What a run says of a row as a whole counts
as long as one of its connections of that row does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from nlbcheck.errors import ExitStatus
from nlbcheck.language import plural, tell
from nlbcheck.model import (
    THIS_MACHINE,
    Client,
    FailOn,
    Finding,
    Gap,
    RelayReport,
    Report,
    Result,
    RowReport,
    Status,
)
from nlbcheck.model.report import agreed
from nlbcheck.reports.naming import GivenNames, NamedRow, Renamed, in_order

_Item = TypeVar("_Item")
_Endpoint = tuple[NamedRow, str, str]
"""A connection by its row, vantage point and the static IP's address."""
_ENDINGS = (ExitStatus.OK, ExitStatus.UNSEEN, ExitStatus.INTERNAL, ExitStatus.INTERRUPTED, ExitStatus.USAGE)
"""How what is told of a relay ends a command, mildest first."""
_Latest = Mapping[_Endpoint, tuple[Renamed, Result]]
"""What is known of each connection, with the report that says so."""


def merge(reports: Sequence[tuple[str, Report]]) -> Report:
    """Return one report of several, each with the file that it comes from; there is at least one.

    Vantage points, load balancers and rows are those of `naming`. Remarks tell what was told twice.
    """
    names = GivenNames()
    named = [names.renamed(report, source) for source, report in reports]
    latest = _latest(named)
    rows = tuple(_rows(named, latest))
    vantages = tuple(_once((one for item in named for one in item.report.vantages), _source, _client))
    relays = tuple(_once((one for item in named for one in item.report.relays), _name, _relay))
    told = [remark for item in named for remark in item.report.remarks]
    commands = {item.report.command for item in named}
    return Report(
        version=in_order(named)[-1].report.version,
        started_at=min(item.report.started_at for item in named),
        command=commands.pop() if len(commands) == 1 else "report merge",
        vantages=vantages,
        rows=rows,
        results=tuple(_results(rows, vantages, latest)),
        interrupted=any(item.report.interrupted and _is_left(result) for item, result in latest.values()),
        gaps=_gaps(named),
        table=tuple(_findings(finding for item in named for finding in item.report.table)),
        remarks=tuple(dict.fromkeys([*told, *names.remarks, *_twice(named, latest, names.machines)])),
        uninspected=tuple(dict.fromkeys(said for item in named for said in item.report.uninspected)),
        relays=relays,
        smoke=named[0].report.smoke if len(named) == 1 else None,
        fail_on=FailOn.strictest(item.report.fail_on for item in named),
        recorded_at=agreed(item.report.recorded_at for item in named),
        probed_at=agreed(item.report.probed_at for item in named),
    )


def _latest(named: Sequence[Renamed]) -> _Latest:
    return {_endpoint(result): (item, result) for item in in_order(named) for result in item.report.results}


def _endpoint(result: Result) -> _Endpoint:
    flow = result.flow
    return (flow.relay, flow.row), flow.vantage, str(flow.node.address)


def _twice(named: Sequence[Renamed], latest: _Latest, machines: set[str]) -> Iterator[str]:
    """Yield how many connections of a report a later one tells, too; two hosts may call themselves alike."""
    for item in named:
        later = [result for result in item.report.results if latest[_endpoint(result)][0] is not item]
        for other, count in Counter(latest[_endpoint(result)][0].source for result in later).items():
            yield plural(
                count,
                "{count} connection is in {file} and {other}. The later report, {other}, counts.",
                "{count} connections are in {file} and {other}. The later report, {other}, counts.",
                file=item.source,
                other=other,
            )
        for name in sorted({result.flow.vantage for result in later} & machines):
            which = name if name == THIS_MACHINE else f"{THIS_MACHINE} ({name})"
            yield tell(
                "If {name} is another host in each report, name the hosts: --via NAME=local.", name=which
            )


def _is_left(result: Result) -> bool:
    """Whether a connection was not made because the run ended before."""
    return any(seen.status is Status.INTERRUPTED for seen in result.connections)


def _rows(named: Sequence[Renamed], latest: _Latest) -> Iterator[RowReport]:
    """Yield every row with what is said of it by the runs that say something of it that counts."""
    counting = {(key[0], item.source) for key, (item, _) in latest.items()}
    asked = {((one.flow.relay, one.flow.row), item.source) for item in named for one in item.report.results}
    told: dict[NamedRow, list[RowReport]] = {}
    for item in in_order(named):
        for row in item.report.rows:
            key = (row.relay, row.name)
            if (key, item.source) in counting or (key, item.source) not in asked:
                told.setdefault(key, []).append(row)
    order = dict.fromkeys((row.relay, row.name) for item in named for row in item.report.rows)
    return (_row(told[key]) for key in order)


def _row(told: Sequence[RowReport]) -> RowReport:
    """Return a row as several runs tell it, the latest last."""
    causes = [row.cause for row in told if row.cause]
    targets = [row.targets for row in told if row.targets is not None]
    return replace(
        told[-1],
        findings=tuple(_findings(finding for row in told for finding in row.findings)),
        cause=causes[-1] if causes else None,
        targets=targets[-1] if targets else None,
    )


def _findings(found: Iterable[Finding]) -> Iterable[Finding]:
    """Return findings, each once."""
    return {(finding.identity, finding.verdict): finding for finding in found}.values()


def _results(rows: Iterable[RowReport], vantages: Iterable[Client], latest: _Latest) -> Iterator[Result]:
    """Yield what is known row by row, and of each row vantage point by vantage point."""
    order = {client.source: number for number, client in enumerate(vantages)}
    of_row: dict[NamedRow, list[Result]] = {(row.relay, row.name): [] for row in rows}
    for (row, _, _), (_, result) in latest.items():
        of_row[row].append(result)
    for results in of_row.values():
        yield from sorted(results, key=lambda result: order.get(result.flow.vantage, len(order)))


def _gaps(named: Sequence[Renamed]) -> tuple[Gap, ...] | None:
    """Return all that AWS refused; None where no run asked AWS."""
    asked = [item.report.gaps for item in named if item.report.gaps is not None]
    return tuple(dict.fromkeys(gap for gaps in asked for gap in gaps)) if asked else None


def _once(
    items: Iterable[_Item], key: Callable[[_Item], Hashable], joined: Callable[[_Item, _Item], _Item]
) -> Iterable[_Item]:
    """Return items, those of one key joined, in the order of the first."""
    found: dict[Hashable, _Item] = {}
    for item in items:
        found[key(item)] = joined(found[key(item)], item) if key(item) in found else item
    return found.values()


def _source(client: Client) -> str:
    return client.source


def _name(relay: RelayReport) -> str:
    return relay.name


def _client(one: Client, other: Client) -> Client:
    """Return what two reports know of a vantage point."""
    return Client(
        one.source,
        one.address or other.address,
        one.interface or other.interface,
        one.subnet or other.subnet,
        one.vpc or other.vpc,
        one.instance or other.instance,
        tuple({**dict(one.towards), **dict(other.towards)}.items()),
        one.error and other.error,  # what one run could not open another may have
        one.stands_for or other.stands_for,
    )


def _relay(one: RelayReport, other: RelayReport) -> RelayReport:
    """Return what two reports know of a load balancer."""
    return RelayReport(
        one.name,
        one.table,
        one.load_balancer or other.load_balancer,
        one.account or other.account,
        one.region or other.region,
        dual_stack=one.dual_stack or other.dual_stack,
        problems=tuple(dict.fromkeys((*one.problems, *other.problems))),
        ending=max(one.ending, other.ending, key=lambda ending: _ENDINGS.index(ending)),
    )
