"""What does the wire add to the findings of the recorded state?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.diagnosis import now_and_then
from nlbcheck.diagnosis.observed import CONNECTED, AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding as _finding
from nlbcheck.diagnosis.wire_finding import server, share
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

_BY_CHANCE = 0.01
"""How likely connections may all succeed by chance, so that nothing is said of it."""


def not_listening(row: Observed, seen: AtNode) -> Finding:
    """Return the finding on a refused connection: the target's host has answered.

    That it was the target's is only likely where another static IP reaches the target, or where nobody sees
    that the connection comes to the load balancer at all.
    """
    if seen.is_mixed:
        return now_and_then.refused(row, seen)
    port = row.row.target_port.number
    if any(other.furthest.status in CONNECTED for other in row.nodes):
        summary = (
            f"The connection to {_target(row)} is refused at {seen.node.address} and made at another static "
            "IP: likely this node chose another target, or a device before the load balancer refuses."
        )
        fix = (
            f"See on {server(row)} whether the request arrives (tcpdump). If it does not, look for "
            "what sends the reset between the client and this static IP."
        )
        return _finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.LIKELY)
    if not _comes_in(seen):
        summary = (
            f"The connection to {_target(row)} is refused, and the path to the load balancer is not visible: "
            f"likely no process accepts on port {port}."
        )
        fix = f"See on {server(row)} whether a process listens on port {port} (ss -ltnp)."
        return _finding(Code.TARGET_NOT_LISTENING, row, seen, summary, Remedy(fix), Confidence.LIKELY)
    return _finding(
        Code.TARGET_NOT_LISTENING,
        row,
        seen,
        f"{_target(row)} refuses the connection: the path to the host is open, and no process accepts on "
        f"port {port} (or a firewall in front of it rejects).",
        Remedy(
            f"On {server(row)}, start the service or let it listen on port {port} of all addresses "
            f"(ss -ltnp shows it). Nothing needs to change in AWS."
        ),
        Confidence.CERTAIN,
    )


def silent(row: Observed, seen: AtNode, *, host_is_up: bool) -> Finding:
    """Return the finding on silence where nothing that can be seen blocks the path."""
    if seen.is_mixed and seen.status is not Status.NO_REPLY:
        return now_and_then.silent(row, seen)
    source = seen.node.address
    several = len(row.row.targets) > 1
    missing = f"no connection to {_target(row)} is answered" if several else f"{_target(row)} does not answer"
    summary = f"Everything that can be seen is in order, and {missing}: "
    if seen.status is Status.NO_REPLY:
        summary = f"{share(seen)}{_target(row)} accepts the connection and says nothing: "
        why = "likely the service hangs, waits for a proxy protocol header, or a VPN drops large packets."
        fix = f"Look at the service on {server(row)}, and whether it expects a proxy protocol header."
        return _finding(Code.TARGET_SILENT, row, seen, summary + why, Remedy(fix), Confidence.LIKELY)
    if host_is_up:
        why = "the machine answers on another port, so likely its own firewall drops this one."
    else:
        why = (
            "likely a firewall on the host or on premises drops, the path back from there is missing, or the "
            "machine is off."
        )
    if _healthy(seen):
        why += " (AWS still calls it healthy: then likely the checks run otherwise than connections.)"
    fix = (
        f"See whether packets from {source} arrive at {server(row)} (tcpdump); admit {source}/32 on "
        f"port {row.row.target_port.number} in its firewall and any before it, and route the answers back."
    )
    return _finding(Code.TARGET_SILENT, row, seen, summary + why, Remedy(fix), Confidence.LIKELY)


def disturbed(finding: Finding) -> Finding:
    """Return the finding on the proxy protocol as what explains a bad answer, or none."""
    summary = f"{finding.summary} Likely it does not, and the answer is bad for that."
    return replace(finding, summary=summary, confidence=Confidence.LIKELY)


def wrong_protocol(row: Observed, seen: AtNode, probe: Observation) -> Finding:
    """Return the finding on a connection that stood, and did not speak as the check expects."""
    if probe.status is Status.RESET:
        summary = (
            f"{share(seen)}{_target(row)} accepts the connection and resets it before it answers a "
            f"{probe.check} check: "
            "likely an access rule, a limit of connections, or a proxy protocol header that it misses."
        )
    elif not _comes_in(seen):
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
    is_likely = probe.status is Status.RESET or not _comes_in(seen)
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
    return _finding(
        Code.NOT_VISIBLE,
        row,
        seen,
        summary,
        remedy,
        Confidence.LIKELY,
        leg=Leg.FRONT,
        verdict=Verdict.UNKNOWN,
    )


def contradiction(row: Observed, seen: AtNode, probe: Observation, denied: Sequence[Finding]) -> Finding:
    """Return the finding on gates that the recorded state closes, and the wire has passed."""
    did = "fails, but others pass the same gates at this static IP"
    if probe.status is Status.REFUSED:
        did = "is refused, which only its host can do"
    elif probe.status in CONNECTED:
        did = "connects"
    codes = ", ".join(dict.fromkeys(finding.code for finding in denied))
    summary = (
        f"{row.row.name} {did}, though the recorded state forbids it ({codes}): the record is older than "
        "the last change, the probe left from elsewhere than the client, or nlbcheck is wrong. "
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
                f"AWS calls {name} healthy, though the recorded state blocks the health check's path at "
                f"{closed[0].resource}: a change that the last checks have not met yet, or nlbcheck is wrong."
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


def _comes_in(seen: AtNode) -> bool:
    """Whether it is seen that a connection from where the probe was made comes to the load balancer."""
    front = [path.verdict for path in seen.of_leg(Leg.FRONT) if path.direction is Direction.REQUEST]
    return bool(front) and Verdict.UNKNOWN not in front


def _healthy(seen: AtNode) -> bool:
    targets = [item.target for item in seen.walk.targets if item.used] if seen.walk else []
    return bool(targets) and all(target.state == "healthy" for target in targets)
