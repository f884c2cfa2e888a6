"""How much of what a stranger said goes into a report?"""

from __future__ import annotations

import json
from collections.abc import Mapping

from nlbcheck.escape import shortened
from nlbcheck.model import Json

MOST = 1 << 16
"""Bytes of JSON that what one connection said may take."""
_MARK = "cut"
_OF_A_BYTE, _OF_A_CHARACTER = 6, 12
"""Bytes of JSON that one heard may take, as ``\\u001b``, and one beyond the first 65,536 characters."""
_BRACKETS = 4
"""Bytes of JSON around and between values."""
_LONGEST_ERROR = 2048


def detail(said: Mapping[str, Json], heard: int) -> Mapping[str, Json]:
    """Return what was said; where that takes more than `MOST`, its beginning and a mark.

    ``heard`` is how many bytes came from the network, of which all that can be too much is made.
    """
    size = len(json.dumps(said)) if heard * _OF_A_BYTE > MOST else 0
    if size <= MOST:
        return said
    cut = _Cut(MOST - 256).value(said)
    mark = f"what was said takes {size:,} bytes as JSON, of which the first {MOST:,} are here"
    return {**cut, _MARK: mark} if isinstance(cut, Mapping) else {_MARK: mark}


def error(words: str | None) -> str | None:
    """Return the words on what went wrong, which may quote a server, in a length that people read."""
    return words and shortened(words, _LONGEST_ERROR)


class _Cut:
    """Takes values as long as there is room for them."""

    def __init__(self, room: int) -> None:
        self._room = room

    def value(self, value: Json) -> Json:
        """Return as much of a value as there is room for."""
        if isinstance(value, str):
            return self._text(value)
        self._room -= _BRACKETS
        if isinstance(value, Mapping):
            return {self._text(key): self.value(item) for key, item in value.items() if self._room > 0}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value if self._room > 0]
        self._room -= len(json.dumps(value))
        return value

    def _text(self, text: str) -> str:
        size = len(json.dumps(text)) + 2
        if size > self._room:
            text = shortened(text, max(self._room // _OF_A_CHARACTER, 1))
        self._room -= size
        return text
