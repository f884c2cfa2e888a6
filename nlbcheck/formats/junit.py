"""What does a run look like to a CI server? JUnit XML with one test case per row and node."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from xml.etree import ElementTree as ET

from nlbcheck.escape import printable
from nlbcheck.formats import answers, words
from nlbcheck.formats.style import Style
from nlbcheck.model import Code, Finding, Report, Result, RowResults, Verdict

_ELEMENTS = {Verdict.FAIL: "failure", Verdict.ERROR: "error", Verdict.UNKNOWN: "skipped"}


def render(report: Report, _style: Style) -> str:
    r"""Return the report as JUnit XML in the shape that Jenkins' schema asks for.

    The text is ASCII, the rest written as character references. Characters that XML 1.0 cannot carry
    at all (section 2.2) are among those that ``printable`` writes out, as in ``\x00``.
    """
    nodes = [node for mapping in report.by_row() for node in mapping.results]
    counts = Counter(report.verdicts)
    tally = {
        "name": f"nlbcheck {printable(report.command)}",
        "tests": str(len(nodes)),
        "failures": str(counts[Verdict.FAIL]),
        "errors": str(counts[Verdict.ERROR]),
        "time": f"{sum(map(_seconds, nodes)):.3f}",
    }
    # The schema's timestamp carries no zone; ours is UTC. Its testsuites element counts nothing skipped.
    timestamp = report.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    root = ET.Element("testsuites", tally)
    suite = ET.SubElement(
        root, "testsuite", tally | {"skipped": str(counts[Verdict.UNKNOWN]), "timestamp": timestamp}
    )
    for mapping in report.by_row():
        for node in mapping.results:
            suite.append(_case(report, mapping, node))
    ET.indent(root)
    body = ET.tostring(root, encoding="us-ascii").decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _case(report: Report, mapping: RowResults, node: Result) -> ET.Element:
    case = ET.Element(
        "testcase",
        {
            "name": printable(words.endpoint(mapping, node)),
            "classname": printable(f"nlbcheck.{report.command}"),
            "time": f"{_seconds(node):.3f}",
        },
    )
    if element := _ELEMENTS.get(node.verdict):
        kind, message, text = _outcome(mapping, node)
        outcome = ET.SubElement(case, element, {"type": kind, "message": printable(message)})
        outcome.text = text
    notes = [answer for answer in [answers.described(node.observation)] if answer]
    notes += [words.finding(finding) for finding in (*mapping.row.findings, *node.findings)]
    if notes:
        ET.SubElement(case, "system-out").text = "\n".join(map(printable, notes))
    return case


def _outcome(mapping: RowResults, node: Result) -> tuple[str, str, str]:
    """Return type, message and text of what is wrong: the probe's, else that of the gravest finding."""
    cause = mapping.row.cause
    if cause and node.verdict is mapping.verdict and cause.zone in (None, node.flow.node.zone):
        return cause.code, cause.summary, "\n".join(map(printable, _told(cause)))
    probe = node.observation
    if probe and probe.status.verdict is node.verdict:
        told = probe.error or probe.status.value
        place = f"{node.flow.node.address}:{node.flow.port} for {words.target(mapping)}"
        return probe.status.value, told, printable(f"{place}: {probe.meaning or told}")
    found = [*node.findings, *mapping.row.findings]
    gravest = max(found, key=lambda finding: finding.verdict.severity, default=None)
    if gravest is None:
        return Code.NOT_VISIBLE, "the path is not visible", "the path is not visible"
    return gravest.code, gravest.summary, "\n".join(map(printable, _told(gravest)))


def _told(finding: Finding) -> list[str]:
    """Return a finding with its fix, line by line."""
    lines = [finding.summary]
    if finding.remedy:
        lines += [f"Fix: {finding.remedy.text}{words.proof(finding)}", *finding.remedy.commands]
    return lines


def _seconds(node: Result) -> float:
    return (node.observation.total_ms or 0.0) / 1000 if node.observation else 0.0
