"""What can carry a packet from a VPC to where it is meant to go?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws.gateways import (
    GatewayState,
    InternetGateway,
    NatGateway,
    PeeringConnection,
    PeeringStatus,
    VpnConnection,
    VpnGateway,
    routable,
)
from nlbcheck.aws.network import RouteTable, RouteTargetKind, Subnet, Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.transit import TransitState, TransitVpcAttachment
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, longest_match, single
from nlbcheck.path import locations, transit_exit
from nlbcheck.path.choosing import choose
from nlbcheck.path.gates import vpn_gateway
from nlbcheck.path.gates.vpn_gateway import ATTACHED
from nlbcheck.path.locations import InVpc, Location, OutsideAws
from nlbcheck.path.outcome import missing
from nlbcheck.path.remedy import narrowest

_LIVING = (PeeringStatus.ACTIVE, PeeringStatus.PROVISIONING, PeeringStatus.PENDING_ACCEPTANCE)
"""The states of peering connections that carry traffic or may do so one day, the best first."""
USABLE = (TransitState.AVAILABLE, TransitState.MODIFYING)


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """The target of a route."""

    kind: RouteTargetKind
    id: str


def candidate(
    state: AwsState, start: InVpc, destination: Location, address: Address
) -> RouteTarget | NotVisible | None:
    """Return the one thing that could carry packets from the start's VPC to the goal.

    None when nothing can, or several could.
    """
    if not isinstance(start.vpc, Vpc):
        return state.unknown(f"what joins {start.vpc_id} with others", "ec2", "DescribeVpcs", None)
    if isinstance(destination, InVpc):
        return _to_vpc(state, start.vpc, destination)
    if not isinstance(destination, OutsideAws):
        return destination.missing
    return _to_outside(state, start.vpc, address)


def _to_vpc(state: AwsState, vpc: Vpc, destination: InVpc) -> RouteTarget | NotVisible | None:
    if destination.vpc_id == vpc.id:
        return None
    peerings = state.peerings_of(vpc)
    if isinstance(peerings, NotVisible):
        return peerings
    joining = [item for item in peerings if _joins(item, vpc.id, destination.vpc_id)]
    for status in _LIVING:
        fitting = [item for item in joining if item.status is status]
        if fitting:
            return RouteTarget(RouteTargetKind.PEERING, fitting[0].id) if len(fitting) == 1 else None
    shared = _shared_gateways(state, vpc, destination)
    if isinstance(shared, NotVisible):
        return shared
    if len(shared) == 1:
        return RouteTarget(RouteTargetKind.TRANSIT_GATEWAY, shared[0])
    # A dead peering connection carries nothing, but it is what joined the two VPCs.
    return RouteTarget(RouteTargetKind.PEERING, joining[0].id) if len(joining) == 1 and not shared else None


def is_dead(state: AwsState, route_target: RouteTarget) -> bool:
    """Whether a carrier is a peering connection that can never carry anything again."""
    peering = state.peering(route_target.id) if route_target.kind is RouteTargetKind.PEERING else None
    return isinstance(peering, PeeringConnection) and peering.status not in (*_LIVING, None)


def _joins(peering: PeeringConnection, one: str, other: str) -> bool:
    far = peering.far_side(one)
    return far is not None and far.vpc_id == other


def _transit_gateways(state: AwsState, vpc: Vpc) -> list[str] | NotVisible:
    attachments = state.transit_vpc_attachments_of(vpc)
    if isinstance(attachments, NotVisible):
        return attachments
    usable = (item.transit_gateway_id for item in attachments if item.state in USABLE)
    return list(dict.fromkeys(usable))


def _shared_gateways(state: AwsState, vpc: Vpc, destination: InVpc) -> list[str] | NotVisible:
    """Return the transit gateways of a VPC by which another one may be reached: its own or peers of them."""
    here = _transit_gateways(state, vpc)
    if isinstance(here, NotVisible) or not here:
        return here
    there = (
        _transit_gateways(state, destination.vpc)
        if isinstance(destination.vpc, Vpc)
        else missing(destination.vpc)
    )
    if isinstance(there, NotVisible):
        return there
    links = {key: [item.resource_id for item in transit_exit.peers(state, key)] for key in here}
    return [key for key in here if not {key, *links[key]}.isdisjoint(there)]


def _to_outside(state: AwsState, vpc: Vpc, address: Address) -> RouteTarget | NotVisible | None:
    if routable(address):
        internet = state.internet_gateway_of(vpc)
        if isinstance(internet, NotVisible):
            return internet
        if isinstance(internet, InternetGateway):
            return RouteTarget(RouteTargetKind.INTERNET_GATEWAY, internet.id)
    gateway = state.vpn_gateway_of(vpc)
    if isinstance(gateway, NotVisible):
        return gateway
    if isinstance(gateway, VpnGateway):
        connections = vpn_connections(state, gateway)
        if isinstance(connections, NotVisible):
            return connections
        fixed = all(item.static is True for item in connections)
        foreign = routable(address) and fixed and not has_static_prefix(state, gateway, address)
        if connections and not foreign:
            return RouteTarget(RouteTargetKind.VPN_GATEWAY, gateway.id)
    transit = _transit_gateways(state, vpc)
    if isinstance(transit, NotVisible):
        return transit
    return RouteTarget(RouteTargetKind.TRANSIT_GATEWAY, transit[0]) if len(transit) == 1 else None


def vpn_connections(state: AwsState, gateway: VpnGateway) -> tuple[VpnConnection, ...] | NotVisible:
    """Return the VPN connections of a gateway that are not deleted."""
    found = state.vpn_connections_of(gateway)
    if isinstance(found, NotVisible):
        return found
    return tuple(item for item in found if item.state is not GatewayState.DELETED)


def has_static_prefix(state: AwsState, gateway: VpnGateway, address: Address) -> bool:
    """Whether a VPN connection of the gateway has a static route for an address."""
    return static_prefix(state, gateway, address) is not None


def forgets_all(state: AwsState, route_target: RouteTarget) -> bool:
    """Whether a carrier is a VPN gateway that has lost its prefixes together with its BGP sessions."""
    gateway = state.vpn_gateway(route_target.id) if route_target.kind is RouteTargetKind.VPN_GATEWAY else None
    connections = vpn_connections(state, gateway) if isinstance(gateway, VpnGateway) else ()
    return not isinstance(connections, NotVisible) and vpn_gateway.forgets_all(connections)


def static_prefix(state: AwsState, gateway: VpnGateway, address: Address) -> Network | None:
    """Return the longest static VPN route of a gateway for an address."""
    connections = vpn_connections(state, gateway)
    if isinstance(connections, NotVisible):
        return None
    return longest_match((route.destination for item in connections for route in item.routes), address)


def leads_elsewhere(
    state: AwsState, route_target: RouteTarget, start: InVpc, destination: Location, address: Address
) -> bool:
    """Whether a route's target certainly does not lead to the goal, in whatever state it is."""
    match route_target.kind:
        case RouteTargetKind.LOCAL:
            return isinstance(destination, OutsideAws) or (
                isinstance(destination, InVpc) and destination.vpc_id != start.vpc_id
            )
        case RouteTargetKind.PEERING:
            return _wrong_peering(state, route_target, start, destination, address)
        case RouteTargetKind.VPN_GATEWAY:
            return isinstance(destination, InVpc)
        case RouteTargetKind.INTERNET_GATEWAY:
            return not routable(address)
        case RouteTargetKind.EGRESS_ONLY_GATEWAY:
            return address.version == 4
        case RouteTargetKind.NAT_GATEWAY:
            return _wrong_nat(state, route_target, destination, address)
        case RouteTargetKind.TRANSIT_GATEWAY | RouteTargetKind.NETWORK_INTERFACE:
            return (
                isinstance(destination, InVpc)
                and destination.vpc_id == start.vpc_id
                and route_target.kind is (RouteTargetKind.TRANSIT_GATEWAY)
            )
    return False


def _wrong_peering(
    state: AwsState, route_target: RouteTarget, start: InVpc, destination: Location, address: Address
) -> bool:
    peering = state.peering(route_target.id)
    if not isinstance(peering, PeeringConnection) or not isinstance(destination, InVpc):
        return False
    far = peering.far_side(start.vpc_id)
    if far is None:
        return True
    # Where the far VPC does not have the address, the peering connection itself says so: no transit.
    inside = any(address in cidr for cidr in locations.ranges(state, far))
    return inside and far.vpc_id != destination.vpc_id


def _wrong_nat(state: AwsState, route_target: RouteTarget, destination: Location, address: Address) -> bool:
    nat = state.nat_gateway(route_target.id)
    if not isinstance(nat, NatGateway) or nat.subnet_id is None:
        return False
    subnet = state.subnet(nat.subnet_id, vpc_id=nat.vpc_id)
    table = state.route_table_of(subnet) if isinstance(subnet, Subnet) else None
    if not isinstance(table, RouteTable):
        return False
    choice = choose(state, table, address)
    if choice is None:
        return True
    if isinstance(choice, NotVisible) or choice.route.target_kind is None:
        return False
    beyond = RouteTarget(choice.route.target_kind, choice.route.target_id or "")
    if beyond.kind is RouteTargetKind.NAT_GATEWAY:
        return True
    inner = InVpc(address, nat.vpc_id, state.vpc(nat.vpc_id), subnet, subnet_gap(nat), ())
    return leads_elsewhere(state, beyond, inner, destination, address)


def subnet_gap(nat: NatGateway) -> NotVisible:
    """Return the statement that a NAT gateway's interface plays no part."""
    return NotVisible(f"the interface of {nat.id}", "ec2", "DescribeNetworkInterfaces", nat.account_region)


def is_attached(gateway: VpnGateway, vpc_id: str) -> bool:
    """Whether a virtual private gateway may be attached to a VPC."""
    return any(item.vpc_id == vpc_id and item.state in (*ATTACHED, None) for item in gateway.attachments)


def attachment_down(state: AwsState, gateway_id: str, vpc: Vpc) -> bool:
    """Whether a VPC's attachment to a transit gateway is proven not to work."""
    found = state.transit_vpc_attachment_of(gateway_id, vpc)
    if isinstance(found, TransitVpcAttachment):
        return found.state not in (*USABLE, None)
    return not isinstance(found, NotVisible)


def destination_range(
    state: AwsState, route_target: RouteTarget, start: InVpc, destination: Location, address: Address
) -> Network:
    """Return the range that a new route to a carrier is for: the far network's own, at most."""
    if route_target.kind is RouteTargetKind.PEERING:
        peering = state.peering(route_target.id)
        side = peering.far_side(start.vpc_id) if isinstance(peering, PeeringConnection) else None
        return narrowest(address, locations.ranges(state, side) if side else None)
    if route_target.kind is RouteTargetKind.VPN_GATEWAY:
        gateway = state.vpn_gateway(route_target.id)
        known = static_prefix(state, gateway, address) if isinstance(gateway, VpnGateway) else None
        return narrowest(address, [known] if known else None)
    if isinstance(destination, InVpc) and isinstance(destination.vpc, Vpc):
        return narrowest(address, destination.vpc.cidrs)
    return single(address)
