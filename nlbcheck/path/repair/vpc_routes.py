"""Which change of a subnet's routes takes a packet to where it is to go?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.peering_connection import PeeringConnection, PeeringStatus
from nlbcheck.aws.resources.route_table import RouteState, RouteTable, RouteTargetKind
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_gateway import VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, single
from nlbcheck.path import neighbours, remedy, route_choice
from nlbcheck.path.location import InVpc, Location, OutsideAws
from nlbcheck.path.remedy import narrowest
from nlbcheck.path.repair import firewalls, propagation, translation, ways_out
from nlbcheck.path.repair.candidates import candidate, forgets_all, is_dead
from nlbcheck.path.route_choice import Choice
from nlbcheck.path.routes import RouteTarget, routed


@dataclass(frozen=True, slots=True)
class Lost:
    """A packet that a route table does not take to its destination."""

    state: AwsState
    table: RouteTable
    start: InVpc
    destination: Location
    address: Address
    reply: bool = False
    """Whether it answers a connection, and so keeps its own address."""

    @property
    def candidate(self) -> RouteTarget | NotVisible | None:
        """The one thing that could carry it; None when nothing can, or several could."""
        if not self.reply and (found := translation.gateway(self.state, self.start, self.destination)):
            return found
        return candidate(self.state, self.start, self.destination, self.address)


@dataclass(frozen=True, slots=True)
class Repair:
    """What should have carried a packet, and the remedy that lets it."""

    remedy: Remedy
    route_target: RouteTarget | None
    """None when that is not known."""


def of_missing(lost: Lost) -> Repair | None:
    """Return what a route that is not there should point at; None when nothing joins the networks."""
    found = lost.candidate
    if found is None:
        return None
    known = found if isinstance(found, RouteTarget) else None
    return Repair(_fix(lost, known, None), known)


def of_elsewhere(lost: Lost, choice: Choice) -> Repair:
    """Return what should carry the packet instead of the target of the route that wins."""
    instead = _instead(lost, choice)
    return Repair(_fix(lost, instead, choice), instead)


def of_blackhole(lost: Lost, choice: Choice, target: RouteTarget) -> Repair | None:
    """Return what a route whose target is gone should point at.

    None when its target is there after all, and its own state says why nothing passes.
    """
    instead = _instead(lost, choice)
    if (instead is None or is_dead(lost.state, instead)) and _explained(lost.state, target, lost.start):
        return None
    found = lost.candidate
    again = found if isinstance(found, RouteTarget) else None
    return Repair(_fix(lost, again, choice), again)


def around_peering(state: AwsState, start: InVpc, destination: Location, address: Address) -> Remedy | None:
    """Return what leads around a peering connection, to a gateway that knows an address outside every VPC."""
    found = routed(state, start, address)
    if not isinstance(found.table, RouteTable) or not isinstance(found.choice, Choice):
        return None
    if found.choice.route.target_kind is not RouteTargetKind.PEERING or not isinstance(
        destination, OutsideAws
    ):
        return None
    lost = Lost(state, found.table, start, destination, address)
    better = lost.candidate
    gateway = state.vpn_gateway(better.id) if isinstance(better, RouteTarget) else None
    if not isinstance(gateway, VpnGateway) or neighbours.static_prefix(state, gateway, address) is None:
        return None
    return _fix(lost, RouteTarget(RouteTargetKind.VPN_GATEWAY, gateway.id), found.choice)


def _instead(lost: Lost, choice: Choice) -> RouteTarget | None:
    """Return what could carry the packet instead of the route's own target."""
    found, route = lost.candidate, choice.route
    same = isinstance(found, RouteTarget) and (found.kind, found.id) == (route.target_kind, route.target_id)
    return found if isinstance(found, RouteTarget) and not same else None


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
            return isinstance(gateway, VpnGateway) and not neighbours.is_attached(gateway, start.vpc_id)
        case RouteTargetKind.TRANSIT_GATEWAY:
            return isinstance(start.vpc, Vpc) and neighbours.attachment_down(
                state, route_target.id, start.vpc
            )
    return False


def _fix(lost: Lost, route_target: RouteTarget | None, beaten: Choice | None) -> Remedy:
    """Return the remedy that makes a table send packets to an address through a route target."""
    state, table, address = lost.state, lost.table, lost.address
    if inspected := firewalls.kept(state, table, lost.start, address, beaten):
        return inspected
    if route_target is None and isinstance(lost.destination, OutsideAws) and lost.destination.in_internet:
        return ways_out.advice_for(lost.start, table)
    if route_target is None or is_dead(state, route_target):
        return remedy.advice(
            tell(
                "Add a route for {address} to {table}. "
                "Its target is the gateway or peering connection that leads there.",
                address=address,
                table=table.id,
            )
        )
    if route_target.id in table.propagating_vgw_ids and forgets_all(state, route_target):
        return remedy.advice(
            tell(
                "Bring up the VPN of {vpn_gateway}. {table} then learns the route again by propagation.",
                vpn_gateway=route_target.id,
                table=table.id,
            )
        )
    if learned := propagation.learning(state, table, route_target.id, address, beaten):
        return learned
    prefix = _range(lost, route_target)
    operation = "CreateRoute"
    apart = ways_out.own_table(state, lost.start, table, _target_of(beaten), route_target)
    if apart and prefix == ways_out.EVERYTHING:
        return apart
    if beaten and ways_out.may_replace(prefix, beaten, route_target):
        operation = "ReplaceRoute"
    elif beaten and beaten.prefix.prefixlen >= prefix.prefixlen:
        prefix, operation = _stronger(lost, prefix, beaten)
    call = remedy.route(operation, table.id, prefix, route_target.kind, route_target.id)
    text = tell(
        "Change the target of route {prefix} in {table} to {hop}."
        if operation == "ReplaceRoute"
        else "Add a route {prefix} to {hop} in {table}.",
        prefix=prefix,
        hop=route_target.id,
        table=table.id,
    )
    return remedy.advice(text, call)


def _target_of(beaten: Choice | None) -> RouteTarget | None:
    """Return what a default route points at that is to be changed."""
    route = beaten.route if beaten and not beaten.prefix.prefixlen else None
    if route is None or route.target_kind is None or route.target_id is None:
        return None
    return RouteTarget(route.target_kind, route.target_id)


def _range(lost: Lost, route_target: RouteTarget) -> Network:
    """Return the range that a new route to a target is for: the far network's own, at most."""
    state, destination, address = lost.state, lost.destination, lost.address
    if route_target.kind is RouteTargetKind.PEERING:
        peering = state.peering(route_target.id)
        side = peering.far_side(lost.start.vpc_id) if isinstance(peering, PeeringConnection) else None
        return narrowest(address, neighbours.ranges(state, side) if side else None)
    if route_target.kind is RouteTargetKind.VPN_GATEWAY:
        gateway = state.vpn_gateway(route_target.id)
        known = neighbours.static_prefix(state, gateway, address) if isinstance(gateway, VpnGateway) else None
        return narrowest(address, [known] if known else None)
    if isinstance(destination, InVpc) and isinstance(destination.vpc, Vpc):
        return narrowest(address, destination.vpc.cidrs)
    transit = route_target.kind is RouteTargetKind.TRANSIT_GATEWAY
    in_internet = isinstance(destination, OutsideAws) and destination.in_internet
    everything = route_target.kind in ways_out.GATEWAYS or (transit and in_internet)
    return ways_out.EVERYTHING if everything and address.version == 4 else single(address)


def _stronger(lost: Lost, prefix: Network, beaten: Choice) -> tuple[Network, str]:
    """Return the prefix that beats a route, and whether it is a new route or that one replaced.

    A route that others may use stays as it is, beside a narrower one.
    """
    route = beaten.route
    static = route.destination is not None and route.origin not in route_choice.PROPAGATED
    replaced = beaten.prefix, "ReplaceRoute" if static else "CreateRoute"
    if beaten.prefix.prefixlen == beaten.prefix.max_prefixlen:
        return replaced
    if beaten.prefix == prefix and (not static or _is_useless(lost, beaten)):
        return replaced
    return single(lost.address), "CreateRoute"


def _is_useless(lost: Lost, beaten: Choice) -> bool:
    """Whether nothing gets through by a route: its target is gone, or drops all that the route is for."""
    route = beaten.route
    if route.state is RouteState.BLACKHOLE:
        return True
    if route.target_kind is RouteTargetKind.INTERNET_GATEWAY:
        return not routable(beaten.prefix.network_address)
    if route.target_kind is not RouteTargetKind.PEERING or route.target_id is None:
        return False
    return is_dead(lost.state, RouteTarget(route.target_kind, route.target_id))
