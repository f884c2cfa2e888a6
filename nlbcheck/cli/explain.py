"""``nlbcheck explain``: what does a finding mean, and how is it fixed?"""

from __future__ import annotations

import json
import os
import shutil
import sys
from itertools import groupby

import click

from nlbcheck.cli import choices
from nlbcheck.cli.showing import has_colors
from nlbcheck.cli.streams import write_stdout
from nlbcheck.errors import InputError
from nlbcheck.explain import Page, page, pages, plain
from nlbcheck.language import tell

_NARROW = 80


@click.command("explain")
@click.argument("code", required=False, shell_complete=choices.codes)
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="For people at a terminal, for programs, or as it was written.",
)
@click.option("--color/--no-color", default=None, help="Colours; by default on a terminal only.")
def command(code: str | None, format_: str, color: bool | None) -> None:
    """Print a finding's page: what it means, how it shows, how to find and fix it.

    CODE is a finding's code as a report prints it, such as sg-denies. Without CODE, list them all.
    """
    if color is None:
        color = has_colors(os.environ, is_terminal=sys.stdout.isatty())
    text = _one(page(code), format_, color=color) if code else _all(pages(), format_, color=color)
    try:
        write_stdout(text)
    except OSError as error:
        raise InputError(f"stdout: the page was not written: {error.strerror}") from None


def _one(found: Page, format_: str, *, color: bool) -> str:
    match format_:
        case "json":
            return _json({**_summary(found), "text": found.text})
        case "markdown":
            return found.text
        case _:
            return plain.page(found.text, _columns(), color=color)


def _all(found: tuple[Page, ...], format_: str, *, color: bool) -> str:
    match format_:
        case "json":
            return _json({"findings": [_summary(page) for page in found]})
        case "markdown":
            return _markdown(found)
        case _:
            return plain.listing(found, _columns(), color=color)


def _columns() -> int:
    return shutil.get_terminal_size((_NARROW, 24)).columns


def _summary(found: Page) -> dict[str, object]:
    return {
        "code": found.code,
        "title": found.title,
        "section": found.section,
        "verdicts": list(found.verdicts),
        "legs": list(found.legs),
        "analyzer_codes": list(found.analyzer_codes),
    }


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _markdown(found: tuple[Page, ...]) -> str:
    tables = []
    for section, members in groupby(found, lambda page: page.section):
        rows = [f"| `{page.code}` | {page.verdict} | {page.title} |" for page in members]
        head = tell("| code | verdict | meaning |")
        tables.append("\n".join([f"## {section}\n", head, "| --- | --- | --- |", *rows, ""]))
    return "\n".join(tables)
