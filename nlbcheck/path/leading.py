"""Does a route lead to where a packet is to go?

Whether what it points at works is another question, which its own gate answers.
"""

from __future__ import annotations

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.nat_gateway import NatGateway
from nlbcheck.aws.resources.peering_connection import PeeringConnection
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import TransitAttachment, TransitResource
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_route_table import TransitHop, TransitRoute
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import neighbours
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import missing
from nlbcheck.path.packet import TransitGateways
from nlbcheck.path.routes import RouteTarget, choose, transit_exit


def leads_elsewhere(
    state: AwsState, route_target: RouteTarget, start: InVpc, destination: Location, address: Address
) -> bool:
    """Whether a route's target certainly does not lead to the destination, in whatever state it is."""
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
        case RouteTargetKind.TRANSIT_GATEWAY:
            return isinstance(destination, InVpc) and destination.vpc_id == start.vpc_id
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
    inside = any(address in cidr for cidr in neighbours.ranges(state, far))
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
        return beyond.id == nat.id  # of another one its gate says what is not known
    fact = tell("the network interface of {gateway}", gateway=nat.id)
    unseen = NotVisible(fact, "ec2", "DescribeNetworkInterfaces", nat.account_region)
    inner = InVpc(address, nat.vpc_id, state.vpc(nat.vpc_id), subnet, unseen, ())
    return leads_elsewhere(state, beyond, inner, destination, address)


def transit_leads(
    state: AwsState, destination: Location, address: Address, route: TransitRoute, passed: TransitGateways
) -> bool:
    """Whether a route of the last transit gateway that a packet has come to may lead to the destination."""
    if not route.hops:
        return True
    hop = route.hops[0]
    match hop.resource_type:
        case TransitResource.PEERING | TransitResource.TGW_PEERING:
            return not _turns_back(state, destination, address, hop.attachment_id, passed)
        case TransitResource.VPC:
            return _vpc_leads(state, destination, address, hop, passed)
        case TransitResource.VPN:
            return not isinstance(destination, InVpc)
    return True


_ONWARD = (
    RouteTargetKind.VPC_ENDPOINT,
    RouteTargetKind.TRANSIT_GATEWAY,
    RouteTargetKind.NETWORK_INTERFACE,
    RouteTargetKind.NAT_GATEWAY,
    RouteTargetKind.INTERNET_GATEWAY,
    RouteTargetKind.EGRESS_ONLY_GATEWAY,
    RouteTargetKind.LOCAL_GATEWAY,
    RouteTargetKind.CARRIER_GATEWAY,
    RouteTargetKind.CORE_NETWORK,
)
"""What may take a packet on that a transit gateway hands to a VPC that it is not meant for.

A peering connection or a virtual private gateway does not:
https://docs.aws.amazon.com/vpc/latest/peering/invalid-peering-configurations.html.
"""


def _vpc_leads(
    state: AwsState, destination: Location, address: Address, hop: TransitHop, passed: TransitGateways
) -> bool:
    """Whether a VPC behind a transit gateway is the destination's, or may hand the packet on to it.

    Firewalls stand in such a VPC. What is not seen of it may do so.
    """
    vpc_id = vpc_behind(state, hop)
    if vpc_id is None or (isinstance(destination, InVpc) and vpc_id == destination.vpc_id):
        return True
    if (passed[-1][0], hop.attachment_id) in passed:
        return False
    if isinstance(destination, UnknownLocation):
        return True
    vpc = state.vpc(vpc_id)
    if isinstance(vpc, Vpc) and _has_way_out(state, vpc, address):
        return True
    attachment = state.transit_vpc_attachment_of(passed[-1][0], vpc) if isinstance(vpc, Vpc) else None
    if not isinstance(attachment, TransitVpcAttachment) or attachment.appliance_mode:
        return True
    return any(_leads_on(state, key, vpc_id, address) for key in attachment.subnet_ids) or any(
        route.target_kind is RouteTargetKind.VPC_ENDPOINT and route.prefix_list_id is None
        for table in state.route_tables_in(vpc_id)
        for route in table.routes
    )


def _has_way_out(state: AwsState, vpc: Vpc, address: Address) -> bool:
    """Whether a VPC may be the one by which others come to the internet.

    Where its own route tables do not send a packet there, they are wrong, and not the route to the VPC:
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-nat-igw.
    """
    return routable(address) and not isinstance(state.internet_gateway_of(vpc), Absent)


def _leads_on(state: AwsState, subnet_id: str, vpc_id: str, address: Address) -> bool:
    """Whether the route table of a subnet may take a packet out of its VPC again."""
    subnet = state.subnet(subnet_id, vpc_id=vpc_id)
    table = state.route_table_of(subnet) if isinstance(subnet, Subnet) else subnet
    choice = choose(state, table, address) if isinstance(table, RouteTable) else missing(table)
    if choice is None:
        return False
    return isinstance(choice, NotVisible) or choice.route.target_kind in (*_ONWARD, None)


def hidden_vpc(state: AwsState, hop: TransitHop) -> NotVisible:
    """Return what is missing where a route leads to a VPC that is not seen."""
    attachment = state.transit_attachment(hop.attachment_id)
    account_region = None
    if isinstance(attachment, TransitAttachment) and attachment.resource_owner:
        account_region = AccountRegion(attachment.resource_owner, attachment.account_region.region)
    fact = tell("the VPC behind {attachment}", attachment=hop.attachment_id)
    return state.unknown(fact, "ec2", "DescribeVpcs", account_region)


def vpc_behind(state: AwsState, hop: TransitHop) -> str | None:
    """Return the VPC that a route of a transit gateway leads to, as far as that is told."""
    attachment = state.transit_attachment(hop.attachment_id)
    shown = attachment.resource_id if isinstance(attachment, TransitAttachment) else None
    return hop.resource_id or shown


def _turns_back(
    state: AwsState, destination: Location, address: Address, link: str, passed: TransitGateways
) -> bool:
    """Whether a link leads where the packet has been, or nowhere, away from the destination's own gateway."""
    gateway_id, attachment_id = passed[-1]
    peering = state.transit_peering(link)
    if isinstance(peering, TransitPeeringAttachment):
        far = state.transit_far_end(peering, gateway_id)
        if isinstance(far, TransitAttachment) and (far.transit_gateway_id, far.id) in passed:
            return True
    if not isinstance(destination, InVpc) or not isinstance(destination.vpc, Vpc):
        return False
    here = isinstance(state.transit_vpc_attachment_of(gateway_id, destination.vpc), TransitVpcAttachment)
    return here and transit_exit(state, gateway_id, attachment_id, address) is None
