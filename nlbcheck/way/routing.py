"""Which way does a subnet's route table send a packet, and which way should it?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nlbcheck.aws.fields import Address, Network
from nlbcheck.aws.gateways import PeeringConnection, PeeringStatus, VpnGateway, routable
from nlbcheck.aws.network import RouteState, RouteTable, RouteTargetKind, Subnet, Vpc
from nlbcheck.aws.sight import NotVisible
from nlbcheck.aws.world import World
from nlbcheck.model import Json, Remedy, Resource
from nlbcheck.way import carriers, remedy
from nlbcheck.way.carriers import Carrier
from nlbcheck.way.choosing import choose
from nlbcheck.way.ends import End, Outside, Spot
from nlbcheck.way.gates import route_table, vpn_gateway
from nlbcheck.way.gates.route_table import Choice
from nlbcheck.way.outcome import Outcome, Passed, Problem, Stopped, Unseen, unseen
from nlbcheck.way.packet import single


@dataclass(frozen=True, slots=True)
class Decision:
    """What a route table does with a packet, and what carries the packet on."""

    resource: Resource
    outcome: Outcome
    carrier: Carrier | None
    """Where the walk goes on: the chosen route's target, or what a missing route should point at."""
    around: Remedy | None = None
    """What leads around a peering connection, to a gateway that knows the address outside every VPC."""


def decide(world: World, start: Spot, goal: End, address: Address, *, reply: bool = False) -> Decision:
    """Return what the route table of the start's subnet does with a packet to an address.

    A NAT gateway opens connections, and drops a ``reply`` to one that it does not know.
    """
    if not isinstance(start.subnet, Subnet):
        return Decision(Resource("route-table", f"of {start.address}"), unseen(start.subnet), None)
    table = world.route_table_of(start.subnet)
    if not isinstance(table, RouteTable):
        return Decision(Resource("route-table", f"of {start.subnet.id}"), unseen(table), None)
    resource = Resource("route-table", table.id, table.name)
    choice = choose(world, table, address)
    if isinstance(choice, NotVisible):
        return Decision(resource, Unseen(choice), None)
    if choice is None:
        return _missing(world, table, resource, start, goal, address)
    return _chosen(world, table, resource, start, goal, address, choice, reply=reply)


def _missing(
    world: World, table: RouteTable, resource: Resource, start: Spot, goal: End, address: Address
) -> Decision:
    evidence: dict[str, Json] = {"table": table.id, "destination": str(address), "routes": len(table.routes)}
    carrier = carriers.candidate(world, start, goal, address)
    if carrier is None and not isinstance(goal, Outside) and isinstance(goal, Spot):
        summary = f"Nothing joins {start.vpc_id} with {goal.vpc_id}, where {address} is."
        text = f"Join {start.vpc_id} and {goal.vpc_id} by a peering connection or a transit gateway."
        return Decision(
            resource, Stopped(Problem("vpcs-not-connected", summary, remedy.advice(text)), evidence), None
        )
    if carrier is None:
        summary = f"Route table {resource} has no route for {address}, and nothing there leads to it."
        text = "Join the networks by a VPN connection, a peering connection or a transit gateway."
        if routable(address):
            text = "Give the VPC an internet gateway or a NAT gateway, and the table a route to it."
        code = "vpcs-not-connected"
        return Decision(resource, Stopped(Problem(code, summary, remedy.advice(text)), evidence), None)
    summary = f"Route table {resource} has no route for {address}."
    known = carrier if isinstance(carrier, Carrier) else None
    fix = _fix(world, table, start, goal, address, known, None)
    return Decision(resource, Stopped(Problem("route-missing", summary, fix), evidence), known)


def _chosen(
    world: World,
    table: RouteTable,
    resource: Resource,
    start: Spot,
    goal: End,
    address: Address,
    choice: Choice,
    *,
    reply: bool,
) -> Decision:
    route = choice.route
    evidence = route_table.describe(table, choice)
    if route.target_kind is None or route.target_id is None:
        fact = NotVisible(f"a route of {table.id}", "ec2", "DescribeRouteTables", table.place)
        return Decision(resource, Unseen(fact, evidence), None)
    carrier = Carrier(route.target_kind, route.target_id)
    stateful = reply and carrier.kind is RouteTargetKind.NAT_GATEWAY
    if stateful or carriers.leads_elsewhere(world, carrier, start, goal, address):
        better = _other(world, carrier, start, goal, address)
        problem = _elsewhere(resource, start, choice, address, stateful=stateful)
        fix = _fix(world, table, start, goal, address, better, choice)
        if problem.code == "address-overlap":
            fix = remedy.advice(
                "Renumber one of the two networks: no route beats the local one for its range."
            )
        stopped = Stopped(Problem(problem.code, problem.summary, fix), evidence)
        return Decision(resource, stopped, better)
    if route.state is RouteState.BLACKHOLE:
        better = _other(world, carrier, start, goal, address)
        if (better is None or carriers.is_dead(world, better)) and _explained(world, carrier, start):
            return Decision(resource, Passed(evidence), carrier)
        found = carriers.candidate(world, start, goal, address)
        again = found if isinstance(found, Carrier) else None
        summary = (
            f"The route {choice.prefix} to {carrier.id} in {resource} is a blackhole: its target is gone."
        )
        fix = _fix(world, table, start, goal, address, again, choice)
        return Decision(resource, Stopped(Problem("route-blackhole", summary, fix), evidence), again)
    if route.state is None:
        fact = NotVisible(f"the state of a route of {table.id}", "ec2", "DescribeRouteTables", table.place)
        return Decision(resource, Unseen(fact, evidence), carrier)
    around = None
    if carrier.kind is RouteTargetKind.PEERING and isinstance(goal, Outside):
        around = _around(world, table, start, goal, address, choice)
    return Decision(resource, Passed(evidence), carrier, around)


def _around(
    world: World, table: RouteTable, start: Spot, goal: End, address: Address, choice: Choice
) -> Remedy | None:
    better = carriers.candidate(world, start, goal, address)
    gateway = world.vpn_gateway(better.id) if isinstance(better, Carrier) else None
    if not isinstance(gateway, VpnGateway) or not carriers.has_static_prefix(world, gateway, address):
        return None
    return _fix(world, table, start, goal, address, Carrier(RouteTargetKind.VPN_GATEWAY, gateway.id), choice)


def _other(world: World, carrier: Carrier, start: Spot, goal: End, address: Address) -> Carrier | None:
    """Return what could carry the packet instead of the route's own target."""
    found = carriers.candidate(world, start, goal, address)
    return found if isinstance(found, Carrier) and found != carrier else None


def _elsewhere(
    resource: Resource, start: Spot, choice: Choice, address: Address, *, stateful: bool
) -> Problem:
    if choice.route.target_kind is RouteTargetKind.LOCAL:
        summary = (
            f"{address} is meant to be reached outside {start.vpc_id}, but lies in its own range "
            f"{choice.prefix}: the local route wins."
        )
        return Problem("address-overlap", summary)
    summary = f"In {resource} the route {choice.prefix} to {choice.route.target_id} wins for {address}, and "
    match choice.route.target_kind:
        case RouteTargetKind.NAT_GATEWAY if stateful:
            summary += "leads to a NAT gateway, which drops replies to connections that it did not open."
        case RouteTargetKind.INTERNET_GATEWAY | RouteTargetKind.NAT_GATEWAY:
            summary += "leads to the internet, where private addresses are dropped."
        case _:
            summary += "does not lead to it."
    return Problem("route-leads-elsewhere", summary)


def _explained(world: World, carrier: Carrier, start: Spot) -> bool:
    """Whether a blackhole's target is there and its own state says why nothing passes."""
    match carrier.kind:
        case RouteTargetKind.PEERING:
            peering = world.peering(carrier.id)
            return isinstance(peering, PeeringConnection) and peering.status not in (
                None,
                PeeringStatus.ACTIVE,
            )
        case RouteTargetKind.VPN_GATEWAY:
            gateway = world.vpn_gateway(carrier.id)
            return isinstance(gateway, VpnGateway) and not carriers.is_attached(gateway, start.vpc_id)
        case RouteTargetKind.TRANSIT_GATEWAY:
            return isinstance(start.vpc, Vpc) and carriers.attachment_down(world, carrier.id, start.vpc)
    return False


def _fix(
    world: World,
    table: RouteTable,
    start: Spot,
    goal: End,
    address: Address,
    carrier: Carrier | None,
    beaten: Choice | None,
) -> Remedy:
    """Return the remedy that makes a table send packets to an address through a carrier."""
    if carrier is None or carriers.is_dead(world, carrier):
        return remedy.advice(f"Point a route for {address} in {table.id} at what leads to it.")
    if carrier.id in table.propagating_vgw_ids and carriers.forgets_all(world, carrier):
        return remedy.advice(
            f"Bring the VPN of {carrier.id} up: {table.id} learns the route again by itself."
        )
    learned = _learned_fix(world, table, address, carrier) if beaten is None else None
    if learned:
        return learned
    prefix = carriers.destination_range(world, carrier, start, goal, address)
    operation = "CreateRoute"
    if beaten and beaten.prefix.prefixlen >= prefix.prefixlen:
        prefix, operation = _stronger(prefix, beaten, address)
    call = remedy.route(operation, table.id, prefix, carrier.kind, carrier.id)
    verb = "Point the route" if operation == "ReplaceRoute" else "Add a route"
    return remedy.advice(f"{verb} {prefix} to {carrier.id} in {table.id}.", call)


def _learned_fix(world: World, table: RouteTable, address: Address, carrier: Carrier) -> Remedy | None:
    """Return the remedy that makes a table learn a route from a VPN gateway; None where it cannot."""
    gateway = world.vpn_gateway(carrier.id) if carrier.kind is RouteTargetKind.VPN_GATEWAY else None
    if not isinstance(gateway, VpnGateway):
        return None
    known = carriers.has_static_prefix(world, gateway, address)
    if carrier.id not in table.propagating_vgw_ids:
        call = remedy.ec2("EnableVgwRoutePropagation", RouteTableId=table.id, GatewayId=carrier.id)
        return remedy.advice(f"Let {table.id} learn the routes of {carrier.id}.", call) if known else None
    connections = carriers.vpn_connections(world, gateway)
    if known or isinstance(connections, NotVisible):
        return None
    fix = vpn_gateway.learning(connections, address)
    return replace(fix, text=f"{fix.text} {table.id} learns it by itself.")


def _stronger(prefix: Network, beaten: Choice, address: Address) -> tuple[Network, str]:
    """Return the prefix that beats a route, and whether it is a new route or that one replaced."""
    static = beaten.route.destination is not None and beaten.route.origin not in route_table.PROPAGATED
    if beaten.prefix == prefix:
        return prefix, "ReplaceRoute" if static else "CreateRoute"
    if beaten.prefix.prefixlen == beaten.prefix.max_prefixlen:
        return beaten.prefix, "ReplaceRoute" if static else "CreateRoute"
    return single(address), "CreateRoute"
