"""What becomes of a target's health checks, from one node and from all of them?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.resources.target_group import EVERYWHERE, HealthState
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Direction, Finding, Leg, ProbeSpec, Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.gates import health_check, spare_target, target_group, target_health
from nlbcheck.path.gates.target_health import CheckPaths
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.selected import Selected
from nlbcheck.path.trail import Journal, Trail

_FAILING = (HealthState.UNHEALTHY, HealthState.UNHEALTHY_DRAINING)

WalkFrom = Callable[[BalancerNode, Trail, int | None], Sequence[Trail]]
"""Walks checks from a node to the target's port and back."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The health checks of one target, as they are asked about at one node."""

    state: AwsState
    balancer: LoadBalancer
    node: BalancerNode
    selected: Selected
    service: ProbeSpec | None
    """What a table says of the service; None where there is no table."""
    walk_from: WalkFrom

    @property
    def asked(self) -> Asked:
        """What the checks ask."""
        return Asked(self.selected.group, self.selected.target, self.service)

    @property
    def name(self) -> str:
        """The target, as paths call it."""
        return f"{self.selected.target.id}:{self.selected.target.port}"


def walk(checks: Checks, journal: Journal, connections: Sequence[Trail]) -> None:
    """Walk the node's checks, and hold what AWS says of the target's health against them.

    ``connections`` are the paths of connections from the node to the target.
    """
    selected, port, resource = checks.selected, checks.asked.port, Resource("target", checks.name)
    trail = Trail(journal, Leg.HEALTH, Direction.REQUEST, checks.name, spare=selected.spare)
    trails = checks.walk_from(checks.node, trail, port)
    blocked = [finding for item in trails for finding in item.stops]
    codes = list(dict.fromkeys(item.code for item in blocked))
    passing = selected.used and bool(codes) and not any(item.stops for item in connections)
    if passing and port is not None and not any(item.is_hidden for item in connections):
        remedies = [item.remedy for item in blocked if item.remedy]
        outcome = target_health.check_port(checks.name, checks.node.address, port, codes, remedies)
        trail.record("health-check", resource, outcome, Leg.HEALTH)
    if not selected.imagined:
        passing = passing or selected.spare
        paths = _paths(checks, trail, codes, passing=passing)
        zones = [zone.zone for zone in checks.balancer.zones]
        outcome = target_health.check(checks.asked, zones, paths, passing=passing)
        if selected.replaced:
            outcome = spare_target.beside_strangers(outcome)
        if selected.spare:
            opening = [item.remedy for item in blocked if item.remedy]
            outcome = spare_target.beside_others(outcome, opening, declared=selected.declared)
        trail.record("target-health", resource, outcome, Leg.HEALTH)
    for item in trails:
        item.end()


def _paths(checks: Checks, trail: Trail, blocked_by: Sequence[str], *, passing: bool) -> CheckPaths:
    """Return what is known of the checks' paths; what they ask is noted where they fail for that alone."""
    if checks.selected.target.state not in _FAILING or blocked_by or passing:
        return CheckPaths(blocked_by)
    asked = checks.asked
    if asked.differences:
        group = Resource("target-group", asked.group.arn, asked.group.name)
        trail.record("health-check", group, health_check.check(asked), Leg.HEALTH)
    return _from_all(checks)


def _from_all(checks: Checks) -> CheckPaths:
    """Walk the checks of all nodes: AWS has one health state of a target for all of them."""
    nodes = checks.state.nodes(checks.balancer)
    if isinstance(nodes, NotVisible):
        return CheckPaths(hidden=nodes)
    closed: dict[Address, Sequence[str]] = {}
    hidden: NotVisible | None = None
    for node in nodes:
        if node != checks.node and not _is_checked_by(checks, node):
            continue
        found = _found_from(checks, node)
        if stops := list(dict.fromkeys(item.code for item in found if item.verdict is Verdict.FAIL)):
            closed[node.address] = stops
        hidden = hidden or next((item.missing for item in found if item.missing), None)
    return CheckPaths(elsewhere=closed, hidden=hidden)


def _is_checked_by(checks: Checks, node: BalancerNode) -> bool:
    """Whether it is seen that a node uses the target, so that its checks count."""
    selected = checks.selected
    if selected.target.zone in (node.zone, EVERYWHERE):
        return True
    attributes = checks.state.balancer_attributes(checks.balancer)
    return target_group.cross_zone(selected.group, selected.attributes, attributes) is True


def _found_from(checks: Checks, node: BalancerNode) -> Sequence[Finding]:
    """Return what a node's checks meet that stops them, or is not visible."""
    journal = Journal(node.zone)
    trail = Trail(journal, Leg.HEALTH, Direction.REQUEST, checks.name)
    checks.walk_from(node, trail, checks.asked.port)
    return journal.findings
