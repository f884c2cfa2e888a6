"""What do calls on route tables, their routes and their subnets change?"""

from __future__ import annotations

from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit, new_id

_NO_TABLE = "InvalidRouteTableID.NotFound"


_DESTINATIONS = ("DestinationCidrBlock", "DestinationPrefixListId", "DestinationIpv6CidrBlock")


_TARGETS = (
    "GatewayId",
    "VpcPeeringConnectionId",
    "NatGatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def _same_destination(route: Parameters, parameters: Parameters) -> bool:
    return all(route.get(key) == parameters.get(key) for key in _DESTINATIONS)


def _same_static(route: Parameters, parameters: Parameters) -> bool:
    """Whether a route is the one that a call means; propagated ones cannot be meant."""
    return _same_destination(route, parameters) and route.get("Origin") == "CreateRoute"


def _made_route(parameters: Parameters) -> Object:
    wanted = {key: parameters[key] for key in (*_DESTINATIONS, *_TARGETS) if key in parameters}
    if not any(key in wanted for key in _TARGETS):
        raise RefusedError("MissingParameter")
    return {**wanted, "Origin": "CreateRoute", "State": "active"}


def create_route(state: EditedState, parameters: Parameters) -> None:
    """Add a static route; to the VPC's own ranges there is one already."""

    def change(table: Object) -> None:
        for route in table["Routes"]:
            made = route.get("Origin") in ("CreateRoute", "CreateRouteTable")
            if made and _same_destination(route, parameters):
                raise RefusedError("RouteAlreadyExists")
        table["Routes"].append(_made_route(parameters))

    edit(state, ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE, change)


def replace_route(state: EditedState, parameters: Parameters) -> None:
    """Point a static route at another target."""
    delete_route(state, parameters)
    create_route(state, parameters)


def delete_route(state: EditedState, parameters: Parameters) -> None:
    """Take a static route away."""

    def change(table: Object) -> None:
        kept = [route for route in table["Routes"] if not _same_static(route, parameters)]
        if len(kept) == len(table["Routes"]):
            raise RefusedError("InvalidRoute.NotFound")
        table["Routes"] = kept

    edit(state, ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE, change)


def associate_route_table(state: EditedState, parameters: Parameters) -> None:
    """Make a subnet use a route table; it must not have one of its own."""
    subnet, table = parameters["SubnetId"], parameters["RouteTableId"]
    for other in state.objects(ROUTE_TABLE):
        if any(item.get("SubnetId") == subnet for item in other["Associations"]):
            raise RefusedError("Resource.AlreadyAssociated")
    _associate(state, table, subnet)


def replace_route_table_association(state: EditedState, parameters: Parameters) -> None:
    """Make an association's subnet use another route table."""
    state.get(ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE)
    subnet = _dissolve(state, parameters["AssociationId"])
    _associate(state, parameters["RouteTableId"], subnet)


def disassociate_route_table(state: EditedState, parameters: Parameters) -> None:
    """Let a subnet fall back to the VPC's main route table."""
    _dissolve(state, parameters["AssociationId"])


def _associate(state: EditedState, table_id: str, subnet: str) -> None:
    association = {
        "Main": False,
        "RouteTableAssociationId": new_id("rtbassoc", table_id + subnet),
        "RouteTableId": table_id,
        "SubnetId": subnet,
        "AssociationState": {"State": "associated"},
    }
    edit(state, ROUTE_TABLE, table_id, _NO_TABLE, lambda table: table["Associations"].append(association))


def _dissolve(state: EditedState, association: str) -> str:
    for table in state.objects(ROUTE_TABLE):
        for item in table["Associations"]:
            if item["RouteTableAssociationId"] == association and "SubnetId" in item:
                kept = [other for other in table["Associations"] if other is not item]
                state.put(ROUTE_TABLE, {**table, "Associations": kept})
                return str(item["SubnetId"])
    raise RefusedError("InvalidAssociationID.NotFound")


def revive(state: EditedState, field: str, target: str, vpc: str | None = None) -> None:
    """Make the routes to a target active again, in every VPC or in one."""
    for table in list(state.objects(ROUTE_TABLE)):
        if vpc not in (None, table.get("VpcId")):
            continue
        if any(route.get(field) == target for route in table["Routes"]):
            routes = [
                {**route, "State": "active"} if route.get(field) == target else route
                for route in table["Routes"]
            ]
            state.put(ROUTE_TABLE, {**table, "Routes": routes})
