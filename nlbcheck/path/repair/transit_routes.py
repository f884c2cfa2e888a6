"""By which attachment and route table of a transit gateway should a packet have gone on?"""

from __future__ import annotations

from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_gateway import GONE, TransitGateway
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import neighbours
from nlbcheck.path.location import InVpc, Location, OutsideAws


def should_leave_by(state: AwsState, gateway_id: str, destination: Location) -> str | None:
    """Return the attachment that leads to the destination, if there is just one."""
    if isinstance(destination, InVpc) and isinstance(destination.vpc, Vpc):
        found = state.transit_vpc_attachment_of(gateway_id, destination.vpc)
        if isinstance(found, TransitVpcAttachment):
            return None if found.state in GONE else found.id
        links = neighbours.transit_links(state, gateway_id, destination.vpc)
        return links[0] if len(links) == 1 else None
    if isinstance(destination, OutsideAws):
        gateway = state.transit_gateway(gateway_id)
        attached = state.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else ()
        if not isinstance(attached, NotVisible):
            living = [item for item in attached if item.state not in GONE]
            vpns = [item.id for item in living if item.resource_type is TransitResource.VPN]
            return vpns[0] if len(vpns) == 1 else None
    return None


def inspecting(state: AwsState, gateway_id: str, attachment_id: str) -> bool:
    """Whether a VPC with firewalls hangs on a transit gateway, and packets do not come from there already.

    AWS asks for appliance mode where they stand:
    https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-config-tgw-multi-az.html.
    """
    firewalls = [item.id for item in state.transit_vpcs(gateway_id) if item.appliance_mode]
    return bool(firewalls) and attachment_id not in firewalls


def tables_of(state: AwsState, gateway_id: str) -> list[str]:
    """Return the route tables that attachments of a transit gateway are associated with."""
    gateway = state.transit_gateway(gateway_id)
    if not isinstance(gateway, TransitGateway):
        return []
    attachments = state.transit_attachments_of(gateway)
    if isinstance(attachments, NotVisible):
        return []
    return list(dict.fromkeys(item.association.route_table_id for item in attachments if item.association))
