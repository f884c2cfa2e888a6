"""A finding that the wire adds: whom is it about, and of how many of a node's connections is it told?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.language import either, tell
from nlbcheck.model import (
    Code,
    Confidence,
    DeclaredTarget,
    Direction,
    Finding,
    Leg,
    Remedy,
    Resource,
    Verdict,
)

_NAMED = 3
"""Targets that a sentence names; the rest are counted."""


def finding(
    code: Code,
    row: Observed,
    seen: AtNode,
    summary: str,
    remedy: Remedy,
    confidence: Confidence,
    *,
    leg: Leg = Leg.BACK,
    verdict: Verdict = Verdict.FAIL,
    subject: str = "",
) -> Finding:
    """Return what a probe of a row tells at a node."""
    probe = seen.probe
    several = {"connections": len_of(seen), "ended_so": share_of(seen)} if seen.is_mixed else {}
    return Finding(
        code=code,
        verdict=verdict,
        summary=summary,
        leg=leg,
        direction=Direction.REQUEST if leg is not Leg.TABLE else None,
        zone=seen.node.zone,
        resource=_resource(row),
        evidence={
            "static_ip": f"{seen.flow.dialled}",
            "probe": probe.status.value if probe else None,
            "error": probe.error if probe else None,
            "detail": dict(probe.detail) if probe else {},
            **several,
        },
        remedy=remedy,
        confidence=confidence,
        subject=subject,
    )


def not_visible(row: Observed, seen: AtNode, summary: str, remedy: Remedy) -> Finding:
    """Return what a probe leaves open at a node: what lies before the load balancer is not seen."""
    sure, verdict = Confidence.LIKELY, Verdict.UNKNOWN
    return finding(Code.NOT_VISIBLE, row, seen, summary, remedy, sure, leg=Leg.FRONT, verdict=verdict)


def len_of(seen: AtNode) -> int:
    """Return how many connections were made to a node."""
    return sum(count for _, count in seen.outcomes)


def share_of(seen: AtNode) -> int:
    """Return how many of a node's connections ended as the one that is told of."""
    return sum(count for probe, count in seen.outcomes if probe is seen.probe)


def of_share(seen: AtNode, told: str) -> str:
    """Return a sentence with the number of connections that it is about, where that is not all of them."""
    if not seen.is_mixed:
        return told
    return tell("{count} of {total} connections: {told}", count=share_of(seen), total=len_of(seen), told=told)


def target(row: Observed) -> str:
    """Return whom a row is for, by name and address: ``TargetServer1 (172.31.129.10:22)``, or another."""
    return either(_few([_target(row, server) for server in row.row.targets]))


def server(row: Observed) -> str:
    """Return on which machine to look: ``TargetServer1``; of several ``TargetServer1 or TargetServer2``."""
    return either(_few([item.name for item in row.row.targets]))


def _few(names: Sequence[str]) -> Sequence[str]:
    """Return names; of many, the first ones and how many others there are."""
    if len(names) <= _NAMED:
        return names
    return [*names[: _NAMED - 1], tell("{count} others", count=len(names) - _NAMED + 1)]


def _target(row: Observed, declared: DeclaredTarget) -> str:
    address = f"{declared.key}:{row.row.target_port.number}"
    return f"{declared.name} ({address})" if declared.is_named else address


def _resource(row: Observed) -> Resource:
    """Return what a finding is about: the target, or the group of several."""
    if len(row.row.targets) > 1:
        return Resource("target-group", row.row.target_group)
    return Resource("target", f"{row.row.target.key}:{row.row.target_port.number}", row.row.target.name)
