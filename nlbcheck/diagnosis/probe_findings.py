"""What does the wire add to the findings of the recorded state?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.diagnosis.observed import CONNECTED, AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding as _finding
from nlbcheck.diagnosis.wire_finding import not_visible, server, share
from nlbcheck.diagnosis.wire_finding import target as _target
from nlbcheck.model import (
    Code,
    Confidence,
    Direction,
    Finding,
    Json,
    Leg,
    Observation,
    Remedy,
    Resource,
    Status,
    Verdict,
)

_AGAIN = Remedy(
    "Take a new snapshot, run from the client itself or name it with --client, and diagnose again; "
    "if it stays so, nlbcheck is wrong: report it with the snapshot."
)

_NAMED = 3
"""Vantage points that a sentence names."""
_BY_CHANCE = 0.01
"""How likely connections may all succeed by chance, so that nothing is said of it."""


def disturbed(finding: Finding, probe: Observation) -> Finding:
    """Return the finding on the proxy protocol as what explains a bad answer, or none."""
    status = probe.detail.get("status")
    said = f"the answer is {status} for that" if status else "the answer is bad, or there is none, for that"
    summary = f"{finding.summary} Likely it does not, and {said}."
    return replace(finding, summary=summary, verdict=Verdict.FAIL, confidence=Confidence.LIKELY)


def wrong_protocol(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    """Return the finding on a connection that stood, and did not speak as the check expects."""
    if probe.status is Status.RESET:
        summary = (
            f"{share(seen)}{_target(row)} accepts the connection and resets it before it answers a "
            f"{probe.check} check: "
            "likely an access rule, a limit of connections, or a proxy protocol header that it misses."
        )
    elif not comes_in(seen):
        summary = (
            f"{share(seen)}Likely {_target(row)} answers, but not as the check {probe.check} expects: "
            f"{probe.error}. The path to the load balancer is not visible."
        )
    else:
        answers = f"{_target(row)} answers, but not as the check {probe.check} expects"
        summary = f"{share(seen)}{answers}: {probe.error}."
    fix = (
        f"Correct the row's check ({row.row.place}) if it does not fit the service; else register the port "
        "of the right service, or see whether the service expects a proxy protocol header, or TLS."
    )
    is_likely = probe.status is Status.RESET or not comes_in(seen)
    sure = Confidence.LIKELY if is_likely else Confidence.CERTAIN
    return _finding(Code.WRONG_PROTOCOL, row, seen, summary, Remedy(fix), sure)


def wrong_answer(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    """Return the finding on an answer that the table does not expect, of which nobody knows whose it is."""
    who = "likely another machine answers, or it was installed anew"
    fix = f"Compare the host key on {server(row)} itself; if it is right, pin it (nlbcheck probe --pin)."
    if "fingerprint" not in probe.detail:
        who = "likely another server or virtual host answers, or the application itself has changed"
        fix = f"Look at the server on {server(row)}; if its answer is right, correct the row's expect."
    summary = f"{share(seen)}{row.row.name} {probe.error}: {who}."
    return _finding(
        Code.WRONG_SERVER_ANSWERS, row, seen, summary, Remedy(fix), Confidence.LIKELY, leg=Leg.TABLE
    )


def unreachable(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    """Return the finding on a machine that has no path to the load balancer: no part of AWS says so."""
    summary = (
        f'Not visible: the path from this machine to {seen.node.address}. The probe ends with "{probe.error}'
        "\", where AWS would drop in silence: likely the local routing table, a VPN client or this host's "
        "firewall."
    )
    remedy = Remedy(f"See what `ip route get {seen.node.address}` says on the client.")
    return not_visible(row, seen, summary, remedy)


def contradiction(row: Observed, seen: AtNode, probe: Observation, denied: Sequence[Finding]) -> Finding:
    """Return the finding on gates that the recorded state closes, and the wire has passed."""
    did = "fails, but others pass the same gates at this static IP"
    if probe.status is Status.REFUSED:
        did = "is refused, by its host or by a firewall that rejects"
    elif probe.status in CONNECTED:
        did = "connects"
    codes = ", ".join(dict.fromkeys(finding.code for finding in denied))
    summary = (
        f"{row.row.name} {did}, although the recorded state closes the path ({codes}). Either AWS changed "
        "after it was read, or the probe did not leave from the client; else this is a fault of nlbcheck. "
        f"{denied[0].summary}"
    )
    return _contradiction(seen, summary, denied, denied[0].leg, denied[0].resource)


def spared(seen: AtNode, denied: Sequence[Finding]) -> Finding | None:
    """Return the remark on connections that all succeed, where by the recorded state a share of them fails.

    That is no proof: what the load balancer chooses for one client may always be the same target.
    """
    reached = seen.walk.reached if seen.walk else None
    made = sum(count for _, count in seen.outcomes)
    if not denied or reached is None or (1 - reached.failing) ** made > _BY_CHANCE:
        return None
    summary = (
        f"All {made} connections to {seen.node.address} succeed, though by the recorded state "
        f"{reached.failing:.0%} of them fail: likely the record is older than the last change, or the group "
        "is sticky, and this client always meets one target."
    )
    finding = _contradiction(seen, summary, denied, Leg.BACK, denied[0].resource)
    return replace(finding, confidence=Confidence.LIKELY)


def deafness(seen: AtNode) -> Finding:
    """Return the finding on a static IP where nothing answers though the recorded state opens all of it."""
    summary = (
        f"Nothing answers at {seen.node.address}, whatever the target, though the recorded state lets "
        "connections through: likely the record is older than the last change, the probe left from elsewhere "
        "than the client, or something between them does not show in AWS."
    )
    return replace(_contradiction(seen, summary, (), Leg.FRONT, None), confidence=Confidence.LIKELY)


def one_sided(seen: AtNode) -> Finding:
    """Return the finding on silence where others are answered, and the recorded state opens all of it."""
    others = ", ".join(seen.answered_from[:_NAMED])
    summary = (
        f"Nothing answers this client at {seen.node.address}, though others are answered ({others}) and the "
        "recorded state lets its connections through: likely something between it and the load balancer that "
        "does not show in AWS, a record that is older than the last change, or a rule of the target's own "
        "host, where that sees clients' addresses."
    )
    return replace(_contradiction(seen, summary, (), Leg.FRONT, None), confidence=Confidence.LIKELY)


def health_contradiction(seen: AtNode) -> Finding | None:
    """Return the finding on a target that AWS calls healthy, though its health check's path is closed."""
    for item in seen.walk.targets if seen.walk else ():
        name = f"{item.target.id}:{item.target.port}"
        checks = [path for path in seen.of_leg(Leg.HEALTH) if path.target == name]
        closed = [
            hop
            for path in checks
            for hop in path.hops
            if hop.verdict is Verdict.FAIL and hop.kind not in ("health-check", "target-health")
        ]
        if item.target.state == "healthy" and closed:
            summary = (
                f"AWS reports {name} as healthy, although the recorded state closes the health check's path "
                f"at {closed[0].resource}. Either the change is newer than the last health checks, or this "
                "is a fault of nlbcheck."
            )
            return _contradiction(seen, summary, (), Leg.HEALTH, closed[0].resource)
    return None


def _contradiction(
    seen: AtNode,
    summary: str,
    denied: Sequence[Finding],
    leg: Leg,
    resource: Resource | None,
) -> Finding:
    evidence: dict[str, Json] = {
        "probe": seen.probe.status.value if seen.probe else None,
        "from": seen.probe.local_address if seen.probe else None,
        "contradicted": [
            {
                "code": finding.code,
                "leg": finding.leg.value,
                "direction": finding.direction.value if finding.direction else None,
                "resource": str(finding.resource),
                "summary": finding.summary,
            }
            for finding in denied
        ],
    }
    return Finding(
        Code.WIRE_CONTRADICTS_MODEL,
        Verdict.WARN,
        summary,
        leg,
        None,
        seen.node.zone,
        resource,
        evidence,
        _AGAIN,
        subject=", ".join(dict.fromkeys(finding.code for finding in denied)),
    )


def comes_in(seen: AtNode) -> bool:
    """Whether it is seen that a connection from where the probe was made comes to the load balancer."""
    front = [path.verdict for path in seen.of_leg(Leg.FRONT) if path.direction is Direction.REQUEST]
    return bool(front) and Verdict.UNKNOWN not in front
