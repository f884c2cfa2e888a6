"""What does the mapping table in a Markdown file say, and where?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from nlbcheck.relays.readers import columns
from nlbcheck.relays.tree import MOST_ROWS, Problems, TreeNode

_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_PIPE = re.compile(r"(?<!\\)\|")


def read(text: str, problems: Problems) -> TreeNode:
    """Return the tree of the first table in ``text`` that has the needed columns."""
    lines = re.split(r"\r\n|\r|\n", text)
    nearest: tuple[int, int] | None = None
    for number in _tables(lines):
        lacking = len(columns.missing(_cells(lines[number])))
        if nearest is None or lacking < nearest[0]:
            nearest = lacking, number
        if not lacking:
            break
    if nearest is None:
        problems.add(1, "has no table, one with a line of headings and a line of dashes was expected")
        raise problems.error()
    return _table(lines, nearest[1], problems)


def _tables(lines: list[str]) -> Iterator[int]:
    """Yield the index of every line of headings."""
    for number, (line, below) in enumerate(pairwise(lines)):
        if "|" in line and "-" in below and len(below) < 10_000 and _DELIMITER.fullmatch(below):
            yield number


def _table(lines: list[str], first: int, problems: Problems) -> TreeNode:
    """Return the tree of the table whose headings stand in ``lines[first]``."""
    headings = _cells(lines[first])
    keys = columns.check(headings, first + 1, problems)
    if len(problems):
        raise problems.error()
    rows: list[TreeNode] = []
    for number, line in enumerate(lines[first + 2 :], start=first + 3):
        if "|" not in line:
            break
        if len(rows) == MOST_ROWS:
            problems.add(number, f"has more than {MOST_ROWS:,} rows, and there are no more listener ports")
            raise problems.error()
        cells = _cells(line)
        if any(cells):
            rows.append(columns.row(len(rows) + 1, keys, headings, cells, number, problems))
    return TreeNode(rows, first + 1)


def _cells(line: str) -> list[str]:
    """Return the cells of a table row, escaped pipes and code marks undone."""
    cells = _PIPE.split(line.strip().removeprefix("|"))
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [_plain(cell) for cell in cells]


def _plain(cell: str) -> str:
    text = cell.replace("\\|", "|").strip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] == "`" else text
