"""What does a packet meet on its path into transit gateways, from one to the next, and out of them?

What their route tables decide is not here: it joins one position with the next.
"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_gateway import TransitGateway
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.forwarding.positions import (
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
from nlbcheck.path.outcome import Unseen, unseen
from nlbcheck.path.packet import Packet

_KIND = "transit-gateway"
_ATTACHMENT = "transit-gateway-attachment"


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
    if isinstance(start.subnet, Subnet):
        subnets = [state.subnet(key, vpc_id=attachment.vpc_id) for key in attachment.subnet_ids]
        met.append(Met(_KIND, resource, gate.check_zone(attachment, start.subnet, subnets)))
        met += _edge_acl(state, packet, attachment, start.subnet, egress=False)
    return Forwarded(tuple(met), AtTransitGateway(gateway_id, attachment.id))


def across_link(state: AwsState, _packet: Packet, position: AtTransitPeering) -> Forwarded:
    """Take a packet to a peered transit gateway, whose table for the link between them decides next.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-add-route.html.
    """
    here = position.gateway
    found = state.transit_peering(position.attachment_id)
    resource = Resource(_ATTACHMENT, position.attachment_id)
    if not isinstance(found, TransitPeeringAttachment):
        outcome = gate.check_attached(found, "another transit gateway", here.gateway_id)
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
    """Meet the attachment of a VPC, and the network ACL of the subnet where the packet steps out."""
    resource, into = named(state, position.gateway_id), position.into
    if not isinstance(into.vpc, Vpc):
        return Forwarded((Met(_KIND, resource, unseen(into.vpc)),))
    attachment = state.transit_vpc_attachment_of(position.gateway_id, into.vpc)
    met = [Met(_KIND, resource, gate.check_attached(attachment, into.vpc_id, position.gateway_id))]
    if isinstance(attachment, TransitVpcAttachment) and isinstance(into.subnet, Subnet):
        met += _edge_acl(state, packet, attachment, into.subnet, egress=True)
    return Forwarded(tuple(met))


def into_the_unknown(_state: AwsState, _packet: Packet, position: AtOtherAttachment) -> Forwarded:
    """Say that it is not known what becomes of a packet."""
    hop = position.hop
    fact = NotVisible(f"what lies behind {hop.attachment_id} ({hop.resource_type})", "", "", None)
    return unknown(_KIND, Resource(_ATTACHMENT, hop.attachment_id), fact)


def _edge_acl(
    state: AwsState, packet: Packet, attachment: TransitVpcAttachment, beside: Subnet, *, egress: bool
) -> Iterator[Met]:
    """Meet the network ACL of the attachment's subnet, where that is another one than the machine's.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html: inbound rules for what goes to the transit
    gateway, outbound ones for what comes from it.
    """
    subnets = [state.subnet(key, vpc_id=attachment.vpc_id) for key in attachment.subnet_ids]
    near = [item for item in subnets if isinstance(item, Subnet) and item.zone == beside.zone]
    if near and near[0].id != beside.id:
        yield network_acl_of(state, packet, near[0], egress=egress)
