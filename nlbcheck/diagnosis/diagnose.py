"""What is wrong with the rows of a table, why, and what opens the way? Wire, state and table as a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from nlbcheck.aws.balancers import LoadBalancer
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import cause, drift, identity, proof, report
from nlbcheck.diagnosis.cause import Judged
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.survey import Survey, source_of, walker
from nlbcheck.model import (
    Diagnosis,
    Finding,
    Gap,
    MappingReport,
    NodeReport,
    ProbeResult,
    Report,
    TargetReport,
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
    state: AwsState, table: Table, survey: Survey, results: Sequence[ProbeResult] | None, run: Run
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
    judged = _proven(state, table, survey, _settled(state, cause.judge(observed)))
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
    table: Table, rows: Sequence[Row], survey: Survey, results: Sequence[ProbeResult] | None
) -> list[tuple[NodeReport, ...]]:
    """Return what is known of each row at each node, findings apart."""
    if not survey.nodes:
        return [() for _ in rows]
    endpoints = table.endpoints(rows)
    if results is None:
        bare = {(item.row, item.node): NodeReport(item.node, item.port, None) for item in endpoints}
        nodes = [tuple(bare[row.name, node] for node in survey.nodes) for row in rows]
    else:
        nodes = report.by_row(rows, endpoints, results)
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


def _proven(state: AwsState, table: Table, survey: Survey, rows: Sequence[Judged]) -> list[Judged]:
    """Return the rows with every remedy tried: all of them at once, and the ways walked again."""
    fixed = proof.applied(state.recording, (item for row in rows for item in _all(row)))
    if fixed is None:
        return list(rows)
    after = state.changed(fixed)
    found = drift.findings(after, table, ()).balancer
    if not isinstance(found, LoadBalancer):
        return list(rows)
    walking = walker(after, found, source_of(after, survey.client), survey.nodes)
    proven = []
    for judged, surveyed in zip(rows, survey.rows, strict=True):
        if not any(proof.has_calls(item) for item in _all(judged)):
            proven.append(judged)
            continue
        walks = zip(survey.nodes, walking.walks(surveyed.row), strict=True)
        differing = drift.of_row(after, found, surveyed.row).findings
        by_zone = [(node.zone, walk) for node, walk in walks if walk]
        proven.append(_each(judged, partial(proof.proven, walks=by_zone, drift=differing)))
    return proven


def _all(row: Judged) -> Iterable[Finding]:
    yield from row.row
    for findings in row.nodes:
        yield from findings


def _each(row: Judged, change: Callable[[Finding], Finding]) -> Judged:
    """Return a row with every finding changed."""
    of_row = tuple(map(change, row.row))
    return replace(row, row=of_row, nodes=tuple(tuple(map(change, findings)) for findings in row.nodes))
