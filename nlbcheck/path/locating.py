"""Where does a packet that leaves a VPC for an address end up, as far as its routes and neighbours tell?"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.gateways import PeeringStatus
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.network import RouteTable, RouteTargetKind, Subnet, Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.transit import TransitResource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import locations, route_targets, transit_exit
from nlbcheck.path.choosing import choose
from nlbcheck.path.locations import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import missing


def of_destination(state: AwsState, start: InVpc, address: Address) -> Location:
    """Return where an address lives that is reached from ``start``.

    The VPC's own range first, then what the route leads to, unless nobody is there, or it leads out of AWS
    for the address of a machine in a VPC that is joined with this one; then neighbours' ranges and
    interfaces.
    """
    if not isinstance(start.vpc, Vpc):
        return UnknownLocation(address, missing(start.vpc))
    if start.vpc.contains(address):
        return locations.in_vpc(state, start.vpc, address)
    routed = _by_route(state, start, start.vpc, address)
    if isinstance(routed, OutsideAws):
        return _at_neighbour(state, start.vpc, address) or routed
    if routed is None or (isinstance(routed, InVpc) and isinstance(routed.interface, Absent)):
        elsewhere = locations.of_address(state, address, start.vpc)
        meant = isinstance(elsewhere, InVpc) and isinstance(elsewhere.interface, NetworkInterface)
        return elsewhere if meant or routed is None else routed
    return routed


def _at_neighbour(state: AwsState, vpc: Vpc, address: Address) -> Location | None:
    """Return the machine with an address in a VPC that is joined with this one, if there is just one."""
    holding = {key for key in _joined(state, vpc) if _holds(state, key, address)}
    if not holding:
        return None
    found = state.interfaces_with(address)
    if isinstance(found, NotVisible):
        return UnknownLocation(address, found)
    there = [item for item in found if item.vpc_id in holding]
    return locations.at_interface(state, there[0], address) if len(there) == 1 else None


def _joined(state: AwsState, vpc: Vpc) -> Iterator[str]:
    """Yield the VPCs that are peered with one, or attached to the same transit gateway or to its peers."""
    peerings = state.peerings_of(vpc)
    for peering in () if isinstance(peerings, NotVisible) else peerings:
        side = peering.far_side(vpc.id)
        if side and peering.status is PeeringStatus.ACTIVE:
            yield side.vpc_id
    attached = state.transit_vpc_attachments_of(vpc)
    for own in () if isinstance(attached, NotVisible) else attached:
        key = own.transit_gateway_id
        for gateway in (key, *(item.resource_id for item in transit_exit.peers(state, key))):
            for other in state.transit_vpcs(str(gateway)):
                if other.vpc_id != vpc.id and other.state in route_targets.USABLE:
                    yield other.vpc_id


def _holds(state: AwsState, vpc_id: str, address: Address) -> bool:
    vpc = state.vpc(vpc_id)
    return isinstance(vpc, Vpc) and vpc.contains(address)


def _by_route(state: AwsState, start: InVpc, vpc: Vpc, address: Address) -> Location | None:
    if start.is_nowhere:
        return None
    if not isinstance(start.subnet, Subnet):
        return UnknownLocation(address, missing(start.subnet))
    table = state.route_table_of(start.subnet)
    if not isinstance(table, RouteTable):
        return UnknownLocation(address, missing(table))
    choice = choose(state, table, address)
    if isinstance(choice, NotVisible):
        return UnknownLocation(address, choice)
    if choice is None or choice.route.target_id is None:
        return None
    match choice.route.target_kind:
        case RouteTargetKind.PEERING:
            return _over_peering(state, choice.route.target_id, vpc, address)
        case RouteTargetKind.TRANSIT_GATEWAY:
            return _over_transit_gateway(state, choice.route.target_id, vpc, address)
        case RouteTargetKind.VPN_GATEWAY:
            return OutsideAws(address)
    return None


def _over_peering(state: AwsState, peering_id: str, vpc: Vpc, address: Address) -> Location | None:
    found = state.peering(peering_id)
    if isinstance(found, Absent):
        return None
    if isinstance(found, NotVisible):
        return UnknownLocation(address, found)
    side = found.far_side(vpc.id)
    if side and any(address in cidr for cidr in locations.ranges(state, side)):
        return locations.in_peer(state, side, address)
    return None


def _over_transit_gateway(state: AwsState, gateway_id: str, vpc: Vpc, address: Address) -> Location | None:
    attachment = state.transit_vpc_attachment_of(gateway_id, vpc)
    if isinstance(attachment, NotVisible):
        return UnknownLocation(address, attachment)
    if isinstance(attachment, Absent):
        return None
    found = transit_exit.exit_of(state, gateway_id, attachment.id, address)
    if isinstance(found, NotVisible):
        return UnknownLocation(address, found)
    if found is None:
        return None
    hop = found.route.hops[0]
    if hop.resource_type is TransitResource.VPC and hop.resource_id:
        far = state.vpc(hop.resource_id)
        if not isinstance(far, Vpc):
            return UnknownLocation(address, missing(far))
        return locations.in_vpc(state, far, address) if far.contains(address) else None
    if hop.resource_type is TransitResource.VPN:
        return OutsideAws(address)
    return None
