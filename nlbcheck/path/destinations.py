"""Which machine does an address mean to whoever sends from a VPC: where its routes lead, or a neighbour's?"""

from __future__ import annotations

from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import location, neighbours
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import missing
from nlbcheck.path.routes import routed, transit_exit


def meant_by(state: AwsState, start: InVpc, address: Address) -> Location:
    """Return where an address lives that is reached from ``start``.

    The VPC's own range first, then what the route leads to, unless nobody is there, or it leads out of AWS
    for the address of a machine in a VPC that is joined with this one; then neighbours' ranges and
    interfaces. What sends IPv4 has another address for IPv6, from which nothing is walked.
    """
    if address.version != start.address.version:
        fact = tell("the path to {address}: nlbcheck does not follow IPv6", address=address)
        unwalked = NotVisible(fact, "", "", None)
        return UnknownLocation(address, unwalked)
    if not isinstance(start.vpc, Vpc):
        return UnknownLocation(address, missing(start.vpc))
    if start.vpc.contains(address):
        return location.in_vpc(state, start.vpc, address)
    led = _by_route(state, start, start.vpc, address)
    if isinstance(led, OutsideAws):
        return _at_neighbour(state, start.vpc, address) or led
    if led is None or (isinstance(led, InVpc) and isinstance(led.interface, Absent)):
        elsewhere = location.of_address(state, address, start.vpc)
        meant = isinstance(elsewhere, InVpc) and isinstance(elsewhere.interface, NetworkInterface)
        hidden = isinstance(elsewhere, UnknownLocation)
        return elsewhere if meant or hidden or led is None else led
    return led


def _at_neighbour(state: AwsState, vpc: Vpc, address: Address) -> Location | None:
    """Return the machine with an address in a VPC that is joined with this one, if there is just one."""
    holding = {key for key in neighbours.joined(state, vpc) if _holds(state, key, address)}
    if not holding:
        return None
    found = state.interfaces_with(address)
    if isinstance(found, NotVisible):
        return UnknownLocation(address, found)
    there = [item for item in found if item.vpc_id in holding]
    return location.at_interface(state, there[0], address) if len(there) == 1 else None


def _holds(state: AwsState, vpc_id: str, address: Address) -> bool:
    vpc = state.vpc(vpc_id)
    return isinstance(vpc, Vpc) and vpc.contains(address)


def _by_route(state: AwsState, start: InVpc, vpc: Vpc, address: Address) -> Location | None:
    if start.is_nowhere:
        return None
    found = routed(state, start, address)
    for unknown in (found.table, found.choice):
        if isinstance(unknown, NotVisible):
            return UnknownLocation(address, unknown)
    if found.target is None:
        return None
    match found.target.kind:
        case RouteTargetKind.PEERING:
            return _over_peering(state, found.target.id, vpc, address)
        case RouteTargetKind.TRANSIT_GATEWAY:
            return _over_transit_gateway(state, found.target.id, vpc, address)
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
    if side and any(address in cidr for cidr in neighbours.ranges(state, side)):
        return location.in_peer(state, side, address)
    return None


def _over_transit_gateway(state: AwsState, gateway_id: str, vpc: Vpc, address: Address) -> Location | None:
    attachment = state.transit_vpc_attachment_of(gateway_id, vpc)
    if isinstance(attachment, NotVisible):
        return UnknownLocation(address, attachment)
    if isinstance(attachment, Absent):
        return None
    found = transit_exit(state, gateway_id, attachment.id, address)
    if isinstance(found, NotVisible):
        return UnknownLocation(address, found)
    if found is None:
        return None
    hop = found.route.hops[0]
    if hop.resource_type is TransitResource.VPC and hop.resource_id:
        far = state.vpc(hop.resource_id)
        if not isinstance(far, Vpc):
            return UnknownLocation(address, missing(far))
        return location.in_vpc(state, far, address) if far.contains(address) else None
    if hop.resource_type is TransitResource.VPN:
        return OutsideAws(address)
    return None
