"""What does a run look like to a person at a terminal?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from nlbcheck.escape import shortened
from nlbcheck.formats import answers, diagnosis, grid, words
from nlbcheck.formats.lines import COLORS, LONGEST_TEXT, bold, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.model import Observation, Report, Result, RowResults, Verdict


def render(report: Report, style: Style) -> str:
    """Return the report for people.

    A diagnosis tells the cause first. A probe's report shows the grid, who answered, the failures and what
    they mean, and the findings. One line of sum comes last.
    """
    seen = [
        _section("Who answered", _answers(report, style), style),
        _section("Failures", _failures(report, style), style),
    ]
    if report.is_diagnosed:
        several = [grid.lines(report, style)] if len(report.by_row()) > 1 else []
        sections = [*several, *diagnosis.sections(report, style), *(seen if style.verbose else [])]
    else:
        sections = [grid.lines(report, style), *seen, _section("Findings", _findings(report, style), style)]
    if style.verbose:
        sections.append(_section("Every probe", _probes(report, style), style))
    sections.append([_summary(report, style)])
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _section(title: str, lines: Sequence[str], style: Style) -> list[str]:
    return [bold(title, style), *lines] if lines else []


def _answers(report: Report, style: Style) -> list[str]:
    lines: list[str] = []
    for mapping in report.by_row():
        for node, answer in answers.per_row(mapping):
            name = words.endpoint(mapping, node) if node else mapping.row.name
            lines += wrapped(f"{name}  {shortened(answer, LONGEST_TEXT)}", style)
    return lines


def _failures(report: Report, style: Style) -> list[str]:
    lines: list[str] = []
    for meaning, failures in words.failures(report):
        for mapping, node, probe in failures:
            lines += wrapped(_failure(mapping, node, probe), style, node.verdict)
        if meaning:
            lines += [*wrapped(f"-> {meaning}", style, indent="     ", first="  "), ""]
    return lines[:-1] if lines and not lines[-1] else lines


def _failure(mapping: RowResults, node: Result, probe: Observation) -> str:
    place = f"{words.endpoint(mapping, node)} {node.flow.node.address}:{node.flow.port}"
    told = f": {shortened(probe.error, LONGEST_TEXT)}" if probe.error else ""
    return f"{place} {probe.status.value}{told}"


def _findings(report: Report, style: Style) -> list[str]:
    return [
        line
        for finding in report.findings
        for line in wrapped(words.finding(finding), style, finding.verdict)
    ]


def _probes(report: Report, style: Style) -> list[str]:
    lines: list[str] = []
    for mapping in report.by_row():
        for node in mapping.results:
            if node.observation is None:
                continue
            lines += wrapped(f"{words.endpoint(mapping, node)}  {_measured(node.observation)}", style)
            for name, value in answers.headers(node.observation).items():
                lines += wrapped(f"{name}: {shortened(str(value), LONGEST_TEXT)}", style, first="    ")
    return lines


def _measured(probe: Observation) -> str:
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
    verdicts: Iterable[Verdict] = [mapping.verdict for mapping in report.by_row()]
    gravest = max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.UNKNOWN)
    return click.style(line, fg=COLORS[gravest], bold=True)
