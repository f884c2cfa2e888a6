"""What takes a VPC's packets to the internet, and which change of a route table lets it?

Who has a public address needs a default route to the internet gateway, anybody else one to a public NAT
gateway: https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html. A NAT gateway that does
not work, or is being deleted, is none:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html.
"""

from __future__ import annotations

from ipaddress import ip_network

from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Network
from nlbcheck.path import remedy, route_choice
from nlbcheck.path.location import InVpc
from nlbcheck.path.route_choice import Choice
from nlbcheck.path.routes import RouteTarget

EVERYTHING = ip_network("0.0.0.0/0")
GATEWAYS = (RouteTargetKind.INTERNET_GATEWAY, RouteTargetKind.NAT_GATEWAY)


def way_out(state: AwsState, start: InVpc, vpc: Vpc) -> RouteTarget | NotVisible | None:
    """Return the one gateway by which a sender's packets come to the internet; None if there is none."""
    if start.public_address is not None or start.balancer is not None:
        found = state.internet_gateway_of(vpc)
        if isinstance(found, InternetGateway):
            return RouteTarget(RouteTargetKind.INTERNET_GATEWAY, found.id)
        return found if isinstance(found, NotVisible) else None
    gateways = state.nat_gateways_of(vpc)
    if isinstance(gateways, NotVisible):
        return gateways
    usable = [item for item in gateways if item.public and item.state is NatGatewayState.AVAILABLE]
    near = [item for item in usable if _is_near(state, item, start)] or usable
    return RouteTarget(RouteTargetKind.NAT_GATEWAY, near[0].id) if len(near) == 1 else None


def _is_near(state: AwsState, gateway: NatGateway, start: InVpc) -> bool:
    """Whether a NAT gateway serves a sender's own zone."""
    if gateway.subnet_id is None:
        return True
    subnet = state.subnet(gateway.subnet_id, vpc_id=gateway.vpc_id)
    return (
        isinstance(subnet, Subnet) and isinstance(start.subnet, Subnet) and subnet.zone == start.subnet.zone
    )


def advice_for(start: InVpc, table: RouteTable) -> Remedy:
    """Return what to do where a VPC has nothing that takes a sender's packets to the internet."""
    if start.public_address is not None:
        return remedy.advice(
            tell(
                "Attach an internet gateway to {vpc}, and add a default route to it in {table}.",
                vpc=start.vpc_id,
                table=table.id,
            )
        )
    return remedy.advice(
        tell(
            "Create a public NAT gateway in {vpc}, and add a default route to it in {table}. "
            "Or associate an Elastic IP address with {address}, and add a default route to an internet "
            "gateway in {table}.",
            vpc=start.vpc_id,
            table=table.id,
            address=start.address,
        )
    )


def own_table(
    state: AwsState, start: InVpc, table: RouteTable, beaten: RouteTarget | None, instead: RouteTarget
) -> Remedy | None:
    """Return what to do where a table's default route cannot be changed without harm to other machines.

    None where it can: no other machine uses it.
    """
    if beaten is None or instead.kind is not RouteTargetKind.INTERNET_GATEWAY:
        return None
    if not isinstance(start.subnet, Subnet) or not _is_shared(state, start, table):
        return None
    return remedy.advice(
        tell(
            "Create a route table for {subnet} alone, with the routes of {table} and a default route to "
            "{gateway}. Other machines that use {table} need its route to {hop}.",
            subnet=start.subnet.id,
            table=table.id,
            gateway=instead.id,
            hop=beaten.id,
        )
    )


def may_replace(prefix: Network, beaten: Choice, instead: RouteTarget) -> bool:
    """Whether a default route is to be pointed at an internet gateway, where nobody else needs it."""
    static = beaten.route.destination is not None and beaten.route.origin not in route_choice.PROPAGATED
    default = prefix == EVERYTHING and beaten.prefix == EVERYTHING
    return default and static and instead.kind is RouteTargetKind.INTERNET_GATEWAY


def _is_shared(state: AwsState, start: InVpc, table: RouteTable) -> bool:
    """Whether machines without a public address may use a table, too."""
    if not isinstance(start.subnet, Subnet):
        return True
    others = state.subnets_of(start.vpc) if table.main and isinstance(start.vpc, Vpc) else ()
    if isinstance(others, NotVisible):
        return True
    ids = {start.subnet.id, *table.subnet_ids}
    for subnet in others:
        used = state.route_table_of(subnet)
        if not isinstance(used, RouteTable) or used.id == table.id:
            ids.add(subnet.id)
    return any(_has_private(state, start, key) for key in ids)


def _has_private(state: AwsState, start: InVpc, subnet_id: str) -> bool:
    """Whether a machine stands in a subnet that could not use an internet gateway."""
    place = start.subnet.account_region if isinstance(start.subnet, Subnet) else None
    found = state.interfaces_in(subnet_id, place) if place else NotVisible("", "", "", None)
    if isinstance(found, NotVisible):
        return True
    return any(_needs_nat(item) for item in found)


def _needs_nat(interface: NetworkInterface) -> bool:
    return interface.public_address is None and interface.type in ("interface", "lambda", None)
