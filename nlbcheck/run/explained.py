"""What do a report of all rows and the diagnosis of some of them say together?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nlbcheck.model import Client, Report, Result


def joined(report: Report, found: Report) -> Report:
    """Return the report of all rows with those that were diagnosed as their diagnosis has them."""
    diagnosed = {group.row.name: group for group in found.by_row()}
    names = {client.source: _name_in(found, client, report) for client in report.vantages}
    groups = [
        diagnosed.get(group.row.name, replace(group, results=tuple(_seen_from(names, group.results))))
        for group in report.by_row()
    ]
    return replace(
        report,
        vantages=found.vantages,
        rows=tuple(group.row for group in groups),
        results=tuple(result for group in groups for result in group.results),
        gaps=tuple(dict.fromkeys((*(report.gaps or ()), *(found.gaps or ())))),
        table=found.table,
        remarks=tuple(dict.fromkeys((*report.remarks, *found.remarks))),
        relays=found.relays,
    )


def _name_in(found: Report, client: Client, report: Report) -> str:
    """Return the name that a diagnosis has for a vantage point; the one that probes is the last there."""
    if len(report.vantages) == 1:
        return found.vantages[-1].source
    known = (item.source for item in found.vantages if client.source == item.source)
    same = (item.source for item in found.vantages if client.address and client.address == item.address)
    return next(known, None) or next(same, client.source)


def _seen_from(names: Mapping[str, str], results: Sequence[Result]) -> Iterable[Result]:
    """Yield results under the names that the diagnosis has for who probed."""
    for result in results:
        name = names.get(result.flow.vantage, result.flow.vantage)
        yield replace(result, flow=replace(result.flow, vantage=name))
