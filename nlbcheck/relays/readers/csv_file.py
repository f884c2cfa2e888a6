"""What does a file of separated values say, and where?"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from nlbcheck.relays.readers import heading_line, printed
from nlbcheck.relays.readers.columns import ColumnsSaid
from nlbcheck.relays.readers.grid import Grid, GridLine
from nlbcheck.relays.tree import Problems
from nlbcheck.relays.understood import Content

_DELIMITERS = (",", "\t", ";", "|")
_SAID = re.compile(r'\s*"?sep=(.)"?[,;\t|\s]*\r?\n', re.IGNORECASE)
"""The line in which Excel is told what stands between values."""
_NUMBERED = re.compile(r"^#\s*[,;\t|]", re.MULTILINE)
"""A line of headings that begins with the column of numbers."""
_WIDEST = 1_000
"""The most columns that a table may have."""
_TRIED = 40
"""Lines that tell what stands between values."""
_LONGEST = 10_000


def read(text: str, problems: Problems, asked: ColumnsSaid = ()) -> Content:
    """Return the rows of ``text``: a line of it names the columns; lines that begin with ``#`` are none."""
    said = _SAID.match(text)
    delimiter = said[1] if said else _delimiter(text, asked)
    lines = _lines(text, delimiter, problems)
    if said:
        next(lines, None)
    grid = Grid(f"separated by {_name(delimiter)}", lines)
    return printed.read([grid], problems, asked, "a line of headings with rows below")


def _name(delimiter: str) -> str:
    return {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "pipes"}.get(delimiter, repr(delimiter))


def _delimiter(text: str, asked: ColumnsSaid) -> str:
    """Return what stands between values: the mark by which the headings are understood best."""
    head = "".join(line[:_LONGEST] for line in islice(StringIO(text, newline=""), _TRIED))

    def lacking(mark: str) -> int:
        quiet = Problems("")
        lines = [GridLine(1, cells) for _, cells in _records(head, mark, quiet, strict=False)]
        return len(heading_line.find(lines, asked)[1].missing) if lines else len(_DELIMITERS)

    return min(_DELIMITERS, key=lambda mark: (lacking(mark), -head.count(mark)))


def _lines(text: str, delimiter: str, problems: Problems) -> Iterator[GridLine]:
    for line, cells in _records(text, delimiter, problems):
        if any(cells[_WIDEST:]):
            problems.add(line, f"has more than {_WIDEST:,} columns")
            raise problems.error()
        yield GridLine(line, cells[:_WIDEST])


def _records(
    text: str, delimiter: str, problems: Problems, *, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Yield every record that is not blank, its cells stripped, with the line it begins in."""
    reader = csv.reader(_without_comments(text), delimiter=delimiter, strict=strict)
    line = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        if not strict:
            return
        problems.add(line, f"is not CSV: {error}")
        raise problems.error() from None


def _without_comments(text: str) -> Iterator[str]:
    """Yield the lines of ``text``, blank ones in the place of comments."""
    has_numbers = _NUMBERED.search(text) is not None
    is_open = False  # within a quoted cell
    for line in StringIO(text, newline=""):
        if line.startswith("#") and not is_open and not has_numbers:
            yield "\n"
            continue
        is_open ^= line.count('"') % 2 == 1
        yield line
