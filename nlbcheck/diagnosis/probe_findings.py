"""What does the wire add to the findings of the recorded state?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.diagnosis.observed import CONNECTED, AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding as _finding
from nlbcheck.diagnosis.wire_finding import not_visible, of_share, server
from nlbcheck.diagnosis.wire_finding import target as _target
from nlbcheck.language import marked, paragraph, tell
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

_AGAIN = marked(
    "Take a new snapshot, run nlbcheck on the client itself or name the client with --client, and diagnose "
    "again. If the contradiction remains, report it as a bug in nlbcheck, with the snapshot."
)

_NAMED = 3
"""Vantage points that a sentence names."""
_BY_CHANCE = 0.01
"""How likely connections may all succeed by chance, so that nothing is said of it."""


def disturbed(finding: Finding, probe: Observation) -> Finding:
    """Return the finding on the proxy protocol as what explains a bad answer, or none."""
    status = probe.detail.get("status")
    likely = tell(
        "Likely the target does not expect this header, and answers {status} because of it."
        if status
        else "Likely the target does not expect this header, and its answer is bad or missing because of it.",
        status=status,
    )
    summary = paragraph(finding.summary, likely)
    return replace(finding, summary=summary, verdict=Verdict.FAIL, confidence=Confidence.LIKELY)


def wrong_protocol(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    """Return the finding on a connection that stood, and did not speak as the check expects."""
    summary = tell(
        "{target} accepts the connection and resets it before it answers the {check} check. Likely an access "
        "rule, a connection limit or a missing proxy protocol header is the cause."
        if probe.status is Status.RESET
        else "{target} answers, but not as the {check} check expects: {error}."
        if comes_in(seen)
        else "Likely {target} answers, but not as the {check} check expects: {error}. The path to the load "
        "balancer is not visible.",
        target=_target(row),
        check=probe.check,
        error=probe.error,
    )
    fix = tell(
        "If the row's check does not fit the service, correct it ({place}). Otherwise register the port of "
        "the right service, or find out whether the service expects a proxy protocol header or TLS.",
        place=row.row.told_place,
    )
    is_likely = probe.status is Status.RESET or not comes_in(seen)
    sure = Confidence.LIKELY if is_likely else Confidence.CERTAIN
    return _finding(Code.WRONG_PROTOCOL, row, seen, of_share(seen, summary), Remedy(fix), sure)


def wrong_answer(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    """Return the finding on an answer that the table does not expect, of which nobody knows whose it is."""
    is_key = "fingerprint" in probe.detail
    summary = tell(
        "The answer is not as expected: {error}. Likely another machine answers, or the machine was "
        "reinstalled."
        if is_key
        else "The answer is not as expected: {error}. Likely another server or virtual host answers, or the "
        "application has changed.",
        error=probe.error,
    )
    fix = tell(
        "Compare the host key on {server} itself. If it is right, pin it (nlbcheck probe --pin)."
        if is_key
        else "Look at the server on {server}. If its answer is right, correct the row's expect.",
        server=server(row),
    )
    told, likely = of_share(seen, summary), Confidence.LIKELY
    return _finding(Code.WRONG_SERVER_ANSWERS, row, seen, told, Remedy(fix), likely, leg=Leg.TABLE)


def unreachable(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    """Return the finding on a machine that has no path to the load balancer: no part of AWS says so."""
    summary = tell(
        'Not visible: the path from this machine to {address}. The probe ends with "{error}". AWS drops '
        "packets without an answer instead. Likely the local routing table, a VPN client or this host's "
        "firewall is the cause.",
        address=seen.node.address,
        error=probe.error,
    )
    remedy = Remedy(tell("Run `ip route get {address}` on the client.", address=seen.node.address))
    return not_visible(row, seen, summary, remedy)


def contradiction(row: Observed, seen: AtNode, probe: Observation, denied: Sequence[Finding]) -> Finding:
    """Return the finding on gates that the recorded state closes, and the wire has passed."""
    told = tell(
        "{row} connects, although the recorded state closes its path ({codes})."
        if probe.status in CONNECTED
        else "{row} is refused by its host or by a firewall that rejects, although the recorded state closes "
        "its path ({codes})."
        if probe.status is Status.REFUSED
        else "{row} fails. Other connections to this static IP pass where the recorded state closes its path "
        "({codes}).",
        row=row.row.name,
        codes=", ".join(dict.fromkeys(finding.code for finding in denied)),
    )
    why = tell(
        "Either AWS changed after the state was recorded, or the probe did not start from the client. "
        "Otherwise this is a bug in nlbcheck."
    )
    summary = paragraph(told, why, denied[0].summary)
    return _contradiction(seen, summary, denied, denied[0].leg, denied[0].resource)


def spared(seen: AtNode, denied: Sequence[Finding]) -> Finding | None:
    """Return the remark on connections that all succeed, where by the recorded state a share of them fails.

    That is no proof: what the load balancer chooses for one client may always be the same target.
    """
    reached = seen.walk.reached if seen.walk else None
    made = sum(count for _, count in seen.outcomes)
    if not denied or reached is None or (1 - reached.failing) ** made > _BY_CHANCE:
        return None
    summary = tell(
        "All {count} connections to {address} succeed, although by the recorded state {percent} of them "
        "fail. Likely the recorded state is older than the last change, or the target group is sticky and "
        "this client always reaches the same target.",
        count=made,
        address=seen.node.address,
        percent=f"{reached.failing:.0%}",
    )
    finding = _contradiction(seen, summary, denied, Leg.BACK, denied[0].resource)
    return replace(finding, confidence=Confidence.LIKELY)


def deafness(seen: AtNode) -> Finding:
    """Return the finding on a static IP where nothing answers though the recorded state opens all of it."""
    summary = tell(
        "Nothing answers at {address}, whatever the target, although the recorded state allows the "
        "connections. Likely the recorded state is older than the last change, the probe did not start from "
        "the client, or something between client and load balancer is not visible in AWS.",
        address=seen.node.address,
    )
    return replace(_contradiction(seen, summary, (), Leg.FRONT, None), confidence=Confidence.LIKELY)


def one_sided(seen: AtNode) -> Finding:
    """Return the finding on silence where others are answered, and the recorded state opens all of it."""
    summary = tell(
        "Nothing answers this client at {address}, although others are answered ({others}) and the recorded "
        "state allows its connections. Likely something between this client and the load balancer is not "
        "visible in AWS, the recorded state is older than the last change, or a rule on the target's own "
        "host drops this client, where the target sees clients' addresses.",
        address=seen.node.address,
        others=", ".join(seen.answered_from[:_NAMED]),
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
            summary = tell(
                "AWS reports {target} as healthy, although the recorded state closes the path of its health "
                "checks at {resource}. Either the change is newer than the last health checks, or this is a "
                "bug in nlbcheck.",
                target=name,
                resource=closed[0].resource,
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
        Remedy(tell(_AGAIN)),
        subject=", ".join(dict.fromkeys(finding.code for finding in denied)),
    )


def comes_in(seen: AtNode) -> bool:
    """Whether it is seen that a connection from where the probe was made comes to the load balancer."""
    front = [path.verdict for path in seen.of_leg(Leg.FRONT) if path.direction is Direction.REQUEST]
    return bool(front) and Verdict.UNKNOWN not in front
