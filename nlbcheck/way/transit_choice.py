"""Does a transit gateway's route lead to where a packet is to go, and which attachment does?"""

from __future__ import annotations

from nlbcheck.aws.network import Vpc
from nlbcheck.aws.sight import NotVisible, Place
from nlbcheck.aws.transit import (
    TransitAttachment,
    TransitGateway,
    TransitHop,
    TransitPeeringAttachment,
    TransitResource,
    TransitRoute,
    TransitVpcAttachment,
)
from nlbcheck.way import transit_exit
from nlbcheck.way.ends import Outside, Spot
from nlbcheck.way.passage import Passage

Passed = tuple[tuple[str, str], ...]
"""The transit gateways that a packet has passed, each with the attachment that it came from."""


def leads(passage: Passage, gateway_id: str, route: TransitRoute, passed: Passed) -> bool:
    """Whether a route may lead to the goal."""
    if not route.hops:
        return True
    goal, hop = passage.goal, route.hops[0]
    match hop.resource_type:
        case TransitResource.PEERING | TransitResource.TGW_PEERING:
            return not _turns_back(passage, gateway_id, hop.attachment_id, passed)
        case TransitResource.VPC if isinstance(goal, Spot):
            return _vpc_behind(passage, hop) in (goal.vpc_id, None)
        case TransitResource.VPC:
            return hidden_vpc(passage, route) is not None
        case TransitResource.VPN:
            return not isinstance(goal, Spot)
    return True


def hidden_vpc(passage: Passage, route: TransitRoute) -> NotVisible | None:
    """Return what is missing where a route leads to a VPC that is not seen: the address may be in it."""
    hop = route.hops[0]
    vpc_id = _vpc_behind(passage, hop)
    if vpc_id and (isinstance(passage.goal, Spot) or isinstance(passage.world.vpc(vpc_id), Vpc)):
        return None
    attachment = passage.world.transit_attachment(hop.attachment_id)
    place = None
    if isinstance(attachment, TransitAttachment) and attachment.resource_owner:
        place = Place(attachment.resource_owner, attachment.place.region)
    return passage.world.unknown(f"the VPC behind {hop.attachment_id}", "ec2", "DescribeVpcs", place)


def _vpc_behind(passage: Passage, hop: TransitHop) -> str | None:
    attachment = passage.world.transit_attachment(hop.attachment_id)
    shown = attachment.resource_id if isinstance(attachment, TransitAttachment) else None
    return hop.resource_id or shown


def _turns_back(passage: Passage, gateway_id: str, link: str, passed: Passed) -> bool:
    """Whether a link leads to where the packet has been, or nowhere, away from the goal's own gateway."""
    world, goal, address = passage.world, passage.goal, passage.packet.bound_for
    peering = world.transit_peering(link)
    if isinstance(peering, TransitPeeringAttachment):
        far = world.transit_far_end(peering, gateway_id)
        if isinstance(far, TransitAttachment) and (far.transit_gateway_id, far.id) in passed:
            return True
    if not isinstance(goal, Spot) or not isinstance(goal.vpc, Vpc) or address is None:
        return False
    here = isinstance(world.transit_vpc_attachment_of(gateway_id, goal.vpc), TransitVpcAttachment)
    return here and transit_exit.exit_of(world, *passed[-1], address) is None


def should_leave_by(passage: Passage, gateway_id: str) -> str | None:
    """Return the attachment that leads to the goal, if there is just one."""
    goal = passage.goal
    if isinstance(goal, Spot) and isinstance(goal.vpc, Vpc):
        found = passage.world.transit_vpc_attachment_of(gateway_id, goal.vpc)
        if isinstance(found, TransitVpcAttachment):
            return found.id
        links = transit_exit.links(passage.world, gateway_id, goal.vpc)
        return links[0] if len(links) == 1 else None
    if isinstance(goal, Outside):
        gateway = passage.world.transit_gateway(gateway_id)
        found_all = (
            passage.world.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else ()
        )
        if not isinstance(found_all, NotVisible):
            vpns = [item.id for item in found_all if item.resource_type is TransitResource.VPN]
            return vpns[0] if len(vpns) == 1 else None
    return None


def tables_of(passage: Passage, gateway_id: str) -> list[str]:
    """Return the route tables that attachments of a transit gateway are associated with."""
    gateway = passage.world.transit_gateway(gateway_id)
    if not isinstance(gateway, TransitGateway):
        return []
    attachments = passage.world.transit_attachments_of(gateway)
    if isinstance(attachments, NotVisible):
        return []
    return list(dict.fromkeys(item.association.route_table_id for item in attachments if item.association))
