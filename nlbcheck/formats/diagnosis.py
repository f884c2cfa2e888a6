"""How is a diagnosis told: the cause, the fix, the way, and what else there is?"""

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
    MappingReport,
    NodeReport,
    Path,
    Remedy,
    Report,
    Resource,
    Verdict,
)

_NAMED = 8
"""Rows that share a cause and are named; the rest are counted."""
_AT_TARGET = (Code.TARGET_NOT_LISTENING, Code.TARGET_SILENT, Code.WRONG_PROTOCOL, Code.WRONG_SERVER_ANSWERS)
"""Causes that no gate of AWS stands for."""
_OTHERS = {Verdict.FAIL: "Also", Verdict.UNKNOWN: "Not visible", Verdict.WARN: "Warnings"}


def sections(report: Report, style: Style) -> list[list[str]]:
    """Return a block for each distinct cause with its fix and way, then the other findings in brief."""
    causes = words.causes(report)
    blocks = [_cause(cause, style) for cause in causes] or [_in_order(report, style)]
    return [*blocks, *_others(report, [cause.finding for cause in causes], style)]


def _cause(cause: words.Cause, style: Style) -> list[str]:
    row = cause.rows[0]
    lines = wrapped(f"✗ {_headline(cause.finding, cause.rows)}", style, Verdict.FAIL, indent="  ")
    if len(cause.rows) == 1 and (probes := _probes(row)):
        lines += wrapped(probes, style, first="  ")
    for remedy in cause.remedies:
        lines += _fix(remedy, style)
    lines.append("")
    node = next((node for node in row.nodes if _is_about(cause.finding, node)), None)
    if node and node.paths:
        lines += _way(row, node, style, cause.finding)
    if style.verbose:
        lines += _details(row, style)
    return lines[:-1] if not lines[-1] else lines


def _headline(cause: Finding, rows: Sequence[MappingReport]) -> str:
    likely = ", likely" if cause.confidence is Confidence.LIKELY else ""
    where = _where(cause, rows)
    if len(rows) > 1:
        who = f"{_names(row.name for row in rows)} fail{where}"
    else:
        who = f"{rows[0].name} ({rows[0].listener} to {words.target(rows[0])}) fails{where}"
    alike = [item for row in rows for item in row.all_findings if item.gate == cause.gate]
    return f"{who}: {cause.summary}{_more(alike)} [{cause.code}{likely}]"


def _where(cause: Finding, rows: Sequence[MappingReport]) -> str:
    """Return at which static IPs rows fail of a cause; nothing where that differs from row to row."""
    each = [
        [node.node for node in row.nodes if cause.gate in (item.gate for item in node.findings)]
        for row in rows
    ]
    if all(len(failing) == len(row.nodes) > 1 for failing, row in zip(each, rows, strict=True)):
        return " on every static IP"
    same = each[0] and all(failing == each[0] for failing in each)
    if same and len(each[0]) < len(rows[0].nodes):
        return f" at {', '.join(map(words.node, each[0]))}"
    return ""


def _more(findings: Sequence[Finding]) -> str:
    """Return how many other sentences there are like the one that is told."""
    more = len({finding.identity for finding in findings}) - 1
    return f" (and {more} more like it)" if more > 0 else ""


def _is_about(cause: Finding, node: NodeReport) -> bool:
    return cause.zone in (None, node.node.zone) and node.verdict is not Verdict.PASS


def _fix(remedy: Remedy, style: Style) -> list[str]:
    """Return what to do; command lines stand whole, to be copied."""
    lines = ["", *wrapped(f"Fix: {remedy.text}{words.proof(remedy)}", style, first="  ", indent="       ")]
    return [*lines, *(f"    {printable(command)}" for command in remedy.commands)]


def _probes(row: MappingReport) -> str:
    """Return in one line how the row's probes ended."""
    told = [f"{node.node.label} {node.probe.status}" for node in row.nodes if node.probe]
    return f"Probes: {', '.join(told)}" if told else ""


def _way(row: MappingReport, node: NodeReport, style: Style, cause: Finding | None = None) -> list[str]:
    title = f"The way to {node.node.address}:{node.port} ({words.endpoint(row, node)})"
    paths = [_ended(path, cause) if cause else path for path in node.paths or ()]
    head = [bold(line, style) for line in wrapped(title, style, first="  ")]
    return head + chain.picture(paths, style, "    ")


def _ended(path: Path, cause: Finding) -> Path:
    """Return the way to the target with the target at its end, where it is the target that fails."""
    if cause.code not in _AT_TARGET or cause.resource is None:
        return path
    if (path.leg, path.direction) != (Leg.BACK, Direction.REQUEST):
        return path
    place = Resource("target", cause.resource.id)
    return replace(path, hops=(*path.hops, Hop("target", place, Verdict.FAIL)))


def _details(row: MappingReport, style: Style) -> list[str]:
    lines: list[str] = []
    for node in row.nodes:
        if node.paths:
            title = f"Every gate of {words.endpoint(row, node)}"
            lines += ["", bold(printable(title), style), *chain.details(node.paths, style)]
    return lines


def _in_order(report: Report, style: Style) -> list[str]:
    """Return the block where nothing fails."""
    if len(report.mappings) != 1:
        return []
    row = report.mappings[0]
    verdict = row.verdict
    seen = "answers" if any(node.probe for node in row.nodes) else "not probed"
    said = {
        Verdict.PASS: f"is in order ({seen})",
        Verdict.WARN: f"is in order, with a warning ({seen})",
        Verdict.UNKNOWN: "cannot be judged: something is not visible",
    }.get(verdict, "could not be checked")
    lines = wrapped(
        f"{chain.MARKS[verdict]} {row.name} ({row.listener} to {words.target(row)}) {said}.", style, verdict
    )
    node = max(row.nodes, key=lambda node: node.verdict.severity, default=None)
    if node and node.paths:
        lines += ["", *_way(row, node, style)]
    return lines + (_details(row, style) if style.verbose else [])


def _others(report: Report, causes: Sequence[Finding], style: Style) -> Iterable[list[str]]:
    """Yield the findings that are no cause, by how grave they are, each fault once with its rows."""
    told: dict[object, list[tuple[Finding, str]]] = {}
    known = {cause.gate for cause in causes}
    for mapping in report.mappings:
        for finding in mapping.all_findings:
            if finding.gate not in known:
                told.setdefault((finding.gate, finding.verdict), []).append((finding, mapping.name))
    for finding in report.table:
        told.setdefault((finding.gate, finding.verdict), []).append((finding, "the table"))
    for verdict, title in _OTHERS.items():
        lines: list[str] = []
        for found in told.values():
            if found[0][0].verdict is verdict:
                lines += _briefly(found, style, named=len(report.mappings) > 1)
        if lines:
            yield [colored(title, style, verdict), *lines]


def _briefly(found: Sequence[tuple[Finding, str]], style: Style, *, named: bool) -> list[str]:
    first = found[0][0]
    about = f"{_names([name for _, name in found])}: " if named else ""
    others = _more([finding for finding, _ in found])
    lines = wrapped(f"{about}{first.summary}{others} [{first.code}]", style, first="  ")
    if first.verdict is not Verdict.FAIL and not style.verbose:
        return lines
    remedies = {finding.remedy.identity: finding.remedy for finding, _ in found if finding.remedy}
    for remedy in remedies.values():
        lines += wrapped(f"Fix: {remedy.text}{words.proof(remedy)}", style, first="    ", indent="         ")
        lines += [f"      {printable(command)}" for command in remedy.commands]
    return lines


def _names(names: Iterable[str]) -> str:
    """Return the names of rows, each once; of many, the first ones and how many more there are."""
    each = list(dict.fromkeys(names))
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return ", ".join(each[:_NAMED]) + more
