"""What is wrong with the rows of a table, why, and what restores the connections?

The probes of each vantage point are held against its own walks, and put together as a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import cause, identity, proof, report
from nlbcheck.diagnosis.cause import Judged
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import Survey
from nlbcheck.diagnosis.trials import Trials
from nlbcheck.model import (
    THIS_MACHINE,
    Client,
    Finding,
    Flow,
    Gap,
    Leg,
    Node,
    Observation,
    RelayReport,
    Report,
    Result,
    RowResults,
    Status,
    Verdict,
    permissions,
)
from nlbcheck.model.net import SocketAddress
from nlbcheck.path.remedy_numbers import settle
from nlbcheck.relays.table import Table


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of the rows from one vantage point."""

    survey: Survey
    flows: tuple[Flow, ...] = ()
    """What was probed: rows times nodes, row by row, each once for each connection; none when nothing was."""
    observations: tuple[Observation | None, ...] = ()
    """What its probes saw, in the same order."""
    prober: Client | None = None
    """Who made its probes, where that is the client that was asked for."""
    faults: Mapping[SocketAddress, tuple[Finding, ...]] = field(default_factory=dict)
    """What its own host does with connections, by what is dialled."""

    def ahead(self, result: Result, walked: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return what its own host does with the connections of a flow, and what they meet after that."""
        own = self.faults.get(result.flow.dialled, ())
        return (*(replace(item, zone=result.flow.node.zone) for item in own), *walked)

    @property
    def client(self) -> Client:
        """Who stands there, with the address that its connections started from where nothing else tells."""
        client, me = self.survey.client, self.prober
        if me:
            address = client.address or me.address
            client = replace(client, address=address, instance=me.instance, towards=me.towards)
        if me and me.source != THIS_MACHINE:
            client = replace(client, source=me.source, is_name=me.is_name)
        return replace(client, address=client.address or report.source(self.observations))

    def results(self, table: Table) -> list[tuple[Result, ...]]:
        """Return what was seen of each row at each node, if anything was."""
        rows = [surveyed.row for surveyed in self.survey.rows]
        if not self.survey.nodes:
            return [()] * len(rows)
        name = self.client.source
        flows = self.flows or table.flows(rows, name)
        known = report.by_row(rows, flows, self.observations or [None] * len(flows))
        if not flows or flows[0].vantage == name:
            return known
        return [
            tuple(replace(item, flow=replace(item.flow, vantage=name)) for item in of_row) for of_row in known
        ]


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows as judged from one vantage point."""

    judged: list[Judged]
    results: list[tuple[Result, ...]]
    """Row by row, findings apart."""
    who: list[tuple[Finding, ...]]
    """What its probes say of who answers, row by row."""
    is_probed: bool


def judge(state: AwsState, table: Table, sights: Sequence[Sight], run: Run) -> Report:
    """Return the report on what is known from each vantage point; the first is the client asked for."""
    surveys = [sight.survey for sight in sights]
    table = replace(table, static_ips=surveys[0].nodes)
    answering = _answering(sights)
    parts = [_part(state, table, sight, answering) for sight in sights]
    groups = [_row(table, surveys[0], number, parts) for number in range(len(surveys[0].rows))]
    return Report(
        version=run.version,
        started_at=run.started_at,
        command=run.command,
        vantages=tuple(sight.client for sight in sights),
        rows=tuple(group.row for group in groups),
        results=tuple(result for group in groups for result in group.results),
        interrupted=run.interrupted,
        gaps=gaps(state.recording),
        table=surveys[0].table,
        relays=(_relay(table, surveys[0].balancer),),
    )


def _relay(table: Table, balancer: LoadBalancer | None) -> RelayReport:
    """Return the table's load balancer as AWS shows it, or else as the table has it."""
    known = report.relay_of(table)
    if balancer is None:
        return known
    where = balancer.account_region
    dual_stack = (balancer.address_type or "").startswith("dualstack")
    return replace(
        known,
        load_balancer=balancer.name,
        account=where.account,
        region=where.region,
        dual_stack=dual_stack,
    )


def gaps(recording: Recording) -> tuple[Gap, ...]:
    """Return what AWS refused to say, each once; that it knows no such thing is no refusal."""
    found = (
        Gap(
            gap.service,
            gap.operation,
            gap.account,
            gap.region,
            gap.error,
            permissions.action(gap.service, gap.operation),
        )
        for gap in recording.gaps
        if "NotFound" not in gap.error
    )
    return tuple(dict.fromkeys(found))


def _answering(sights: Sequence[Sight]) -> Mapping[tuple[str, Node], Sequence[str]]:
    """Return from which of several vantage points each row is answered at each static IP."""
    found: dict[tuple[str, Node], list[str]] = {}
    for sight in sights if len(sights) > 1 else ():
        for flow, seen in zip(sight.flows, sight.observations, strict=True):
            if seen and seen.status is Status.OK:
                found.setdefault((flow.row, flow.node), []).append(sight.client.source)
    return found


def _others(
    answering: Mapping[tuple[str, Node], Sequence[str]], sight: Sight, result: Result
) -> tuple[str, ...]:
    """Return who else is answered where a result is from."""
    names = answering.get((result.flow.row, result.flow.node), ())
    return tuple(name for name in dict.fromkeys(names) if name != sight.client.source)


def _part(
    state: AwsState, table: Table, sight: Sight, answering: Mapping[tuple[str, Node], Sequence[str]]
) -> _Part:
    """Judge every row by what is known from one vantage point."""
    survey = sight.survey
    rows = [surveyed.row for surveyed in survey.rows]
    results = sight.results(table)
    who = identity.findings(table.rows, rows, results)
    observed = [
        Observed(
            surveyed.row,
            tuple(
                AtNode(
                    result.flow,
                    result.observation,
                    walk,
                    sight.ahead(result, ahead),
                    instead,
                    result.outcomes,
                    _others(answering, sight, result),
                )
                for result, walk, ahead, instead in zip(
                    of_row, surveyed.walks, surveyed.ahead, surveyed.instead, strict=True
                )
            ),
            (*surveyed.drift, *about),
            surveyed.is_deserted,
        )
        for surveyed, of_row, about in zip(survey.rows, results, who, strict=True)
    ]
    judged = _settled(state, cause.judge(observed))
    walked = [
        tuple(
            replace(result, paths=walk.paths if walk else (), reached=walk.reached if walk else None)
            for result, walk in zip(of_row, surveyed.walks, strict=True)
        )
        for of_row, surveyed in zip(results, survey.rows, strict=True)
    ]
    proven = _proven(Trials(state, table, survey), observed, judged)
    return _Part(proven, walked, who, is_probed=bool(sight.observations))


def _results(part: _Part, number: int, shared: Sequence[Finding]) -> Iterable[Result]:
    """Yield the results of a row from a vantage point, each with its findings and what explains it.

    What its probes say of who answers is its own, unless it is ``shared``.
    """
    judged = part.judged[number]
    alone = {item.identity for item in _not_shared(part.who[number], shared)}
    of_row = [item for item in judged.row if item.identity in alone]
    for result, found, why in zip(part.results[number], judged.nodes, judged.causes, strict=True):
        own = tuple(item for item in found if not item.is_warning_of_balancer)
        yield report.with_own(replace(result, findings=own, cause=_as_told(why, own)), of_row)


def _of_row(judged: Judged) -> Iterable[Finding]:
    """Yield the findings of a row as a whole; a warning of the load balancer is none of its static IPs'."""
    yield from judged.row
    for findings in judged.nodes:
        yield from (replace(item, zone=None) for item in findings if item.is_warning_of_balancer)


def _row(table: Table, survey: Survey, number: int, parts: Sequence[_Part]) -> RowResults:
    """Return what is known of a row; the first vantage point that sees it fail names the cause."""
    surveyed, judged = survey.rows[number], [part.judged[number] for part in parts]
    shared = report.seen_by_all([part.who[number] for part in parts if part.is_probed] or [()])
    alone = {item.identity for part in parts for item in _not_shared(part.who[number], shared)}
    findings = {item.identity: item for one in reversed(judged) for item in _of_row(one)}
    of_row = tuple(item for item in findings.values() if item.identity not in alone)
    row = report.of_row(table, surveyed.row, of_row)
    known = RowResults(row, tuple(result for part in parts for result in _results(part, number, shared)))
    why = next((one.cause for one in judged if one.cause), None)
    return replace(known, row=replace(row, cause=_as_told(why, known.all_findings), targets=surveyed.targets))


def _not_shared(found: Iterable[Finding], shared: Sequence[Finding]) -> Iterable[Finding]:
    known = {item.identity for item in shared}
    return (item for item in found if item.identity not in known)


def _as_told(why: Finding | None, findings: Sequence[Finding]) -> Finding | None:
    """Return a cause as it is told among findings: there its fix has been tried."""
    same = [item for item in findings if why and item.identity == why.identity]
    return min(same, key=lambda item: why is None or item.verdict is not why.verdict, default=why)


def _settled(state: AwsState, rows: Sequence[Judged]) -> list[Judged]:
    """Return the rows with network ACL rule numbers that no two different remedies share."""
    findings = [item for row in rows for item in _all(row)]
    settled = iter(settle(state, findings))
    return [_each(row, lambda _: next(settled)) for row in rows]


def _proven(trials: Trials, observed: Sequence[Observed], rows: Sequence[Judged]) -> list[Judged]:
    """Return the rows with every remedy tried: by itself, and where that does not do, with the others."""
    proven = []
    for number, (row, judged) in enumerate(zip(observed, rows, strict=True)):
        places = [_place(seen, told, row.table) for seen, told in zip(row.nodes, judged.nodes, strict=True)]
        proofs = proof.prove(places, partial(trials.again, number))
        proven.append(_each(judged, partial(proof.with_proof, proofs=proofs)))
    return proven


def _place(seen: AtNode, told: tuple[Finding, ...], table: Sequence[Finding]) -> proof.Place:
    """Return what is told of a row at a node; what was found and is not told does not stop connections."""
    found = {item.identity for item in (*(seen.walk.findings if seen.walk else ()), *seen.ahead, *table)}
    stopping = {item.identity for item in told if item.verdict in (Verdict.FAIL, Verdict.UNKNOWN)}
    fails = any(item.verdict is Verdict.FAIL and item.leg is not Leg.HEALTH for item in told)
    is_open = not fails and seen.status in (None, Status.OK)
    return proof.Place(told, is_open, frozenset(found - stopping), seen.status is Status.OK)


def _all(row: Judged) -> Iterable[Finding]:
    yield from row.row
    for findings in row.nodes:
        yield from findings


def _each(row: Judged, change: Callable[[Finding], Finding]) -> Judged:
    """Return a row with every finding changed."""
    of_row = tuple(map(change, row.row))
    return replace(row, row=of_row, nodes=tuple(tuple(map(change, findings)) for findings in row.nodes))
