"""What does a run look like to a person at a terminal?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import click

from nlbcheck.escape import printable, shortened
from nlbcheck.model import MappingReport, NodeReport, Report, Verdict
from nlbcheck.render import answers, grid, words
from nlbcheck.render.style import Style

_NARROWEST = 40
_LONGEST_TEXT = 400


def render(report: Report, style: Style) -> str:
    """Return the grid, who answered, the failures and what they mean, the findings, and one line of sum."""
    sections = [
        grid.lines(report, style),
        _section("Who answered", _answers(report, style), style),
        _section("Failures", _failures(report, style), style),
        _section("Findings", _findings(report, style), style),
        _section("Every probe", _probes(report, style), style) if style.verbose else [],
        [_summary(report, style)],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _section(title: str, lines: Sequence[str], style: Style) -> list[str]:
    return [click.style(title, bold=True) if style.color else title, *lines] if lines else []


def _answers(report: Report, style: Style) -> list[str]:
    lines: list[str] = []
    for mapping in report.mappings:
        for node, answer in answers.per_row(mapping):
            name = words.endpoint(mapping, node) if node else mapping.name
            lines += _wrapped(f"{name}  {shortened(answer, _LONGEST_TEXT)}", style)
    return lines


def _failures(report: Report, style: Style) -> list[str]:
    lines: list[str] = []
    for meaning, failures in words.failures(report):
        for mapping, node in failures:
            lines += _wrapped(_failure(mapping, node), style, node.verdict)
        if meaning:
            lines += [*_wrapped(f"-> {meaning}", style, indent="     ", first="  "), ""]
    return lines[:-1] if lines and not lines[-1] else lines


def _failure(mapping: MappingReport, node: NodeReport) -> str:
    place = f"{words.endpoint(mapping, node)} {node.node.address}:{node.port}"
    told = f": {shortened(node.probe.error, _LONGEST_TEXT)}" if node.probe.error else ""
    return f"{place} {node.probe.status.value}{told}"


def _findings(report: Report, style: Style) -> list[str]:
    return [
        line
        for finding in report.findings
        for line in _wrapped(words.finding(finding), style, finding.verdict)
    ]


def _probes(report: Report, style: Style) -> list[str]:
    lines: list[str] = []
    for mapping in report.mappings:
        for node in mapping.nodes:
            lines += _wrapped(f"{words.endpoint(mapping, node)}  {_measured(node)}", style)
            for name, value in answers.headers(node.probe).items():
                lines += _wrapped(f"{name}: {shortened(str(value), _LONGEST_TEXT)}", style, first="    ")
    return lines


def _measured(node: NodeReport) -> str:
    probe = node.probe
    parts = [f"{probe.check.value} {probe.status.value}"]
    if probe.connect_ms is not None:
        parts.append(f"connected in {probe.connect_ms:.1f} ms")
    if probe.total_ms is not None:
        parts.append(f"{probe.total_ms:.1f} ms in all")
    parts.append(f"{probe.attempts} attempt{'s'[: probe.attempts != 1]}")
    if probe.local_address:
        parts.append(f"from {probe.local_address}")
    return ", ".join(parts)


def _summary(report: Report, style: Style) -> str:
    line = words.summary(report)
    if not style.color:
        return line
    verdicts: Iterable[Verdict] = [mapping.verdict for mapping in report.mappings]
    gravest = max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.UNKNOWN)
    return click.style(line, fg=grid.COLORS[gravest], bold=True)


def _wrapped(
    text: str, style: Style, verdict: Verdict | None = None, *, first: str = "", indent: str = "    "
) -> list[str]:
    """Return ``text`` made safe and broken at spaces; words longer than a line stay whole, to be copied."""
    safe = first + printable(text)
    width = max(style.width, _NARROWEST)
    lines = [safe]
    if len(safe) > width:
        lines = textwrap.wrap(
            safe, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
    if style.color and verdict:
        return [click.style(line, fg=grid.COLORS[verdict]) for line in lines]
    return lines
