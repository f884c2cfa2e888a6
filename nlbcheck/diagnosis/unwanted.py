"""What of a row that nobody may reach: does anything answer, and where is its path closed?

A target's refusal passes through a TCP listener to the client, so that a refusal, too, shows an open path:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html. Silence alone
proves no gate: which one is closed, the walk says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nlbcheck.diagnosis import probe_findings
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire_finding import finding, not_visible, of_share
from nlbcheck.language import marked, paragraph, tell
from nlbcheck.model import Code, Confidence, Direction, Finding, Leg, Remedy, Status, Verdict, worst

_ON_THE_WAY = (Leg.FRONT, Leg.BALANCER, Leg.BACK)
_CLOSE = marked(
    "Remove what lets it through: the listener if nobody needs it, otherwise the rule that allows this "
    "client in the security group of the load balancer or the target. If it should be reachable, correct the "
    "table."
)


def remarks(row: Observed, at: AtNode) -> Iterator[Finding]:
    """Yield what the probes of a row say that nobody may reach."""
    spec = row.row.spec
    ends = [end for end in at.ends if end.status]
    reached = next((end for end in ends if spec.judged(end.status or Status.OK) is Verdict.FAIL), None)
    if reached:
        yield _reached(row, reached)
    elif any(end.status is Status.UNREACHABLE for end in ends):
        yield _unclear(row, at)


def at_node(row: Observed, at: AtNode) -> Iterator[Finding]:
    """Yield what probes and walk say of a row at a node that nobody may reach.

    What closes the path is told with the verdict pass and without what would open it.
    """
    told = list(remarks(row, at))
    yield from told
    walked = [item for item in (at.walk.findings if at.walk else ()) if item.leg in _ON_THE_WAY]
    closed = [item for item in walked if item.verdict is Verdict.FAIL]
    hidden = [item for item in walked if item.verdict is Verdict.UNKNOWN]
    answered = any(item.code is Code.REACHABLE_UNWANTED for item in told)
    if answered:
        if closed and at.probe:
            yield probe_findings.contradiction(row, at, at.probe, closed)
    elif _is_closed(at):
        yield from (replace(item, verdict=Verdict.PASS, remedy=None) for item in closed)
    elif _is_open(at):
        yield _silent(row, at) if at.status else _open(row, at)
    elif at.walk:
        yield from hidden


def _is_closed(at: AtNode) -> bool:
    """Whether the walk proves that no connection comes to stand, at whichever target."""
    ways = _ways(at)
    return bool(ways) and all(Verdict.FAIL in way for way in ways)


def _is_open(at: AtNode) -> bool:
    """Whether the walk proves that connections to some target come to stand."""
    return any(worst(way) in (Verdict.PASS, Verdict.WARN) for way in _ways(at))


def _ways(at: AtNode) -> list[list[Verdict]]:
    """Return for each target in use, or where there is none, what became of its packets on every leg."""
    front = _verdicts(at, Leg.FRONT, None)
    used = [
        f"{item.target.id}:{item.target.port}" for item in (at.walk.targets if at.walk else ()) if item.used
    ]
    if used:
        return [front + _verdicts(at, Leg.BACK, name) for name in used]
    return [front] if Verdict.FAIL in front or _is_direct(at) else []


def _is_direct(at: AtNode) -> bool:
    """Whether no load balancer stands on the way, so that there is one leg only."""
    kinds = {hop.kind for path in at.paths for hop in path.hops}
    return bool(at.paths) and kinds.isdisjoint(("load-balancer", "listener"))


def _verdicts(at: AtNode, leg: Leg, target: str | None) -> list[Verdict]:
    """Return the verdict of each direction of a leg: the mildest of the ways that packets may take."""
    found = []
    for way in Direction:
        verdicts = [
            path.verdict for path in at.of_leg(leg) if path.direction is way and target in (None, path.target)
        ]
        if verdicts:
            found.append(min(verdicts, key=lambda verdict: verdict.severity))
    return found


def _reached(row: Observed, at: AtNode) -> Finding:
    told = tell(
        "{row} is refused, so packets get through, although the table says that nobody may reach it."
        if at.status is Status.REFUSED
        else "{row} answers, although the table says that nobody may reach it.",
        row=row.row.name,
    )
    by_listener = tell("The TLS listener itself answers.") if at.is_tls else ""
    summary, fix = paragraph(of_share(at, told), by_listener), Remedy(tell(_CLOSE))
    return finding(Code.REACHABLE_UNWANTED, row, at, summary, fix, Confidence.CERTAIN, leg=Leg.FRONT)


def _open(row: Observed, at: AtNode) -> Finding:
    summary = tell(
        "{row} is likely open: by the recorded state its packets get through, although the table says that "
        "nobody may reach it. No probe was made, and a firewall on the target itself is not visible.",
        row=row.row.name,
    )
    fix = Remedy(tell(_CLOSE))
    return finding(Code.REACHABLE_UNWANTED, row, at, summary, fix, Confidence.LIKELY, leg=Leg.FRONT)


def _silent(row: Observed, at: AtNode) -> Finding:
    summary = tell(
        "{row} does not answer, as the table says, but nothing visible in AWS closes its path. Likely the "
        "target is down, or its own firewall drops the packets. It may become reachable without any change "
        "in AWS.",
        row=row.row.name,
    )
    fix = Remedy(tell(_CLOSE))
    return finding(Code.TARGET_SILENT, row, at, summary, fix, Confidence.LIKELY, verdict=Verdict.WARN)


def _unclear(row: Observed, at: AtNode) -> Finding:
    summary = tell(
        'Not visible: whether packets of {row} get through. The probe ends with "{error}". This machine, a '
        "router or a firewall that rejects may have sent that.",
        row=row.row.name,
        error=at.probe.error if at.probe else "",
    )
    remedy = Remedy(tell("Run `ip route get {address}` on the client.", address=at.node.address))
    return not_visible(row, at, summary, remedy)
