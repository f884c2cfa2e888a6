"""Do the remedies open the way? All are applied to the recorded state, and the way is walked again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nlbcheck.aws.apply import apply
from nlbcheck.aws.collect import RefusedError
from nlbcheck.aws.recording import Recording
from nlbcheck.model import Direction, Finding, Leg, Path, Verdict, worst
from nlbcheck.path.relay import Walk

_HEALTH_ITSELF = ("target-health", "health-check")
"""Hops that tell what the recorded checks have found; only new checks would tell something else."""
_BEHIND_NODE = ("load-balancer", "listener", "target-group", "target")


def applied(recording: Recording, findings: Iterable[Finding]) -> Recording | None:
    """Return the recorded state after all the findings' remedies, each call once.

    None when there is nothing to apply. A call that AWS would refuse changes nothing; what it was meant
    to open stays closed, and so unproven.
    """
    calls = {
        (call.service, call.operation, json.dumps(call.parameters, sort_keys=True)): call
        for finding in findings
        if finding.remedy
        for call in finding.remedy.calls
    }
    for call in calls.values():
        try:
            recording = apply(recording, call.service, call.operation, call.parameters)
        except RefusedError:
            continue
    return recording if calls else None


def has_calls(finding: Finding) -> bool:
    """Whether a finding's remedy can be tried on a recorded state."""
    return finding.remedy is not None and bool(finding.remedy.calls)


def proven(finding: Finding, walks: Sequence[tuple[str | None, Walk]], drift: Sequence[Finding]) -> Finding:
    """Return a finding whose remedy says whether it opens the way.

    ``walks`` (by zone) and ``drift`` are what the state says of its row after it.
    """
    if finding.remedy is None or not has_calls(finding):
        return finding
    about = [walk for zone, walk in walks if finding.zone in (None, zone)]
    return replace(finding, remedy=replace(finding.remedy, verified=_opens(finding, about, drift)))


def _opens(finding: Finding, walks: Sequence[Walk], drift: Sequence[Finding]) -> bool | None:
    if finding.identity in {item.identity for item in drift} or not walks:
        return False
    if any(finding.identity == item.identity for walk in walks for item in walk.findings):
        return False
    verdict = worst(_on_leg(walk, finding.leg) for walk in walks)
    if verdict is Verdict.UNKNOWN:
        return None
    return verdict in (Verdict.PASS, Verdict.WARN)


def _on_leg(walk: Walk, leg: Leg) -> Verdict:
    """Return what becomes of packets on a finding's leg; those at the load balancer go on to the target."""
    match leg:
        case Leg.FRONT:
            return worst(_hops(path, _BEHIND_NODE) for path in walk.paths if path.leg is Leg.FRONT)
        case Leg.HEALTH:
            return worst(_hops(path, _HEALTH_ITSELF) for path in walk.paths if path.leg is Leg.HEALTH)
    back = [path.verdict for path in walk.paths if path.leg is Leg.BACK]
    if leg is Leg.BACK:
        return worst(back) if back else Verdict.FAIL
    chosen = [
        hop.verdict
        for path in walk.paths
        if path.leg is Leg.FRONT and path.direction is Direction.REQUEST
        for hop in path.hops
        if hop.kind in _BEHIND_NODE
    ]
    return worst([*chosen, *back]) if back else Verdict.FAIL


def _hops(path: Path, apart: Sequence[str]) -> Verdict:
    return worst(hop.verdict for hop in path.hops if hop.kind not in apart)
