"""Which line of a table is that of its headings, and what is asked where they are not understood?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from nlbcheck.relays.readers import cells, columns, headings
from nlbcheck.relays.readers.columns import Columns, ColumnsSaid
from nlbcheck.relays.readers.grid import GridLine
from nlbcheck.relays.tree import shown

_FIRST = 25
"""Lines in which headings are sought: titles and dates may stand above them."""
_SAMPLE = 50
"""Lines below that tell what a column holds."""
_SHOWN = 12
"""Columns that a message names."""
_MACHINE = re.compile("[0-9.]")
_PORTS = ("listener", "target_port")
_CALLED = {"listener": "listener port", "target_port": "target port", "target": "target"}


def find(lines: Sequence[GridLine], asked: ColumnsSaid) -> tuple[int, Columns]:
    """Return the index of the first line below the headings, and the columns that they name.

    Of several lines that may be headings it is the one that names most of what is needed; two lines are taken
    together where the upper one says whose the columns of the lower one are.
    """
    first = lines[0].cells if lines else []
    best = (1, Columns(first, left=[number for number, text in enumerate(first) if text]))
    if not asked and not any(
        headings.meaning(text) for line in lines[:_FIRST] for text in line.cells if text
    ):
        return best
    most = -1
    for end, texts in _candidates(lines[:_FIRST]):
        found = columns.choose(texts, lines[end : end + _SAMPLE], asked)
        named = len(columns.NEEDED) - len(found.missing)
        if named > most:
            best, most = (end, found), named
        if named == len(columns.NEEDED):
            break
    return best


def _candidates(lines: Sequence[GridLine]) -> Iterator[tuple[int, list[str]]]:
    """Yield what may be headings, each with the index of the line below: first single lines, then pairs."""
    for number, line in enumerate(lines):
        yield number + 1, line.cells
    for number, (upper, lower) in enumerate(pairwise(lines)):
        if not any(map(cells.port, lower.cells)) and any(map(headings.meaning, lower.cells)):
            yield number + 2, _joined(upper.cells, lower.cells)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return two lines of headings as one; what stands over several columns may be written over the first."""
    above, texts = "", []
    for number, text in enumerate(lower):
        above = (upper[number] if number < len(upper) else "") or above
        texts.append(text if text == above else f"{above} {text}".strip())
    return texts


def lacks(found: Columns) -> str:
    """Return in short why a table is none that maps listeners to targets."""
    return (
        found.unclear[0]
        if found.unclear
        else f"has no {', no '.join(_CALLED[role] for role in found.missing)}"
    )


def lacking(found: Columns, body: Sequence[GridLine]) -> list[str]:
    """Return the sentence on the needed columns that are not understood, with the options that settle it."""
    texts = found.headings
    missing = [role for role in found.missing if role not in found.missed]
    if not missing:
        return []
    known = [f"{shown(texts[at])} as {role}" for role, at in found.at.items() if texts[at]][:_SHOWN]
    left = [shown(texts[number]) for number in found.left][:_SHOWN]
    understood = f"understood are {', '.join(known)}" if known else "no heading is understood"
    rest = f"left are {', '.join(left)}" if left else "no column is left"
    called = " or the ".join(_CALLED[role] for role in missing)
    return [
        f"has no column that is understood as the {called}: {understood}; {rest}{_hint(missing, found, body)}"
    ]


def _hint(missing: Sequence[str], found: Columns, body: Sequence[GridLine]) -> str:
    """Return the end of the sentence: the options with the columns that are likely to be meant."""
    left, options = list(found.left), []
    for role in missing:
        best = max(left, key=lambda number: _likely(role, number, body), default=None)
        if best is not None and (role not in _PORTS or _likely(role, best, body)):
            left.remove(best)
            options.append(f"--column {columns.option(role, _word(found, best))}")
        elif role == "target_port" and "listener" in found.at:
            same = _word(found, found.at["listener"])
            options.append(f"--column {columns.option(role, same)} (where both ports are the same)")
    return f": say which is meant, as {' '.join(options)}" if options else ""


def _word(found: Columns, number: int) -> str:
    """Return what an option calls a column: its heading, or its number where others are called the same."""
    texts = [headings.folded(text) for text in found.headings]
    return found.headings[number] if texts.count(texts[number]) == 1 else str(number + 1)


def _likely(role: str, number: int, body: Sequence[GridLine]) -> float:
    """Return how much of a column holds what is sought; names of machines tend to have digits and dots."""
    texts = [line.cells[number] for line in body[:_SAMPLE] if number < len(line.cells)]
    if role in _PORTS:
        return sum(cells.port(text) is not None for text in texts) / (len(texts) or 1)
    words = [text for text in texts if text and not cells.port(text) and len(text.split()) == 1]
    return sum(1.0 if _MACHINE.search(text) else 0.5 for text in words) / (len(texts) or 1)
