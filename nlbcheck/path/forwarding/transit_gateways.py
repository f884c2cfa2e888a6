"""What does a packet meet on its path into transit gateways, from one to the next, and out of them?

What their route tables decide is not here: it joins one position with the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_gateway import TransitGateway
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_route_table import TransitHop
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import marked, tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.forwarding.positions import (
    AtOneOf,
    AtOtherAttachment,
    AtRouteTarget,
    AtTransitGateway,
    AtTransitPeering,
    AtVpcAttachment,
    Forwarded,
    Met,
    network_acl_of,
    unknown,
)
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Unseen, unseen
from nlbcheck.path.packet import Packet

_KIND = "transit-gateway"
_ATTACHMENT = "transit-gateway-attachment"
_NAMES = {
    TransitResource.VPN_CONCENTRATOR: marked("VPN concentrator"),
    TransitResource.DIRECT_CONNECT: marked("Direct Connect gateway"),
    TransitResource.CONNECT: marked("Connect attachment"),
    TransitResource.NETWORK_FUNCTION: marked("network function"),
    TransitResource.CLIENT_VPN: marked("Client VPN endpoint"),
}
"""What hangs on a transit gateway and is not modelled, as AWS calls it."""
_NETWORK = marked("network")
"""What anything else is called."""


def named(state: AwsState, gateway_id: str) -> Resource:
    """Return a transit gateway as the resource of a finding."""
    found = state.transit_gateway(gateway_id)
    return Resource(_KIND, gateway_id, found.name if isinstance(found, TransitGateway) else None)


def into_transit_gateway(state: AwsState, packet: Packet, position: AtRouteTarget) -> Forwarded:
    """Send a packet from a VPC into a transit gateway, by the VPC's attachment."""
    gateway_id, start = position.target.id, position.sent_from
    if not isinstance(start.vpc, Vpc):
        return Forwarded((Met(_KIND, Resource(_KIND, gateway_id), unseen(start.vpc)),))
    attachment = state.transit_vpc_attachment_of(gateway_id, start.vpc)
    resource = named(state, gateway_id)
    met = [Met(_KIND, resource, gate.check_attached(attachment, start.vpc_id, gateway_id))]
    if not isinstance(attachment, TransitVpcAttachment):
        return Forwarded(tuple(met))
    sent_from = start.subnet if isinstance(start.subnet, Subnet) else None
    if sent_from:
        subnets = [state.subnet(key, vpc_id=attachment.vpc_id) for key in attachment.subnet_ids]
        met.append(Met(_KIND, resource, gate.check_zone(attachment, sent_from, subnets)))
        met += _entry_acl(state, packet, subnets, sent_from)
    return Forwarded(tuple(met), AtTransitGateway(gateway_id, attachment.id, sent_from=sent_from))


def _entry_acl(
    state: AwsState, packet: Packet, attached: Iterable[Subnet | Absent | NotVisible], sender: Subnet
) -> Iterator[Met]:
    """Meet the inbound rules of the attachment's subnet, the sender's own one included.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html: from an instance to the transit gateway they
    are held against the instance's address, whether or not both are in one subnet.
    """
    near = [item for item in attached if isinstance(item, Subnet) and item.shares_zone(sender)]
    if near:
        yield network_acl_of(state, packet, near[0], egress=False)


def across_link(state: AwsState, _packet: Packet, position: AtTransitPeering) -> Forwarded:
    """Take a packet to a peered transit gateway, whose table for the link between them decides next.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-add-route.html.
    """
    here = position.gateway
    found = state.transit_peering(position.attachment_id)
    resource = Resource(_ATTACHMENT, position.attachment_id)
    if not isinstance(found, TransitPeeringAttachment):
        outcome = gate.check_attached(found, tell("another transit gateway"), here.gateway_id)
        return Forwarded((Met(_KIND, resource, outcome),))
    # Both ends of a link are one thing, by whichever id it is met.
    resource = Resource(_ATTACHMENT, found.accepter_attachment_id or found.id, found.name)
    outcome = gate.check_attached(found, found.far_side(here.gateway_id)[0], here.gateway_id)
    linked = Met(_KIND, resource, outcome)
    far = state.transit_far_end(found, here.gateway_id)
    if isinstance(far, NotVisible):
        return Forwarded((linked, Met(_KIND, resource, Unseen(far))))
    if (far.transit_gateway_id, far.id) in here.passed:
        return Forwarded((linked,))
    return Forwarded((linked,), AtTransitGateway(far.transit_gateway_id, far.id, here.passed))


def into_vpc(state: AwsState, packet: Packet, position: AtVpcAttachment) -> Forwarded:
    """Meet the attachment of a VPC, and come to the subnet where it hands packets over."""
    here, vpc = position.gateway, position.vpc
    resource = named(state, here.gateway_id)
    attachment = state.transit_vpc_attachment_of(here.gateway_id, vpc)
    checked = Met(_KIND, resource, gate.check_attached(attachment, vpc.id, here.gateway_id))
    if not isinstance(attachment, TransitVpcAttachment):
        return Forwarded((checked,))
    subnets = [state.subnet(key, vpc_id=attachment.vpc_id) for key in attachment.subnet_ids]
    shown = [item for item in subnets if isinstance(item, Subnet)]
    for item in subnets:
        if not isinstance(item, Subnet):
            return Forwarded((checked, Met(_KIND, resource, unseen(item))))
    if not shown:
        operation = "DescribeTransitGatewayVpcAttachments"
        what = tell("the subnets of {attachment}", attachment=attachment.id)
        fact = NotVisible(what, "ec2", operation, attachment.account_region)
        return Forwarded((checked, Met(_KIND, resource, Unseen(fact))))
    exits = gate.exits(attachment, shown, here.sent_from)
    places = tuple(_handed_over(packet, vpc, subnet, here.gateway_id) for subnet in exits.subnets)
    return Forwarded((checked,), AtOneOf(places, tell("which subnet {choice}", choice=exits.choice)))


def _handed_over(packet: Packet, vpc: Vpc, subnet: Subnet, gateway_id: str) -> InVpc:
    """Return where a transit gateway hands a packet over, whoever has sent it."""
    hidden = NotVisible(tell("the sender of what {gateway} delivers", gateway=gateway_id), "", "", None)
    address = packet.source or subnet.cidrs[0].network_address
    return InVpc(address, vpc.id, vpc, subnet, hidden, (), by_gateway=gateway_id)


def into_the_unknown(_state: AwsState, _packet: Packet, position: AtOtherAttachment) -> Forwarded:
    """Say that it is not known what becomes of a packet."""
    hop = position.hop
    return unknown(_KIND, Resource(_ATTACHMENT, hop.attachment_id), beyond(hop))


def beyond(hop: TransitHop) -> NotVisible:
    """Return what is not known where a transit gateway's route leads to what is not modelled, by its name."""
    fact = tell(
        "what {kind} {hop} behind {attachment} does with the packet"
        if hop.resource_id
        else "what the {kind} behind {attachment} does with the packet",
        kind=tell(_NAMES.get(hop.resource_type, _NETWORK) if hop.resource_type else _NETWORK),
        hop=hop.resource_id,
        attachment=hop.attachment_id,
    )
    return NotVisible(fact, "", "", None)
