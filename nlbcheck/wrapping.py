"""How is text broken into lines of a terminal, where a Japanese character takes two columns?"""

from __future__ import annotations

import re
import unicodedata

_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
"""Characters between which a line may end."""
_OPENING = "(\\[「『（［"
"""What no line ends with."""
_CLOSING = ")\\]、。，．：；」』）］ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
"""What no line begins with (JIS X 4051)."""
_PIECE = re.compile(
    rf"\s+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)(?:[{_CLOSING}]|[.,:;](?!\S))*|[{_OPENING}]+"
)
"""What a line does not break: a word, or one wide character, with the marks that belong to it."""


def columns_of(text: str) -> int:
    """Return the columns that ``text`` takes at most; Japanese takes two a character (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def cut(text: str, width: int) -> str:
    """Return as much of the beginning of ``text`` as ``width`` columns hold."""
    while columns_of(text) > width:
        text = text[:-1]
    return text


def wrapped(text: str, width: int, *, first: str = "", indent: str = "") -> list[str]:
    """Return ``text`` in lines of at most ``width`` columns; a longer word has a line of its own.

    ``first`` stands before the first line, and ``indent`` before each other one.
    """
    lines, line, taken = [], first, columns_of(first)
    is_empty = True
    for piece in _PIECE.findall(text):
        room = columns_of(piece)
        if not is_empty and not piece.isspace() and taken + room > width:
            lines.append(line.rstrip())
            line, taken, is_empty = indent, columns_of(indent), True
        if not (is_empty and piece.isspace()):
            line, taken, is_empty = line + piece, taken + room, False
    return [*lines, line.rstrip()]
