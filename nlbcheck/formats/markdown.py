"""What does a run look like in a comment on a pull request?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import answers, words
from nlbcheck.formats.style import Style
from nlbcheck.model import Finding, Observation, Report, Result, RowResults, Status, Verdict
from nlbcheck.model.plan import Step, plan

_LONGEST_TEXT = 400
_MEANINGFUL = re.compile(r"[&<>\"'`*_{}\[\]()\\|@#~!^$=]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Characters that Markdown, HTML, or a forge's links and mentions give a meaning to."""
_LOOKED_FOR = "@#:."
"""Those that a forge looks for in the finished page; an invisible space behind them disarms them."""


def render(report: Report, _style: Style) -> str:
    """Return the report as Markdown as forges render it: a table, and the failures below it."""
    steps = plan(report)
    steps = steps if len(steps) > 1 else ()
    blocks = [
        f"### nlbcheck {_text(report.command)}: {_text(words.summary(report))}",
        "\n".join(_table(report)),
        *(_cause(cause, steps) for cause in words.causes(report)),
        *_failures(report),
        "\n".join(f"- {_text(words.finding(finding))}" for finding in _told(report)),
        "\n".join(_plan(steps)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(report: Report) -> list[str]:
    if not report.by_row():
        return []
    nodes = list(dict.fromkeys(node.flow.node for mapping in report.by_row() for node in mapping.results))
    header = [
        "listener",
        "target group",
        "target",
        *(_text(words.node(node)) for node in nodes),
        "who answered",
    ]
    lines = [_row(header), _row("---" for _ in header)]
    for mapping in report.by_row():
        found = {node.flow.node: node for node in mapping.results}
        named = [
            _code(str(mapping.row.listener)),
            _code(mapping.row.target_group),
            _code(words.target(mapping)),
        ]
        cells = [_status(found.get(node)) for node in nodes]
        lines.append(_row([*named, *cells, "<br>".join(_answers(mapping))]))
    return lines


def _answers(mapping: RowResults) -> Iterable[str]:
    for node, answer in answers.per_row(mapping):
        place = f"{_text(node.flow.node.label)}: " if node else ""
        yield place + _code(shortened(answer, _LONGEST_TEXT))


def _failures(report: Report) -> Iterable[str]:
    for meaning, failures in words.failures(report):
        lines = [_failure(mapping, node, probe) for mapping, node, probe in failures]
        yield "\n".join(lines)
        if meaning:
            yield f"> {_text(meaning)}"


def _cause(cause: words.Cause, steps: Sequence[Step]) -> str:
    """Return what fails and why, and the fix with its command lines as code."""
    found = cause.finding
    names = ", ".join(_code(row.row.name) for row in cause.rows)
    lines = [f"**{_text(found.code)}** ({_text(found.confidence)}) {names}: {_text(found.summary)}"]
    for also in cause.also:
        lines += ["", _text(also)]
    for fix in cause.fixes:
        number = words.step_of(steps, fix.remedy)
        lines += ["", f"Fix: {_text(fix.said)}{f' (step {number})' if number else ''}"]
        lines += ["", *(f"- {_code(command)}" for command in fix.remedy.commands if not number)]
    return "\n".join(lines).rstrip()


def _plan(steps: Sequence[Step]) -> Iterable[str]:
    """Yield all that is to be done, in order."""
    if steps:
        yield "**Plan**, in the order of the path\n"
    for number, step in enumerate(steps, 1):
        yield f"{number}. {_text(words.step(step))}"
        yield from (f"   - {_code(command)}" for command in step.commands)


def _told(report: Report) -> Iterable[Finding]:
    """Return the findings that are not told as a cause; of several rows, each once."""
    causes = {cause.finding.gate for cause in words.causes(report)}
    if not report.is_diagnosed:
        return report.findings
    return {finding.identity: finding for finding in report.findings if finding.gate not in causes}.values()


def _failure(mapping: RowResults, node: Result, probe: Observation) -> str:
    place = f"{_code(words.endpoint(mapping, node))} {_code(f'{node.flow.node.address}:{node.flow.port}')}"
    told = f": {_text(shortened(probe.error, _LONGEST_TEXT))}" if probe.error else ""
    return f"- {place} **{probe.status.value}**{told}"


def _status(node: Result | None) -> str:
    if node is None:
        return ""
    if node.observation is None:
        return node.verdict.value if node.verdict is Verdict.PASS else f"**{node.verdict.value}**"
    status = node.observation.status
    return status.value if status is Status.OK else f"**{status.value}**"


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
