"""What does a CSV or TSV file say, and where?"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from nlbcheck.relays.readers import columns
from nlbcheck.relays.tree import MOST_ROWS, Problems, TreeNode

_DELIMITERS = (",", "\t", ";")


def read(text: str, problems: Problems) -> TreeNode:
    """Return the tree of ``text``: its first row names the columns."""
    delimiter = min(_DELIMITERS, key=lambda mark: len(columns.missing(_first(text, mark))))
    records = _records(text, delimiter, problems)
    line, headings = next(records, (1, []))
    keys = columns.check(headings, line, problems)
    if len(problems):
        raise problems.error()
    rows: list[TreeNode] = []
    above = None
    for line, found in records:
        if len(rows) == MOST_ROWS:
            problems.add(line, f"has more than {MOST_ROWS:,} rows, and there are no more listener ports")
            raise problems.error()
        above = cells = columns.repeated(found, above, line, problems)
        rows.append(columns.row(len(rows) + 1, keys, headings, cells, line, problems))
    return TreeNode(rows, 1)


def _first(text: str, delimiter: str) -> list[str]:
    """Return the cells of the first line that has any."""
    line = next(line for line in StringIO(text, newline="") if line.strip())
    return next(csv.reader([line[:10_000]], delimiter=delimiter))


def _records(text: str, delimiter: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield every row that is not blank, its cells stripped, with the line it begins in."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(line, f"is not CSV: {error}")
        raise problems.error() from None
