"""Does a firewall stand in a VPC, so that a new route would lead around it?"""

from __future__ import annotations

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.location import InVpc
from nlbcheck.path.route_choice import Choice

_APPLIANCES = (RouteTargetKind.VPC_ENDPOINT, RouteTargetKind.NETWORK_INTERFACE)


def kept(
    state: AwsState, table: RouteTable, start: InVpc, address: Address, beaten: Choice | None
) -> Remedy | None:
    """Return the remedy where a route to a gateway would lead around a firewall; None where it would not.

    What a firewall endpoint itself sends has passed it already; what a transit gateway hands over has not.
    """
    if start.by_firewall is not None:
        return None
    if beaten and beaten.route.target_kind in _APPLIANCES:
        return remedy.advice(
            tell(
                "Create a replacement for {hop}, and point the route {prefix} in {table} to it.",
                hop=beaten.route.target_id,
                prefix=beaten.prefix,
                table=table.id,
            )
        )
    if not _has_firewalls(state, start.vpc_id) and not _is_for_firewalls(state, start, address):
        return None
    return remedy.advice(
        tell(
            "Change {table} so that it routes {address} to the firewall endpoint in {zone}."
            if isinstance(start.subnet, Subnet)
            else "Change {table} so that it routes {address} to the firewall endpoint.",
            table=table.id,
            address=address,
            zone=start.subnet.zone if isinstance(start.subnet, Subnet) else None,
        )
    )


def _is_for_firewalls(state: AwsState, start: InVpc, address: Address) -> bool:
    """Whether a transit gateway hands packets to a VPC for its firewalls, as far as can be told.

    One that takes the packets of others to the internet needs none, and no appliance mode:
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-nat-igw.
    """
    if start.by_gateway is None or not isinstance(start.vpc, Vpc):
        return start.by_gateway is not None
    attachment = state.transit_vpc_attachment_of(start.by_gateway, start.vpc)
    zonal = isinstance(attachment, TransitVpcAttachment) and attachment.appliance_mode is False
    gateways = state.nat_gateways_of(start.vpc) if zonal and routable(address) else ()
    return isinstance(gateways, NotVisible) or not any(item.public for item in gateways)


def _has_firewalls(state: AwsState, vpc_id: str) -> bool:
    """Whether a route table of a VPC leads to a firewall endpoint, not to that of a service as S3."""
    routes = (route for table in state.route_tables_in(vpc_id) for route in table.routes)
    return any(
        route.target_kind is RouteTargetKind.VPC_ENDPOINT and route.prefix_list_id is None for route in routes
    )
