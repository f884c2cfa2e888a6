"""Can one machine open a TCP connection to an address and port, through a load balancer or not?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws.balancers import BalancerNode, BalancerType, LoadBalancer
from nlbcheck.aws.fields import Address
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.network import PortRange, Vpc
from nlbcheck.aws.sight import NotVisible
from nlbcheck.aws.world import World
from nlbcheck.model import Direction, Finding, Leg, Path, Resource, Verdict, worst
from nlbcheck.way import ends, locating, stages
from nlbcheck.way.ends import End, Outside, Spot, Unlocated
from nlbcheck.way.outcome import Unseen
from nlbcheck.way.packet import Packet
from nlbcheck.way.passage import Passage
from nlbcheck.way.relay import Walk, walk_row
from nlbcheck.way.remedy_numbers import settle
from nlbcheck.way.trail import Journal, Trail


class Reach(StrEnum):
    """Whether a connection can be opened."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    """The request does not arrive."""
    REPLY_BLOCKED = "reply-blocked"
    """The request arrives, its answer does not come back."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer, and the walk that gives it."""

    reach: Reach
    walk: Walk

    @property
    def paths(self) -> tuple[Path, ...]:
        """What the packets meet, leg by leg."""
        return self.walk.paths

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong or not visible, in the packets' order."""
        return self.walk.findings


def trace(world: World, source: str, destination: Address, port: int) -> Trace:
    """Walk a TCP connection from an instance id, interface id or address, request and reply.

    Raises InputError when the source makes no sense or is proven not to exist.
    """
    start = ends.of_source(world, source)
    found = _node_at(world, start, destination)
    if found is not None:
        balancer, node = found
        if isinstance(start, (Outside, Unlocated)):
            vpc = world.vpc(balancer.vpc_id)
            start = ends.of_source(world, source, vpc if isinstance(vpc, Vpc) else None)
        walk = walk_row(world, balancer, node, port, None, start)
    else:
        if isinstance(start, Outside):
            goal = ends.of_address(world, destination, None)
            near = goal.vpc if isinstance(goal, Spot) and isinstance(goal.vpc, Vpc) else None
            start = ends.of_source(world, source, near)
        walk = _direct(world, start, destination, port)
    return Trace(reach(walk.paths), walk)


def reach(paths: Iterable[Path]) -> Reach:
    """Return what the paths of the client's connection say; health checks are none of it."""
    legs = [path for path in paths if path.leg in (Leg.FRONT, Leg.BACK)]
    there = worst(path.verdict for path in legs if path.direction is Direction.REQUEST)
    back = worst(path.verdict for path in legs if path.direction is Direction.REPLY)
    if there is Verdict.FAIL:
        return Reach.BLOCKED
    if there is Verdict.UNKNOWN:
        return Reach.UNKNOWN
    if back is Verdict.FAIL:
        return Reach.REPLY_BLOCKED
    return Reach.UNKNOWN if back is Verdict.UNKNOWN else Reach.REACHABLE


def _node_at(world: World, start: End, address: Address) -> tuple[LoadBalancer, BalancerNode] | None:
    """Return the load balancer's node that an address means, seen from where the connection starts."""
    for balancer in world.load_balancers:
        if balancer.type is not BalancerType.NETWORK:
            continue
        nodes = world.nodes(balancer)
        for node in () if isinstance(nodes, NotVisible) else nodes:
            outside = not isinstance(start, Spot)
            if address not in node.source_addresses and not (outside and address == node.public_address):
                continue
            own = isinstance(start, Spot) and isinstance(start.vpc, Vpc) and start.vpc.contains(address)
            if not own or (isinstance(start, Spot) and start.vpc_id == balancer.vpc_id):
                return balancer, node
    return None


def _direct(world: World, start: End, destination: Address, port: int) -> Walk:
    journal = Journal(None)
    request = Trail(journal, Leg.FRONT, Direction.REQUEST)
    reply = Trail(journal, Leg.FRONT, Direction.REPLY)
    goal = _goal(world, start, destination)
    if isinstance(start, Unlocated) or (isinstance(start, Outside) and isinstance(goal, Outside)):
        missing = start.missing if isinstance(start, Unlocated) else _between(start.address, destination)
        request.meet("client", Resource("client", str(start.address)), Unseen(missing))
        reply.meet("client", Resource("client", str(start.address)), Unseen(missing))
    else:
        groups = start.groups if isinstance(start, Spot) else ()
        packet = Packet(start.address, destination, PortRange(port, port))
        passage = Passage(world, request, packet, start, goal, groups)
        stages.walk(passage)
        _hidden_balancer(world, request, goal)
        stages.walk_reply(world, reply, goal, passage.seen_as or start, start)
    request.end()
    reply.end()
    return Walk(tuple(journal.paths), settle(world, journal.findings))


def _goal(world: World, start: End, destination: Address) -> End:
    if isinstance(start, Spot):
        return locating.of_destination(world, start, destination)
    return ends.of_address(world, destination, None)


def _between(source: Address, destination: Address) -> NotVisible:
    return NotVisible(f"the way from {source} to {destination}: both lie outside every VPC", "", "", None)


def _hidden_balancer(world: World, trail: Trail, goal: End) -> None:
    """Say so when a load balancer stands at the destination that this walk does not see inside."""
    if isinstance(goal, Outside) and goal.address in _public_addresses(world):
        fact = f"what happens beyond {goal.address}: walk it from the client's public address"
        missing = NotVisible(fact, "", "", None)
        trail.meet("load-balancer", Resource("address", str(goal.address)), Unseen(missing))
    if not isinstance(goal, Spot) or not isinstance(goal.interface, NetworkInterface):
        return
    if goal.interface.type == "network_load_balancer":
        fact = f"the load balancer of {goal.interface.id} ({goal.interface.description})"
        missing = NotVisible(fact, "elbv2", "DescribeLoadBalancers", goal.interface.place)
        trail.meet("load-balancer", goal.resource, Unseen(missing))


def _public_addresses(world: World) -> set[Address | None]:
    found: set[Address | None] = set()
    for balancer in world.load_balancers:
        nodes = world.nodes(balancer)
        found |= set() if isinstance(nodes, NotVisible) else {node.public_address for node in nodes}
    return found
