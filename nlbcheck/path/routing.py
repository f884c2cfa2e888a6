"""Which way does a subnet's route table send a packet, and which way should it?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nlbcheck.aws.gateways import PeeringConnection, PeeringStatus, VpnGateway, routable
from nlbcheck.aws.network import RouteState, RouteTable, RouteTargetKind, Subnet, Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Code, Json, Remedy, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, single
from nlbcheck.path import remedy, route_targets
from nlbcheck.path.choosing import choose
from nlbcheck.path.gates import route_table, vpn_gateway
from nlbcheck.path.gates.route_table import Choice
from nlbcheck.path.locations import InVpc, Location, OutsideAws
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen, unseen
from nlbcheck.path.route_targets import RouteTarget


@dataclass(frozen=True, slots=True)
class Decision:
    """What a route table does with a packet, and what carries the packet on."""

    resource: Resource
    outcome: Outcome
    route_target: RouteTarget | None
    """Where the walk goes on: the chosen route's target, or what a missing route should point at."""
    around: Remedy | None = None
    """What leads around a peering connection, to a gateway that knows the address outside every VPC."""


def decide(
    state: AwsState, start: InVpc, destination: Location, address: Address, *, reply: bool = False
) -> Decision:
    """Return what the route table of the start's subnet does with a packet to an address.

    A NAT gateway opens connections, and drops a ``reply`` to one that it does not know.
    """
    if not isinstance(start.subnet, Subnet):
        return Decision(Resource("route-table", f"of {start.address}"), unseen(start.subnet), None)
    table = state.route_table_of(start.subnet)
    if not isinstance(table, RouteTable):
        return Decision(Resource("route-table", f"of {start.subnet.id}"), unseen(table), None)
    resource = Resource("route-table", table.id, table.name)
    choice = choose(state, table, address)
    if isinstance(choice, NotVisible):
        return Decision(resource, Unseen(choice), None)
    if choice is None:
        return _missing(state, table, resource, start, destination, address)
    return _chosen(state, table, resource, start, destination, address, choice, reply=reply)


def _missing(
    state: AwsState,
    table: RouteTable,
    resource: Resource,
    start: InVpc,
    destination: Location,
    address: Address,
) -> Decision:
    evidence: dict[str, Json] = {"table": table.id, "destination": str(address), "routes": len(table.routes)}
    route_target = route_targets.candidate(state, start, destination, address)
    if route_target is None and not isinstance(destination, OutsideAws) and isinstance(destination, InVpc):
        summary = f"Nothing joins {start.vpc_id} with {destination.vpc_id}, where {address} is."
        text = f"Join {start.vpc_id} and {destination.vpc_id} by a peering connection or a transit gateway."
        return Decision(
            resource, Stopped(Problem(Code.VPCS_NOT_CONNECTED, summary, remedy.advice(text)), evidence), None
        )
    if route_target is None:
        summary = f"Route table {resource} has no route for {address}, and nothing there leads to it."
        text = "Join the networks by a VPN connection, a peering connection or a transit gateway."
        if routable(address):
            text = "Give the VPC an internet gateway or a NAT gateway, and the table a route to it."
        code = Code.VPCS_NOT_CONNECTED
        return Decision(resource, Stopped(Problem(code, summary, remedy.advice(text)), evidence), None)
    summary = f"Route table {resource} has no route for {address}."
    known = route_target if isinstance(route_target, RouteTarget) else None
    fix = _fix(state, table, start, destination, address, known, None)
    return Decision(
        resource, Stopped(Problem(Code.ROUTE_MISSING, summary, fix, subject=str(address)), evidence), known
    )


def _chosen(
    state: AwsState,
    table: RouteTable,
    resource: Resource,
    start: InVpc,
    destination: Location,
    address: Address,
    choice: Choice,
    *,
    reply: bool,
) -> Decision:
    route = choice.route
    evidence = route_table.describe(table, choice)
    if route.target_kind is None or route.target_id is None:
        fact = NotVisible(f"a route of {table.id}", "ec2", "DescribeRouteTables", table.account_region)
        return Decision(resource, Unseen(fact, evidence), None)
    route_target = RouteTarget(route.target_kind, route.target_id)
    stateful = reply and route_target.kind is RouteTargetKind.NAT_GATEWAY
    if stateful or route_targets.leads_elsewhere(state, route_target, start, destination, address):
        better = _other(state, route_target, start, destination, address)
        problem = _elsewhere(resource, start, choice, address, stateful=stateful)
        fix = _fix(state, table, start, destination, address, better, choice)
        if problem.code == Code.ADDRESS_OVERLAP:
            fix = remedy.advice(
                "Renumber one of the two networks: no route beats the local one for its range."
            )
        stopped = Stopped(replace(problem, remedy=fix), evidence)
        return Decision(resource, stopped, better)
    if route.state is RouteState.BLACKHOLE:
        better = _other(state, route_target, start, destination, address)
        if (better is None or route_targets.is_dead(state, better)) and _explained(
            state, route_target, start
        ):
            return Decision(resource, Passed(evidence), route_target)
        found = route_targets.candidate(state, start, destination, address)
        again = found if isinstance(found, RouteTarget) else None
        gone = "is a blackhole: its target is gone"
        summary = f"The route {choice.prefix} to {route_target.id} in {resource} {gone}."
        fix = _fix(state, table, start, destination, address, again, choice)
        problem = Problem(Code.ROUTE_BLACKHOLE, summary, fix, subject=str(choice.prefix))
        return Decision(resource, Stopped(problem, evidence), again)
    if route.state is None:
        fact = NotVisible(
            f"the state of a route of {table.id}", "ec2", "DescribeRouteTables", table.account_region
        )
        return Decision(resource, Unseen(fact, evidence), route_target)
    around = None
    if route_target.kind is RouteTargetKind.PEERING and isinstance(destination, OutsideAws):
        around = _around(state, table, start, destination, address, choice)
    return Decision(resource, Passed(evidence), route_target, around)


def _around(
    state: AwsState, table: RouteTable, start: InVpc, destination: Location, address: Address, choice: Choice
) -> Remedy | None:
    better = route_targets.candidate(state, start, destination, address)
    gateway = state.vpn_gateway(better.id) if isinstance(better, RouteTarget) else None
    if not isinstance(gateway, VpnGateway) or not route_targets.has_static_prefix(state, gateway, address):
        return None
    return _fix(
        state,
        table,
        start,
        destination,
        address,
        RouteTarget(RouteTargetKind.VPN_GATEWAY, gateway.id),
        choice,
    )


def _other(
    state: AwsState, route_target: RouteTarget, start: InVpc, destination: Location, address: Address
) -> RouteTarget | None:
    """Return what could carry the packet instead of the route's own target."""
    found = route_targets.candidate(state, start, destination, address)
    return found if isinstance(found, RouteTarget) and found != route_target else None


def _elsewhere(
    resource: Resource, start: InVpc, choice: Choice, address: Address, *, stateful: bool
) -> Problem:
    if choice.route.target_kind is RouteTargetKind.LOCAL:
        summary = (
            f"{address} is meant to be reached outside {start.vpc_id}, but lies in its own range "
            f"{choice.prefix}: the local route wins."
        )
        return Problem(Code.ADDRESS_OVERLAP, summary)
    summary = f"In {resource} the route {choice.prefix} to {choice.route.target_id} wins for {address}, and "
    match choice.route.target_kind:
        case RouteTargetKind.NAT_GATEWAY if stateful:
            summary += "leads to a NAT gateway, which drops replies to connections that it did not open."
        case RouteTargetKind.INTERNET_GATEWAY | RouteTargetKind.NAT_GATEWAY:
            summary += "leads to the internet, where private addresses are dropped."
        case _:
            summary += "does not lead to it."
    return Problem(Code.ROUTE_LEADS_ELSEWHERE, summary, subject=str(address))


def _explained(state: AwsState, route_target: RouteTarget, start: InVpc) -> bool:
    """Whether a blackhole's target is there and its own state says why nothing passes."""
    match route_target.kind:
        case RouteTargetKind.PEERING:
            peering = state.peering(route_target.id)
            return isinstance(peering, PeeringConnection) and peering.status not in (
                None,
                PeeringStatus.ACTIVE,
            )
        case RouteTargetKind.VPN_GATEWAY:
            gateway = state.vpn_gateway(route_target.id)
            return isinstance(gateway, VpnGateway) and not route_targets.is_attached(gateway, start.vpc_id)
        case RouteTargetKind.TRANSIT_GATEWAY:
            return isinstance(start.vpc, Vpc) and route_targets.attachment_down(
                state, route_target.id, start.vpc
            )
    return False


def _fix(
    state: AwsState,
    table: RouteTable,
    start: InVpc,
    destination: Location,
    address: Address,
    route_target: RouteTarget | None,
    beaten: Choice | None,
) -> Remedy:
    """Return the remedy that makes a table send packets to an address through a carrier."""
    if route_target is None or route_targets.is_dead(state, route_target):
        return remedy.advice(f"Point a route for {address} in {table.id} at what leads to it.")
    if route_target.id in table.propagating_vgw_ids and route_targets.forgets_all(state, route_target):
        return remedy.advice(
            f"Bring the VPN of {route_target.id} up: {table.id} learns the route again by itself."
        )
    learned = _learned_fix(state, table, address, route_target) if beaten is None else None
    if learned:
        return learned
    prefix = route_targets.destination_range(state, route_target, start, destination, address)
    operation = "CreateRoute"
    if beaten and beaten.prefix.prefixlen >= prefix.prefixlen:
        prefix, operation = _stronger(prefix, beaten, address)
    call = remedy.route(operation, table.id, prefix, route_target.kind, route_target.id)
    verb = "Point the route" if operation == "ReplaceRoute" else "Add a route"
    return remedy.advice(f"{verb} {prefix} to {route_target.id} in {table.id}.", call)


def _learned_fix(
    state: AwsState, table: RouteTable, address: Address, route_target: RouteTarget
) -> Remedy | None:
    """Return the remedy that makes a table learn a route from a VPN gateway; None where it cannot."""
    gateway = state.vpn_gateway(route_target.id) if route_target.kind is RouteTargetKind.VPN_GATEWAY else None
    if not isinstance(gateway, VpnGateway):
        return None
    known = route_targets.has_static_prefix(state, gateway, address)
    if route_target.id not in table.propagating_vgw_ids:
        call = remedy.ec2("EnableVgwRoutePropagation", RouteTableId=table.id, GatewayId=route_target.id)
        return (
            remedy.advice(f"Let {table.id} learn the routes of {route_target.id}.", call) if known else None
        )
    connections = route_targets.vpn_connections(state, gateway)
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
