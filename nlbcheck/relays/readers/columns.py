"""Which column of a printed table is which key of a row?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

from nlbcheck.relays.fields import SEPARATOR
from nlbcheck.relays.row_keys import ROW_KEYS, RowKey
from nlbcheck.relays.tree import Problems, TreeNode, near, shown

_KEYS = {heading: key for key in ROW_KEYS for heading in key.headings}
_AS_ABOVE = ("〃", "″", '"', "''", "同上", "ditto", "Ditto")
"""What a cell holds that says the same as the one above: https://www.unicode.org/charts/PDF/U3000.pdf"""


def key_of(heading: str) -> RowKey | None:
    """Return the key of the column with this heading."""
    return _KEYS.get(_folded(heading))


def missing(headings: Sequence[str]) -> list[str]:
    """Return the needed columns that ``headings`` lacks, by their plain English headings."""
    keys = [key_of(heading) for heading in headings]
    return [f"'{key.headings[0].capitalize()}'" for key in ROW_KEYS if key.required and key not in keys]


def has_listeners(headings: Sequence[str]) -> bool:
    """Whether one of the columns is that of the listeners, so that a mapping table is meant."""
    return any(key is not None and key.name == "listener" for key in map(key_of, headings))


def repeated(cells: Sequence[str], above: Sequence[str] | None, line: int, problems: Problems) -> list[str]:
    """Return a row's cells, those of the row above where a mark says so; in a first row that is a problem."""
    found = []
    for number, cell in enumerate(cells):
        if cell not in _AS_ABOVE:
            found.append(cell)
        elif above is not None and number < len(above):
            found.append(above[number])
        else:
            problems.add(line, f"{shown(cell)} stands for the row above, and there is none")
            found.append("")
    return found


def check(headings: Sequence[str], line: int, problems: Problems) -> list[RowKey | None]:
    """Return the key of each column; a heading that is unknown, double or missing is a problem."""
    keys: list[RowKey | None] = []
    for heading in headings:
        key = key_of(heading)
        if key is None and heading:
            like = near(_folded(heading), list(_KEYS))
            hint = f", perhaps '{like[0]}' is meant" if like else ""
            problems.add(line, f"unknown column {shown(heading)}{hint}")
        elif key is not None and key in keys:
            problems.add(line, f"column {shown(heading)} is there twice")
        keys.append(key)
    if lacking := missing(headings):
        problems.add(line, f"has no column {', '.join(lacking)}")
    return keys


def row(
    number: int,
    keys: Sequence[RowKey | None],
    headings: Sequence[str],
    cells: Sequence[str],
    line: int,
    problems: Problems,
) -> TreeNode:
    """Return the tree of row ``number``, its cells stripped; an empty cell is a key that is not there."""
    entries: dict[str, TreeNode] = {}
    for key, heading, text in zip_longest(keys, headings, cells, fillvalue=None):
        if not text:
            continue
        if key is None:
            problems.add(line, f"row {number}: cell {shown(text)} stands in a column without a heading")
            continue
        *outer, name = key.name.split(".")
        inner = entries
        for part in outer:
            inner = _mapping(inner.setdefault(part, TreeNode({}, line)))
        items = [TreeNode(item, line, heading=heading) for item in SEPARATOR.split(text) if item]
        inner[name] = TreeNode(list(items) if key.several else text, line, heading=heading)
    return TreeNode(entries, line, heading=f"row {number}")


def _mapping(node: TreeNode) -> dict[str, TreeNode]:
    if not isinstance(node.value, dict):
        raise TypeError("keys are nested in mappings only")
    return node.value


def _folded(heading: str) -> str:
    """Return ``heading`` without the differences of writing that do not matter."""
    words = unicodedata.normalize("NFKC", heading[:100]).casefold()
    return re.sub(r"[\s_-]+", " ", words).strip(" .:")
