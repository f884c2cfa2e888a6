"""By which attachment and route table of a transit gateway should a packet have gone on?"""

from __future__ import annotations

from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_gateway import GONE, TransitGateway
from nlbcheck.aws.resources.transit_route_table import TransitRouteType
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network
from nlbcheck.path import neighbours
from nlbcheck.path.location import InVpc, Location, OutsideAws
from nlbcheck.path.repair.transit_egress import egress


def should_leave_by(
    state: AwsState, gateway_id: str, destination: Location, sender: Address | None = None
) -> str | None:
    """Return the attachment that leads to the destination, if there is just one.

    ``sender`` is who opens a connection, and gets its answers from the internet by a NAT gateway.
    """
    if isinstance(destination, InVpc) and isinstance(destination.vpc, Vpc):
        found = state.transit_vpc_attachment_of(gateway_id, destination.vpc)
        if isinstance(found, TransitVpcAttachment):
            return None if found.state in GONE else found.id
        links = neighbours.transit_links(state, gateway_id, destination.vpc)
        return links[0] if len(links) == 1 else None
    if not isinstance(destination, OutsideAws):
        return None
    if destination.in_internet:
        return egress(state, gateway_id, destination.address, sender)
    return _to_premises(state, gateway_id, destination.address)


_PREMISES = (
    TransitResource.VPN,
    TransitResource.VPN_CONCENTRATOR,
    TransitResource.DIRECT_CONNECT,
    TransitResource.CONNECT,
)
"""What leads on premises."""


def _to_premises(state: AwsState, gateway_id: str, address: Address) -> str | None:
    """Return what has taught another table the way on premises, else the only thing that leads there."""
    gateway = state.transit_gateway(gateway_id)
    attached = state.transit_attachments_of(gateway) if isinstance(gateway, TransitGateway) else ()
    if isinstance(attached, NotVisible):
        return None
    leading = [item.id for item in attached if item.state not in GONE and item.resource_type in _PREMISES]
    if len(leading) == 1:
        return leading[0]
    known = {key for key, prefix in learned(state, gateway_id, address) if prefix.prefixlen}
    teaching = [key for key in leading if key in known]
    return teaching[0] if len(teaching) == 1 else None


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


def learned(state: AwsState, gateway_id: str, address: Address) -> list[tuple[str, Network]]:
    """Return which attachments have taught any table of a transit gateway a prefix for an address."""
    found = []
    for table_id in tables_of(state, gateway_id):
        routes = state.transit_routes(table_id, address)
        for route in () if isinstance(routes, NotVisible) else routes:
            if route.type is TransitRouteType.PROPAGATED and route.destination is not None:
                found += [(hop.attachment_id, route.destination) for hop in route.hops]
    return found
