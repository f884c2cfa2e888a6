"""How do the pages, and the list of them, read at a terminal?"""

from __future__ import annotations

import re
from itertools import groupby

import click
from tabulate import tabulate

from nlbcheck.explain import Page
from nlbcheck.language import ENGLISH, current
from nlbcheck.wrapping import columns_of, wrapped

_CODE_INDENT = "    "
_GAP = 2
_NARROWEST_MEANING = 20
_WIDEST = 100
"""Columns of the widest page; longer lines are hard to read."""
_FENCED = re.compile(r"^```\w*\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_SOFT_BREAK = re.compile(r"(?<=\S)\n *(?!- |#)(?=\S)")
"""Where a line of Markdown ends, and its paragraph does not."""
_CODE_SPAN = re.compile(r"`([^`]+)`")
_HELD = "\0"
"""A space at which no line is broken."""


def page(text: str, width: int, *, color: bool) -> str:
    """Return a page's Markdown as plain text: headings without marks, commands indented.

    Sentences keep within ``width`` columns. A command stays as it is, to be copied.
    """
    lines = []
    for number, part in enumerate(_FENCED.split(text)):
        if number % 2:
            lines += [_CODE_INDENT + line for line in part.splitlines()]
        else:
            for line in _SOFT_BREAK.sub(" ", part).splitlines():
                lines += _shown(line, min(width, _WIDEST), color=color)
    return "\n".join(lines) + "\n"


def listing(pages: tuple[Page, ...], width: int, *, color: bool) -> str:
    """Return code, verdict and meaning of every page, one table a section, in ``width`` columns."""
    tables = []
    for section, members in groupby(pages, lambda page: page.section):
        rows = [(page.code, page.verdict, page.title) for page in members]
        taken = sum(max(columns_of(row[column]) for row in rows) + _GAP for column in (0, 1))
        meaning = max(width - taken, _NARROWEST_MEANING)
        broken = [(code, verdict, "\n".join(wrapped(title, meaning))) for code, verdict, title in rows]
        tables.append(f"{_heading(section, color=color)}\n\n{tabulate(broken, tablefmt='plain')}\n")
    return "\n".join(tables)


def _shown(line: str, width: int, *, color: bool) -> list[str]:
    """Return a paragraph, a heading or an item of a list, in lines of a terminal."""
    if line.startswith("# "):
        return [click.style(line[2:], bold=True) if color else line[2:]]
    if line.startswith("## "):
        return [_heading(line[3:], color=color)]
    if "https://" in line:
        return [line]
    item = "- " if line.startswith("- ") else ""
    held = _CODE_SPAN.sub(lambda span: span[0].replace(" ", _HELD), line.removeprefix(item))
    lines = [each.replace(_HELD, " ") for each in wrapped(held, width, first=item, indent=" " * len(item))]
    return [_CODE_SPAN.sub(_styled, each) for each in lines] if color else lines


def _heading(text: str, *, color: bool) -> str:
    if color:
        return click.style(text, bold=True)
    return text.upper() if current() == ENGLISH else f"■ {text}"


def _styled(span: re.Match[str]) -> str:
    return click.style(span[1], fg="cyan")
