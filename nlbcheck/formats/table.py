"""What does a run look like to a person at a terminal?"""

from __future__ import annotations

from collections.abc import Sequence

import click

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import answers, chain, diagnosis, grid, overview, standpoints, words
from nlbcheck.formats.lines import COLORS, LONGEST_TEXT, bold, wrapped
from nlbcheck.formats.overview import RelayStanding
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import Failure, View
from nlbcheck.model import Observation, Report, Verdict
from nlbcheck.model.report import refusals

_LABEL = len("Load balancer")
_MOST_WRONG = 20
"""Tables that are told each, of those that are wrong."""
_WIDEST = 40
"""Columns that a relay's name takes in the overview, at most."""


def render(report: Report, style: Style) -> str:
    """Return the report for people.

    It begins with what it is about. A diagnosis tells the cause first. A probe's report shows the grid, who
    answered, the failures and what they mean, and the findings; so does a diagnosis that could read nothing
    of AWS, before it says what that was. One line of sum comes last.
    """
    standing = overview.standings(report)
    whole, view = View(report), View(overview.shown(report, standing, whole=style.verbose))
    seen = [
        _section("Who answered", _answers(view, style), style),
        _section("Failures", _failures(view, style), style),
    ]
    is_probed = not report.is_diagnosed or (view.is_unread and bool(view.probers))
    grids = grid.sections(view, style) if is_probed or len(view.rows) > 1 or view.is_plural else []
    parted = _section(standpoints.TITLE, _parted(view, style), style)
    if not report.is_diagnosed:
        sections = [*grids, parted, *seen, _section("Findings", _findings(report, style), style)]
    elif view.is_unread:
        sections = [*grids, parted, *seen, *diagnosis.sections(view, style), _unread(report, style)]
    else:
        sections = [*grids, parted, *diagnosis.sections(view, style), *(seen if style.verbose else [])]
    if style.verbose:
        sections.append(_section("Every probe", _probes(view, style), style))
    relays = _section("Relays", _relays(standing, style), style)
    sections = [_header(whole, style, overviewed=bool(standing)), relays, *sections, _summary(whole, style)]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _section(title: str, lines: Sequence[str], style: Style) -> list[str]:
    return [bold(title, style), *lines] if lines else []


def _relays(found: Sequence[RelayStanding], style: Style) -> list[str]:
    """Return a line for each of several relays."""
    wrong = [item for item in found if item.relay.problems]
    hidden = set() if style.verbose else {item.relay.name for item in wrong[_MOST_WRONG:]}
    width = max((len(printable(item.relay.name)) for item in found), default=0)
    lines = [
        line
        for item in found
        if item.relay.name not in hidden
        for line in wrapped(
            f"{chain.MARKS[item.verdict]} {item.relay.name:<{min(width, _WIDEST)}}  {item.said}"
            f"{f' ({item.place})' if item.place else ''}",
            style,
            item.verdict,
        )
    ]
    return [*lines, *([f"  and {len(hidden):,} more tables are wrong"] if hidden else [])]


def _header(view: View, style: Style, *, overviewed: bool) -> list[str]:
    """Return the load balancer, who connects, and when."""
    indent = " " * (_LABEL + 2)
    return [
        line
        for label, value in words.header(view.report, view.probers, overviewed=overviewed)
        for line in wrapped(value, style, first=f"{label:<{_LABEL}}  ", indent=indent)
    ]


def _parted(view: View, style: Style) -> list[str]:
    return [line for told in standpoints.told(view) for line in wrapped(told, style, first="  ")]


def _answers(view: View, style: Style) -> list[str]:
    lines: list[str] = []
    for row in view.rows:
        for result, answer in answers.per_row(row):
            name = view.endpoint(row, result) if result else row.row.name
            lines += wrapped(f"{name}  {shortened(answer, LONGEST_TEXT)}", style)
    return lines


def _failures(view: View, style: Style) -> list[str]:
    lines: list[str] = []
    for meaning, failures in view.failures:
        for failure in failures:
            lines += wrapped(_failure(view, failure), style, failure.result.verdict)
        if meaning:
            lines += [*wrapped(f"-> {meaning}", style, indent="     ", first="  "), ""]
    return lines[:-1] if lines and not lines[-1] else lines


def _failure(view: View, failure: Failure) -> str:
    probe = failure.probe
    place = f"{view.endpoint(failure.row, failure.result)} {failure.result.flow.dialled}"
    told = f": {shortened(probe.error, LONGEST_TEXT)}" if probe.error else ""
    return f"{place} {probe.status.value}{failure.share}{told}"


def _findings(report: Report, style: Style) -> list[str]:
    told = dict.fromkeys((words.finding(finding), finding.verdict) for finding in report.findings)
    return [line for sentence, verdict in told for line in wrapped(sentence, style, verdict)]


def _unread(report: Report, style: Style) -> list[str]:
    """Return what AWS did not say."""
    told = refusals(report.gaps or ())
    lines = [line for gap in told for line in wrapped(gap, style, first="  ")]
    return _section("What could not be read", lines, style)


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
        parts.append(f"connected in {probe.connect_ms:.1f} ms")
    if probe.total_ms is not None:
        parts.append(f"{probe.total_ms:.1f} ms in all")
    parts.append(f"{probe.attempts} attempt{'s'[: probe.attempts != 1]}")
    if probe.local_address:
        parts.append(f"from {probe.local_address}")
    return ", ".join(parts)


def _summary(view: View, style: Style) -> list[str]:
    lines = wrapped(view.summary, style, indent="")
    if not style.color:
        return lines
    gravest = max(view.verdicts, key=lambda verdict: verdict.severity, default=Verdict.UNKNOWN)
    return [click.style(line, fg=COLORS[gravest], bold=True) for line in lines]
