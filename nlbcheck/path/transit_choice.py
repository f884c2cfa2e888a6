"""Does a transit gateway's route lead to where a packet is to go, and which attachment does?"""

from __future__ import annotations

from nlbcheck.aws.network import Vpc
from nlbcheck.aws.transit import (
    TransitAttachment,
    TransitGateway,
    TransitHop,
    TransitPeeringAttachment,
    TransitResource,
    TransitRoute,
    TransitVpcAttachment,
)
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.path import transit_exit
from nlbcheck.path.locations import InVpc, OutsideAws
from nlbcheck.path.passage import Passage

Passed = tuple[tuple[str, str], ...]
"""The transit gateways that a packet has passed, each with the attachment that it came from."""


def leads(passage: Passage, gateway_id: str, route: TransitRoute, passed: Passed) -> bool:
    """Whether a route may lead to the goal."""
    if not route.hops:
        return True
    destination, hop = passage.destination, route.hops[0]
    match hop.resource_type:
        case TransitResource.PEERING | TransitResource.TGW_PEERING:
            return not _turns_back(passage, gateway_id, hop.attachment_id, passed)
        case TransitResource.VPC if isinstance(destination, InVpc):
            return _vpc_behind(passage, hop) in (destination.vpc_id, None)
        case TransitResource.VPC:
            return hidden_vpc(passage, route) is not None
        case TransitResource.VPN:
            return not isinstance(destination, InVpc)
    return True


def hidden_vpc(passage: Passage, route: TransitRoute) -> NotVisible | None:
    """Return what is missing where a route leads to a VPC that is not seen: the address may be in it."""
    hop = route.hops[0]
    vpc_id = _vpc_behind(passage, hop)
    if vpc_id and (isinstance(passage.destination, InVpc) or isinstance(passage.state.vpc(vpc_id), Vpc)):
        return None
    attachment = passage.state.transit_attachment(hop.attachment_id)
    account_region = None
    if isinstance(attachment, TransitAttachment) and attachment.resource_owner:
        account_region = AccountRegion(attachment.resource_owner, attachment.account_region.region)
    return passage.state.unknown(f"the VPC behind {hop.attachment_id}", "ec2", "DescribeVpcs", account_region)


def _vpc_behind(passage: Passage, hop: TransitHop) -> str | None:
    attachment = passage.state.transit_attachment(hop.attachment_id)
    shown = attachment.resource_id if isinstance(attachment, TransitAttachment) else None
    return hop.resource_id or shown


def _turns_back(passage: Passage, gateway_id: str, link: str, passed: Passed) -> bool:
    """Whether a link leads to where the packet has been, or nowhere, away from the goal's own gateway."""
    state, destination, address = passage.state, passage.destination, passage.packet.bound_for
    peering = state.transit_peering(link)
    if isinstance(peering, TransitPeeringAttachment):
        far = state.transit_far_end(peering, gateway_id)
        if isinstance(far, TransitAttachment) and (far.transit_gateway_id, far.id) in passed:
            return True
    if not isinstance(destination, InVpc) or not isinstance(destination.vpc, Vpc) or address is None:
        return False
    here = isinstance(state.transit_vpc_attachment_of(gateway_id, destination.vpc), TransitVpcAttachment)
    return here and transit_exit.exit_of(state, *passed[-1], address) is None


def should_leave_by(passage: Passage, gateway_id: str) -> str | None:
    """Return the attachment that leads to the goal, if there is just one."""
    destination = passage.destination
    if isinstance(destination, InVpc) and isinstance(destination.vpc, Vpc):
        found = passage.state.transit_vpc_attachment_of(gateway_id, destination.vpc)
        if isinstance(found, TransitVpcAttachment):
            return found.id
        links = transit_exit.links(passage.state, gateway_id, destination.vpc)
        return links[0] if len(links) == 1 else None
    if isinstance(destination, OutsideAws):
        gateway = passage.state.transit_gateway(gateway_id)
        found_all = (
            passage.state.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else ()
        )
        if not isinstance(found_all, NotVisible):
            vpns = [item.id for item in found_all if item.resource_type is TransitResource.VPN]
            return vpns[0] if len(vpns) == 1 else None
    return None


def tables_of(passage: Passage, gateway_id: str) -> list[str]:
    """Return the route tables that attachments of a transit gateway are associated with."""
    gateway = passage.state.transit_gateway(gateway_id)
    if not isinstance(gateway, TransitGateway):
        return []
    attachments = passage.state.transit_attachments_of(gateway)
    if isinstance(attachments, NotVisible):
        return []
    return list(dict.fromkeys(item.association.route_table_id for item in attachments if item.association))
