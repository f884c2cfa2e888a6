"""What does one run have to say, put together from the table and what the probes saw?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nlbcheck.diagnosis import answers, identity, meanings
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.model import Client, Finding, Flow, Observation, RelayReport, Report, Result, RowReport
from nlbcheck.model.observation import outcomes
from nlbcheck.relays.table import Row, Table


@dataclass(frozen=True, slots=True)
class Run:
    """What a report says of the run itself."""

    version: str
    started_at: datetime
    command: str
    interrupted: bool = False


def assemble(
    table: Table,
    rows: Sequence[Row],
    flows: Sequence[Flow],
    observations: Sequence[Observation],
    client: Client,
    run: Run,
) -> Report:
    """Return the report of a run that probed ``rows`` of ``table``, and looked at nothing else.

    ``flows`` are the rows times the nodes, row by row, and ``observations`` are in the same order; a flow
    with several connections stands there once for each. What each failure means and which server answered
    where it should not is added here.
    """
    results = by_row(rows, flows, observations)
    found = identity.findings(table.rows, rows, results)
    return Report(
        version=run.version,
        started_at=run.started_at,
        command=run.command,
        vantages=(client if client.address else replace(client, address=source(observations)),),
        rows=tuple(of_row(table, row, about) for row, about in zip(rows, found, strict=True)),
        results=tuple(
            _with_remarks(row, result) for row, of_one in zip(rows, results, strict=True) for result in of_one
        ),
        interrupted=run.interrupted,
        relays=(relay_of(table),),
    )


def together(parts: Sequence[Report]) -> Report:
    """Return one report of what each vantage point has seen of the same rows; there is one at least.

    What not all of them have seen of a row is told of the results of those that have.
    """
    first, *others = parts
    if not others:
        return first
    groups = [part.by_row() for part in parts]
    rows: list[RowReport] = []
    results: list[Result] = []
    for number, row in enumerate(first.rows):
        seen = [of_part[number] for of_part in groups]
        shared = seen_by_all([group.row.findings for group in seen])
        rows.append(replace(row, findings=shared))
        for group in seen:
            own = [item for item in group.row.findings if item not in shared]
            results += [with_own(result, own) for result in group.results]
    return replace(
        first,
        vantages=tuple(client for part in parts for client in part.vantages),
        rows=tuple(rows),
        results=tuple(results),
        interrupted=any(part.interrupted for part in parts),
    )


def seen_by_all(each: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Return the findings that every vantage point has, as the first one has them."""
    known = [{(item.identity, item.verdict) for item in found} for found in each]
    return tuple(item for item in each[0] if all((item.identity, item.verdict) in others for others in known))


def with_own(result: Result, findings: Iterable[Finding]) -> Result:
    """Return a result with what its vantage point's probes have seen of its row as a whole."""
    known = {item.identity for item in result.findings}
    own = tuple(
        item for item in findings if item.identity not in known and item.zone in (None, result.flow.node.zone)
    )
    return replace(result, findings=(*result.findings, *own)) if own else result


def _with_remarks(row: Row, result: Result) -> Result:
    """Return a result with what its answer says by itself."""
    seen = AtNode(result.flow, result.observation)
    found = tuple(answers.found(Observed(row, (seen,)), seen))
    return replace(result, findings=found) if found else result


def relay_of(table: Table) -> RelayReport:
    """Return what a table says of its load balancer."""
    return RelayReport(table.relay, table.source, table.load_balancer, None, table.region)


def of_row(table: Table, row: Row, findings: tuple[Finding, ...]) -> RowReport:
    """Return what the table says of a row, and what was found of it as a whole."""
    return RowReport(
        relay=table.relay,
        name=row.name,
        listener=row.listener,
        target_group=row.target_group,
        declared=row.targets,
        target_port=row.target_port,
        findings=findings,
    )


def by_row(
    rows: Sequence[Row], flows: Sequence[Flow], observations: Sequence[Observation | None]
) -> list[tuple[Result, ...]]:
    """Return for each row what the probes of its flows saw, and what their failures mean."""
    wanted = [seen if flow.spec.reachable else None for flow, seen in zip(flows, observations, strict=True)]
    told = meanings.of(flows, wanted)
    found: dict[str, list[Result]] = {row.name: [] for row in rows}
    last: Flow | None = None
    for flow, seen, meaning in zip(flows, observations, told, strict=True):
        result = Result(flow, replace(seen, meaning=meaning) if seen and meaning else seen)
        if flow is last:
            result = _joined(found[flow.row].pop(), result)
        found[flow.row].append(result)
        last = flow
    return [tuple(found[row.name]) for row in rows]


def _joined(before: Result, one: Result) -> Result:
    """Return what is known of a flow once it has one connection more."""
    samples = (*before.connections, *one.connections)
    gravest, _ = max(outcomes(samples), key=lambda end: before.flow.spec.judged(end[0].status).severity)
    return replace(before, observation=gravest, samples=samples)


def source(observations: Iterable[Observation | None]) -> str | None:
    """Return the address that all connections started from, None where it was not one and the same."""
    local = (seen.local_address for seen in observations if seen and seen.local_address)
    addresses = {address.rpartition(":")[0].strip("[]") for address in local}
    return addresses.pop() if len(addresses) == 1 else None
