"""Given a position that a route has led to, and a packet: what is met there, and what comes next?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.nat_gateway import NatGateway
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.peering_connection import PeeringConnection
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.language import marked, tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import neighbours
from nlbcheck.path.forwarding import nat_gateways
from nlbcheck.path.forwarding.firewall_endpoints import through_endpoint
from nlbcheck.path.forwarding.internet import into_internet
from nlbcheck.path.forwarding.on_premises import into_vpn_attachment, into_vpn_gateway
from nlbcheck.path.forwarding.positions import (
    AtOtherAttachment,
    AtRouteTarget,
    AtTransitPeering,
    AtVpcAttachment,
    AtVpnAttachment,
    Forwarded,
    Met,
    Passing,
    network_acl_of,
    unknown,
)
from nlbcheck.path.forwarding.transit_gateways import (
    across_link,
    into_the_unknown,
    into_transit_gateway,
    into_vpc,
)
from nlbcheck.path.gates import appliance, peering
from nlbcheck.path.gates import nat_gateway as gate
from nlbcheck.path.gates.interface import check_instance
from nlbcheck.path.outcome import Unseen, unseen
from nlbcheck.path.packet import Packet


def _into_own_vpc(_state: AwsState, _packet: Packet, _place: AtRouteTarget) -> Forwarded:
    """Do nothing: the VPC's own router delivers."""
    return Forwarded(())


def _over_peering(state: AwsState, packet: Packet, position: AtRouteTarget) -> Forwarded:
    kind = "vpc-peering-connection"
    found = state.peering(position.target.id)
    if not isinstance(found, PeeringConnection):
        return Forwarded((Met(kind, Resource(kind, position.target.id), unseen(found)),))
    resource = Resource(kind, found.id, found.name)
    status = Met(kind, resource, peering.check_status(found))
    met = (status, *_handed_on(state, packet, position, found))
    address = packet.bound_for
    far = found.far_side(position.sent_from.vpc_id)
    ranges = neighbours.ranges(state, far) if far else ()
    if ranges and address is not None:
        return Forwarded((*met, Met(kind, resource, peering.check_transit(found, ranges, address))))
    fact = tell("the CIDR blocks on the other side of {peering}", peering=found.id)
    missing = NotVisible(fact, "ec2", "DescribeVpcPeeringConnections", found.account_region)
    return Forwarded((*met, Met(kind, resource, Unseen(missing))))


def _handed_on(
    state: AwsState, packet: Packet, position: AtRouteTarget, found: PeeringConnection
) -> Iterator[Met]:
    """Ask whether a packet that only passes through the VPC may go on over its peering connection."""
    if not position.sent_from.is_between:
        return
    kind, resource = "vpc-peering-connection", Resource("vpc-peering-connection", found.id, found.name)
    far = found.far_side(position.sent_from.vpc_id)
    near = found.far_side(far.vpc_id) if far else None
    ranges = neighbours.ranges(state, near) if near else ()
    if ranges and packet.source is not None:
        yield Met(kind, resource, peering.check_origin(found, ranges, packet.source))
    else:
        fact = tell(
            "whether {peering} carries packets that come from outside {vpc}",
            peering=found.id,
            vpc=position.sent_from.vpc_id,
        )
        missing = NotVisible(fact, "ec2", "DescribeVpcPeeringConnections", found.account_region)
        yield Met(kind, resource, Unseen(missing))


def _through_nat_gateway(state: AwsState, packet: Packet, position: AtRouteTarget) -> Forwarded:
    """Send the packet on from the gateway's own address, by its own table or that of its subnet."""
    kind = "nat-gateway"
    found = state.nat_gateway(position.target.id)
    if not isinstance(found, NatGateway):
        return Forwarded((Met(kind, Resource(kind, position.target.id), unseen(found)),))
    resource = Resource(kind, found.id, found.name)
    works = Met(kind, resource, gate.check(found))
    onward = nat_gateways.seen_beyond(state, found, position.sent_from)
    if packet.bound_for is None or isinstance(onward, NotVisible):
        what = tell("the addresses of {gateway}", gateway=found.id)
        fact = NotVisible(what, "ec2", "DescribeNatGateways", found.account_region)
        hidden = onward if isinstance(onward, NotVisible) else fact
        return Forwarded((works, Met(kind, resource, Unseen(hidden))))
    translated = replace(packet, source=onward.address, among=onward.among)
    met = [works]
    if isinstance(onward.subnet, Subnet):
        here = position.sent_from.subnet
        if not (isinstance(here, Subnet) and here.id == onward.subnet.id):
            met.append(network_acl_of(state, packet, onward.subnet, egress=False))
        met.append(network_acl_of(state, translated, onward.subnet, egress=True))
    return Forwarded(tuple(met), onward, translated)


def _at_appliance(state: AwsState, _packet: Packet, position: AtRouteTarget) -> Forwarded:
    """Meet a machine that the route points at; what it does with the packet is its own affair.

    It has to run: https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html.
    """
    found = state.interface(position.target.id)
    if not isinstance(found, NetworkInterface):
        resource = Resource("network-interface", position.target.id)
        return Forwarded((Met("appliance", resource, unseen(found)),))
    resource = Resource("network-interface", found.id, found.name)
    machine = state.instance(found.instance_id) if found.instance_id else None
    met = [Met("appliance", resource, appliance.check(found))]
    if isinstance(machine, Instance):
        met.append(Met("instance", Resource("instance", machine.id, machine.name), check_instance(machine)))
    what = tell("what the appliance behind {interface} does with the packet", interface=found.id)
    fact = NotVisible(what, "", "", None)
    return Forwarded((*met, Met("appliance", resource, Unseen(fact))))


_NAMES = {
    RouteTargetKind.EGRESS_ONLY_GATEWAY: marked("egress-only internet gateway"),
    RouteTargetKind.LOCAL_GATEWAY: marked("local gateway"),
    RouteTargetKind.CARRIER_GATEWAY: marked("carrier gateway"),
    RouteTargetKind.CORE_NETWORK: marked("Cloud WAN core network"),
}
"""What a route points at and is not modelled, as AWS calls it."""


def _not_modelled(_state: AwsState, _packet: Packet, position: AtRouteTarget) -> Forwarded:
    kind = position.target.kind.value
    name = _NAMES[position.target.kind]
    what = tell("what {kind} {hop} does with the packet", kind=tell(name), hop=position.target.id)
    return unknown(kind, Resource(kind, position.target.id), NotVisible(what, "", "", None))


NEXT_HOPS: Mapping[RouteTargetKind, Callable[[AwsState, Packet, AtRouteTarget], Forwarded]] = {
    RouteTargetKind.LOCAL: _into_own_vpc,
    RouteTargetKind.PEERING: _over_peering,
    RouteTargetKind.VPN_GATEWAY: into_vpn_gateway,
    RouteTargetKind.TRANSIT_GATEWAY: into_transit_gateway,
    RouteTargetKind.INTERNET_GATEWAY: into_internet,
    RouteTargetKind.NAT_GATEWAY: _through_nat_gateway,
    RouteTargetKind.NETWORK_INTERFACE: _at_appliance,
    RouteTargetKind.EGRESS_ONLY_GATEWAY: _not_modelled,
    RouteTargetKind.VPC_ENDPOINT: through_endpoint,
    RouteTargetKind.LOCAL_GATEWAY: _not_modelled,
    RouteTargetKind.CARRIER_GATEWAY: _not_modelled,
    RouteTargetKind.CORE_NETWORK: _not_modelled,
}
"""What each kind of next hop does with a packet."""


def forward(state: AwsState, packet: Packet, position: Passing) -> Forwarded:
    """Return what a packet meets at a position where no route table decides, and where it is next."""
    match position:
        case AtRouteTarget(target=target):
            return NEXT_HOPS[target.kind](state, packet, position)
        case AtTransitPeering():
            return across_link(state, packet, position)
        case AtVpcAttachment():
            return into_vpc(state, packet, position)
        case AtVpnAttachment():
            return into_vpn_attachment(state, packet, position)
        case AtOtherAttachment():
            return into_the_unknown(state, packet, position)
