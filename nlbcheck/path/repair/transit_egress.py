"""By which attachment of a transit gateway do packets come to the internet?

One VPC has the NAT gateways for all others: the attachment's subnets send what is for the internet to one,
and the subnet of that sends answers back to the transit gateway:
https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-nat-igw.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_gateway import GONE, USABLE, TransitGateway
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import neighbours
from nlbcheck.path.route_choice import Choice
from nlbcheck.path.routes import RouteTarget, choose


def egress(state: AwsState, gateway_id: str, address: Address, sender: Address | None) -> str | None:
    """Return the one attachment that leads to an address in the internet; None where that is not told.

    ``sender`` is who is to get the answers; its own VPC is none of those that are asked.
    """
    vpcs = _every_vpc(state, gateway_id)
    if vpcs is None or sender is None:
        return None
    leading = []
    for attachment in vpcs:
        vpc = state.vpc(attachment.vpc_id)
        leads = _leads_out(state, attachment, vpc, address, sender) if isinstance(vpc, Vpc) else None
        if leads is None:
            return None
        if leads:
            leading.append(attachment.id)
    return leading[0] if len(leading) == 1 else None


def by_transit(state: AwsState, vpc: Vpc, address: Address, sender: Address) -> RouteTarget | None:
    """Return the one transit gateway of a VPC that leads to an address in the internet."""
    gateways = neighbours.transit_gateways(state, vpc)
    if isinstance(gateways, NotVisible):
        return None
    leading = [key for key in gateways if egress(state, key, address, sender)]
    return RouteTarget(RouteTargetKind.TRANSIT_GATEWAY, leading[0]) if len(leading) == 1 else None


def _every_vpc(state: AwsState, gateway_id: str) -> list[TransitVpcAttachment] | None:
    """Return the attachments of all VPCs; None where one of them is not seen."""
    gateway = state.transit_gateway(gateway_id)
    attached = state.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else None
    if attached is None or isinstance(attached, NotVisible):
        return None
    seen = {item.id: item for item in state.transit_vpcs(gateway_id)}
    found = []
    for item in attached:
        if item.resource_type is not TransitResource.VPC or item.state in GONE:
            continue
        if item.id not in seen:
            return None
        found.append(seen[item.id])
    return [item for item in found if item.state in USABLE]


def _leads_out(
    state: AwsState, attachment: TransitVpcAttachment, vpc: Vpc, address: Address, sender: Address
) -> bool | None:
    """Whether all subnets of an attachment lead to the internet; None where that is not seen."""
    if vpc.contains(sender):
        return False
    found = [_exit(state, key, vpc, attachment.transit_gateway_id, address, sender)
             for key in attachment.subnet_ids]  # fmt: skip
    return None if None in found else bool(found) and all(found)


def _exit(
    state: AwsState, subnet_id: str, vpc: Vpc, gateway_id: str, address: Address, sender: Address
) -> bool | None:
    """Whether a subnet sends packets to a public NAT gateway from which answers come back."""
    out = _target(state, subnet_id, vpc, address)
    if not isinstance(out, RouteTarget):
        return out
    if out.kind is RouteTargetKind.VPC_ENDPOINT:
        return None
    if out.kind is not RouteTargetKind.NAT_GATEWAY:
        return False
    nat = state.nat_gateway(out.id)
    if not isinstance(nat, NatGateway) or nat.subnet_id is None:
        return None
    if not nat.public or nat.state is not NatGatewayState.AVAILABLE:
        return False
    back = _target(state, nat.subnet_id, vpc, sender)
    if not isinstance(back, RouteTarget):
        return back
    return back == RouteTarget(RouteTargetKind.TRANSIT_GATEWAY, gateway_id)


def _target(state: AwsState, subnet_id: str, vpc: Vpc, address: Address) -> RouteTarget | bool | None:
    """Return what a subnet's route for an address points at; False for none, None where it is not seen."""
    subnet = state.subnet(subnet_id, vpc_id=vpc.id)
    table = state.route_table_of(subnet) if isinstance(subnet, Subnet) else None
    if not isinstance(table, RouteTable):
        return None
    choice = choose(state, table, address)
    if choice is None:
        return False
    route = choice.route if isinstance(choice, Choice) else None
    if route is None or route.target_kind is None or route.target_id is None:
        return None
    return RouteTarget(route.target_kind, route.target_id)
