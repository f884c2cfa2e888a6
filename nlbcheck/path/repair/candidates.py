"""What could carry a packet from a VPC to where it is to go?"""

from __future__ import annotations

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.nat_gateway import NatGatewayState
from nlbcheck.aws.resources.peering_connection import PeeringConnection, PeeringStatus
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_gateway import GatewayState, VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import neighbours
from nlbcheck.path.gates import vpn_gateway
from nlbcheck.path.location import InVpc, Location, OutsideAws
from nlbcheck.path.outcome import missing
from nlbcheck.path.repair import ways_out
from nlbcheck.path.repair.transit_egress import by_transit
from nlbcheck.path.routes import RouteTarget

_LIVING = (PeeringStatus.ACTIVE, PeeringStatus.PROVISIONING, PeeringStatus.PENDING_ACCEPTANCE)
"""The states of peering connections that carry traffic or may do so one day, the best first."""


def candidate(
    state: AwsState, start: InVpc, destination: Location, address: Address
) -> RouteTarget | NotVisible | None:
    """Return the one thing that could carry packets from the start's VPC to the destination.

    None when nothing can, or several could.
    """
    if not isinstance(start.vpc, Vpc):
        fact = tell("what connects {vpc} with other networks", vpc=start.vpc_id)
        return state.unknown(fact, "ec2", "DescribeVpcs", None)
    if isinstance(destination, InVpc):
        return _to_vpc(state, start.vpc, destination)
    if not isinstance(destination, OutsideAws):
        return destination.missing
    if destination.in_internet:
        return _to_internet(state, start, start.vpc, address)
    return _to_outside(state, start, start.vpc, address)


def _to_internet(
    state: AwsState, start: InVpc, vpc: Vpc, address: Address
) -> RouteTarget | NotVisible | None:
    """Return a VPC's own way to the internet, else that of the VPC that has the NAT gateways for all."""
    own = ways_out.way_out(state, start, vpc)
    if own is not None or start.public_address is not None or start.balancer is not None:
        return own
    gateways = state.nat_gateways_of(vpc)
    if isinstance(gateways, NotVisible) or any(item.public and item.state in _LASTING for item in gateways):
        return None
    return by_transit(state, vpc, address, start.address)


_LASTING = (NatGatewayState.PENDING, NatGatewayState.AVAILABLE, None)
"""The states of NAT gateways of which one is to be chosen before another VPC's."""


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
    far = destination.vpc if isinstance(destination.vpc, Vpc) else missing(destination.vpc)
    shared = neighbours.shared_gateways(state, vpc, far)
    if isinstance(shared, NotVisible):
        return shared
    if len(shared) == 1:
        return RouteTarget(RouteTargetKind.TRANSIT_GATEWAY, shared[0])
    # A dead peering connection carries nothing, but it is what joined the two VPCs.
    return RouteTarget(RouteTargetKind.PEERING, joining[0].id) if len(joining) == 1 and not shared else None


def is_dead(state: AwsState, route_target: RouteTarget) -> bool:
    """Whether a route target is a peering connection that can never carry anything again."""
    peering = state.peering(route_target.id) if route_target.kind is RouteTargetKind.PEERING else None
    return isinstance(peering, PeeringConnection) and peering.status not in (*_LIVING, None)


def _joins(peering: PeeringConnection, one: str, other: str) -> bool:
    far = peering.far_side(one)
    return far is not None and far.vpc_id == other


def _to_outside(state: AwsState, start: InVpc, vpc: Vpc, address: Address) -> RouteTarget | NotVisible | None:
    if routable(address):
        out = ways_out.way_out(state, start, vpc)
        if out is not None:
            return out
    gateway = state.vpn_gateway_of(vpc)
    if isinstance(gateway, NotVisible):
        return gateway
    if isinstance(gateway, VpnGateway) and gateway.state not in (GatewayState.DELETING, GatewayState.DELETED):
        connections = neighbours.vpn_connections(state, gateway)
        if isinstance(connections, NotVisible):
            return connections
        fixed = all(item.static is True for item in connections)
        foreign = routable(address) and fixed and neighbours.static_prefix(state, gateway, address) is None
        if connections and not foreign:
            return RouteTarget(RouteTargetKind.VPN_GATEWAY, gateway.id)
    transit = neighbours.transit_gateways(state, vpc)
    if isinstance(transit, NotVisible):
        return transit
    return RouteTarget(RouteTargetKind.TRANSIT_GATEWAY, transit[0]) if len(transit) == 1 else None


def forgets_all(state: AwsState, route_target: RouteTarget) -> bool:
    """Whether a route target is a VPN gateway that has lost its prefixes together with its BGP sessions."""
    gateway = state.vpn_gateway(route_target.id) if route_target.kind is RouteTargetKind.VPN_GATEWAY else None
    connections = neighbours.vpn_connections(state, gateway) if isinstance(gateway, VpnGateway) else ()
    return not isinstance(connections, NotVisible) and vpn_gateway.forgets_all(connections)
