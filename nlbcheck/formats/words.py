"""How are a report's parts named and counted, the same in every format?

What is returned is not yet escaped: it holds names from the table and text from the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlbcheck.model import (
    Finding,
    MappingReport,
    Node,
    NodeReport,
    Observation,
    Remedy,
    Report,
    Status,
    Verdict,
)

_COUNTED = {
    Verdict.PASS: "ok",
    Verdict.WARN: "with a warning",
    Verdict.UNKNOWN: "unknown",
    Verdict.FAIL: "failed",
    Verdict.ERROR: "crashed",
}

Failure = tuple[MappingReport, NodeReport, Observation]


def endpoint(mapping: MappingReport, node: NodeReport) -> str:
    """Return the endpoint's stable name: ``tg-10022[ap-northeast-1a]``."""
    return f"{mapping.name}[{node.node.label}]"


def node(node: Node) -> str:
    """Return a node's zone and address, or the address alone."""
    return f"{node.zone} {node.address}" if node.zone else str(node.address)


def target(mapping: MappingReport) -> str:
    """Return whom a row is for: ``TargetServer1 172.31.129.10:22``."""
    if mapping.target_address is None or str(mapping.target_address) == mapping.target:
        return short_target(mapping)
    return f"{mapping.target} {mapping.target_address}:{mapping.target_port.number}"


def short_target(mapping: MappingReport) -> str:
    """Return whom a row is for, by one name: ``TargetServer1:22``."""
    return f"{mapping.target}:{mapping.target_port.number}"


def finding(finding: Finding) -> str:
    """Return a finding in one line: verdict, code and summary."""
    likely = "" if finding.confidence.value == "certain" else " (likely)"
    return f"{finding.verdict.value}: {finding.code}{likely}: {finding.summary}"


def failures(report: Report) -> list[tuple[str | None, Sequence[Failure]]]:
    """Return the probes that did not succeed, those that mean the same together, first seen first.

    Interrupted ones are left out: they were not tried.
    """
    groups: dict[str | None, list[Failure]] = {}
    for mapping in report.mappings:
        for node in mapping.nodes:
            probe = node.probe
            if probe and probe.status not in (Status.OK, Status.INTERRUPTED):
                groups.setdefault(probe.meaning, []).append((mapping, node, probe))
    return list(groups.items())


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault with everything that it brings down."""

    finding: Finding
    """As the first row has it."""
    rows: tuple[MappingReport, ...]
    remedies: tuple[Remedy, ...]
    """All that it takes, each once."""


def causes(report: Report) -> list[Cause]:
    """Return each distinct cause with the rows that fail of it, first told first."""
    groups: dict[object, list[tuple[Finding, MappingReport]]] = {}
    for mapping in report.mappings:
        cause = mapping.diagnosis.cause if mapping.diagnosis else None
        if cause:
            groups.setdefault(cause.gate, []).append((cause, mapping))
    return [
        Cause(found[0][0], tuple(row for _, row in found), tuple(_remedies(key, found)))
        for key, found in groups.items()
    ]


def _remedies(key: object, found: Sequence[tuple[Finding, MappingReport]]) -> Iterable[Remedy]:
    told: dict[object, Remedy] = {}
    for _, mapping in found:
        for finding in mapping.all_findings:
            if finding.gate == key and finding.remedy:
                told.setdefault(finding.remedy.identity, finding.remedy)
    return told.values()


def proof(remedy: Remedy) -> str:
    """Return what became of trying a remedy on the recorded state, to follow its sentence."""
    if remedy.verified is None:
        return " (Not proven: part of the way is not visible.)" if remedy.calls else ""
    if remedy.verified:
        return " (Verified on the recorded state: the way opens.)"
    return " (Tried on the recorded state, with all other fixes: the way stays closed.)"


def summary(report: Report) -> str:
    """Return the counts of the run in one line: ``8 ok, 2 failed; 1 warning``."""
    counts = Counter(report.verdicts)
    parts = [f"{counts[verdict]} {word}" for verdict, word in _COUNTED.items() if counts[verdict]]
    line = ", ".join(parts) or "nothing was probed"
    warnings = sum(finding.verdict is Verdict.WARN for finding in report.findings)
    if warnings:
        line += f"; {warnings} warning{'s'[: warnings > 1]}"
    return f"{line}; interrupted" if report.interrupted else line
