"""What do the tables of an HTML page say, merged cells said again in each place?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

from nlbcheck.relays.readers import printed
from nlbcheck.relays.readers.columns import ColumnsSaid
from nlbcheck.relays.readers.grid import Grid, GridLine
from nlbcheck.relays.tree import MOST_ROWS, MOST_VALUES, Problems
from nlbcheck.relays.understood import Content

_MOST_CHARACTERS = 10_000_000
"""The most characters of a page's tables, those of merged cells counted in each place."""
_UNENDED = 100
"""Tags and comments without end that somebody may have by mistake."""
_WIDEST = 200
"""The most columns of a table that are read."""
_DEEPEST = 16
_BREAKS = frozenset(("br", "p", "div", "li"))
_STRIKES = frozenset(("s", "del", "strike"))
_UNSEEN = frozenset(("script", "style", "template"))


def read(text: str, problems: Problems, asked: ColumnsSaid = ()) -> Content:
    """Return the rows of the tables in ``text`` that have the needed columns, as one."""
    return printed.read(grids(text, problems), problems, asked, "one in <table>")


def grids(text: str, problems: Problems, before: int = 0) -> Iterator[Grid]:
    """Yield every table of a page, those within others, too; ``before`` is the number of lines above it.

    Raises InputError where merged cells make it too large, and for tags and comments without end.
    """
    if _lack(text, "<", ">") > _UNENDED or _lack(text, "<!--", "-->") > _UNENDED:
        problems.add(before + 1, "has tags or comments that do not end: expected HTML")
        raise problems.error()
    parser = _Parser()
    parser.feed(text)
    parser.close()
    left, characters = MOST_VALUES, _MOST_CHARACTERS
    for table in parser.tables:
        lines = []
        for line in _spread(table, before):
            lines.append(line)
            left -= len(line.cells)
            characters -= sum(map(len, line.cells))
            if left < 0 or characters < 0:
                most = f"{MOST_VALUES:,} values or {_MOST_CHARACTERS:,} characters"
                problems.add(line.number, f"has more than {most}, merged cells counted in each place")
                raise problems.error()
        yield Grid(f"line {table.line + before}", lines, is_loose=True)


def _lack(text: str, opening: str, closing: str) -> int:
    """Return how many more times something is opened than closed; of each, Python's parser seeks the end."""
    return text.count(opening) - text.count(closing)


@dataclass
class _HtmlCell:
    texts: list[str] = field(default_factory=list)
    struck: list[bool] = field(default_factory=list)
    rows: int = 1
    columns: int = 1

    @cached_property
    def text(self) -> str:
        """Return the text, one line for each that a browser shows; to be asked once it is whole."""
        lines = ("".join(self.texts)).replace("\xa0", " ").split("\n")
        return "\n".join(" ".join(line.split()) for line in lines if line.strip())

    @property
    def is_struck(self) -> bool:
        """Return whether all that it says is struck out."""
        return bool(self.struck) and all(self.struck)


@dataclass(slots=True)
class _HtmlTable:
    line: int
    rows: list[tuple[int, list[_HtmlCell]]] = field(default_factory=list)
    cell: _HtmlCell | None = None


class _Parser(HTMLParser):
    """Collects the cells of tables; what is not closed ends where the next one begins."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_HtmlTable] = []
        self._open: list[_HtmlTable] = []
        self._strikes = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        table = self._open[-1] if self._open else None
        if tag == "table" and len(self._open) < _DEEPEST:
            self._open.append(_HtmlTable(line))
            self.tables.append(self._open[-1])
        elif tag == "tr" and table:
            table.rows.append((line, []))
            table.cell = None
        elif tag in ("td", "th") and table:
            if not table.rows:
                table.rows.append((line, []))
            table.cell = _HtmlCell(rows=_span(attrs, "rowspan"), columns=_span(attrs, "colspan"))
            table.rows[-1][1].append(table.cell)
        elif tag in _BREAKS and table and table.cell:
            table.cell.texts.append("\n")
        self._strikes += tag in _STRIKES
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self._open.pop()
        elif tag in ("td", "th", "tr") and self._open:
            self._open[-1].cell = None
        elif tag in _BREAKS and self._open and self._open[-1].cell:
            self._open[-1].cell.texts.append("\n")
        self._strikes = max(self._strikes - (tag in _STRIKES), 0)
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)

    def handle_data(self, data: str) -> None:
        cell = self._open[-1].cell if self._open else None
        if cell and not self._unseen:
            cell.texts.append(" ".join(data.split("\n")))
            if data.strip():
                cell.struck.append(self._strikes > 0)


def _span(attrs: Sequence[tuple[str, str | None]], name: str) -> int:
    """Return over how many rows or columns a cell goes; none of a table goes over more than there may be."""
    text = dict(attrs).get(name) or "1"
    return min(max(int(text), 1), MOST_ROWS) if text.isdecimal() and len(text) < 6 else 1


def _spread(table: _HtmlTable, before: int) -> Iterator[GridLine]:
    """Yield the lines of a table that say something, with each merged cell in all its places."""
    hanging: dict[int, tuple[int, _HtmlCell]] = {}
    for line, row in table.rows:
        cells = _placed(row, hanging)
        texts = [cell.text for cell in cells]
        struck = frozenset(at for at, cell in enumerate(cells) if cell.is_struck)
        if any(texts):
            yield GridLine(line + before, texts, struck)


def _placed(row: Sequence[_HtmlCell], hanging: dict[int, tuple[int, _HtmlCell]]) -> list[_HtmlCell]:
    """Return the cells of a row, with those from above that are still ``hanging``, which is kept."""
    cells: list[_HtmlCell] = []
    rest = list(reversed(row))
    while len(cells) < _WIDEST and (rest or any(at >= len(cells) for at in hanging)):
        at = len(cells)
        if at in hanging:
            times, cell = hanging.pop(at)
            if times > 1:
                hanging[at] = (times - 1, cell)
            cells.append(cell)
        elif rest:
            cell = rest.pop()
            places = range(at, min(at + cell.columns, _WIDEST))
            hanging |= {column: (cell.rows - 1, cell) for column in places if cell.rows > 1}
            cells += [cell] * len(places)
        else:
            cells.append(_HtmlCell())
    return cells
