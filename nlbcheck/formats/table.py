"""What does a run look like to a person at a terminal?"""

from __future__ import annotations

from collections.abc import Sequence

import click

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import (
    alike,
    answers,
    chain,
    diagnosis,
    failing,
    following,
    grid,
    overview,
    standpoints,
    words,
)
from nlbcheck.formats.lines import COLORS, LONGEST_TEXT, bold, padded, widest, wrapped
from nlbcheck.formats.overview import RelayStanding
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Finding, Observation, Report, Verdict, worst
from nlbcheck.model.gap import refusals

_LABELS = (marked("Load balancer"), marked("Probed from"))
"""The labels that the values of a report's head stand behind, however long the others are."""
_MOST_WRONG = 20
"""Tables that are told each, of those that are wrong."""
_WIDEST = 40
"""Columns that a relay's name takes in the overview, at most."""


def render(report: Report, style: Style) -> str:
    """Return the report for people.

    It begins with what it is about. What fails comes first: each cause with its fix and the part of the path
    that fails, or the failures of probes with what they mean. Then come all rows in the order of the table,
    the plan, and who answered; last one line of sum, and the command that helps next.
    """
    standing = overview.standings(report)
    whole, view = View(report), View(overview.shown(report, standing, whole=style.verbose))
    failures = [] if report.is_diagnosed and not view.is_unread else _failures(view, style)
    parted = _section(standpoints.TITLE, _parted(view, style), style)
    is_grid = not report.is_diagnosed or len(view.rows) > 1 or view.is_plural or bool(failures)
    sections = [
        _header(whole, style, overviewed=bool(standing)),
        _section(marked("Relays"), _relays(standing, style), style),
        *failures,
        *_findings(view, style),
        parted,
        _section(marked("Not inspected"), _uninspected(whole, style), style),
        *(grid.sections(view, style, failing_first=True) if is_grid else []),
        diagnosis.plan(view, style) if report.is_diagnosed else [],
        *(_details(view, style) if style.verbose or not report.is_diagnosed or view.is_unread else []),
        _unread(view, style),
        [*_summary(whole, style), *following.after(view, style)],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _findings(view: View, style: Style) -> list[list[str]]:
    """Return what was found: of a diagnosis the causes first."""
    if view.report.is_diagnosed:
        return diagnosis.sections(view, style)
    found = {(item.identity, item.verdict): item for item in view.report.findings}.values()
    gravest_first = sorted(found, key=lambda finding: -finding.verdict.severity)
    return [_finding(finding, style) for finding in gravest_first]


def _finding(finding: Finding, style: Style) -> list[str]:
    """Return what a finding of probes alone says, and what mends it."""
    said = f"{chain.MARKS[finding.verdict]} {finding.summary} [{failing.label(finding)}]"
    lines = wrapped(said, style, finding.verdict, indent="  ")
    if finding.remedy:
        lines += diagnosis.fix_lines(finding.remedy.text, style, "  ")
        lines += [f"    {printable(command)}" for command in finding.remedy.commands]
    return lines


def _details(view: View, style: Style) -> list[list[str]]:
    """Return what probes saw besides how they ended."""
    sections = [_section(marked("Who answered"), _answers(view, style), style)]
    if style.verbose:
        sections.append(_section(marked("Every probe"), _probes(view, style), style))
    return sections


def _section(title: str, lines: Sequence[str], style: Style) -> list[str]:
    return [bold(tell(title), style), *lines] if lines else []


def _relays(found: Sequence[RelayStanding], style: Style) -> list[str]:
    """Return a line for each of several relays."""
    wrong = [item for item in found if item.relay.problems]
    hidden = set() if style.verbose else {item.relay.name for item in wrong[_MOST_WRONG:]}
    room = min(widest(printable(item.relay.name) for item in found), _WIDEST)
    lines = []
    for item in found:
        if item.relay.name not in hidden:
            place = f" ({item.place})" if item.place else ""
            name = padded(printable(item.relay.name), room)
            lines += wrapped(f"{chain.MARKS[item.verdict]} {name}  {item.said}{place}", style, item.verdict)
    if hidden:
        more = plural(len(hidden), "{count} more table is wrong", "{count} more tables are wrong")
        lines.append(f"  {more}")
    return lines


def _header(view: View, style: Style, *, overviewed: bool) -> list[str]:
    """Return the load balancer, who connects, and when."""
    room = widest(map(tell, _LABELS))
    return [
        line
        for label, value in words.header(view.report, view.probers, overviewed=overviewed)
        for line in wrapped(value, style, first=f"{padded(tell(label), room)}  ", indent=" " * (room + 2))
    ]


def _parted(view: View, style: Style) -> list[str]:
    return [line for told in standpoints.told(view) for line in wrapped(told, style, first="  ")]


def _uninspected(view: View, style: Style) -> list[str]:
    """Return which targets say nothing themselves, though they were asked, and why."""
    sentences = (f"{chain.MARKS[Verdict.UNKNOWN]} {said}" for said in view.report.uninspected)
    return [line for said in sentences for line in wrapped(said, style, Verdict.UNKNOWN, indent="  ")]


def _answers(view: View, style: Style) -> list[str]:
    lines: list[str] = []
    for row in view.rows:
        for result, answer in answers.per_row(row):
            name = view.endpoint(row, result) if result else row.row.name
            lines += wrapped(f"{name}  {shortened(answer, LONGEST_TEXT)}", style)
    return lines


def _failures(view: View, style: Style) -> list[list[str]]:
    """Return a block for each meaning of failed probes: the rows that failed so, and what it means."""
    blocks = []
    for meaning, failures in view.failures:
        lines: list[str] = []
        for told in alike.of_one_meaning(view, failures):
            mark = chain.MARKS[told.verdict]
            lines += wrapped(f"{mark} {told.said}", style, told.verdict, indent="  ")
        if meaning:
            lines += wrapped(meaning, style, first="  ", indent="  ")
        blocks.append(lines)
    return blocks


def _unread(view: View, style: Style) -> list[str]:
    """Return what AWS did not say, where that is why nothing is judged."""
    told = refusals(view.report.gaps or ()) if view.is_unread else ()
    lines = [line for gap in told for line in wrapped(gap, style, first="  ")]
    return _section(marked("What could not be read"), lines, style)


def _probes(view: View, style: Style) -> list[str]:
    lines: list[str] = []
    for row in view.rows:
        for result in row.results:
            for probe in result.connections:
                lines += wrapped(f"{view.endpoint(row, result)}  {_measured(probe)}", style)
                for name, value in answers.headers(probe).items():
                    lines += wrapped(f"{name}: {shortened(str(value), LONGEST_TEXT)}", style, first="    ")
    return lines


def _measured(probe: Observation) -> str:
    parts = [f"{probe.check.value} {probe.status.value}"]
    if probe.connect_ms is not None:
        parts.append(tell("connected in {time} ms", time=f"{probe.connect_ms:.1f}"))
    if probe.total_ms is not None:
        parts.append(tell("{time} ms in all", time=f"{probe.total_ms:.1f}"))
    parts.append(plural(probe.attempts, "{count} attempt", "{count} attempts"))
    if probe.local_address:
        parts.append(tell("from {address}", address=probe.local_address))
    return ", ".join(parts)


def _summary(view: View, style: Style) -> list[str]:
    lines = wrapped(view.summary, style, indent="")
    if not style.color:
        return lines
    gravest = worst(view.verdicts) if view.verdicts else Verdict.UNKNOWN
    return [click.style(line, fg=COLORS[gravest], bold=True) for line in lines]
