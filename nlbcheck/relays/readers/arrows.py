"""Which column says in each cell what leads where: ``10022 → 22``, ``8080:80``, ``10022 -> 10.0.0.1:22``?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlbcheck.relays.readers import cells, headings
from nlbcheck.relays.readers.columns import ColumnsSaid
from nlbcheck.relays.readers.grid import GridLine

_ARROW = re.compile(r"(.{1,60}?)\s*(?:→|⇒|➡️?|➜|⟶|-{1,2}>|=>|>>)\s*(.{1,200})")
_PUBLISHED = re.compile(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4}(?:/[A-Za-z]+)?)")
"""As container engines write it: the host's port, then the container's."""
_HEADING = re.compile(r"port|map|forward|relay|listen|nlb|nat\b|ポート|変換|転送|中継|通信|経路")
"""What the heading of such a column speaks of: the same is written of versions, times and numbers."""
_SAMPLE = 50


def split(lines: Sequence[GridLine]) -> tuple[list[GridLine], ColumnsSaid]:
    """Return the lines with such a column as two, and what these are; as they are where there is none."""
    width = max((len(line.cells) for line in lines), default=0)
    for number in range(width):
        texts = [line.cells[number] for line in lines[:_SAMPLE] if number < len(line.cells)]
        halves = [found for text in texts if (found := _halves(text))]
        speaks_of_ports = any(_HEADING.search(headings.folded(text)) for text in texts if not _halves(text))
        if speaks_of_ports and halves and 2 * len(halves) >= sum(1 for text in texts if text) - 1:
            role = "target" if cells.target(halves[0][1]).ports else "target_port"
            return [_two(line, number) for line in lines], (
                ("listener", str(number + 1)), (role, str(number + 2)),
            )  # fmt: skip
    return list(lines), ()


def _halves(text: str) -> tuple[str, str] | None:
    """Return what stands before and behind an arrow: a port, and a port or a target with its port."""
    found = _PUBLISHED.fullmatch(text) or _ARROW.fullmatch(text)
    if found is None or cells.port(found[1]) is None:
        return None
    is_place = cells.port(found[2]) or cells.target(found[2]).ports
    return (found[1], found[2]) if is_place else None


def _two(line: GridLine, number: int) -> GridLine:
    """Return a line whose cell of a column is two; the headings of both say which half they are."""
    if number >= len(line.cells):
        return line
    text = line.cells[number]
    parts = _halves(text) or ((f"{text} (before the arrow)", f"{text} (behind it)") if text else ("", ""))
    struck = frozenset(at + (at > number) for at in line.struck) | frozenset(
        {number + 1} if number in line.struck else ()
    )
    return GridLine(
        line.number, [*line.cells[:number], *parts, *line.cells[number + 1 :]], struck, line.is_piped
    )
