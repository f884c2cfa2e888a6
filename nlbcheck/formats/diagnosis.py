"""How is a diagnosis told: the cause, the fix, the path, and what else there is?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nlbcheck.escape import printable
from nlbcheck.formats import chain, words
from nlbcheck.formats.lines import bold, colored, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.model import (
    Code,
    Confidence,
    Direction,
    Finding,
    Hop,
    Leg,
    Path,
    Report,
    Resource,
    Result,
    RowResults,
    Verdict,
)
from nlbcheck.model.plan import Step, plan

_AT_TARGET = (Code.TARGET_NOT_LISTENING, Code.TARGET_SILENT, Code.WRONG_PROTOCOL, Code.WRONG_SERVER_ANSWERS)
"""Causes that no gate of AWS stands for."""
_OTHERS = {Verdict.FAIL: "Also", Verdict.UNKNOWN: "Not visible", Verdict.WARN: "Warnings"}


def sections(report: Report, style: Style) -> list[list[str]]:
    """Return a block for each distinct cause with its fix and path, the other findings in brief, the plan."""
    causes, steps = words.causes(report), plan(report)
    steps = steps if len(steps) > 1 else ()
    blocks = [_cause(cause, steps, style) for cause in causes] or [_in_order(report, style)]
    return [*blocks, *_others(report, causes, steps, style), _plan(steps, style)]


def _cause(cause: words.Cause, steps: Sequence[Step], style: Style) -> list[str]:
    row = cause.rows[0]
    lines = wrapped(f"✗ {_headline(cause.finding, cause.rows)}", style, Verdict.FAIL, indent="  ")
    if len(cause.rows) == 1 and (probes := _probes(row)):
        lines += wrapped(probes, style, first="  ")
    for also in cause.also:
        lines += wrapped(also, style, first="  ")
    for fix in cause.fixes:
        lines += ["", *_fix(fix, steps, style, "  ")]
    lines.append("")
    node = next((node for node in row.results if _is_about(cause.finding, node)), None)
    if node and node.paths:
        lines += _path(row, node, style, cause.finding)
    if style.verbose:
        lines += _details(row, style)
    return lines[:-1] if not lines[-1] else lines


def _headline(cause: Finding, rows: Sequence[RowResults]) -> str:
    likely = ", likely" if cause.confidence is Confidence.LIKELY else ""
    where = _where(cause, rows)
    if len(rows) > 1:
        who = f"{words.names(row.row.name for row in rows)} fail{where}"
    else:
        who = f"{rows[0].row.name} ({rows[0].row.listener} to {words.target(rows[0])}) fails{where}"
    alike = [item for row in rows for item in row.all_findings if item.gate == cause.gate]
    return f"{who}: {cause.summary}{_more(alike)} [{cause.code}{likely}]"


def _where(cause: Finding, rows: Sequence[RowResults]) -> str:
    """Return at which static IPs rows fail of a cause; nothing where that differs from row to row."""
    each = [
        [node.flow.node for node in row.results if cause.gate in (item.gate for item in node.findings)]
        for row in rows
    ]
    if all(len(failing) == len(row.results) > 1 for failing, row in zip(each, rows, strict=True)):
        return " on every static IP"
    same = each[0] and all(failing == each[0] for failing in each)
    if same and len(each[0]) < len(rows[0].results):
        return f" at {', '.join(map(words.node, each[0]))}"
    return ""


def _more(findings: Sequence[Finding]) -> str:
    """Return how many other sentences there are like the one that is told."""
    more = len({finding.identity for finding in findings}) - 1
    return f" (and {more} more like it)" if more > 0 else ""


def _is_about(cause: Finding, node: Result) -> bool:
    return cause.zone in (None, node.flow.node.zone) and node.verdict is not Verdict.PASS


def _fix(fix: words.Fix, steps: Sequence[Step], style: Style, indent: str) -> list[str]:
    """Return what to do; command lines stand whole, to be copied, here or in the plan."""
    number = words.step_of(steps, fix.remedy)
    step = f" (step {number})" if number else ""
    lines = wrapped(f"Fix: {fix.said}{step}", style, first=indent, indent=f"{indent}     ")
    return lines + ([] if step else [f"{indent}  {printable(command)}" for command in fix.remedy.commands])


def _plan(steps: Sequence[Step], style: Style) -> list[str]:
    """Return all that is to be done, in order; command lines stand whole, to be copied."""
    lines = [bold("Plan, in the order of the path", style)] if steps else []
    for number, step in enumerate(steps, 1):
        lines += wrapped(f"{number}. {words.step(step)}", style, first="  ", indent="     ")
        lines += [f"    {printable(command)}" for command in step.commands]
    return lines


def _probes(row: RowResults) -> str:
    """Return in one line how the row's probes ended."""
    told = [f"{node.flow.node.label} {node.observation.status}" for node in row.results if node.observation]
    return f"Probes: {', '.join(told)}" if told else ""


def _path(row: RowResults, node: Result, style: Style, cause: Finding | None = None) -> list[str]:
    title = f"The path to {node.flow.node.address}:{node.flow.port} ({words.endpoint(row, node)})"
    paths = [_ended(path, cause) if cause else path for path in node.paths or ()]
    head = [bold(line, style) for line in wrapped(title, style, first="  ")]
    return head + chain.picture(paths, style, "    ")


def _ended(path: Path, cause: Finding) -> Path:
    """Return the path to the target with the target at its end, where it is the target that fails."""
    if cause.code not in _AT_TARGET or cause.resource is None:
        return path
    if (path.leg, path.direction) != (Leg.BACK, Direction.REQUEST):
        return path
    place = Resource("target", cause.resource.id)
    return replace(path, hops=(*path.hops, Hop("target", place, Verdict.FAIL)))


def _details(row: RowResults, style: Style) -> list[str]:
    lines: list[str] = []
    for node in row.results:
        if node.paths:
            title = f"Every gate of {words.endpoint(row, node)}"
            lines += ["", bold(printable(title), style), *chain.details(node.paths, style)]
    return lines


def _in_order(report: Report, style: Style) -> list[str]:
    """Return the block where nothing fails."""
    if len(report.by_row()) != 1:
        return []
    row = report.by_row()[0]
    verdict = row.verdict
    seen = "answers" if any(node.observation for node in row.results) else "not probed"
    said = {
        Verdict.PASS: f"is in order ({seen})",
        Verdict.WARN: f"is in order, with a warning ({seen})",
        Verdict.UNKNOWN: "cannot be judged: something is not visible",
    }.get(verdict, "could not be checked")
    lines = wrapped(
        f"{chain.MARKS[verdict]} {row.row.name} ({row.row.listener} to {words.target(row)}) {said}.",
        style,
        verdict,
    )
    node = max(row.results, key=lambda node: node.verdict.severity, default=None)
    if node and node.paths:
        lines += ["", *_path(row, node, style)]
    return lines + (_details(row, style) if style.verbose else [])


def _others(
    report: Report, causes: Sequence[words.Cause], steps: Sequence[Step], style: Style
) -> Iterable[list[str]]:
    """Yield the findings that are no cause, by how grave they are, each fault once with its rows."""
    told: dict[object, list[tuple[Finding, str]]] = {}
    known = {(cause.finding.gate, row.row.name) for cause in causes for row in cause.rows}
    behind = {cause.finding.gate for cause in causes}
    for mapping in report.by_row():
        for finding in mapping.all_findings:
            is_told = finding.verdict is Verdict.FAIL and finding.gate in behind
            if not is_told and (finding.gate, mapping.row.name) not in known:
                told.setdefault((finding.gate, finding.verdict), []).append((finding, mapping.row.name))
    for finding in report.table:
        told.setdefault((finding.gate, finding.verdict), []).append((finding, "the table"))
    for verdict, title in _OTHERS.items():
        lines: list[str] = []
        for found in told.values():
            if found[0][0].verdict is verdict:
                lines += _briefly(found, steps, style, named=len(report.by_row()) > 1)
        if lines:
            yield [colored(title, style, verdict), *lines]


def _briefly(found: words.Told, steps: Sequence[Step], style: Style, *, named: bool) -> list[str]:
    first = found[0][0]
    about = f"{words.names([name for _, name in found])}: " if named else ""
    others = _more([finding for finding, _ in found])
    lines = wrapped(f"{about}{first.summary}{others} [{first.code}]", style, first="  ")
    if first.verdict is not Verdict.FAIL and not style.verbose:
        return lines
    for fix in words.fixes(found):
        lines += _fix(fix, steps, style, "    ")
    return lines
