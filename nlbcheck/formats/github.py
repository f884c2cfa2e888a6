"""What does a run look like in GitHub Actions? Workflow commands, which become annotations.

A command is a line that begins with ``::``; what it may hold is escaped as GitHub's toolkit does it:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands and
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts. Each line is one command of ours:
nothing foreign is taken for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import causes, failing, overview, standpoints, words
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import Failure, View
from nlbcheck.language import tell
from nlbcheck.model import Report, Verdict
from nlbcheck.model.gap import refusals

_LEVELS = {
    Verdict.ERROR: "error",
    Verdict.FAIL: "error",
    Verdict.UNKNOWN: "warning",
    Verdict.WARN: "warning",
    Verdict.PASS: "notice",
}
_MOST = 10
"""Annotations of a level that GitHub shows of one step; it drops the rest without a word."""
_LONGEST = 4000

Annotation = tuple[Verdict, str, Sequence[str]]
"""How grave it is, its title, and its lines."""


def render(report: Report, _style: Style) -> str:
    """Return an annotation for each cause, failure and warning, gravest first, and a notice with the sum."""
    view = View(overview.qualified(report))
    told = sorted(_annotations(view), key=lambda annotation: -annotation[0].severity)
    lines: list[str] = []
    for level, alike in groupby(told, key=lambda annotation: _LEVELS[annotation[0]]):
        lines += (_command(level, title, text) for title, text in _shown(list(alike)))
    status = report.exit_status
    title = f"nlbcheck {report.command}"
    parted = standpoints.told(view)
    about = [f"{tell(label)}: {value}" for label, value in words.header(report, view.probers)]
    summed = tell("{summary} (exit status {status}).", summary=view.summary, status=status)
    lines.append(_command("notice", title, [summed, *parted, *about]))
    return "\n".join(lines) + "\n"


def _shown(alike: Sequence[Annotation]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield title and lines of the annotations of one level that are shown; the last one names the rest."""
    shown = alike if len(alike) <= _MOST else alike[: _MOST - 1]
    yield from ((title, lines) for _, title, lines in shown)
    if rest := alike[len(shown) :]:
        more = tell("And {count} more", count=len(rest))
        yield more, [f"{title}: {lines[0]}" for _, title, lines in rest]


def _annotations(view: View) -> Iterator[Annotation]:
    for relay in view.report.relays:
        if relay.problems:
            yield relay.verdict, tell("{relay} was not checked", relay=relay.name), relay.problems
    told = causes.by_code(view.causes) if len(view.causes) >= _MOST else view.causes
    for cause in told:
        lines = [f"{failing.who(view, cause)}: {failing.why(cause)}", *failing.elsewhere(cause), *cause.also]
        yield Verdict.FAIL, failing.label(cause.finding), [*lines, *_fixes(cause.fixes)]
    yield from _failures(view)
    for found in view.others:
        yield _other(found)
    if view.is_unread:
        for gap in refusals(view.report.gaps or ()):
            yield Verdict.UNKNOWN, tell("AWS could not be read"), [gap]


def _failures(view: View) -> Iterator[Annotation]:
    """Yield the probes that fail without a cause, those that mean the same in one."""
    for meaning, failures in view.failures:
        found = [item for item in failures if failing.cause_of(item.row, item.result) is None]
        if found:
            lines = [*([meaning] if meaning else []), *(_failure(view, item) for item in found)]
            status = found[0].probe.status
            yield status.verdict, f"{found[0].row.row.name} {status}", lines


def _failure(view: View, failure: Failure) -> str:
    place = f"{view.endpoint(failure.row, failure.result)} {failure.result.flow.dialled}"
    return f"{place} {failure.probe.status}{failure.share}"


def _other(found: causes.Told) -> Annotation:
    first = found[0][0]
    rows = "" if first.is_warning_of_balancer else f"{words.names(name for _, name in found)}: "
    fixes = _fixes(causes.fixes(found)) if first.verdict is not Verdict.UNKNOWN else ()
    said = f"{rows}{failing.with_more(first, [finding for finding, _ in found])}"
    return first.verdict, failing.label(first), [said, *fixes]


def _fixes(fixes: Iterable[causes.Fix]) -> Iterator[str]:
    for fix in fixes:
        yield tell("Fix: {fix}", fix=fix.said)
        yield from fix.remedy.commands


def _command(level: str, title: str, lines: Iterable[str]) -> str:
    """Return a workflow command."""
    text = shortened("\n".join(map(printable, lines)), _LONGEST)
    return f"::{level} title={_property(printable(title))}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
