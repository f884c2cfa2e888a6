"""What becomes of connections where a target hands them on: a load balancer's node, an interface endpoint?

A load balancer takes them as it takes a client's: its listener, target groups and their targets decide. Its
client is the node that they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Direction, Leg, Path, Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import (
    entrances,
    front_doors,
    location,
    privatelink,
    selection,
    target_legs,
    target_places,
)
from nlbcheck.path.front_doors import FrontDoor
from nlbcheck.path.location import InVpc, Location
from nlbcheck.path.outcome import Unseen, missing
from nlbcheck.path.packet import Packet
from nlbcheck.path.selected import Selected
from nlbcheck.path.trail import Journal, Trail

_Visited = tuple[tuple[str, str, int], ...]


@dataclass(slots=True)
class Onward:
    """Walks on from targets that are front doors, each node and port once."""

    state: AwsState
    journal: Journal
    transport: str
    walked: set[tuple[str, str, int]] = field(default_factory=set)
    """The nodes that were walked, by load balancer, zone and port."""

    def walk(self, at_node: InVpc, selected: Selected, passed: _Visited) -> tuple[Path, ...]:
        """Walk on from a target, as seen from a node; ``passed`` are the nodes that led to it."""
        if not selected.used or selected.target.port is None:
            return ()
        before = len(self.journal.paths)
        for destination in target_places.destinations(self.state, at_node, selected):
            match front_doors.at(destination):
                case FrontDoor.NODE:
                    self._into(at_node, destination, selected.target.port, passed)
                case FrontDoor.ENDPOINT if isinstance(destination, InVpc):
                    self._through(at_node, destination, selected.target.port, passed)
        return tuple(self.journal.paths[before:])

    def _into(self, at_node: InVpc, inner: Location, port: int, passed: _Visited) -> None:
        trail = Trail(self.journal, Leg.BACK, Direction.REQUEST, f"{inner.address}:{port}")
        found = _node_at(self.state, inner)
        if isinstance(found, NotVisible):
            trail.record("load-balancer", Resource("address", str(inner.address)), Unseen(found))
            trail.end()
            return
        self._on(trail, at_node, *found, port, passed)

    def _through(self, at_node: InVpc, endpoint: InVpc, port: int, passed: _Visited) -> None:
        trail = Trail(self.journal, Leg.BACK, Direction.REQUEST, f"{endpoint.address}:{port}")
        found = entrances.behind(self.state, endpoint)
        if isinstance(found, NotVisible):
            privatelink.stay(self.state, trail, endpoint, found)
            trail.end()
            return
        inner = location.of_node(self.state, found.balancer, found.node)
        packet = Packet(at_node.address, inner.address, PortRange(port, port), self.transport)
        client = privatelink.hand_on(self.state, trail, at_node, found.by, inner, packet)
        self._on(trail, client, found.balancer, found.node, port, passed)

    def _on(
        self,
        trail: Trail,
        client: Location,
        balancer: LoadBalancer,
        node: BalancerNode,
        port: int,
        passed: _Visited,
    ) -> None:
        here = (balancer.arn, node.zone, port)
        if here in passed:
            listener = f"{balancer.name}:{port}"
            fact = tell("where connections end: {listener} forwards them back to itself", listener=listener)
            trail.record("load-balancer", inner_resource(balancer), Unseen(NotVisible(fact, "", "", None)))
            trail.end()
        elif here not in self.walked:
            self.walked.add(here)
            self._beyond(trail, client, balancer, node, (*passed, here))

    def _beyond(
        self, trail: Trail, client: Location, balancer: LoadBalancer, node: BalancerNode, passed: _Visited
    ) -> None:
        """Walk from a node that connections have come to, to the targets behind it."""
        port = passed[-1][2]
        protocol = "UDP" if self.transport == "udp" else None
        chosen = selection.select(self.state, trail, balancer, node, port, protocol, None, leg=None)
        trail.end()
        at_inner = location.of_node(self.state, balancer, node)
        for item in chosen:
            target_legs.walk_target(
                self.state, self.journal, balancer, node, at_inner, client, item, self.transport
            )
            self.walk(at_inner, item, passed)


def is_closed(beyond: Sequence[Path]) -> bool:
    """Whether connections get nowhere behind a target, as far as was walked."""
    there = [path for path in beyond if path.leg is Leg.BACK and path.direction is Direction.REQUEST]
    fails = [path.verdict is Verdict.FAIL for path in there]
    # The first path is the inner load balancer's own, the others lead to its targets.
    return any(fails[:1]) or (len(fails) > 1 and all(fails[1:]))


def inner_resource(balancer: LoadBalancer) -> Resource:
    """Return a load balancer as what a hop is about."""
    return Resource("load-balancer", balancer.arn, balancer.name)


def _node_at(state: AwsState, inner: Location) -> tuple[LoadBalancer, BalancerNode] | NotVisible:
    """Return the node that stands somewhere."""
    balancer = front_doors.balancer_at(state, inner)
    if not isinstance(balancer, LoadBalancer):
        if balancer is not None:
            return missing(balancer)
        fact = tell("the load balancer at {address}", address=inner.address)
        return NotVisible(fact, "elbv2", "DescribeLoadBalancers", None)
    nodes = state.nodes(balancer)
    if isinstance(nodes, NotVisible):
        return nodes
    for node in nodes:
        if inner.address in node.source_addresses:
            return balancer, node
    fact = tell(
        "which node of {balancer} has the address {address}", balancer=balancer.name, address=inner.address
    )
    return NotVisible(fact, "elbv2", "DescribeLoadBalancers", balancer.account_region)
