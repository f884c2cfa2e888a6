"""How is a sentence broken into lines that are safe to print, and still can be copied from?"""

from __future__ import annotations

from collections.abc import Iterable

import click

from nlbcheck.escape import printable
from nlbcheck.formats.style import Style
from nlbcheck.model import Remedy, Verdict
from nlbcheck.wrapping import columns_of
from nlbcheck.wrapping import wrapped as in_lines

COLORS = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.UNKNOWN: "yellow",
    Verdict.FAIL: "red",
    Verdict.ERROR: "magenta",
}
LONGEST_TEXT = 400
_NARROWEST = 40


def wrapped(
    text: str, style: Style, verdict: Verdict | None = None, *, first: str = "", indent: str = "    "
) -> list[str]:
    """Return ``text`` made safe and broken at spaces; words longer than a line stay whole, to be copied."""
    width = max(style.width, _NARROWEST)
    lines = in_lines(style.shown(printable(text)), width, first=style.shown(first), indent=indent)
    return [colored(line, style, verdict) for line in lines]


def colored(text: str, style: Style, verdict: Verdict | None) -> str:
    """Return ``text`` in the colour of a verdict, where there are colours."""
    return click.style(text, fg=COLORS[verdict]) if style.color and verdict else text


def bold(text: str, style: Style) -> str:
    """Return ``text`` in bold, where that can be shown."""
    return click.style(text, bold=True) if style.color else text


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
