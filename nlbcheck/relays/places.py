"""Where a row stands in its file, as ``line 12``, ``row 3`` or ``sheet 'ports', row 3``."""

from __future__ import annotations

import re

from nlbcheck.language import tell

_PLACE = re.compile(r"(.*)\b(line|row) (\d+)", re.DOTALL)


def told(place: str) -> str:
    """Return a place in the language that is spoken; errors have it in English."""
    found = _PLACE.fullmatch(place)
    if found is None:
        return place
    return found[1] + tell("line {number}" if found[2] == "line" else "row {number}", number=found[3])
