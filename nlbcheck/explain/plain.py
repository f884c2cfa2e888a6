"""How do the pages, and the list of them, read at a terminal?"""

from __future__ import annotations

import re
from itertools import groupby

import click
from tabulate import tabulate

from nlbcheck.explain import Page

_CODE_INDENT = "    "
_GAP = 2
_NARROWEST_MEANING = 20
_CODE_SPAN = re.compile(r"`([^`]+)`")


def page(text: str, *, color: bool) -> str:
    """Return a page's Markdown as plain text: headings without marks, commands indented."""
    lines = []
    in_code = False
    for line in text.splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            lines.append(_CODE_INDENT + line)
        elif line.startswith("# "):
            lines.append(click.style(line[2:], bold=True) if color else line[2:])
        elif line.startswith("## "):
            lines.append(_heading(line[3:], color=color))
        else:
            lines.append(_CODE_SPAN.sub(_styled, line) if color else line)
    return "\n".join(lines) + "\n"


def listing(pages: tuple[Page, ...], width: int, *, color: bool) -> str:
    """Return code, verdict and meaning of every page, one table a section, in ``width`` columns."""
    tables = []
    for section, members in groupby(pages, lambda page: page.section):
        rows = [(page.code, page.verdict, page.title) for page in members]
        taken = sum(max(len(row[column]) for row in rows) + _GAP for column in (0, 1))
        meaning = max(width - taken, _NARROWEST_MEANING)
        table = tabulate(rows, tablefmt="plain", maxcolwidths=[None, None, meaning])
        tables.append(f"{_heading(section, color=color)}\n\n{table}\n")
    return "\n".join(tables)


def _heading(text: str, *, color: bool) -> str:
    return click.style(text, bold=True) if color else text.upper()


def _styled(span: re.Match[str]) -> str:
    return click.style(span[1], fg="cyan")
