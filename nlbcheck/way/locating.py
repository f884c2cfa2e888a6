"""Where does a packet that leaves a VPC for an address end up, as far as its routes and neighbours tell?"""

from __future__ import annotations

from nlbcheck.aws.fields import Address
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.network import RouteTable, RouteTargetKind, Subnet, Vpc
from nlbcheck.aws.sight import Absent, NotVisible
from nlbcheck.aws.transit import (
    TransitResource,
    TransitRoute,
)
from nlbcheck.aws.world import World
from nlbcheck.way import ends
from nlbcheck.way.choosing import choose
from nlbcheck.way.ends import End, Outside, Spot, Unlocated
from nlbcheck.way.gates import transit_gateway
from nlbcheck.way.outcome import missing


def of_destination(world: World, start: Spot, address: Address) -> End:
    """Return where an address lives that is reached from ``start``.

    The VPC's own range first, then what the route leads to, unless nobody is there, then neighbours' ranges
    and interfaces.
    """
    if not isinstance(start.vpc, Vpc):
        return Unlocated(address, missing(start.vpc))
    if start.vpc.contains(address):
        return ends.in_vpc(world, start.vpc, address)
    routed = _by_route(world, start, start.vpc, address)
    if routed is None or (isinstance(routed, Spot) and isinstance(routed.interface, Absent)):
        elsewhere = ends.of_address(world, address, start.vpc)
        meant = isinstance(elsewhere, Spot) and isinstance(elsewhere.interface, NetworkInterface)
        return elsewhere if meant or routed is None else routed
    return routed


def _by_route(world: World, start: Spot, vpc: Vpc, address: Address) -> End | None:
    if not isinstance(start.subnet, Subnet):
        return Unlocated(address, missing(start.subnet))
    table = world.route_table_of(start.subnet)
    if not isinstance(table, RouteTable):
        return Unlocated(address, missing(table))
    choice = choose(world, table, address)
    if isinstance(choice, NotVisible):
        return Unlocated(address, choice)
    if choice is None or choice.route.target_id is None:
        return None
    match choice.route.target_kind:
        case RouteTargetKind.PEERING:
            return _over_peering(world, choice.route.target_id, vpc, address)
        case RouteTargetKind.TRANSIT_GATEWAY:
            return _over_transit_gateway(world, choice.route.target_id, vpc, address)
        case RouteTargetKind.VPN_GATEWAY:
            return Outside(address)
    return None


def _over_peering(world: World, peering_id: str, vpc: Vpc, address: Address) -> End | None:
    found = world.peering(peering_id)
    if isinstance(found, Absent):
        return None
    if isinstance(found, NotVisible):
        return Unlocated(address, found)
    side = found.far_side(vpc.id)
    if side and any(address in cidr for cidr in ends.ranges(world, side)):
        return ends.in_peer(world, side, address)
    return None


def _over_transit_gateway(world: World, gateway_id: str, vpc: Vpc, address: Address) -> End | None:
    attachment = world.transit_vpc_attachment_of(gateway_id, vpc)
    if isinstance(attachment, NotVisible):
        return Unlocated(address, attachment)
    if isinstance(attachment, Absent):
        return None
    association = world.transit_association(attachment.id)
    if isinstance(association, NotVisible):
        return Unlocated(address, association)
    if isinstance(association, Absent):
        return None
    routes = world.transit_routes(association.route_table_id, address)
    route = (
        routes
        if isinstance(routes, NotVisible)
        else transit_gateway.select(routes, association.route_table_id)
    )
    if isinstance(route, NotVisible):
        return Unlocated(address, route)
    return _behind(world, route, address)


def _behind(world: World, route: TransitRoute | None, address: Address) -> End | None:
    if route is None or not route.hops:
        return None
    hop = route.hops[0]
    if hop.resource_type is TransitResource.VPC and hop.resource_id:
        vpc = world.vpc(hop.resource_id)
        if not isinstance(vpc, Vpc):
            return Unlocated(address, missing(vpc))
        return ends.in_vpc(world, vpc, address) if vpc.contains(address) else None
    if hop.resource_type is TransitResource.VPN:
        return Outside(address)
    return None
