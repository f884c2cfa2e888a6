"""How do findings, and the paths that they lie on, look to a script, in whichever document?"""

from __future__ import annotations

from nlbcheck.model import Call, Finding, Hop, Json, Path, Remedy, Resource, TargetsReached, Verdict
from nlbcheck.model.facts import NotVisible


def of_finding(finding: Finding) -> dict[str, Json]:
    """Return a finding as every document of nlbcheck has it."""
    return {
        "code": finding.code,
        "verdict": finding.verdict.value,
        "leg": finding.leg.value,
        "direction": finding.direction.value if finding.direction else None,
        "zone": finding.zone,
        "resource": _resource(finding.resource) if finding.resource else None,
        "summary": finding.summary,
        "evidence": finding.evidence,
        "remedy": _remedy(finding.remedy) if finding.remedy else None,
        "confidence": finding.confidence.value,
        **({"subject": finding.subject} if finding.subject else {}),
        **({"missing": _missing(finding.missing)} if finding.missing else {}),
    }


def _missing(fact: NotVisible) -> Json:
    place = fact.account_region
    return {
        "fact": fact.fact,
        "service": fact.service,
        "operation": fact.operation,
        "account": place.account if place else None,
        "region": place.region if place else None,
        "error": fact.error,
        "unreadable": fact.unreadable,
    }


def _resource(resource: Resource) -> Json:
    return {"type": resource.type, "id": resource.id, "name": resource.name}


def _remedy(remedy: Remedy) -> Json:
    return {
        "text": remedy.text,
        "commands": remedy.commands,
        "verified": remedy.verified,
        **({"together_with": remedy.together_with} if remedy.together_with else {}),
        **({"calls": [_call(call) for call in remedy.calls]} if remedy.calls else {}),
    }


def _call(call: Call) -> Json:
    elsewhere = {"region": call.region} if call.region else {}
    return {
        "service": call.service,
        "operation": call.operation,
        "parameters": call.parameters,
        **elsewhere,
    }


def of_path(path: Path) -> Json:
    """Return a path with all its hops, as every document of nlbcheck has it."""
    return {**of_leg(path), "hops": [of_hop(hop, passed=True) for hop in path.hops]}


def of_leg(path: Path) -> dict[str, Json]:
    """Return what a path is besides its hops."""
    return {
        "leg": path.leg.value,
        "direction": path.direction.value,
        "target": path.target,
        "verdict": path.verdict.value,
    }


def of_hop(hop: Hop, *, passed: bool) -> Json:
    """Return a hop; ``passed`` is whether one that is passed has its evidence."""
    return {
        "kind": hop.kind,
        "resource": _resource(hop.resource),
        "verdict": hop.verdict.value,
        "evidence": hop.evidence if passed or hop.verdict is not Verdict.PASS else {},
    }


def of_reached(reached: TargetsReached | None) -> dict[str, Json]:
    """Return for which of several targets that a node uses the path is open, as the key ``reached``."""
    if reached is None or not reached.several:
        return {}
    found: Json = {
        "used": reached.used,
        "open": reached.open,
        "spare": reached.spare,
        "closed": [*reached.closed],
        "failing_share": _share(reached.failing),
    }
    return {"reached": found}


def _share(part: float) -> float:
    """Return a share with three decimals, never 0 or 1 where it is neither."""
    return min(max(round(part, 3), 0.001), 0.999) if 0 < part < 1 else part
