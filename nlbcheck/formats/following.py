"""Which one command helps most after a report?"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from nlbcheck.escape import printable
from nlbcheck.formats.lines import bold
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.language import tell
from nlbcheck.model import Finding, Report, Verdict, worst
from nlbcheck.model.facts import DENIED
from nlbcheck.model.plan import plan

_NAMED = 5
"""Rows up to which a command names each."""


def after(view: View, style: Style) -> list[str]:
    """Return the line that ends a report; none where nothing helps, or nobody knows this run's options."""
    if style.again is None or view.report.interrupted:
        return []
    return _line(_command(view, style), style)


def after_findings(findings: Sequence[Finding], style: Style) -> list[str]:
    """Return the line that ends what is told of findings alone: the page of the gravest."""
    if style.again is None:
        return []
    return _line(_explained(findings, style), style)


def _line(command: str | None, style: Style) -> list[str]:
    if command is None or printable(command) != command:
        return []
    return [tell("Next: {command}", command=bold(command, style))]


def _command(view: View, style: Style) -> str | None:
    assert style.again is not None  # noqa: S101 (asked before)
    report = view.report
    failing = [row.row.name for row in view.rows if row.verdict is Verdict.FAIL]
    if failing and not report.is_diagnosed:
        return f"nlbcheck diagnose {_named(failing)}{style.again('diagnose')}"
    if failing and _is_script_worth_it(report):
        options = style.again("diagnose")
        return f"nlbcheck diagnose {_named(failing)}{options} --fix-script nlbcheck-fix.sh"
    if not failing and any(gap.error in DENIED for gap in report.gaps or ()):
        return f"nlbcheck snapshot{style.again('snapshot')} --permissions"
    return _explained([*(cause.finding for cause in view.causes), *report.findings], style)


def _named(rows: Sequence[str]) -> str:
    """Return rows as arguments; where they are many, all of the table."""
    is_option = any(name.startswith("-") for name in rows)
    if is_option or len(rows) > _NAMED:
        return "--all"
    return " ".join(map(shlex.quote, rows))


def _is_script_worth_it(report: Report) -> bool:
    """Whether there are several fixes with commands, for one account and Region, as a script has them."""
    with_commands = [step for step in plan(report) if step.commands]
    places = {(relay.account, relay.region) for relay in report.relays}
    return len(with_commands) > 1 and len(places) == 1


def _explained(findings: Iterable[Finding], style: Style) -> str | None:
    """Return the command that shows the page of the gravest finding; of warnings, none."""
    found = list(findings)
    gravest = worst(item.verdict for item in found)
    if gravest not in (Verdict.FAIL, Verdict.UNKNOWN):
        return None
    options = style.again("explain") if style.again else ""
    return f"nlbcheck explain {next(item.code for item in found if item.verdict is gravest)}{options}"
