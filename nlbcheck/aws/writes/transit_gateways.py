"""What do calls on transit gateways change?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlbcheck.aws.kind import Kind
from nlbcheck.aws.resources.transit_attachment import TRANSIT_ATTACHMENT
from nlbcheck.aws.resources.transit_gateway import TRANSIT_GATEWAY
from nlbcheck.aws.resources.transit_peering import TRANSIT_PEERING
from nlbcheck.aws.resources.transit_route_table import TRANSIT_ROUTES
from nlbcheck.aws.resources.transit_vpc_attachment import TRANSIT_VPC_ATTACHMENT
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit
from nlbcheck.aws.writes.route_tables import revive

_NO_ATTACHMENT = "InvalidTransitGatewayAttachmentID.NotFound"
_NO_TABLE = "InvalidRouteTableID.NotFound"
_NO_GATEWAY = "InvalidTransitGatewayID.NotFound"


def accept_transit_vpc_attachment(state: EditedState, parameters: Parameters) -> None:
    """Let a VPC's attachment that waits for it take part.

    Its routes come alive, and the gateway's defaults give it a route table and announce its ranges:
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
    """
    attachment = _accepted(state, TRANSIT_VPC_ATTACHMENT, parameters["TransitGatewayAttachmentId"])
    revive(state, "TransitGatewayId", attachment["TransitGatewayId"], attachment["VpcId"])
    options = state.get(TRANSIT_GATEWAY, attachment["TransitGatewayId"], _NO_GATEWAY)["Options"]
    if options["DefaultRouteTableAssociation"] == "enable":
        _associate(state, options["AssociationDefaultRouteTableId"], attachment["TransitGatewayAttachmentId"])
    if options["DefaultRouteTablePropagation"] == "enable":
        _announce(state, options["PropagationDefaultRouteTableId"], attachment)


def accept_transit_peering(state: EditedState, parameters: Parameters) -> None:
    """Let a link between two transit gateways that waits for it take part; routes are made by hand.

    Within a Region both of its ends are listed, each with an id of its own.
    """
    accepted = _accepted(state, TRANSIT_PEERING, parameters["TransitGatewayAttachmentId"])
    for item in list(state.objects(TRANSIT_PEERING)):
        same = all(item[side] == accepted[side] for side in ("RequesterTgwInfo", "AccepterTgwInfo"))
        if same and item["State"] == "pendingAcceptance":
            _accepted(state, TRANSIT_PEERING, item[TRANSIT_PEERING.id])


def _accepted(state: EditedState, kind: Kind[Any], key: str) -> Object:
    """Make an attachment available, in its own list and in the one of all attachments."""
    attachment = state.get(kind, key, _NO_ATTACHMENT)
    if attachment["State"] != "pendingAcceptance":
        raise RefusedError("IncorrectState")
    for listed in (kind, TRANSIT_ATTACHMENT):
        state.amend(listed, key, lambda item: {**item, "State": "available"})
    return attachment


def _associate(state: EditedState, table: str, key: str) -> None:
    association = {"TransitGatewayRouteTableId": table, "State": "associated"}
    state.amend(TRANSIT_ATTACHMENT, key, lambda item: {"Association": association, **item})


def _announce(state: EditedState, table: str, attachment: Object) -> None:
    """Put a VPC's ranges into a route table, where no other route to them is.

    A table that the packets of no row pass was not recorded, and stays so.
    """
    response = state.recorded(TRANSIT_ROUTES, table)
    if response is None:
        return
    vpc = state.get(VPC, attachment["VpcId"], "InvalidVpcID.NotFound")
    known = {route.get("DestinationCidrBlock") for route in response["Routes"]}
    hop = {
        "ResourceId": attachment["VpcId"],
        "TransitGatewayAttachmentId": attachment["TransitGatewayAttachmentId"],
        "ResourceType": "vpc",
    }
    for block in vpc["CidrBlockAssociationSet"]:
        if block["CidrBlock"] not in known:
            response["Routes"].append(
                {
                    "DestinationCidrBlock": block["CidrBlock"],
                    "TransitGatewayAttachments": [hop],
                    "Type": "propagated",
                    "State": "active",
                }
            )
    state.respond(TRANSIT_ROUTES, table, response)


def enable_transit_propagation(state: EditedState, parameters: Parameters) -> None:
    """Let an attachment bring its prefixes into a route table.

    A VPC brings its ranges. What routers have announced is in another table that learns from the attachment,
    as far as it is recorded.
    """
    table, key = parameters["TransitGatewayRouteTableId"], parameters["TransitGatewayAttachmentId"]
    attachment = state.get(TRANSIT_ATTACHMENT, key, _NO_ATTACHMENT)
    state.response(TRANSIT_ROUTES, table, _NO_TABLE)
    if attachment["State"] not in ("available", "modifying") or attachment["ResourceType"] in _LINKS:
        raise RefusedError("IncorrectState")
    if attachment["ResourceType"] == "vpc":
        _announce(state, table, state.get(TRANSIT_VPC_ATTACHMENT, key, _NO_ATTACHMENT))
    else:
        _teach(state, table, key)


_LINKS = ("peering", "tgw-peering")
"""What brings no prefixes: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-add-route.html."""


def _teach(state: EditedState, table: str, key: str) -> None:
    response = state.response(TRANSIT_ROUTES, table, _NO_TABLE)
    known = {route.get("DestinationCidrBlock") for route in response["Routes"]}
    for other in state.responses(TRANSIT_ROUTES):
        for route in other["Routes"]:
            hops = [hop["TransitGatewayAttachmentId"] for hop in route.get("TransitGatewayAttachments", ())]
            prefix = route.get("DestinationCidrBlock")
            if route["Type"] == "propagated" and key in hops and prefix not in known:
                response["Routes"].append(route)
                known.add(prefix)
    state.respond(TRANSIT_ROUTES, table, response)


def create_transit_route(state: EditedState, parameters: Parameters) -> None:
    """Add a static route to a transit gateway route table."""
    table, destination = parameters["TransitGatewayRouteTableId"], parameters["DestinationCidrBlock"]
    response = state.response(TRANSIT_ROUTES, table, _NO_TABLE)
    if any(_is_static(route, destination) for route in response["Routes"]):
        raise RefusedError("RouteAlreadyExists")
    route: Object = {"DestinationCidrBlock": destination, "TransitGatewayAttachments": [], "Type": "static"}
    if parameters.get("Blackhole"):
        route["State"] = "blackhole"
    else:
        found = state.get(TRANSIT_ATTACHMENT, parameters["TransitGatewayAttachmentId"], _NO_ATTACHMENT)
        hop = {key: found[key] for key in ("ResourceId", "TransitGatewayAttachmentId", "ResourceType")}
        route |= {"TransitGatewayAttachments": [hop], "State": "active"}
    # A transit gateway shows only the preferred route to a destination, and static ones are preferred.
    others = [item for item in response["Routes"] if item["DestinationCidrBlock"] != destination]
    state.respond(TRANSIT_ROUTES, table, {**response, "Routes": [*others, route]})


def replace_transit_route(state: EditedState, parameters: Parameters) -> None:
    """Point a static route of a transit gateway elsewhere."""
    delete_transit_route(state, parameters)
    create_transit_route(state, parameters)


def delete_transit_route(state: EditedState, parameters: Parameters) -> None:
    """Take a static route from a transit gateway route table."""
    table, destination = parameters["TransitGatewayRouteTableId"], parameters["DestinationCidrBlock"]
    response = state.response(TRANSIT_ROUTES, table, _NO_TABLE)
    kept = [route for route in response["Routes"] if not _is_static(route, destination)]
    if len(kept) == len(response["Routes"]):
        raise RefusedError("InvalidRoute.NotFound")
    state.respond(TRANSIT_ROUTES, table, {**response, "Routes": kept})


def _is_static(route: Mapping[str, Any], destination: str) -> bool:
    return bool(route["DestinationCidrBlock"] == destination and route["Type"] == "static")


def associate_transit_table(state: EditedState, parameters: Parameters) -> None:
    """Give an attachment the route table for what comes from it."""
    association = {
        "TransitGatewayRouteTableId": parameters["TransitGatewayRouteTableId"],
        "State": "associated",
    }

    def change(attachment: Object) -> None:
        if attachment.get("Association", {}).get("State") == "associated":
            raise RefusedError("Resource.AlreadyAssociated")
        attachment["Association"] = association

    key = parameters["TransitGatewayAttachmentId"]
    edit(state, TRANSIT_ATTACHMENT, key, _NO_ATTACHMENT, change)


def modify_transit_vpc_attachment(state: EditedState, parameters: Parameters) -> None:
    """Add subnets to a VPC's attachment, take some away, or change its options."""

    def change(attachment: Object) -> None:
        gone = set(parameters.get("RemoveSubnetIds", ()))
        kept = [key for key in attachment["SubnetIds"] if key not in gone]
        attachment["SubnetIds"] = list(dict.fromkeys([*kept, *parameters.get("AddSubnetIds", ())]))
        attachment["Options"] = {**attachment.get("Options", {}), **parameters.get("Options", {})}

    edit(state, TRANSIT_VPC_ATTACHMENT, parameters["TransitGatewayAttachmentId"], _NO_ATTACHMENT, change)
