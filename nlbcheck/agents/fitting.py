"""How does an answer stay small enough to be read whole?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any

from nlbcheck.agents.tool_answer import ToolAnswer

LIMIT = 12_000
"""Characters that no answer exceeds, laid out as JSON with two blanks a level."""
_RESERVED = 500
"""Of those, what is kept for saying how much is left out."""
_LEVEL = 4
"""Blanks before what stands in a list of the answer."""
_PARTS = {
    "findings": 8000,
    "about": 2000,
    "remarks": 3000,
    "unseen": 3000,
    "rows": LIMIT,
    "path": LIMIT,
    "plan": LIMIT,
}
"""The lists of an answer, most needed first, and how many characters more than one item may fill."""


def fitted(answer: ToolAnswer) -> ToolAnswer:
    """Return an answer with as much of its lists, from their beginnings, as fits; it says what does not."""
    empty: dict[str, Any] = {part: [] for part in _PARTS}
    left = LIMIT - _RESERVED - _size(replace(answer, **empty))
    kept: dict[str, Any] = {}
    more = []
    for part, share in _PARTS.items():
        items: Sequence[Any] = getattr(answer, part)
        fitting, left = _first(items, left, share)
        kept[part] = fitting
        if left_out := len(items) - len(fitting):
            more.append(f"…and {left_out} more {part if left_out > 1 else part.removesuffix('s')}")
    return replace(answer, **kept, more=more)


def _first(items: Iterable[Any], left: int, share: int) -> tuple[list[Any], int]:
    """Return the first items that fit, and how many characters are left then."""
    kept: list[Any] = []
    for item in items:
        size = _size(item)
        if size > left or (kept and size > share):
            break
        left -= size
        share -= size
        kept.append(item)
    return kept, left


def _size(item: object) -> int:
    values = asdict(item) if is_dataclass(item) and not isinstance(item, type) else item
    text = json.dumps(values, ensure_ascii=False, indent=2)
    return len(text) + (text.count("\n") + 1) * _LEVEL + len(",\n")
