"""How does foreign text become Markdown that no renderer acts on?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nlbcheck.escape import printable, shortened

LONGEST_TEXT = 400
_MEANINGFUL = re.compile(r"[&<>\"'`*_{}\[\]()\\|@#~!^$=]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Characters that Markdown, HTML, or a forge's links and mentions give a meaning to."""
_LOOKED_FOR = "@#:."
"""Those that a forge looks for in the finished page; an invisible space behind them disarms them."""
_TICKS = re.compile("`+")


def text(foreign: str, limit: int | None = None) -> str:
    """Return foreign text as text, in one line, with nothing in it that Markdown or a forge acts on."""
    safe = printable(foreign)
    return _MEANINGFUL.sub(_reference, shortened(safe, limit) if limit else safe)


def code(foreign: str, limit: int | None = None) -> str:
    """Return foreign text as code, written so that nothing in it ends the code, the cell or the line."""
    return f"<code>{text(foreign, limit)}</code>"


def fence(lines: Iterable[str], language: str) -> str:
    """Return lines as a block of code, behind a fence that is longer than any that stands in them."""
    safe = [printable(line) for line in lines]
    ticks = max((len(run) for line in safe for run in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return "\n".join([f"{fence}{language}", *safe, fence])


def details(summary: str, blocks: Sequence[str]) -> str:
    """Return blocks folded away below a summary; both are Markdown already."""
    return "\n\n".join([f"<details><summary>{summary}</summary>", *blocks, "</details>"])


def row(cells: Iterable[str]) -> str:
    """Return a row of a table; its cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" + ("&#8203;" if character in _LOOKED_FOR else "")
