"""Which gates does the wire prove open, whatever the recorded state says of them?

A probe that is answered has been through every gate on the path to whoever answered: a TCP listener passes
connections through, a TLS listener makes them itself and speaks TLS itself, so that only what is said inside
TLS proves the path behind it
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html). What one row's
connection has passed is open for another row at the same node, unless it depends on the port.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

from nlbcheck.diagnosis import rejections
from nlbcheck.diagnosis.observed import CONNECTED, AtNode, Observed
from nlbcheck.model import Address, Code, Direction, Finding, Leg, Status, Verdict

_ALL = frozenset({Leg.FRONT, Leg.BALANCER, Leg.BACK})
_ANSWERED = (frozenset({"status"}), frozenset({"banner"}), frozenset({"names", "heard"}))
"""What stands in a probe's detail once a target has answered: in its protocol, or otherwise inside TLS."""
_SILENT = frozenset({Status.TIMED_OUT, Status.UNREACHABLE})
_EMPTY = Code.LISTENER_HAS_NO_TARGET
"""What a client sees of an empty group is not documented: a refusal is as likely as silence."""
_BY_PORT = ("ec2:DescribeNetworkAcls", "ec2:DescribeSecurityGroups", "ec2:GetManagedPrefixListEntries")
"""What is not visible behind these calls can differ from port to port."""


def proven_legs(seen: AtNode) -> frozenset[Leg]:
    """Return the legs that a probe's packets have travelled, there and back."""
    status = seen.status
    if status is None or status in _SILENT:
        return frozenset()
    if status is Status.REFUSED and rejections.middleboxes(seen, Leg.FRONT):
        return frozenset()
    if seen.is_tls and not _is_from_target(seen):
        return frozenset({Leg.FRONT})
    if status is Status.REFUSED and rejections.middleboxes(seen, Leg.BACK):
        return frozenset({Leg.FRONT, Leg.BALANCER})
    return _ALL


def _is_from_target(seen: AtNode) -> bool:
    """Whether what was heard through a TLS listener was said by the target, inside TLS."""
    detail = set(seen.probe.detail) if seen.probe else set()
    return seen.status in CONNECTED and any(detail.issuperset(needed) for needed in _ANSWERED)


@dataclass(frozen=True, slots=True)
class AnsweringAt:
    """Where somebody answers: on a target's port, through a static IP."""

    port: int
    node: Address


class ProbeEvidence:
    """What all probes together say about the gates of each node."""

    def __init__(self, rows: Sequence[Observed]) -> None:
        self._open: defaultdict[Address, set[Hashable]] = defaultdict(set)
        self._answering: defaultdict[Address, set[str]] = defaultdict(set)
        self._silent: defaultdict[Address, set[str]] = defaultdict(set)
        self._answers: defaultdict[str, set[AnsweringAt]] = defaultdict(set)
        for row in rows:
            for seen in row.nodes:
                self._open[seen.node.address].update(item.identity for item in _passed(seen))
                for end in seen.ends:
                    if end.status is not None and (row.row.spec.reachable or end.status not in _SILENT):
                        heard = self._silent if end.status in _SILENT else self._answering
                        heard[seen.node.address].add(row.target)
                        if heard is self._answering:
                            answering = AnsweringAt(row.row.target_port.number, seen.node.address)
                            self._answers[row.target].add(answering)

    def open(self, seen: AtNode, finding: Finding) -> bool:
        """Whether a probe has passed the gate that a finding of the row at a node is about."""
        if finding.verdict is Verdict.FAIL:
            return finding.identity in self._open[seen.node.address]
        if finding.verdict is Verdict.UNKNOWN and finding.leg is not Leg.HEALTH:
            shared = finding.missing is None or finding.missing.call not in _BY_PORT
            return finding in _passed(seen) or (shared and finding.identity in self._open[seen.node.address])
        return False

    def is_deaf(self, seen: AtNode) -> bool:
        """Whether nothing answers at a node, though connections were meant for several targets."""
        address = seen.node.address
        return not self._answering[address] and len(self._silent[address]) > 1

    def answers(self, target: str) -> Collection[AnsweringAt]:
        """Return where a target answers anything."""
        return self._answers[target]


def _passed(seen: AtNode) -> Iterable[Finding]:
    """Return the findings of a walk that the probe's own packets have disproved, on any connection."""
    if not seen.is_mixed:
        return _passed_by(seen)
    return [item for end in seen.ends for item in _passed_by(end)]


def _passed_by(seen: AtNode) -> Sequence[Finding]:
    """Return what connections have disproved that ended in one way."""
    legs = proven_legs(seen)
    if not legs or seen.walk is None:
        return []
    open_target = _has_open_target(seen)
    alone = sum(target.used for target in seen.walk.targets) <= 1
    before = {
        hop.resource
        for path in seen.of_leg(Leg.FRONT)
        if path.direction is Direction.REQUEST
        for hop in path.hops
        if hop.verdict is Verdict.FAIL
    }
    passed = []
    for finding in seen.walk.findings:
        refused_by_nobody = finding.code == _EMPTY and seen.status is Status.REFUSED
        if finding.leg not in legs or refused_by_nobody:
            continue
        on_front = finding.leg is Leg.FRONT or (finding.leg is Leg.BALANCER and finding.resource in before)
        if (finding.verdict is Verdict.FAIL and (on_front or not open_target)) or (
            finding.verdict is Verdict.UNKNOWN and (finding.leg is Leg.FRONT or alone)
        ):
            passed.append(finding)
    return passed


def _has_open_target(seen: AtNode) -> bool:
    """Whether the state leaves any target open that the connection may have landed on."""
    if seen.walk is None:
        return False
    for target in seen.walk.targets:
        name = f"{target.target.id}:{target.target.port}"
        paths = [path for path in seen.of_leg(Leg.BACK) if path.target == name]
        directions = [
            [path.verdict is not Verdict.FAIL for path in paths if path.direction is direction]
            for direction in Direction
        ]
        if target.used and all(any(is_open) for is_open in directions):
            return True
    return False
