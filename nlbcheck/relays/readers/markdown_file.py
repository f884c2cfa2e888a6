"""What do the mapping tables in a Markdown file say, and where?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from nlbcheck.relays.readers import html_file, markup, printed
from nlbcheck.relays.readers.columns import ColumnsSaid
from nlbcheck.relays.readers.grid import Grid, GridLine
from nlbcheck.relays.tree import Problems
from nlbcheck.relays.understood import Content

_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_RULE = re.compile(r"\s*\+[-=+: ]+\+\s*")
"""A line between the rows of a table that a program has drawn."""
_PIPE = re.compile(r"(?<!\\)\|")
_WIDEST = 1_000
"""The most columns that are told apart."""
_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_END = re.compile(r"</table\s*>", re.IGNORECASE)


def read(text: str, problems: Problems, asked: ColumnsSaid = ()) -> Content:
    """Return the rows of the tables in ``text`` that have the needed columns, as one.

    A row that stands apart from its table belongs to the one before.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    what = "one with a line of headings and a line of dashes"
    return printed.read(_grids(lines, problems), problems, asked, what)


def _grids(lines: list[str], problems: Problems) -> Iterator[Grid]:
    """Yield every table, whichever way it is written, and the lines with pipes that are in none."""
    number = 0
    while number < len(lines):
        if _TABLE.search(lines[number]):
            end = _end(lines, number)
            yield from html_file.grids("\n".join(lines[number:end]), problems, number)
        elif "|" in lines[number]:
            end = _last(lines, number)
            yield from _piped(lines, number, end)
        else:
            end = number + 1
        number = end


def _end(lines: Sequence[str], start: int) -> int:
    """Return the index of the line below an HTML table."""
    depth = 0
    for number in range(start, len(lines)):
        depth += len(_TABLE.findall(lines[number])) - len(_END.findall(lines[number]))
        if depth <= 0:
            return number + 1
    return len(lines)


def _last(lines: Sequence[str], start: int) -> int:
    """Return the index of the first line below ``start`` that has no cells."""
    number = start
    while number < len(lines) and ("|" in lines[number] or _RULE.fullmatch(lines[number])):
        if _TABLE.search(lines[number]):
            return number
        number += 1
    return number


def _piped(lines: Sequence[str], start: int, end: int) -> Iterator[Grid]:
    """Yield the tables in lines with pipes: each line above one of dashes begins another."""
    begins = [number for number in range(start, end - 1) if _is_heading(lines[number], lines[number + 1])]
    if start not in begins:
        first = begins[0] if begins else end
        yield Grid(f"line {start + 1}", [_line(lines[n], n) for n in _rows(lines, start, first)], False)
    for number, below in pairwise([*begins, end]):
        rows = [number, *_rows(lines, number + 2, below)]
        yield Grid(f"line {number + 1}", [_line(lines[n], n) for n in rows])


def _rows(lines: Sequence[str], start: int, end: int) -> list[int]:
    return [number for number in range(start, end) if "|" in lines[number]]


def _is_heading(line: str, below: str) -> bool:
    return "|" in line and "-" in below and len(below) < 10_000 and _DELIMITER.fullmatch(below) is not None


def _line(line: str, number: int) -> GridLine:
    cells = _cells(line)
    struck = frozenset(at for at, cell in enumerate(cells) if markup.is_struck(cell))
    return GridLine(number + 1, [markup.plain(cell) for cell in cells], struck, line.lstrip().startswith("|"))


def _cells(line: str) -> list[str]:
    """Return the cells of a table row; headings of some wikis have two pipes between them."""
    line = line.strip()
    if line.startswith("||"):
        line = line.replace("||", "|")
    cells = _PIPE.split(line.removeprefix("|"), _WIDEST)
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return cells
