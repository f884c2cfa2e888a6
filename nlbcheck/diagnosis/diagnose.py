"""What is wrong with the rows of a table, why, and what opens the way? Wire, state and table as a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import cause, identity, proof, report
from nlbcheck.diagnosis.cause import Judged
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.survey import Survey
from nlbcheck.diagnosis.trials import Trials
from nlbcheck.model import (
    Diagnosis,
    Finding,
    Gap,
    Leg,
    MappingReport,
    NodeReport,
    Observation,
    Report,
    Status,
    TargetReport,
    Verdict,
)
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.path.remedy_numbers import settle
from nlbcheck.relays.table import Row, Table


@dataclass(frozen=True, slots=True)
class Run:
    """What a report says of the run itself."""

    version: str
    started_at: datetime
    command: str = "diagnose"
    interrupted: bool = False


def diagnose(
    state: AwsState,
    table: Table,
    survey: Survey,
    results: Sequence[Observation | None] | None,
    run: Run,
) -> Report:
    """Return the report on a survey; ``results`` are its rows times its nodes, None when not probed."""
    table = replace(table, static_ips=survey.nodes)
    rows = [surveyed.row for surveyed in survey.rows]
    nodes = _nodes(table, rows, survey, results)
    who = identity.findings(table.rows, rows, nodes)
    observed = [
        Observed(
            surveyed.row,
            tuple(
                AtNode(node.node, node.port, node.probe, walk, ahead, instead)
                for node, walk, ahead, instead in zip(
                    of_row, surveyed.walks, surveyed.ahead, surveyed.instead, strict=True
                )
            ),
            (*surveyed.drift, *about),
            surveyed.group_is_empty,
        )
        for surveyed, of_row, about in zip(survey.rows, nodes, who, strict=True)
    ]
    trials = Trials(state, table, survey)
    judged = _proven(trials, observed, _settled(state, cause.judge(observed)))
    return Report(
        version=run.version,
        started_at=run.started_at,
        command=run.command,
        client=replace(survey.client, address=survey.client.address or report.source(results or ())),
        mappings=tuple(
            _mapping(surveyed.row, found, of_row, surveyed.targets)
            for surveyed, found, of_row in zip(survey.rows, judged, nodes, strict=True)
        ),
        interrupted=run.interrupted,
        gaps=gaps(state.recording),
        table=survey.table,
    )


def gaps(recording: Recording) -> tuple[Gap, ...]:
    """Return what AWS refused to say; that it knows no such thing is no refusal."""
    return tuple(
        Gap(
            gap.service,
            gap.operation,
            gap.account,
            gap.region,
            gap.error,
            NotVisible("", gap.service, gap.operation, AccountRegion(gap.account, gap.region)).permission,
        )
        for gap in recording.gaps
        if "NotFound" not in gap.error
    )


def _nodes(
    table: Table,
    rows: Sequence[Row],
    survey: Survey,
    results: Sequence[Observation | None] | None,
) -> list[tuple[NodeReport, ...]]:
    """Return what is known of each row at each node, findings apart."""
    if not survey.nodes:
        return [() for _ in rows]
    flows = table.flows(rows)
    if results is None:
        bare = {(item.row, item.node): NodeReport(item.node, item.port, None) for item in flows}
        nodes = [tuple(bare[row.name, node] for node in survey.nodes) for row in rows]
    else:
        nodes = report.by_row(rows, flows, results)
    return [
        tuple(
            replace(node, paths=walk.paths if walk else ())
            for node, walk in zip(of_row, surveyed.walks, strict=True)
        )
        for of_row, surveyed in zip(nodes, survey.rows, strict=True)
    ]


def _mapping(
    row: Row, judged: Judged, nodes: Sequence[NodeReport], targets: tuple[TargetReport, ...]
) -> MappingReport:
    mapping = MappingReport(
        name=row.name,
        listener=row.listener,
        target_group=row.target_group,
        target=row.target,
        target_address=row.target_address,
        target_port=row.target_port,
        nodes=tuple(replace(node, findings=found) for node, found in zip(nodes, judged.nodes, strict=True)),
        findings=judged.row,
    )
    told = [item for item in mapping.all_findings if judged.cause and item.identity == judged.cause.identity]
    return replace(mapping, diagnosis=Diagnosis(next(iter(told), judged.cause), targets))


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
    return proof.Place(told, is_open, frozenset(found - stopping))


def _all(row: Judged) -> Iterable[Finding]:
    yield from row.row
    for findings in row.nodes:
        yield from findings


def _each(row: Judged, change: Callable[[Finding], Finding]) -> Judged:
    """Return a row with every finding changed."""
    of_row = tuple(map(change, row.row))
    return replace(row, row=of_row, nodes=tuple(tuple(map(change, findings)) for findings in row.nodes))
