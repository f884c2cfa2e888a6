"""What do the printed tables of a file say, whatever format they are in?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from nlbcheck.errors import ProseError
from nlbcheck.relays.readers import arrows, cells, heading_line, headings
from nlbcheck.relays.readers.columns import NEEDED, Columns, ColumnsSaid
from nlbcheck.relays.readers.grid import Grid, GridLine
from nlbcheck.relays.readers.grid_row import GridRow
from nlbcheck.relays.tree import MOST_ROWS, Problems, TreeNode, shown
from nlbcheck.relays.understood import Content, Understood, Unprobed

_MOST_LINES = MOST_ROWS + 100
"""The most lines of one table: rows, and some that are none."""
_MERGED = ("protocol", "target", "target_name", "target_address")
"""Columns whose cells people merge: an empty one below says what the one above says."""


def read(grids: Iterable[Grid], problems: Problems, asked: ColumnsSaid, what: str) -> Content:
    """Return the rows of all tables that have the needed columns, as one.

    Other tables are passed over and told of; one that has listeners and lacks something else is a mistake,
    for its rows would be missed. Raises InputError where there is no table, called ``what``, or none is
    understood.
    """
    reader = _Tables(problems, asked)
    for grid in grids:
        reader.take(grid)
    return reader.content(what)


class _Tables:
    """All tables of a file, in order."""

    def __init__(self, problems: Problems, asked: ColumnsSaid) -> None:
        self._problems = problems
        self._asked = asked
        self._rows = _Rows(problems)
        self._understood: list[Understood] = []
        self._line = 0
        self._nearest: tuple[int, int, list[str]] | None = None
        self._used: set[str] = set()
        self._is_prose = True

    def take(self, grid: Grid) -> None:
        """Read one table, or tell why not."""
        lines = list(islice(grid.lines, _MOST_LINES))
        if not lines:
            return
        if len(lines) == _MOST_LINES:
            self._rows.refuse_more(lines[-1].number)
        start, columns = heading_line.find(lines, self._asked)
        halved, said = arrows.split(lines) if columns.missing else (lines, ())
        if said:
            begins, other = heading_line.find(halved, (*self._asked, *said))
            if len(other.missing) < len(columns.missing):
                lines, start, columns = halved, begins, other
        self._used |= {wanted for role, wanted in self._asked if role in columns.at or role == "remark"}
        is_whole = not columns.missing and not columns.unclear
        if not grid.is_delimited and not is_whole:
            self._rows.add_apart(lines)
            return
        place = lines[max(start - 1, 0)].number
        self._is_prose &= not columns.at and not any(map(_has_port_in_a_column, lines))
        if is_whole:
            self._line = self._line or place
            self._understood += self._rows.add(grid, columns, lines[start:])
            return
        self._pass_over(grid, columns, lines[start:], place)

    def _pass_over(self, grid: Grid, columns: Columns, body: Sequence[GridLine], place: int) -> None:
        """Tell why a table is not read, as a mistake where its rows would be missed."""
        told = heading_line.lacks(columns) if columns.at else "no heading is understood"
        self._understood.append(Understood(grid.place, columns.told() if columns.at else (), told))
        is_nearest = self._nearest is None or len(columns.missing) < self._nearest[0]
        if not (is_nearest or columns.is_meant):
            return
        sentences = [*columns.unclear, *heading_line.lacking(columns, body)]
        if is_nearest:
            self._nearest = (len(columns.missing), place, sentences)
        for sentence in sentences if columns.is_meant else ():
            self._problems.add(place, sentence)

    def content(self, what: str) -> Content:
        """Return all that was read; raise InputError where that is nothing, or where headings are unclear."""
        if not self._line and not len(self._problems):
            if self._nearest is None:
                self._problems.add(1, f"has no table, {what} was expected")
            else:
                _, place, sentences = self._nearest
                for sentence in sentences:
                    self._problems.add(place, sentence)
        self._check_asked()
        if len(self._problems) and not self._rows.trees:
            error = self._problems.error()
            raise ProseError(*error.problems) if self._is_prose else error
        entries = {"mappings": TreeNode(self._rows.trees, self._line or 1)}
        if self._rows.addresses:
            named = {name: TreeNode(text, 0) for name, text in self._rows.addresses.items()}
            entries["targets"] = TreeNode(dict(named), 0)
        return Content(
            TreeNode(dict(entries), self._line or 1), tuple(self._understood), tuple(self._rows.unprobed)
        )

    def _check_asked(self) -> None:
        """Note options that name a column which no table has."""
        for role, wanted in self._asked:
            if wanted not in self._used:
                self._problems.add(0, f"no table has the column {shown(wanted)} of --column {role}={wanted}")


class _Rows:
    """The rows of all tables, in order."""

    def __init__(self, problems: Problems) -> None:
        self.trees: list[TreeNode] = []
        self.unprobed: list[Unprobed] = []
        self.addresses: dict[str, str] = {}
        self._problems = problems
        self._grid: Grid | None = None
        self._columns = Columns([])
        self._above: list[str] | None = None
        self._notes: Counter[str] = Counter()
        self._no_rows: list[str] = []

    def add(self, grid: Grid, columns: Columns, lines: Sequence[GridLine]) -> list[Understood]:
        """Add the rows of a table; return what it was taken for, and each further one below new headings."""
        told = []
        self._begin(grid, columns)
        for number, line in enumerate(lines):
            if line.cells[: len(columns.headings)] == columns.headings:
                continue
            if self._begins_another(line):
                below, other = heading_line.find(lines[number : number + 50], ())
                if below == 1 and not other.missing and not other.unclear:
                    told.append(self._told(grid, columns))
                    columns = other
                    self._begin(grid, columns)
                    continue
            self._add(line)
        return [*told, self._told(grid, columns)]

    def _begin(self, grid: Grid, columns: Columns) -> None:
        self._grid, self._columns, self._above = grid, columns, None
        self._notes, self._no_rows = Counter(), []

    def _told(self, grid: Grid, columns: Columns) -> Understood:
        notes = [f"{text}: {times}" for text, times in self._notes.items()]
        if self._no_rows:
            more = f" and {len(self._no_rows) - 3} more" if len(self._no_rows) > 3 else ""
            notes.append(f"lines that are no rows: {', '.join(map(shown, self._no_rows[:3]))}{more}")
        is_own = all(headings.plain(text) == role for text, role in columns.told())
        return Understood(grid.place, columns.told(), notes=(*grid.notes, *notes), is_own=is_own)

    def _begins_another(self, line: GridLine) -> bool:
        """Whether a line has headings rather than values."""
        return not any(map(cells.port, line.cells)) and sum(map(_is_heading, line.cells)) >= len(NEEDED) - 1

    def add_apart(self, lines: Sequence[GridLine]) -> None:
        """Add lines that stand apart from the tables, where they are rows; no line is lost in silence."""
        if self._grid is None:
            return
        self._above = None
        wide, at = self._columns.headings, self._columns.at["listener"]
        for line in lines:
            if line.cells == wide:
                continue
            if len(line.cells) == len(wide) and cells.port(line.cells[at]):
                self._add(line)
            elif line.is_piped:
                self._problems.add(line.number, "is not part of a table")

    def refuse_more(self, line: int) -> None:
        """Raise InputError: there are more rows than listener ports."""
        self._problems.add(line, f"has more than {MOST_ROWS:,} rows, and there are no more listener ports")
        raise self._problems.error()

    def _add(self, line: GridLine) -> None:
        texts = self._repeated(line)
        grid = self._grid
        if grid is None or not any(texts):
            return
        if len(self.trees) == MOST_ROWS:
            self.refuse_more(line.number)
        name = f"{grid.sheet}, row " if grid.sheet else "row "
        row = GridRow(
            f"{name}{len(self.trees) + 1}", self._columns, texts, line.number, self._problems, self.addresses
        )
        self._merged(row, texts)
        why_not = _why_not(row, line)
        if why_not == _NO_ROW:
            self._no_rows.append(next(text for text in texts if text))
            return
        self._above = texts
        if why_not:
            self.unprobed.append(Unprobed(row.listener, f"line {line.number}", why_not))
        else:
            self.trees.append(row.tree(is_loose=grid.is_loose))

    def _repeated(self, line: GridLine) -> list[str]:
        """Return a line's cells, those of the row above where a mark says so; a first row has none above."""
        found = []
        for number, text in enumerate(line.cells):
            if not cells.is_as_above(text):
                found.append(text)
            elif self._above is not None and number < len(self._above):
                found.append(self._above[number])
            else:
                self._problems.add(line.number, f"{shown(text)} stands for the row above, and there is none")
                found.append("")
        return found

    def _merged(self, row: GridRow, texts: list[str]) -> None:
        """Fill the empty cells of a row that are merged with those above.

        Not in a format that says itself what is merged, nor in a table that is written for nlbcheck, with
        target groups: there an empty cell is a mistake.
        """
        above = self._above
        if above is None or "target_group" in self._columns.at or (self._grid and self._grid.is_loose):
            return
        whole = bool(row.says("listener") and (row.says("target_port") or self._columns.has_ports_in_targets))
        for role in _MERGED if whole else ():
            self._fill(role, texts, above)
        if not row.says("listener") and row.says("target") and not self._differs(row, above):
            for role in ("listener", "target_port", "protocol"):
                self._fill(role, texts, above)

    def _differs(self, row: GridRow, above: Sequence[str]) -> bool:
        """Whether a row without a listener is for something else than another target of the one above."""
        at = self._columns.at.get("target_port", len(above))
        return at < min(len(row.texts), len(above)) and row.texts[at] not in ("", above[at])

    def _fill(self, role: str, texts: list[str], above: Sequence[str]) -> None:
        at = self._columns.at.get(role)
        if at is None or at >= len(above) or not above[at]:
            return
        texts.extend([""] * (at + 1 - len(texts)))
        if not texts[at]:
            texts[at] = above[at]
            heading = shown(self._columns.headings[at])
            self._notes[f"empty cells of {heading}, taken for merged with the one above"] += 1


_NO_ROW = "is not a row"


def _has_port_in_a_column(line: GridLine) -> bool:
    """Whether a line may be the row of a table whose headings are not understood."""
    return len(line.cells) > 1 and any(map(cells.port, line.cells))


def _is_heading(text: str) -> bool:
    return bool(text) and headings.meaning(text) is not None


def _why_not(row: GridRow, line: GridLine) -> str:
    """Return why a line is not probed, or that it is no row; empty where it is one."""
    said = [number for number, text in enumerate(line.cells) if text]
    needed = [row.says(role) for role in (*NEEDED, "target_name", "target_address", "target_group")]
    texts = {line.cells[number] for number in said}
    is_title = len(texts) == 1 and not cells.port(next(iter(texts)))
    if not any(needed) or is_title:
        return _NO_ROW
    at = row.columns.at["listener"]
    if said and (line.struck.issuperset(said) or at in line.struck):
        return "is struck out"
    if not row.says("listener") and at < len(line.cells) and line.cells[at]:
        return "names no listener port"
    if cells.is_range(row.says("listener")):
        return "names several ports: a row for each can be probed"
    has_dashes = any(map(cells.says_nothing, texts))
    if row.says("listener") and not any(needed[1:]) and (has_dashes or "target_group" not in row.columns.at):
        return "names no target"
    return ""
