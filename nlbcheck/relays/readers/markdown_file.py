"""What do the mapping tables in a Markdown file say, and where?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from nlbcheck.relays import fields
from nlbcheck.relays.readers import columns
from nlbcheck.relays.row_keys import RowKey
from nlbcheck.relays.tree import MOST_ROWS, Problems, TreeNode

_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_PIPE = re.compile(r"(?<!\\)\|")


def read(text: str, problems: Problems) -> TreeNode:
    """Return the tree of the tables in ``text`` that have the needed columns, as one.

    A row that stands apart from its table belongs to the one before. Other tables are passed over, but not
    one with a column of listeners: that is meant as one of these.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    found = {number: _cells(lines[number]) for number in _tables(lines)}
    if not found:
        problems.add(1, "has no table, one with a line of headings and a line of dashes was expected")
        raise problems.error()
    meant = {number: cells for number, cells in found.items() if columns.has_listeners(cells)}
    if not any(not columns.missing(cells) for cells in meant.values()):
        nearest = min(found, key=lambda number: len(columns.missing(found[number])))
        meant.setdefault(nearest, found[nearest])
    tables = {
        number: _Heading(cells, columns.check(cells, number + 1, problems)) for number, cells in meant.items()
    }
    if len(problems):
        raise problems.error()
    rows = _Rows(problems)
    within: _Heading | None = None
    passed_over = False
    for number, line in enumerate(lines):
        if number in found:
            within, passed_over = tables.get(number), number not in tables
            rows.begin(within)
        elif "|" not in line:
            within, passed_over = None, False
        elif number - 1 in found or passed_over:
            continue
        elif within:
            rows.add(_cells(line), number + 1)
        else:
            rows.add_apart(line, number + 1)
    return TreeNode(rows.trees, min(meant) + 1)


@dataclass(frozen=True, slots=True)
class _Heading:
    """The headings of a table, and the keys that they stand for."""

    cells: list[str]
    keys: list[RowKey | None]

    def has(self, cells: list[str]) -> bool:
        """Whether a line of its own is a row of the table: as wide, with a port for a listener."""
        at = [key.name if key else None for key in self.keys].index("listener")
        return len(cells) == len(self.cells) and re.fullmatch(fields.PORT, cells[at]) is not None


class _Rows:
    """The rows of all tables, in order."""

    def __init__(self, problems: Problems) -> None:
        self.trees: list[TreeNode] = []
        self._problems = problems
        self._heading: _Heading | None = None
        self._above: list[str] | None = None

    def begin(self, heading: _Heading | None) -> None:
        """Begin a table; what follows one that is passed over goes on with the one before."""
        self._heading = heading or self._heading
        self._above = None

    def add(self, cells: list[str], line: int) -> None:
        """Add a row of the table that was begun last."""
        heading = self._heading
        if heading is None or not any(cells):
            return
        if len(self.trees) == MOST_ROWS:
            self._problems.add(
                line, f"has more than {MOST_ROWS:,} rows, and there are no more listener ports"
            )
            raise self._problems.error()
        cells = columns.repeated(cells, self._above, line, self._problems)
        number = len(self.trees) + 1
        self.trees.append(columns.row(number, heading.keys, heading.cells, cells, line, self._problems))
        self._above = cells

    def add_apart(self, line: str, number: int) -> None:
        """Add a line that stands apart from the tables, where it is a row; no line is lost in silence."""
        cells = _cells(line)
        if self._heading is None or cells == self._heading.cells:
            return
        if self._heading.has(cells):
            self.add(cells, number)
        elif line.lstrip().startswith("|"):
            self._problems.add(number, "stands apart from the tables, and is no row of the one before")


def _tables(lines: list[str]) -> Iterator[int]:
    """Yield the index of every line of headings."""
    for number, (line, below) in enumerate(pairwise(lines)):
        if "|" in line and "-" in below and len(below) < 10_000 and _DELIMITER.fullmatch(below):
            yield number


def _cells(line: str) -> list[str]:
    """Return the cells of a table row, escaped pipes and code marks undone."""
    cells = _PIPE.split(line.strip().removeprefix("|"))
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [_plain(cell) for cell in cells]


def _plain(cell: str) -> str:
    text = cell.replace("\\|", "|").strip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] == "`" else text
