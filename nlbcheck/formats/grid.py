"""Which columns show every row and node at a glance in the room there is?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from nlbcheck.escape import printable
from nlbcheck.formats import cells, words
from nlbcheck.formats.lines import bold, colored, cut, widest, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import Matrix, View
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Node, Result, RowResults, Verdict

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
    narrow: bool = False
    """Whether a title that begins as another's does is broken behind that: ターゲット, グループ."""


TITLES = (marked("listener"), marked("target group"), marked("target"))
"""What stands above the columns that name a row."""
_TARGET = TITLES[2]
_LISTENER = (TITLES[0], lambda row: str(row.row.listener))
_GROUP = (TITLES[1], lambda row: words.group(row.row))
_LAYOUTS = (
    _Layout((_LISTENER, _GROUP, (_TARGET, words.target))),
    _Layout((_LISTENER, _GROUP, (_TARGET, words.short_target))),
    _Layout((_LISTENER, _GROUP, (_TARGET, words.short_target)), narrow=True),
    _Layout((_LISTENER, _GROUP, (_TARGET, words.short_target)), numbered=True),
    _Layout((_LISTENER, _GROUP), numbered=True),
    _Layout((_LISTENER, _GROUP), numbered=True, timed=False),
    _Layout((_LISTENER,), numbered=True, timed=False),
)
"""Richest first; the first that fits the width is used, else the last."""


def sections(
    view: View, style: Style, note: Note = lambda _result: "", *, failing_first: bool = False
) -> list[list[str]]:
    """Return a grid for each vantage point, so that no result is taken for another's.

    Rows stand in the table's order, with which people compare them; of many, ``failing_first`` has those that
    fail first. In a diagnosis of many rows those that are in order are folded into one line. ``note`` is what
    a cell says besides its status.
    """
    blocks = []
    folded = [] if style.verbose or not view.report.is_diagnosed else _in_order(view)
    for matrix in view.matrices:
        about = words.standing(matrix.vantage, view.probers) if view.is_plural else ""
        title = words.heading(matrix.relay, about)
        head = [bold(line, style) for line in wrapped(title, style)] if title else []
        shown = [(row, of_row) for row, of_row in matrix.rows if row.row.name not in folded]
        if failing_first and len(shown) > _WHOLE:
            shown.sort(key=lambda item: item[0].verdict in (Verdict.PASS, Verdict.WARN))
        drawn = _lines(replace(matrix, rows=tuple(shown)), style, note) if shown else []
        blocks.append([*head, *drawn])
    if folded:
        told = plural(len(folded), "{count} row is in order.", "{count} rows are in order.")
        if not view.probers:
            told = plural(
                len(folded),
                "{count} row is in order (not probed).",
                "{count} rows are in order (not probed).",
            )
        blocks.append(wrapped(told, style, Verdict.PASS))
    return [block for block in blocks if block]


def _in_order(view: View) -> list[str]:
    """Return the names of rows that need no line of their own."""
    if len(view.rows) <= _WHOLE:
        return []
    return [row.row.name for row in view.rows if row.verdict in (Verdict.PASS, Verdict.WARN)]


def _lines(matrix: Matrix, style: Style, note: Note) -> list[str]:
    """Return the grid: one line per row, one column per static IP, so that a dead one shows as a stripe."""
    nodes, rows = matrix.nodes, matrix.rows
    for layout in _LAYOUTS:
        names = [
            _column(_title(title, narrow=layout.narrow), (describe(row) for row, _ in rows), style)
            for title, describe in layout.named
        ]
        found = [[(row, of_row.get(node)) for row, of_row in rows] for node in nodes]
        told = [[_cell(row, result, note, timed=layout.timed) for row, result in column] for column in found]
        headers = map(str, range(1, len(nodes) + 1)) if layout.numbered else map(_header, nodes)
        columns = names + [_column(header, of, style) for header, of in zip(headers, told, strict=True)]
        widths = [*map(widest, columns)]
        if sum(widths) + _GAP * (len(widths) - 1) <= style.width:
            break
    if style.color:
        for results, column in zip(found, columns[len(names) :], strict=True):
            column[2:] = [
                colored(cell, style, result.verdict if result else None)
                for cell, (_, result) in zip(column[2:], results, strict=True)
            ]
    return [*(_legend(nodes) if layout.numbered else []), *_drawn(columns, widths)]


def _title(title: str, *, narrow: bool) -> str:
    told, short = tell(title), tell(_TARGET)
    if narrow and told != short and told.startswith(short):
        return f"{short}\n{told.removeprefix(short).strip()}"
    return told


def _column(header: str, cells: Iterable[str], style: Style) -> Column:
    """Return a column's cells below the two lines of its header, safe to print."""
    first, _, second = header.partition("\n")
    return [cut(style.shown(printable(cell)), _LONGEST_CELL, style) for cell in (first, second, *cells)]


def _header(node: Node) -> str:
    return f"{node.zone}\n{node.address}" if node.zone else str(node.address)


def _cell(row: RowResults, result: Result | None, note: Note, *, timed: bool) -> str:
    if result is None:
        return ""
    took = cells.milliseconds(row, result) if timed else None
    return cells.ending(row, result) + (f" {took}" if took else "") + note(result)


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
