"""Can a transit gateway route table learn the way to an address, rather than be given a static route?

A VPC's attachment brings all of the VPC's ranges, those of VPN connections with BGP what their routers
announce, and so do those of Direct Connect gateways and Connect attachments:
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html. Links to other transit gateways
bring nothing (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html), nor do VPN connections
with static routes (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpn-attachments.html); both need static
routes, which win over propagated ones for the same prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.transit_attachment import TransitAttachment, TransitResource
from nlbcheck.aws.resources.transit_route_table import TransitRoute, TransitRouteType
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, longest_match, single
from nlbcheck.path import remedy
from nlbcheck.path.gates import transit_gateway_route as gate
from nlbcheck.path.location import InVpc, Location, OutsideAws
from nlbcheck.path.remedy import narrowest
from nlbcheck.path.repair.transit_routes import tables_of
from nlbcheck.path.repair.ways_out import EVERYTHING

LEARNED_ONLY = (TransitResource.DIRECT_CONNECT, TransitResource.CONNECT, TransitResource.VPN_CONCENTRATOR)
"""What a table learns from, and is given no static routes to:
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-create-static-route.html.
"""


@dataclass(frozen=True, slots=True)
class LostInTransit:
    """A packet that a transit gateway's table does not take to its destination."""

    state: AwsState
    gateway_id: str
    table_id: str
    address: Address
    destination: Location
    attachment_id: str
    """What should carry it."""
    beaten: TransitRoute | None
    """The route that wins now."""


def learning(lost: LostInTransit) -> Remedy | None:
    """Return the remedy that makes a table learn a route to an address; None where that does not do.

    Where a table can but learn, and may learn too much, it says what to see to first.
    """
    if not _is_safe(lost):
        return None if has_static(lost) else _announcing(lost)
    call = remedy.ec2(
        "EnableTransitGatewayRouteTablePropagation",
        TransitGatewayRouteTableId=lost.table_id,
        TransitGatewayAttachmentId=lost.attachment_id,
    )
    text = tell(
        "Enable route propagation from {attachment} in {table}.",
        attachment=lost.attachment_id,
        table=lost.table_id,
    )
    return remedy.advice(text, call)


def _is_safe(lost: LostInTransit) -> bool:
    """Whether what an attachment brings leads to an address, and takes nothing from other routes."""
    brought = _brought(lost)
    prefix = longest_match(brought, lost.address)
    wins = prefix is not None and _wins(lost, prefix)
    return wins and not any(_diverts(lost, item) for item in brought)


def _announcing(lost: LostInTransit) -> Remedy:
    return remedy.advice(
        tell(
            "Enable route propagation from {attachment} in {table} once it announces {address}. "
            "Check first what else it announces: the table may send other traffic there, too.",
            attachment=lost.attachment_id,
            table=lost.table_id,
            address=lost.address,
        )
    )


def static_range(lost: LostInTransit) -> Network:
    """Return the range that a new static route is for: the far VPC's, unless others use a route of it."""
    end = lost.destination
    if isinstance(end, OutsideAws) and end.in_internet and lost.beaten is None and lost.address.version == 4:
        return EVERYTHING
    if isinstance(end, InVpc) and isinstance(end.vpc, Vpc):
        prefix = narrowest(lost.address, end.vpc.cidrs)
        alone = not _overlaps(lost, prefix)
        if alone and (lost.beaten is None or (_wins(lost, prefix) and not _diverts(lost, prefix))):
            return prefix
    return single(lost.address)


def has_static(lost: LostInTransit) -> bool:
    """Whether a static route may point at what should carry the packet."""
    found = lost.state.transit_attachment(lost.attachment_id)
    return not isinstance(found, TransitAttachment) or found.resource_type not in LEARNED_ONLY


def _brought(lost: LostInTransit) -> Sequence[Network]:
    """Return the prefixes that an attachment is seen to bring."""
    end = lost.destination
    if isinstance(end, InVpc) and isinstance(end.vpc, Vpc):
        found = lost.state.transit_vpc_attachment_of(lost.gateway_id, end.vpc)
        own = isinstance(found, TransitVpcAttachment) and found.id == lost.attachment_id
        alone = not any(_overlaps(lost, item) for item in end.vpc.cidrs)
        return end.vpc.cidrs if own and alone and end.vpc.has_all_cidrs else ()
    if lost.beaten is not None or not isinstance(end, OutsideAws):
        return ()
    return _announced(lost)


def _announced(lost: LostInTransit) -> Sequence[Network]:
    """Return the prefixes that routers are seen to announce; none where that may take packets from others.

    A table that learns shows a prefix by one attachment only, so what it has by others may be announced, too:
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview.
    """
    known = [lost.state.transit_routes(key, None) for key in tables_of(lost.state, lost.gateway_id)]
    teaching = [
        route
        for routes in known
        if not isinstance(routes, NotVisible) and any(_is_own(lost, item) for item in routes)
        for route in routes
    ]
    if any(route.destination is None or not route.destination.prefixlen for route in teaching):
        return ()
    beside = {route.destination: route for route in teaching if not _is_own(lost, route)}
    if any(prefix and _diverts(lost, prefix, route) for prefix, route in beside.items()):
        return ()
    return [route.destination for route in teaching if route.destination and _is_own(lost, route)]


def _is_own(lost: LostInTransit, route: TransitRoute) -> bool:
    """Whether a table has learned a route from what should carry the packet."""
    own = [hop.attachment_id for hop in route.hops] == [lost.attachment_id]
    return own and route.type is TransitRouteType.PROPAGATED


def _overlaps(lost: LostInTransit, prefix: Network) -> bool:
    """Whether another VPC of the transit gateway is seen to have addresses of a range, too.

    Such a range is no attachment's alone; what is to be reached has addresses that are:
    https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/private-nat-gateway.html.
    """
    attached = lost.state.transit_vpcs(lost.gateway_id)
    others = [lost.state.vpc(item.vpc_id) for item in attached if item.id != lost.attachment_id]
    return any(prefix.overlaps(own) for vpc in others if isinstance(vpc, Vpc) for own in vpc.cidrs)


def _wins(lost: LostInTransit, prefix: Network) -> bool:
    """Whether a route for a prefix is longer than the one that wins now."""
    beaten = lost.beaten
    return beaten is None or (
        beaten.destination is not None and prefix.prefixlen > beaten.destination.prefixlen
    )


def _diverts(lost: LostInTransit, prefix: Network, known: TransitRoute | None = None) -> bool:
    """Whether a new route for a prefix may take packets from another route that others use.

    ``known`` is a route that wins over the new one where both are, as another table shows.
    """
    found = lost.state.transit_routes(lost.table_id, prefix.network_address)
    if isinstance(found, NotVisible):
        return True
    wider = [
        item for item in found if item.destination is None or item.destination.prefixlen <= prefix.prefixlen
    ]
    now = gate.select(wider, lost.table_id, prefix.network_address)
    if now is None or now in (lost.beaten, known):
        return False
    return isinstance(now, NotVisible) or [hop.attachment_id for hop in now.hops] != [lost.attachment_id]
