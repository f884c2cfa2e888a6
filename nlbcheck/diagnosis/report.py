"""What does one run have to say, put together from the table and the probes' results?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from nlbcheck.diagnosis import identity, reading
from nlbcheck.model import Client, Flow, MappingReport, NodeReport, Observation, Report
from nlbcheck.relays.table import Row, Table

_THIS_MACHINE = Client("this machine")


def assemble(
    table: Table,
    rows: Sequence[Row],
    flows: Sequence[Flow],
    results: Sequence[Observation],
    *,
    version: str,
    started_at: datetime,
    command: str,
    client: Client = _THIS_MACHINE,
    interrupted: bool = False,
) -> Report:
    """Return the report of a run that probed ``rows`` of ``table``.

    ``flows`` are the rows times the nodes, row by row, and ``results`` are in the same order. What each
    failure means and which server answered where it should not is added here.
    """
    nodes = by_row(rows, flows, results)
    found = identity.findings(table.rows, rows, nodes)
    return Report(
        version=version,
        started_at=started_at,
        command=command,
        client=client if client.address else replace(client, address=source(results)),
        mappings=tuple(
            MappingReport(
                name=row.name,
                listener=row.listener,
                target_group=row.target_group,
                target=row.target,
                target_address=row.target_address,
                target_port=row.target_port,
                nodes=row_nodes,
                findings=row_findings,
            )
            for row, row_nodes, row_findings in zip(rows, nodes, found, strict=True)
        ),
        interrupted=interrupted,
    )


def by_row(
    rows: Sequence[Row], flows: Sequence[Flow], results: Sequence[Observation | None]
) -> list[tuple[NodeReport, ...]]:
    """Return for each row what the probes of its flows saw, and what their failures mean.

    A result is None where there was no probe.
    """
    probed = [(item, result) for item, result in zip(flows, results, strict=True) if result]
    meanings = iter(reading.meanings([item for item, _ in probed], [result for _, result in probed]))
    reports = [
        NodeReport(flow.node, flow.port, result and replace(result, meaning=next(meanings)))
        for flow, result in zip(flows, results, strict=True)
    ]
    by_row: dict[str, list[NodeReport]] = {row.name: [] for row in rows}
    for flow, report in zip(flows, reports, strict=True):
        by_row[flow.row].append(report)
    return [tuple(by_row[row.name]) for row in rows]


def source(results: Iterable[Observation | None]) -> str | None:
    """Return the address that all connections started from, None where it was not one and the same."""
    addresses = {
        result.local_address.rpartition(":")[0].strip("[]")
        for result in results
        if result and result.local_address
    }
    return addresses.pop() if len(addresses) == 1 else None
