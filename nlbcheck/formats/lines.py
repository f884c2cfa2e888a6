"""How is a sentence broken into lines that are safe to print, and still can be copied from?"""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from nlbcheck.escape import printable
from nlbcheck.formats.style import Style
from nlbcheck.model import Remedy, Verdict

COLORS = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.UNKNOWN: "yellow",
    Verdict.FAIL: "red",
    Verdict.ERROR: "magenta",
}
LONGEST_TEXT = 400
_NARROWEST = 40

_WIDE = "\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60"
_OPENS = "「『（〈《【〔［｛([{“"
_STOPS = "、。，．・：；？！）〉》」』】〕］｝)\\]}”…:;,.!?%"
_CLOSES = _STOPS + "ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々ゝゞ\u3099\u309a"
_PART = re.compile(
    rf"\s+|[{_OPENS}]{{0,3}}[{_WIDE}][{_CLOSES}]{{0,3}}"
    rf"|[^\s{_WIDE}]+?(?=[{_OPENS}]{{0,3}}[{_WIDE}]|\s|$)[{_CLOSES}]{{0,3}}"
)
"""What stays together in a line: a word, or a Japanese character with the brackets and stops beside it.

A line does not begin with a stop or end with an open bracket (JIS X 4051).
"""


def wrapped(
    text: str, style: Style, verdict: Verdict | None = None, *, first: str = "", indent: str = "    "
) -> list[str]:
    """Return ``text`` made safe and broken at spaces; words longer than a line stay whole, to be copied."""
    safe = style.shown(first + printable(text))
    return [colored(line, style, verdict) for line in filled(safe, max(style.width, _NARROWEST), indent)]


def filled(text: str, width: int, indent: str = "") -> list[str]:
    """Return a line as lines of at most ``width`` columns each, as far as its parts are no longer."""
    if columns_of(text) <= width:
        return [text]
    lines, line, used = [], "", 0
    for part in _PART.findall(text):
        columns = columns_of(part)
        if used + columns > width and line.strip() and not part.isspace():
            lines.append(line.rstrip())
            line, used = indent, len(indent)
        line += part
        used += columns
    return [*lines, line.rstrip()]


def colored(text: str, style: Style, verdict: Verdict | None) -> str:
    """Return ``text`` in the colour of a verdict, where there are colours."""
    return click.style(text, fg=COLORS[verdict]) if style.color and verdict else text


def bold(text: str, style: Style) -> str:
    """Return ``text`` in bold, where that can be shown."""
    return click.style(text, bold=True) if style.color else text


def columns_of(text: str) -> int:
    """Return the columns that ``text`` takes at a terminal: most Japanese characters take two."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # texts of wide characters alone need it

    columns: int = wcswidth(text)
    return columns if columns >= 0 else len(text)


def padded(text: str, columns: int) -> str:
    """Return ``text`` with spaces behind it, up to a number of columns."""
    return text + " " * (columns - columns_of(text))


def cut(text: str, columns: int, style: Style) -> str:
    """Return as much of ``text`` as ``columns`` have room for, with an ellipsis where that is not all."""
    if columns_of(text) <= columns:
        return text
    end = style.shown("…")
    kept = text[: columns - len(end)]
    while columns_of(kept) + len(end) > columns:
        kept = kept[:-1]
    return kept + end


def widest(texts: Iterable[str]) -> int:
    """Return the columns of the widest of texts."""
    return max(map(columns_of, texts), default=0)


def unprinted(remedy: Remedy, printed: set[str]) -> list[str]:
    """Return the command lines of a remedy that stand nowhere yet; ``printed`` holds them then."""
    commands = [item for item in remedy.commands if item not in printed]
    printed.update(commands)
    return commands
