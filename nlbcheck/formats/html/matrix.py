"""Which table shows rows, static IPs and vantage points at a glance?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlbcheck.formats import cells, failing, words
from nlbcheck.formats.html.cards import card_of
from nlbcheck.formats.view import View
from nlbcheck.language import marked, tell
from nlbcheck.model import Client, Finding, Node, Result, RowResults, Verdict


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of a row at a static IP, from one vantage point."""

    verdict: Verdict
    text: str
    code: str | None
    """The finding that explains it, where it is not in order."""
    link: str | None
    """Where on the page that is told."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    verdict: Verdict
    listener: str
    group: str
    target: str
    cells: Sequence[Cell | None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one load balancer, those that fail first."""

    title: str
    vantages: Sequence[tuple[str, int]]
    """Who connects, each with the number of its columns; none where only one does."""
    nodes: Sequence[Node]
    """The static IPs, once for each vantage point."""
    lines: Sequence[Line]


def of(view: View) -> list[Sheet]:
    """Return a table for each load balancer that has rows."""
    rows: dict[tuple[str, bool], list[RowResults]] = {}
    for row in view.rows:
        rows.setdefault((row.row.relay, row.row.is_forbidden), []).append(row)
    names = {relay.name: words.balancer(view.report, relay) for relay in view.report.relays}
    several = len(view.report.relays) > 1
    return [
        _sheet(view, _title(names.get(name, name) if several else "", closed=closed), own)
        for (name, closed), own in rows.items()
    ]


def anchor(view: View, relay: str) -> str | None:
    """Return where on the page the first table of a relay is; None where it has none."""
    tables = dict.fromkeys((row.row.relay, row.row.is_forbidden) for row in view.rows)
    numbers = (number for number, (name, _) in enumerate(tables, 1) if name == relay)
    found = next(numbers, None)
    return f"matrix-{found}" if found else None


def _title(balancer: str, *, closed: bool) -> str:
    """Return what stands above a table: what is in it, and where there are several, whose it is."""
    if balancer:
        of_it = marked("Rows and static IPs of {balancer}")
        if closed:
            of_it = marked("Addresses of {balancer} that nobody may reach")
        return tell(of_it, balancer=balancer)
    return tell("Addresses that nobody may reach" if closed else "Rows and static IPs")


def _sheet(view: View, title: str, rows: Sequence[RowResults]) -> Sheet:
    columns = [(vantage, node) for vantage in view.report.vantages for node in _nodes(view, rows, vantage)]
    counts = {vantage: sum(other is vantage for other, _ in columns) for vantage, _ in columns}
    lines = [_line(view, row, columns) for row in sorted(rows, key=lambda row: -row.verdict.severity)]
    vantages = [(words.standing(vantage, view.probers), count) for vantage, count in counts.items()]
    return Sheet(title, vantages if view.is_plural else (), [node for _, node in columns], lines)


def _nodes(view: View, rows: Sequence[RowResults], vantage: Client) -> Sequence[Node]:
    return list(dict.fromkeys(item.flow.node for row in rows for item in view.results_of(row, vantage)))


def _line(view: View, row: RowResults, columns: Sequence[tuple[Client, Node]]) -> Line:
    found: Mapping[tuple[str, Node], Result] = {
        (vantage.source, item.flow.node): item
        for vantage in view.report.vantages
        for item in view.results_of(row, vantage)
    }
    results = (found.get((vantage.source, node)) for vantage, node in columns)
    found_cells = [_cell(view, row, item) if item else None for item in results]
    return Line(row.verdict, str(row.row.listener), words.group(row.row), words.target(row), found_cells)


def _cell(view: View, row: RowResults, result: Result) -> Cell:
    found = failing.cause_of(row, result) or next(
        (item for item in result.findings if item.verdict is result.verdict is Verdict.UNKNOWN), None
    )
    if found is None:
        return Cell(result.verdict, _ending(row, result), None, None)
    return Cell(result.verdict, _ending(row, result), failing.label(found), _link(view, row, found))


def _link(view: View, row: RowResults, found: Finding) -> str | None:
    """Return where on the page a finding of a row is told."""
    if number := card_of(view, row, found):
        return f"cause-{number}"
    is_told = any(found.gate == other.gate for told in view.others for other, _ in told)
    return f"others-{found.verdict.value}" if is_told else None


def _ending(row: RowResults, result: Result) -> str:
    """Return how the probe of a flow ended, and how long it took; without one, the verdict."""
    took = cells.milliseconds(row, result)
    return cells.ending(row, result) + (f", {took}" if took else "")
