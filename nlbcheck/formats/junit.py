"""What does a run look like to a CI server? JUnit XML with one test case per row and node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from xml.etree import ElementTree as ET

from nlbcheck.escape import printable
from nlbcheck.formats import answers, chain, failing, overview, standpoints, words
from nlbcheck.formats.proofs import proof
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.language import tell
from nlbcheck.model import Code, Finding, RelayReport, Report, Result, RowResults, Verdict
from nlbcheck.model.gap import refusals

_WIDE = Style(width=100)
_ELEMENTS = {Verdict.FAIL: "failure", Verdict.ERROR: "error", Verdict.UNKNOWN: "skipped"}


def render(report: Report, _style: Style) -> str:
    r"""Return the report as JUnit XML in the shape that Jenkins' schema asks for.

    The text is ASCII, the rest written as character references. Characters that XML 1.0 cannot carry
    at all (section 2.2) are among those that ``printable`` writes out, as in ``\x00``.
    """
    view = View(overview.qualified(report))
    broken = [relay for relay in report.relays if relay.problems]
    root = ET.Element("testsuites", _tally(view, "", view.rows, broken))
    relays = list(dict.fromkeys(row.row.relay for row in view.rows)) if len(report.relays) > 1 else []
    for relay in relays or [""]:
        root.append(_suite(view, relay))
    for item in broken:
        root.append(_unusable(view, item))
    if told := [
        *standpoints.told(view),
        *_plan(view),
        *(refusals(report.gaps or ()) if view.is_unread else ()),
    ]:
        ET.SubElement(root[0], "system-out").text = "\n".join(map(printable, told))
    ET.indent(root)
    body = ET.tostring(root, encoding="us-ascii").decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _tally(
    view: View, relay: str, rows: Sequence[RowResults], broken: Sequence[RelayReport] = ()
) -> dict[str, str]:
    """Return the attributes of a suite with the results of rows, and a case for each relay without any."""
    results = [result for row in rows for result in row.results]
    counts = Counter([*(result.verdict for result in results), *(item.verdict for item in broken)])
    return {
        "name": printable(f"nlbcheck {view.report.command}{f' {relay}' if relay else ''}"),
        "tests": str(len(results) + len(broken)),
        "failures": str(counts[Verdict.FAIL]),
        "errors": str(counts[Verdict.ERROR]),
        "time": f"{sum(map(_seconds, results)):.3f}",
    }


def _begun(view: View, tally: dict[str, str], skipped: int) -> ET.Element:
    # The schema's timestamp carries no zone; ours is UTC. Its testsuites element counts nothing skipped.
    timestamp = view.report.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.Element("testsuite", tally | {"skipped": str(skipped), "timestamp": timestamp})
    suite.append(_properties(view))
    return suite


def _suite(view: View, relay: str) -> ET.Element:
    """Return the cases of a relay; of the only one where it has no name."""
    rows = [row for row in view.rows if relay in ("", row.row.relay)]
    verdicts = [result.verdict for row in rows for result in row.results]
    suite = _begun(view, _tally(view, relay, rows), verdicts.count(Verdict.UNKNOWN))
    suite.extend(_case(view, row, result) for row in rows for result in row.results)
    return suite


def _unusable(view: View, relay: RelayReport) -> ET.Element:
    """Return the one case of a relay of which nothing is told."""
    tally = _tally(view, relay.name, (), [relay])
    suite = _begun(view, tally, int(relay.verdict is Verdict.UNKNOWN))
    names = {"name": printable(relay.table), "classname": printable(f"nlbcheck.{view.report.command}")}
    case = ET.SubElement(suite, "testcase", {**names, "time": "0.000"})
    attributes = {"type": "table", "message": printable(relay.problems[0])}
    told = ET.SubElement(case, _ELEMENTS[relay.verdict], attributes)
    told.text = "\n".join(map(printable, relay.problems))
    return suite


def _properties(view: View) -> ET.Element:
    """Return what the run is about."""
    properties = ET.Element("properties")
    for label, value in words.header(view.report, view.probers):
        ET.SubElement(properties, "property", {"name": label.lower(), "value": printable(value)})
    return properties


def _name(view: View, row: RowResults, result: Result) -> str:
    """Return an endpoint's name, the same in every language: a CI server knows a case by it."""
    name = words.endpoint(row, result)
    return f"{name} from {result.flow.vantage}" if view.is_plural else name


def _case(view: View, row: RowResults, result: Result) -> ET.Element:
    case = ET.Element(
        "testcase",
        {
            "name": printable(_name(view, row, result)),
            "classname": printable(f"nlbcheck.{view.report.command}"),
            "time": f"{_seconds(result):.3f}",
        },
    )
    if element := _ELEMENTS.get(result.verdict):
        kind, message, told = _outcome(row, result, _unseen(view, result))
        outcome = ET.SubElement(case, element, {"type": kind, "message": printable(message)})
        outcome.text = "\n".join([*map(printable, told), *_path(row, result)])
    notes = [answer for answer in [answers.of_result(result)] if answer]
    notes += [words.finding(finding) for finding in (*row.row.findings, *result.findings)]
    if notes:
        ET.SubElement(case, "system-out").text = "\n".join(map(printable, notes))
    return case


def _unseen(view: View, result: Result) -> str:
    """Return why nothing is known: the vantage point could not be opened, or the path is hidden."""
    source = result.flow.vantage
    why = next((one.error for one in view.report.vantages if one.source == source and one.error), None)
    if why:
        return tell("Nothing is probed from {vantage}: {why}.", vantage=source, why=why)
    return tell("the path is not visible")


def _outcome(row: RowResults, result: Result, unseen: str) -> tuple[str, str, Sequence[str]]:
    """Return type, message and lines of what is wrong: the probe's, else those of the gravest finding."""
    cause = failing.cause_of(row, result)
    if cause:
        return cause.code, cause.summary, _told(cause)
    probe = result.observation
    if probe and result.flow.spec.reachable and probe.status.verdict is result.verdict:
        told = (probe.error or probe.status.value) + words.share(result, result.outcomes[0][1])
        place = tell("{address} for {target}", address=result.flow.dialled, target=words.target(row))
        return probe.status.value, told, [f"{place}: {probe.meaning or told}"]
    found = [*result.findings, *row.row.findings]
    gravest = max(found, key=lambda finding: finding.verdict.severity, default=None)
    if gravest is None:
        return Code.NOT_VISIBLE, unseen, [unseen]
    return gravest.code, gravest.summary, _told(gravest)


def _path(row: RowResults, result: Result) -> Sequence[str]:
    """Return the legs of the path that are not open, gate by gate; all of them where all are open."""
    found = failing.paths(row, result, failing.cause_of(row, result))
    drawn = chain.picture(found, _WIDE, failing=True)
    return [tell("The path to {address}", address=result.flow.dialled), *drawn] if drawn else []


def _told(finding: Finding) -> list[str]:
    """Return a finding with its fix, line by line."""
    lines = [finding.summary]
    if finding.remedy:
        fix = words.joined([finding.remedy.text + proof(finding)])
        lines += [tell("Fix: {fix}", fix=fix), *finding.remedy.commands]
    return lines


def _plan(view: View) -> list[str]:
    """Return all that is to be done, in order, line by line."""
    lines = [tell("Plan, in the order of the path")] if view.plan else []
    for number, step in enumerate(view.plan, 1):
        lines += [f"{number}. {words.step(step)}", *step.commands]
    return lines


def _seconds(result: Result) -> float:
    return sum(probe.total_ms or 0.0 for probe in result.connections) / 1000
