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


def key_of(heading: str) -> RowKey | None:
    """Return the key of the column with this heading."""
    return _KEYS.get(_folded(heading))


def missing(headings: Sequence[str]) -> list[str]:
    """Return the needed columns that ``headings`` lacks, by their plain English headings."""
    keys = [key_of(heading) for heading in headings]
    return [f"'{key.headings[0].capitalize()}'" for key in ROW_KEYS if key.required and key not in keys]


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
