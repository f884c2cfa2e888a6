"""What does a table say that another document, such as a snapshot, holds as JSON?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlbcheck.relays.fields import WORDS
from nlbcheck.relays.tree import DEEPEST, Number, Problems, TreeNode

_LONGEST = 18
"""The most digits of a number that has a use."""


def tree(document: Mapping[str, Any], problems: Problems) -> TreeNode:
    """Return the tree of a table that is JSON already; its values have no lines, its rows have numbers.

    Raises InputError where values are nested too deeply.
    """
    root = _node(document, problems, 0)
    entries = root.value if isinstance(root.value, dict) else {}
    rows = entries["mappings"].value if "mappings" in entries else None
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        row.heading = f"mappings[{number}]"
        if isinstance(row.value, dict) and _is_elsewhere(row.value.get("verify")):
            del row.value["verify"]
    return root


def _is_elsewhere(verify: TreeNode | None) -> bool:
    """Return whether a row names a file of authorities that only the machine had that wrote the table."""
    named = verify.value if verify else None
    return isinstance(named, str) and named not in WORDS and not Path(named).is_file()


def _node(value: object, problems: Problems, depth: int) -> TreeNode:
    if depth > DEEPEST:
        problems.add(0, f"values are nested more than {DEEPEST} deep")
        raise problems.error()
    if isinstance(value, Mapping):
        return TreeNode({key: _node(inner, problems, depth + 1) for key, inner in value.items()}, 0)
    if isinstance(value, list):
        return TreeNode([_node(inner, problems, depth + 1) for inner in value], 0)
    if isinstance(value, float) or (isinstance(value, int) and len(str(value)) > _LONGEST):
        return TreeNode(Number(str(value)), 0)
    return TreeNode(value if isinstance(value, (bool, int, str)) else None, 0)
