"""Which columns show every row and node at a glance in the room there is?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import words
from nlbcheck.formats.lines import bold, colored, columns_of, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import Matrix, View
from nlbcheck.model import Node, Result, RowResults, Status, Verdict

_GAP = 2
_LONGEST_CELL = 60
_WHOLE = 12
"""Rows up to which a diagnosis shows those that are in order, too."""

Column = list[str]
Note = Callable[[Result], str]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the grid may be laid out: the columns that name a row, and how its nodes are shown."""

    named: tuple[tuple[str, Callable[[RowResults], str]], ...]
    numbered: bool = False
    """Whether the nodes' columns are headed 1, 2, 3 with a legend, and not by zone and address."""
    timed: bool = True


_LISTENER = ("listener", lambda row: str(row.row.listener))
_GROUP = ("target group", lambda row: words.group(row.row))
_LAYOUTS = (
    _Layout((_LISTENER, _GROUP, ("target", words.target))),
    _Layout((_LISTENER, _GROUP, ("target", words.short_target))),
    _Layout((_LISTENER, _GROUP, ("target", words.short_target)), numbered=True),
    _Layout((_LISTENER, _GROUP), numbered=True),
    _Layout((_LISTENER, _GROUP), numbered=True, timed=False),
    _Layout((_LISTENER,), numbered=True, timed=False),
)
"""Richest first; the first that fits the width is used, else the last."""


def sections(view: View, style: Style, note: Note = lambda _result: "") -> list[list[str]]:
    """Return a grid for each vantage point, so that no result is taken for another's.

    In a diagnosis of many rows those that are in order are folded into one line. ``note`` is what a cell
    says besides its status.
    """
    blocks = []
    folded = [] if style.verbose or not view.report.is_diagnosed else _in_order(view)
    for matrix in view.matrices:
        title = words.heading(matrix.relay, _from(view, matrix) if view.is_plural else "")
        head = [bold(line, style) for line in wrapped(title, style)] if title else []
        shown = [(row, of_row) for row, of_row in matrix.rows if row.row.name not in folded]
        drawn = _lines(replace(matrix, rows=tuple(shown)), style, note) if shown else []
        blocks.append([*head, *drawn])
    if folded:
        told = f"{len(folded)} row{'s are' if len(folded) > 1 else ' is'} in order"
        how = "" if view.probers else " (not probed)"
        blocks.append(wrapped(f"{told}{how}.", style, Verdict.PASS))
    return [block for block in blocks if block]


def _from(view: View, matrix: Matrix) -> str:
    how = "probed" if matrix.vantage.source in view.probers else "not probed"
    return f"From {words.vantage(matrix.vantage)}, {how}"


def _in_order(view: View) -> list[str]:
    """Return the names of rows that need no line of their own."""
    if len(view.rows) <= _WHOLE:
        return []
    return [row.row.name for row in view.rows if row.verdict in (Verdict.PASS, Verdict.WARN)]


def _lines(matrix: Matrix, style: Style, note: Note) -> list[str]:
    """Return the grid: one line per row, one column per static IP, so that a dead one shows as a stripe."""
    nodes, rows = matrix.nodes, matrix.rows
    for layout in _LAYOUTS:
        names = [_column(title, (describe(row) for row, _ in rows)) for title, describe in layout.named]
        cells = [[_cell(of_row.get(node), note, timed=layout.timed) for _, of_row in rows] for node in nodes]
        headers = map(str, range(1, len(nodes) + 1)) if layout.numbered else map(_header, nodes)
        columns = names + [_column(header, column) for header, column in zip(headers, cells, strict=True)]
        widths = [max(map(columns_of, column)) for column in columns]
        if sum(widths) + _GAP * (len(widths) - 1) <= style.width:
            break
    if style.color:
        for node, column in zip(nodes, columns[len(names) :], strict=True):
            column[2:] = [
                _colored(cell, of_row.get(node), style)
                for cell, (_, of_row) in zip(column[2:], rows, strict=True)
            ]
    return [*(_legend(nodes) if layout.numbered else []), *_drawn(columns, widths)]


def _column(header: str, cells: Iterable[str]) -> Column:
    """Return a column's cells below the two lines of its header, safe to print."""
    first, _, second = header.partition("\n")
    return [shortened(printable(cell), _LONGEST_CELL) for cell in (first, second, *cells)]


def _header(node: Node) -> str:
    return f"{node.zone}\n{node.address}" if node.zone else str(node.address)


def _cell(result: Result | None, note: Note, *, timed: bool) -> str:
    return _status(result, timed=timed) + note(result) if result else ""


def _status(result: Result, *, timed: bool) -> str:
    probe = result.observation
    if probe is None:
        return result.verdict.value
    if (
        timed
        and result.probed is Verdict.PASS
        and probe.status is Status.OK
        and probe.total_ms is not None
        and not result.samples
    ):
        return f"ok {probe.total_ms:.{1 if probe.total_ms < 10 else 0}f} ms"
    return words.ending(result, probe)


def _colored(cell: str, result: Result | None, style: Style) -> str:
    return colored(cell, style, result.verdict if result else None)


def _legend(nodes: Sequence[Node]) -> list[str]:
    named = [f"{number}: {printable(words.node(node))}" for number, node in enumerate(nodes, start=1)]
    return [*named, ""]


def _drawn(columns: list[Column], widths: list[int]) -> list[str]:
    from tabulate import tabulate  # takes a tenth of a second, and one row alone has no grid

    first, second, *rest = zip(*columns, strict=True)
    header = [first, second] if any(second) else [first]
    rule = tuple("-" * width for width in widths)
    text = tabulate([*header, rule, *rest], tablefmt="plain", disable_numparse=True)
    return [line.rstrip() for line in text.splitlines()]
