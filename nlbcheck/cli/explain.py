"""``nlbcheck explain``: what does a finding mean, and how is it fixed?"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from itertools import groupby

import click

from nlbcheck.cli import choices
from nlbcheck.cli.showing import has_colors
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.streams import write_stdout
from nlbcheck.errors import InputError
from nlbcheck.explain import Page, page, pages, plain
from nlbcheck.language import tell

_NARROW = 80


@click.command("explain", cls=SpokenCommand)
@click.argument("code", required=False, shell_complete=choices.codes)
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="For people, for programs, or the source of the page.",
)
@click.option(
    "--last",
    is_flag=True,
    help="Explain the findings of the last report of diagnose or smoke, or its finding CODE, with the IDs "
    "and fixes of that report.",
)
@click.option("--color/--no-color", default=None, help="Use colours. Default: only on a terminal.")
def command(code: str | None, format_: str, last: bool, color: bool | None) -> None:
    """Print the page of a finding: its meaning, its symptoms, how to find it by hand, and its fix.

    CODE is the code of a finding, as reports print it, such as sg-denies. Without CODE, list all findings.

    For --last, diagnose and smoke keep the findings of their last report in the file nlbcheck/last.json of
    $XDG_STATE_HOME (default: ~/.local/state). Only the user can read the file. It holds no credentials.
    """
    if color is None:
        color = has_colors(os.environ, is_terminal=sys.stdout.isatty())
    if last:
        text = _last(code, format_, color=color)
    else:
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


def _last(code: str | None, format_: str, *, color: bool) -> str:
    """Return the pages of the last report's findings, or of those of one code."""
    from nlbcheck.cli import last

    report = last.recall()
    codes = list(dict.fromkeys(finding.code for finding in report.findings))
    if code and code not in codes:
        page(code)  # one that is none is told as everywhere
        raise InputError(f"the last report has no finding {code}: it has {', '.join(codes) or 'none'}")
    each = []
    for one in [code] if code else codes:
        found = [finding for finding in report.findings if finding.code == one]
        each.append((replace(page(one), text=last.with_ids(page(one), found)), found))
    if format_ == "json":
        pages = [{**_summary(of), "text": of.text, "last": last.document(found)} for of, found in each]
        return _json({"findings": pages})
    texts = (last.told(found, report, _columns()) + _one(of, format_, color=color) for of, found in each)
    return "\n".join(texts) or f"{tell('The last report has no findings.')}\n"


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
