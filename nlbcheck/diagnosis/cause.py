"""Which finding explains a row's failure best, once the wire has been heard?

A refused connection clears the way; a gate that another connection has passed is open; what is left is told
in the order in which a packet meets it, and the first that the wire agrees with is the cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nlbcheck.diagnosis import said
from nlbcheck.diagnosis.observed import AtNode, Observed
from nlbcheck.diagnosis.wire import Wire, key
from nlbcheck.model import Confidence, Direction, Finding, Leg, Status, Verdict

_FIRST = ("static-ip-differs", "balancer-not-found")
_BEHIND_LISTENER = ("listener-forwards-elsewhere", "target-differs")
_LEAVING = ("target-draining", "target-unused")
_FAIL_OPEN = {
    "target-unhealthy": "It answers all the same: when no target is healthy, all of them get connections.",
    "target-unused": "It answers all the same: likely the recorded health is older than the last change.",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be said of one row."""

    cause: Finding | None
    row: tuple[Finding, ...]
    """About the row as a whole."""
    nodes: tuple[tuple[Finding, ...], ...]
    """About each of its nodes."""


def judge(rows: Sequence[Observed]) -> list[Judged]:
    """Hold what was probed against what was walked, and name the cause of what fails, row by row."""
    wire = Wire(rows)
    return [_row(wire, row) for row in rows]


def place(finding: Finding) -> int:
    """Return how early a packet meets what a finding is about."""
    if finding.code in _FIRST:
        return 0
    if finding.code in _BEHIND_LISTENER:
        return 3
    reply = finding.direction is Direction.REPLY
    match finding.leg:
        case Leg.FRONT:
            return 6 if reply else 1
        case Leg.BALANCER:
            return 2
        case Leg.BACK:
            return 5 if reply else 4
        case Leg.HEALTH:
            return 7
    return 8


def _row(wire: Wire, row: Observed) -> Judged:
    walked = {key(item) for seen in row.nodes for item in (seen.walk.findings if seen.walk else ())}
    table = [item for item in row.table if key(item) not in walked or item.verdict is Verdict.UNKNOWN]
    table = [item for item in table if not _is_said_by_walks(item, row)]
    told: list[tuple[Finding, ...]] = []
    explanations: list[Finding] = []
    for seen in row.nodes:
        here = [
            item for item in table if item.verdict is Verdict.FAIL and item.zone in (None, seen.node.zone)
        ]
        astray = next((item for item in here if item.code in _BEHIND_LISTENER), None)
        findings, explanation = _at_node(wire, row, seen, astray)
        if here or explanation:
            explanations.append(min([*here, *([explanation] if explanation else [])], key=place))
        instead = [item for item in seen.instead if not wire.open(seen, item)]
        told.append(tuple(sorted((*here, *findings, *instead), key=place)))
    if not row.nodes:
        explanations = [item for item in table if item.verdict is Verdict.FAIL]
    said_by_nodes = {key(item) for findings in told for item in findings}
    of_row = [item for item in table if item.verdict is not Verdict.UNKNOWN or key(item) not in said_by_nodes]
    return Judged(_commonest(explanations), tuple(sorted(of_row, key=place)), tuple(told))


def _is_said_by_walks(finding: Finding, row: Observed) -> bool:
    """Whether a walk names what the table's difference comes from: a group that is empty, or about to be."""
    codes = {item.code for seen in row.nodes for item in (seen.walk.findings if seen.walk else ())}
    empty = finding.code == "target-differs" and not finding.evidence.get("aws")
    return empty and not codes.isdisjoint(("listener-has-no-target", "target-draining"))


def _commonest(explanations: Sequence[Finding]) -> Finding | None:
    """Return what explains most nodes; of several such, what the packet meets first."""
    counts = Counter(map(key, explanations))
    return min(explanations, key=lambda item: (-counts[key(item)], place(item)), default=None)


def _at_node(
    wire: Wire, row: Observed, seen: AtNode, astray: Finding | None
) -> tuple[list[Finding], Finding | None]:
    """Return the findings at one node, and the one that explains its failure.

    ``astray`` is why connections go elsewhere than to the row's target, of which a probe then says nothing.
    """
    passed = [item for item in seen.ahead if wire.open(seen, item)]
    denied = [item for item in passed if item.verdict is Verdict.FAIL]
    kept = [item for item in seen.ahead if item not in passed]
    if seen.probe and denied:
        tolerated = [item for item in denied if _is_tolerated(seen, item)]
        kept += [replace(item, verdict=Verdict.WARN) for item in tolerated]
        denied = [item for item in denied if item not in tolerated]
        if denied:
            kept.append(said.contradiction(row, seen, seen.probe, denied))
    if contradiction := said.health_contradiction(seen):
        kept.append(contradiction)
    match seen.status:
        case None:
            return kept, _first(kept)
        case Status.OK:
            kept = [_softened(item) for item in kept]
            return kept, _first(kept)
        case _ if astray:
            return kept, _first(item for item in kept if place(item) < place(astray))
        case _:
            explanation = _failure(wire, row, seen, kept)
            if explanation not in kept:
                same = [item for item in kept if _is_of_the_same(item, explanation)]
                kept = [explanation if item in same else item for item in kept]
                kept += [] if same else [explanation]
            return kept, explanation


def _is_of_the_same(one: Finding, other: Finding) -> bool:
    """Whether two findings at a node are about the same thing, one of them saying more."""
    return (one.code, one.leg, one.resource) == (other.code, other.leg, other.resource)


def _is_tolerated(seen: AtNode, finding: Finding) -> bool:
    """Whether it is only likely that a gate drops connections, and this one was answered."""
    answered = seen.status not in (Status.TIMED_OUT, Status.UNREACHABLE)
    return finding.confidence is Confidence.LIKELY and answered


def _softened(finding: Finding) -> Finding:
    """Return a finding about a target's health as it is when connections pass nevertheless."""
    if finding.code in _FAIL_OPEN and finding.verdict is Verdict.FAIL:
        summary = f"{finding.summary} {_FAIL_OPEN[finding.code]}"
        return replace(finding, verdict=Verdict.WARN, summary=summary)
    return finding


def _first(findings: Iterable[Finding]) -> Finding | None:
    """Return the failing finding that a packet meets first; of a health check's, the one that sums it up."""
    failing = [item for item in findings if item.verdict is Verdict.FAIL]
    return min(
        failing, key=lambda item: (place(item), item.code != "health-check-port-blocked"), default=None
    )


def _failure(wire: Wire, row: Observed, seen: AtNode, kept: Sequence[Finding]) -> Finding:
    """Return what explains that a probe failed."""
    probe = seen.probe
    if probe is None:
        raise ValueError("only a probe fails")
    found = {item.code: item for item in reversed(kept)}
    match probe.status:
        case Status.TIMED_OUT:
            return _silence(wire, row, seen, kept)
        case Status.UNREACHABLE:
            front = [item for item in kept if item.leg is Leg.FRONT]
            return _first(front) or said.unreachable(row, seen, probe)
        case Status.REFUSED:
            return found.get("listener-has-no-target") or said.not_listening(row, seen)
        case Status.UNEXPECTED:
            return _stranger(row, seen) or said.wrong_answer(row, seen, probe)
    if "proxy-protocol-on" in found:
        return said.disturbed(found["proxy-protocol-on"])
    behind = _first(item for item in kept if item.leg in (Leg.BALANCER, Leg.BACK))
    if behind and probe.status in (Status.RESET, Status.NO_REPLY):  # behind a TLS listener
        return behind
    if probe.status is Status.NO_REPLY:
        return said.silent(row, seen, host_is_up=True)
    return said.wrong_protocol(row, seen, probe)


def _stranger(row: Observed, seen: AtNode) -> Finding | None:
    """Return the finding that names whose host key was shown."""
    named = [item for item in row.table if item.code == "wrong-server-answers"]
    fitting = (item for item in named if item.verdict is Verdict.FAIL and item.zone in (None, seen.node.zone))
    return next(fitting, None)


def _silence(wire: Wire, row: Observed, seen: AtNode, kept: Sequence[Finding]) -> Finding:
    """Return what explains that nobody answered: what is proven closed, then what cannot be seen."""
    way = [item for item in kept if item.leg in (Leg.FRONT, Leg.BALANCER, Leg.BACK)]
    closed = _first(way) or _first(item for item in kept if item.code in _LEAVING)
    if closed:
        return closed
    narrow = next((item for item in way if item.code == "nacl-narrow-ephemeral"), None)
    if narrow:
        return narrow
    hidden = [item for item in way if item.verdict is Verdict.UNKNOWN]
    if hidden:
        return min(hidden, key=place)
    if wire.is_deaf(seen):
        return said.deafness(seen)
    return said.silent(row, seen, host_is_up=wire.answers(row.target))
