"""Which changes of transit gateways does AWS refuse as things stand?"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import TransitAssociation, TransitAttachment
from nlbcheck.aws.resources.transit_gateway import USABLE, TransitState
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_route_table import TransitRoute, TransitRouteType
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import CallParameters, Json
from nlbcheck.path import neighbours

_ID = "TransitGatewayAttachmentId"


def accept_vpc_attachment(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse what is not pending acceptance.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptTransitGatewayVpcAttachment.html
    """
    return _unless_pending(state.transit_vpc_attachment(str(parameters[_ID])))


def accept_peering_attachment(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse what is not pending acceptance.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-accept-reject.html
    """
    return _unless_pending(state.transit_peering(str(parameters[_ID])))


def _unless_pending(found: object) -> str | None:
    if not isinstance(found, TransitVpcAttachment | TransitPeeringAttachment):
        return None
    pending = found.state in (TransitState.PENDING_ACCEPTANCE, None)
    return None if pending else tell("{resource} is {state}", resource=found.id, state=found.state)


def _unusable(state: AwsState, key: str) -> str | None:
    """Say that an attachment is not available; only what is can be used in a table.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    found = state.transit_attachment(key)
    if isinstance(found, TransitAttachment) and found.state not in (*USABLE, None):
        return tell("{resource} is {state}", resource=key, state=found.state)
    return None


def associate_table(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse a second table for an attachment (``Resource.AlreadyAssociated``).

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateTransitGatewayRouteTable.html
    """
    key = str(parameters[_ID])
    found = state.transit_association(key)
    if isinstance(found, TransitAssociation):
        return tell(
            "{attachment} is already associated with {table}", attachment=key, table=found.route_table_id
        )
    return _unusable(state, key)


def enable_propagation(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse links to other transit gateways, attachments not available, and what propagates already.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableTransitGatewayRouteTablePropagation.html;
    links take static routes alone: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-add-route.html.
    """
    key, table = str(parameters[_ID]), str(parameters["TransitGatewayRouteTableId"])
    found = state.transit_attachment(key)
    if isinstance(found, TransitAttachment) and found.resource_type in neighbours.PEERINGS:
        return tell("{attachment} leads to another transit gateway and propagates no routes", attachment=key)
    attachment = state.transit_vpc_attachment(key)
    vpc = state.vpc(attachment.vpc_id) if isinstance(attachment, TransitVpcAttachment) else None
    for prefix in vpc.cidrs if isinstance(vpc, Vpc) else ():
        if any(_is_brought(route, str(prefix), key) for route in _routes(state, table, str(prefix))):
            return tell(
                "{table} already has the routes of {attachment} by propagation", table=table, attachment=key
            )
    return _unusable(state, key)


def _is_brought(route: TransitRoute, prefix: str, key: str) -> bool:
    learned = str(route.destination) == prefix and route.type is TransitRouteType.PROPAGATED
    return learned and key in [hop.attachment_id for hop in route.hops]


def create_route(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse a second static route for a prefix, and attachments that are not available.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayRoute.html
    """
    table, prefix = str(parameters["TransitGatewayRouteTableId"]), str(parameters["DestinationCidrBlock"])
    if any(_is_static(route, prefix) for route in _routes(state, table, prefix)):
        return tell("{table} already has a static route {prefix}", table=table, prefix=prefix)
    return _unusable(state, str(parameters[_ID]))


def replace_route(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse to replace what is not a static route, and attachments that are not available.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceTransitGatewayRoute.html
    """
    table, prefix = str(parameters["TransitGatewayRouteTableId"]), str(parameters["DestinationCidrBlock"])
    routes = _routes(state, table, prefix)
    if routes and not any(_is_static(route, prefix) for route in routes):
        return tell("{table} has no static route {prefix} to replace", table=table, prefix=prefix)
    return _unusable(state, str(parameters[_ID]))


def _routes(state: AwsState, table: str, prefix: str) -> tuple[TransitRoute, ...]:
    found = state.transit_routes(table, ip_network(prefix).network_address)
    return found if isinstance(found, tuple) else ()


def _is_static(route: TransitRoute, prefix: str) -> bool:
    return str(route.destination) == prefix and route.type is not TransitRouteType.PROPAGATED


def modify_vpc_attachment(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse subnets of other VPCs, a second one of a zone, and attachments that are not available.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    found = state.transit_vpc_attachment(str(parameters[_ID]))
    if not isinstance(found, TransitVpcAttachment):
        return None
    if found.state not in (*USABLE, None):
        return tell("{resource} is {state}", resource=found.id, state=found.state)
    keys = parameters.get("AddSubnetIds")
    added = _subnets(state, keys if isinstance(keys, list) else ())
    here = {subnet.zone for subnet in _subnets(state, found.subnet_ids)}
    for subnet in added:
        if subnet.vpc_id != found.vpc_id:
            return tell("{subnet} is not in {vpc}", subnet=subnet.id, vpc=found.vpc_id)
        if subnet.zone in here:
            return tell("{attachment} already has a subnet in {zone}", attachment=found.id, zone=subnet.zone)
    return None


def _subnets(state: AwsState, keys: Iterable[Json]) -> list[Subnet]:
    found = (state.subnet(str(key)) for key in keys)
    return [item for item in found if isinstance(item, Subnet)]
