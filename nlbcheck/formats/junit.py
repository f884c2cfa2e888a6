"""What does a run look like to a CI server? JUnit XML with one test case per row and node."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from xml.etree import ElementTree as ET

from nlbcheck.escape import printable
from nlbcheck.formats import answers, chain, failing, standpoints, words
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.model import Code, Finding, Report, Result, RowResults, Verdict
from nlbcheck.model.report import refusals

_WIDE = Style(width=100)
_ELEMENTS = {Verdict.FAIL: "failure", Verdict.ERROR: "error", Verdict.UNKNOWN: "skipped"}


def render(report: Report, _style: Style) -> str:
    r"""Return the report as JUnit XML in the shape that Jenkins' schema asks for.

    The text is ASCII, the rest written as character references. Characters that XML 1.0 cannot carry
    at all (section 2.2) are among those that ``printable`` writes out, as in ``\x00``.
    """
    view = View(report)
    counts = view.connections
    tally = {
        "name": f"nlbcheck {printable(report.command)}",
        "tests": str(len(report.results)),
        "failures": str(counts.get(Verdict.FAIL, 0)),
        "errors": str(counts.get(Verdict.ERROR, 0)),
        "time": f"{sum(map(_seconds, report.results)):.3f}",
    }
    # The schema's timestamp carries no zone; ours is UTC. Its testsuites element counts nothing skipped.
    timestamp = report.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    root = ET.Element("testsuites", tally)
    skipped = str(counts.get(Verdict.UNKNOWN, 0))
    suite = ET.SubElement(root, "testsuite", tally | {"skipped": skipped, "timestamp": timestamp})
    suite.append(_properties(view))
    for row in view.rows:
        for result in row.results:
            suite.append(_case(view, row, result))
    if told := [
        *standpoints.told(view),
        *_plan(view),
        *(refusals(report.gaps or ()) if view.is_unread else ()),
    ]:
        ET.SubElement(suite, "system-out").text = "\n".join(map(printable, told))
    ET.indent(root)
    body = ET.tostring(root, encoding="us-ascii").decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _properties(view: View) -> ET.Element:
    """Return what the run is about."""
    properties = ET.Element("properties")
    for label, value in words.header(view.report, view.probers):
        ET.SubElement(properties, "property", {"name": label.lower(), "value": printable(value)})
    return properties


def _case(view: View, row: RowResults, result: Result) -> ET.Element:
    case = ET.Element(
        "testcase",
        {
            "name": printable(view.endpoint(row, result)),
            "classname": printable(f"nlbcheck.{view.report.command}"),
            "time": f"{_seconds(result):.3f}",
        },
    )
    if element := _ELEMENTS.get(result.verdict):
        kind, message, told = _outcome(row, result)
        outcome = ET.SubElement(case, element, {"type": kind, "message": printable(message)})
        outcome.text = "\n".join([*map(printable, told), *_path(row, result)])
    notes = [answer for answer in [answers.of_result(result)] if answer]
    notes += [words.finding(finding) for finding in (*row.row.findings, *result.findings)]
    if notes:
        ET.SubElement(case, "system-out").text = "\n".join(map(printable, notes))
    return case


def _outcome(row: RowResults, result: Result) -> tuple[str, str, Sequence[str]]:
    """Return type, message and lines of what is wrong: the probe's, else those of the gravest finding."""
    cause = failing.cause_of(row, result)
    if cause:
        return cause.code, cause.summary, _told(cause)
    probe = result.observation
    if probe and result.flow.spec.reachable and probe.status.verdict is result.verdict:
        told = (probe.error or probe.status.value) + words.share(result, result.outcomes[0][1])
        place = f"{result.flow.dialled} for {words.target(row)}"
        return probe.status.value, told, [f"{place}: {probe.meaning or told}"]
    found = [*result.findings, *row.row.findings]
    gravest = max(found, key=lambda finding: finding.verdict.severity, default=None)
    if gravest is None:
        return Code.NOT_VISIBLE, "the path is not visible", ["the path is not visible"]
    return gravest.code, gravest.summary, _told(gravest)


def _path(row: RowResults, result: Result) -> Sequence[str]:
    """Return the legs of the path that are not open, gate by gate; all of them where all are open."""
    found = failing.paths(row, result, failing.cause_of(row, result))
    drawn = chain.picture(found, _WIDE, failing=True)
    return [f"The path to {result.flow.dialled}", *drawn] if drawn else []


def _told(finding: Finding) -> list[str]:
    """Return a finding with its fix, line by line."""
    lines = [finding.summary]
    if finding.remedy:
        lines += [f"Fix: {finding.remedy.text}{words.proof(finding)}", *finding.remedy.commands]
    return lines


def _plan(view: View) -> list[str]:
    """Return all that is to be done, in order, line by line."""
    lines = ["Plan, in the order of the path"] if view.plan else []
    for number, step in enumerate(view.plan, 1):
        lines += [f"{number}. {words.step(step)}", *step.commands]
    return lines


def _seconds(result: Result) -> float:
    return sum(probe.total_ms or 0.0 for probe in result.connections) / 1000
