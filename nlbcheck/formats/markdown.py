"""What does a run look like in a comment on a pull request?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import answers, causes, words
from nlbcheck.formats.lines import unprinted
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import Failure, Matrix, View
from nlbcheck.model import Report, Result, RowResults, Status, Verdict
from nlbcheck.model.report import refusals

_LONGEST_TEXT = 400
_MEANINGFUL = re.compile(r"[&<>\"'`*_{}\[\]()\\|@#~!^$=]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Characters that Markdown, HTML, or a forge's links and mentions give a meaning to."""
_LOOKED_FOR = "@#:."
"""Those that a forge looks for in the finished page; an invisible space behind them disarms them."""


def render(report: Report, _style: Style) -> str:
    """Return the report as Markdown as forges render it: a table, and the failures below it."""
    view = View(report)
    printed = {command for step in view.plan for command in step.commands}
    header = words.header(report, view.probers)
    blocks = [
        f"### nlbcheck {_text(report.command)}: {_text(view.summary)}",
        "\n".join(f"- {label}: {_text(value)}" for label, value in header),
        *(block for matrix in view.matrices for block in _matrix(view, matrix)),
        *(_cause(view, cause, printed) for cause in view.causes),
        *_failures(view),
        "\n".join(f"- {_text(told)}" for told in _told(view)),
        "\n".join(_plan(view)),
        "\n".join(f"- {_text(told)}" for told in refusals(report.gaps or ()) if view.is_unread),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _matrix(view: View, matrix: Matrix) -> Iterable[str]:
    """Yield the table of what one vantage point has seen; of several, below whose it is."""
    if view.is_plural:
        how = "probed" if matrix.vantage.source in view.probers else "not probed"
        yield f"**From {_text(words.vantage(matrix.vantage))}**, {how}"
    header = ["listener", "target group", "target"]
    header += [*(_text(words.node(node)) for node in matrix.nodes), "who answered"]
    lines = [_row(header), _row("---" for _ in header)]
    for row, found in matrix.rows:
        named = [_code(str(row.row.listener)), _code(row.row.target_group), _code(words.target(row))]
        cells = [_status(found.get(node)) for node in matrix.nodes]
        own = RowResults(row.row, tuple(found.values()))
        lines.append(_row([*named, *cells, "<br>".join(_answers(own))]))
    yield "\n".join(lines)


def _answers(row: RowResults) -> Iterable[str]:
    for result, answer in answers.per_row(row):
        place = f"{_text(result.flow.node.label)}: " if result else ""
        yield place + _code(shortened(answer, _LONGEST_TEXT))


def _failures(view: View) -> Iterable[str]:
    for meaning, failures in view.failures:
        yield "\n".join(_failure(view, failure) for failure in failures)
        if meaning:
            yield f"> {_text(meaning)}"


def _cause(view: View, cause: causes.Cause, printed: set[str]) -> str:
    """Return what fails and why, and the fix with its command lines as code."""
    found = cause.finding
    names = ", ".join(_code(row.row.name) + _text(view.only_from(row, found)) for row in cause.rows)
    lines = [f"**{_text(found.code)}** ({_text(found.confidence)}) {names}: {_text(found.summary)}"]
    for also in cause.also:
        lines += ["", _text(also)]
    for fix in cause.fixes:
        number = causes.step_of(view.plan, fix.remedy)
        lines += ["", f"Fix: {_text(fix.said)}{f' (step {number})' if number else ''}"]
        if commands := unprinted(fix.remedy, printed):
            lines += ["", *(f"- {_code(command)}" for command in commands)]
    return "\n".join(lines)


def _plan(view: View) -> Iterable[str]:
    """Yield all that is to be done, in order."""
    if view.plan:
        yield "**Plan**, in the order of the path\n"
    for number, step in enumerate(view.plan, 1):
        yield f"{number}. {_text(words.step(step))}"
        yield from (f"   - {_code(command)}" for command in step.commands)


def _told(view: View) -> Iterable[str]:
    """Return the findings that are not told as a cause; of several rows, each once."""
    gates = {gate for cause in view.causes for gate in cause.gates}
    if not view.report.is_diagnosed:
        return map(words.finding, view.report.findings)
    told = {
        finding.identity: words.finding(finding, view.only_from(row, finding))
        for row in view.rows
        for finding in row.all_findings
        if finding.gate not in gates
    }
    told |= {finding.identity: words.finding(finding) for finding in view.report.table}
    return told.values()


def _failure(view: View, failure: Failure) -> str:
    probe = failure.probe
    place = f"{_code(view.endpoint(failure.row, failure.result))} {_code(str(failure.result.flow.dialled))}"
    told = f": {_text(shortened(probe.error, _LONGEST_TEXT))}" if probe.error else ""
    return f"- {place} **{probe.status.value}**{failure.share}{told}"


def _status(result: Result | None) -> str:
    if result is None:
        return ""
    if result.observation is None:
        verdict = result.verdict
        return verdict.value if verdict is Verdict.PASS else f"**{verdict.value}**"
    ending = words.ending(result, result.observation)
    return ending if result.observation.status is Status.OK else f"**{ending}**"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """Return foreign text as code, written so that nothing in it ends the code, the cell or the line."""
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Return foreign text as text, in one line, with nothing in it that Markdown or a forge acts on."""
    return _MEANINGFUL.sub(_reference, printable(text))


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" + ("&#8203;" if character in _LOOKED_FOR else "")
