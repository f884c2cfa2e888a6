"""Where does a packet that leaves a VPC for an address end up, as far as its routes and neighbours tell?"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.fields import Address
from nlbcheck.aws.gateways import PeeringStatus
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.kinds.transit import TRANSIT_VPC_ATTACHMENT
from nlbcheck.aws.network import RouteTable, RouteTargetKind, Subnet, Vpc
from nlbcheck.aws.sight import Absent, NotVisible
from nlbcheck.aws.transit import TransitResource
from nlbcheck.aws.world import World
from nlbcheck.way import carriers, ends, transit_exit
from nlbcheck.way.choosing import choose
from nlbcheck.way.ends import End, Outside, Spot, Unlocated
from nlbcheck.way.outcome import missing


def of_destination(world: World, start: Spot, address: Address) -> End:
    """Return where an address lives that is reached from ``start``.

    The VPC's own range first, then what the route leads to, unless nobody is there, or it leads out of AWS
    for the address of a machine in a VPC that is joined with this one; then neighbours' ranges and
    interfaces.
    """
    if not isinstance(start.vpc, Vpc):
        return Unlocated(address, missing(start.vpc))
    if start.vpc.contains(address):
        return ends.in_vpc(world, start.vpc, address)
    routed = _by_route(world, start, start.vpc, address)
    if isinstance(routed, Outside):
        return _at_neighbour(world, start.vpc, address) or routed
    if routed is None or (isinstance(routed, Spot) and isinstance(routed.interface, Absent)):
        elsewhere = ends.of_address(world, address, start.vpc)
        meant = isinstance(elsewhere, Spot) and isinstance(elsewhere.interface, NetworkInterface)
        return elsewhere if meant or routed is None else routed
    return routed


def _at_neighbour(world: World, vpc: Vpc, address: Address) -> End | None:
    """Return the machine with an address in a VPC that is joined with this one, if there is just one."""
    holding = {key for key in _joined(world, vpc) if _holds(world, key, address)}
    if not holding:
        return None
    found = world.interfaces_with(address)
    if isinstance(found, NotVisible):
        return Unlocated(address, found)
    there = [item for item in found if item.vpc_id in holding]
    return ends.at_interface(world, there[0], address) if len(there) == 1 else None


def _joined(world: World, vpc: Vpc) -> Iterator[str]:
    """Yield the VPCs that are peered with one, or attached to the same transit gateway or to its peers."""
    peerings = world.peerings_of(vpc)
    for peering in () if isinstance(peerings, NotVisible) else peerings:
        side = peering.far_side(vpc.id)
        if side and peering.status is PeeringStatus.ACTIVE:
            yield side.vpc_id
    for own in world.seen(TRANSIT_VPC_ATTACHMENT, {"vpc-id": vpc.id}):
        key = own.transit_gateway_id
        for gateway in (key, *(item.resource_id for item in transit_exit.peers(world, key))):
            for other in world.seen(TRANSIT_VPC_ATTACHMENT, {"transit-gateway-id": str(gateway)}):
                if other.vpc_id != vpc.id and other.state in carriers.USABLE:
                    yield other.vpc_id


def _holds(world: World, vpc_id: str, address: Address) -> bool:
    vpc = world.vpc(vpc_id)
    return isinstance(vpc, Vpc) and vpc.contains(address)


def _by_route(world: World, start: Spot, vpc: Vpc, address: Address) -> End | None:
    if start.is_nowhere:
        return None
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
    found = transit_exit.exit_of(world, gateway_id, attachment.id, address)
    if isinstance(found, NotVisible):
        return Unlocated(address, found)
    if found is None:
        return None
    hop = found.route.hops[0]
    if hop.resource_type is TransitResource.VPC and hop.resource_id:
        far = world.vpc(hop.resource_id)
        if not isinstance(far, Vpc):
            return Unlocated(address, missing(far))
        return ends.in_vpc(world, far, address) if far.contains(address) else None
    if hop.resource_type is TransitResource.VPN:
        return Outside(address)
    return None
