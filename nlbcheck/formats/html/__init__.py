"""What does a run look like to somebody who was not there? One page that needs nothing but itself.

Every value goes through `printable` and jinja2's escaping, whatever it is. The page may run its own style and
script, known by their hashes, and load nothing (Content Security Policy Level 3).
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nlbcheck.errors import ExitStatus
from nlbcheck.escape import printable
from nlbcheck.formats import answers, overview, standpoints, words
from nlbcheck.formats.html import cards, matrix, page_words
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.language import current, tell
from nlbcheck.model import Report, Verdict, worst
from nlbcheck.model.gap import refusals

_NAMED = 3
"""Relays up to which the page's title names each."""


def render(report: Report, style: Style) -> str:
    """Return the report as one self-contained HTML page.

    The evidence of gates that are passed stands there with ``verbose`` only, as in the JSON.
    """
    standing = overview.standings(report)
    whole, view = View(report), View(overview.shown(report, standing, whole=True))
    sheet, script = _own("report.css"), _own("report.js")
    header = words.header(report, whole.probers, overviewed=bool(standing))
    page = {
        "language": current(),
        **page_words.all_told(),
        "command": report.command,
        "balancers": _balancers(report),
        "relays": [(item, matrix.anchor(view, item.relay.name)) for item in standing],
        "header": [(tell(label), value) for label, value in header],
        "verdict": _verdict(report),
        "ended": words.ended(report),
        "summary": whole.summary,
        "summed": tell("{summary} (exit status {status})", summary=whole.summary, status=report.exit_status),
        "cards": cards.of_causes(view, verbose=style.verbose),
        "drawn": cards.DRAWN,
        "failures": cards.failures(view),
        "others": cards.others(view),
        "matrices": matrix.of(view),
        "parted": standpoints.told(view),
        "answers": _answers(view),
        "failed": Verdict.FAIL,
        "plan": [{"text": words.step(step), "commands": step.commands} for step in view.plan],
        "gaps": refusals(report.gaps or ()),
        "remarks": report.remarks,
        "version": report.version,
    }
    allowed = f"style-src {_hash(sheet)}; script-src {_hash(script)}"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    template = _environment().get_template("report.html")
    return template.render(page, style=Markup(sheet), script=Markup(script), policy=policy) + "\n"  # noqa: S704


def _balancers(report: Report) -> list[str]:
    """Return what the page is about: load balancers, of many how many they are."""
    if len(report.relays) > _NAMED:
        return [tell("{count} relays", count=len(report.relays))]
    return [words.balancer(report, relay) for relay in report.relays]


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("nlbcheck.formats.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    found.filters["mark"] = cards.MARKS.__getitem__
    found.filters["told"] = words.verdict
    return found


def _printable(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _own(name: str) -> str:
    """Return a file of ours that is part of the page."""
    return resources.files("nlbcheck.formats.html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _verdict(report: Report) -> Verdict:
    """Return what the run has come to, which decides the page's colour."""
    if report.interrupted or report.outcome is ExitStatus.UNSEEN:
        return Verdict.UNKNOWN
    found = [*report.verdicts, *(finding.verdict for finding in report.findings)]
    return worst([*found, *(relay.verdict for relay in report.relays)])


def _answers(view: View) -> list[tuple[str, str]]:
    """Return who answered, each with the row's name, or the endpoint's where they differ."""
    return [
        (view.endpoint(row, result) if result else row.row.name, answer)
        for row in view.rows
        for result, answer in answers.per_row(row)
    ]
