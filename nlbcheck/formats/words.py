"""How are a report's parts named and counted, the same in every format?

What is returned is not yet escaped: it holds names from the table and text from the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlbcheck.model import (
    Finding,
    Leg,
    Node,
    Observation,
    Remedy,
    Report,
    Result,
    RowResults,
    Status,
    Verdict,
)
from nlbcheck.model.plan import Step

_NAMED = 8
"""Rows that are named together; the rest are counted."""
_COUNTED = {
    Verdict.PASS: "ok",
    Verdict.WARN: "with a warning",
    Verdict.UNKNOWN: "unknown",
    Verdict.FAIL: "failed",
    Verdict.ERROR: "crashed",
}

Failure = tuple[RowResults, Result, Observation]


def endpoint(mapping: RowResults, node: Result) -> str:
    """Return the endpoint's stable name: ``tg-10022[ap-northeast-1a]``."""
    return f"{mapping.row.name}[{node.flow.node.label}]"


def node(node: Node) -> str:
    """Return a node's zone and address, or the address alone."""
    return f"{node.zone} {node.address}" if node.zone else str(node.address)


def target(mapping: RowResults) -> str:
    """Return whom a row is for: ``TargetServer1 172.31.129.10:22``."""
    if mapping.row.target_address is None or str(mapping.row.target_address) == mapping.row.target:
        return short_target(mapping)
    return f"{mapping.row.target} {mapping.row.target_address}:{mapping.row.target_port.number}"


def short_target(mapping: RowResults) -> str:
    """Return whom a row is for, by one name: ``TargetServer1:22``."""
    return f"{mapping.row.target}:{mapping.row.target_port.number}"


def finding(finding: Finding) -> str:
    """Return a finding in one line: verdict, code and summary."""
    likely = "" if finding.confidence.value == "certain" else " (likely)"
    return f"{finding.verdict.value}: {finding.code}{likely}: {finding.summary}"


def failures(report: Report) -> list[tuple[str | None, Sequence[Failure]]]:
    """Return the probes that did not succeed, those that mean the same together, first seen first.

    Interrupted ones are left out: they were not tried.
    """
    groups: dict[str | None, list[Failure]] = {}
    for mapping in report.by_row():
        for node in mapping.results:
            probe = node.observation
            if probe and probe.status not in (Status.OK, Status.INTERRUPTED):
                groups.setdefault(probe.meaning, []).append((mapping, node, probe))
    return list(groups.items())


@dataclass(frozen=True, slots=True)
class Fix:
    """One remedy, and what is known of it."""

    remedy: Remedy
    said: str
    """The remedy's sentence, and what became of trying it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault with everything that it brings down."""

    finding: Finding
    """As the first row has it."""
    rows: tuple[RowResults, ...]
    fixes: tuple[Fix, ...]
    """All that it takes, each once."""
    also: tuple[str, ...]
    """Sentences on the rows that fail of something else first, and of this once that is mended."""


Told = Sequence[tuple[Finding, str]]
"""Findings that are told in one, each with the name of its row."""


def causes(report: Report) -> list[Cause]:
    """Return each distinct cause with the rows that fail of it, first told first."""
    groups: dict[object, list[tuple[Finding, RowResults]]] = {}
    for mapping in report.by_row():
        cause = mapping.row.cause
        if cause:
            groups.setdefault(cause.gate, []).append((cause, mapping))
    told: dict[object, list[tuple[Finding, RowResults]]] = {key: [] for key in groups}
    for mapping in report.by_row():
        for finding in mapping.all_findings:
            if finding.gate in told:
                told[finding.gate].append((finding, mapping))
    return [_cause(found, told[key]) for key, found in groups.items()]


def _cause(found: Sequence[tuple[Finding, RowResults]], told: Sequence[tuple[Finding, RowResults]]) -> Cause:
    """Return a cause; ``found`` are the rows that fail of it, ``told`` all that is told of it."""
    rows = tuple(row for _, row in found)
    names = {row.row.name for row in rows}
    own = [(finding, row.row.name) for finding, row in told if row.row.name in names]
    others = [
        (finding, row.row.name)
        for finding, row in told
        if row.row.name not in names and finding.verdict is Verdict.FAIL
    ]
    return Cause(found[0][0], rows, tuple(fixes(own)), tuple(_also(others)))


def fixes(found: Told) -> list[Fix]:
    """Return the remedies of findings, each once; where rows differ in what it does, with their names."""
    remedies: dict[object, list[tuple[Finding, str]]] = {}
    for finding, row in found:
        if finding.remedy:
            remedies.setdefault(finding.remedy.identity, []).append((finding, row))
    return [
        Fix(remedy, remedy.text + _proofs(told))
        for told in remedies.values()
        if (remedy := told[0][0].remedy)
    ]


def _proofs(found: Told) -> str:
    """Return what became of trying one remedy for several rows."""
    said = _by_proof(found)
    if len(said) == 1:
        return next(iter(said))
    return "".join(f" {names(rows)}:{text}" for text, rows in said.items() if text)


def _by_proof(found: Told) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for finding, row in found:
        said.setdefault(proof(finding), []).append(row)
    return said


def _also(found: Told) -> Iterable[str]:
    """Yield sentences on rows that a fault keeps down although something else is their cause."""
    for text, rows in _by_proof(found).items():
        yield f"Also: {names(rows)}, behind another cause.{text}"


def proof(finding: Finding) -> str:
    """Return what became of trying a finding's remedy on the recorded state, to follow its sentence."""
    remedy = finding.remedy
    if remedy is None or not remedy.calls:
        return ""
    what = "the health check" if finding.leg is Leg.HEALTH else "the connection"
    match remedy.verified:
        case True if remedy.together_with:
            codes = dict.fromkeys((finding.code, *remedy.together_with))
            more = " (more than one)" if finding.code in remedy.together_with else ""
            return f" Needed together: {', '.join(codes)}{more}."
        case True:
            where = f" at {finding.zone}" if finding.zone else ""
            return f" This alone restores {what}{where}."
        case False:
            return f" (Tried on the recorded state with all other fixes: {what} still fails.)"
    if finding.verdict is not Verdict.FAIL:
        return ""
    return " (Not proven: part of the path is not visible.)"


def step(step: Step) -> str:
    """Return a step of a plan in one line: what to do, and what that mends."""
    rows = f": {names(step.rows)}" if step.rows else ""
    return f"{step.text} [{', '.join(step.codes)}{rows}]"


def step_of(steps: Sequence[Step], remedy: Remedy) -> int | None:
    """Return the number of the step that a remedy is; None where no single step has all that it takes."""
    for number, item in enumerate(steps, 1):
        if any(finding.remedy and finding.remedy.identity == remedy.identity for finding in item.findings):
            return number
    return None


def names(rows: Iterable[str]) -> str:
    """Return the names of rows, each once; of many, the first ones and how many more there are."""
    each = list(dict.fromkeys(rows))
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return ", ".join(each[:_NAMED]) + more


def summary(report: Report) -> str:
    """Return the counts of the run in one line: ``8 ok, 2 failed; 1 warning``."""
    counts = Counter(report.verdicts)
    parts = [f"{counts[verdict]} {word}" for verdict, word in _COUNTED.items() if counts[verdict]]
    line = ", ".join(parts) or "nothing was probed"
    warnings = sum(finding.verdict is Verdict.WARN for finding in report.findings)
    if warnings:
        line += f"; {warnings} warning{'s'[: warnings > 1]}"
    return f"{line}; interrupted" if report.interrupted else line
