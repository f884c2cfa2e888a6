"""How is a sentence broken into lines that are safe to print, and still can be copied from?"""

from __future__ import annotations

import textwrap
import unicodedata

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


def wrapped(
    text: str, style: Style, verdict: Verdict | None = None, *, first: str = "", indent: str = "    "
) -> list[str]:
    """Return ``text`` made safe and broken at spaces; words longer than a line stay whole, to be copied."""
    safe = first + printable(text)
    width = max(style.width, _NARROWEST)
    lines = [safe]
    if len(safe) > width:
        lines = textwrap.wrap(
            safe, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
    return [colored(line, style, verdict) for line in lines]


def colored(text: str, style: Style, verdict: Verdict | None) -> str:
    """Return ``text`` in the colour of a verdict, where there are colours."""
    return click.style(text, fg=COLORS[verdict]) if style.color and verdict else text


def bold(text: str, style: Style) -> str:
    """Return ``text`` in bold, where that can be shown."""
    return click.style(text, bold=True) if style.color else text


def columns_of(text: str) -> int:
    """Return the columns that ``text`` takes at most; Japanese takes two a character (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def unprinted(remedy: Remedy, printed: set[str]) -> list[str]:
    """Return the command lines of a remedy that stand nowhere yet; ``printed`` holds them then."""
    commands = [item for item in remedy.commands if item not in printed]
    printed.update(commands)
    return commands
