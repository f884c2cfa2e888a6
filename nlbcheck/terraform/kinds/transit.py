"""Transit gateways: VPCs' attachments to them, and their route tables.

A gateway that is yet to be made is not laid over the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.transit_attachment import TRANSIT_ATTACHMENT
from nlbcheck.aws.resources.transit_route_table import TRANSIT_ROUTES
from nlbcheck.aws.resources.transit_vpc_attachment import TRANSIT_VPC_ATTACHMENT
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import ResourceKind, blackhole, joint, part
from nlbcheck.terraform.kinds.networks import ranges
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import given, tags, texts

_KEY = "TransitGatewayAttachmentId"


def _put_attachment(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    key, subnets = after.get("id"), texts(after, "subnet_ids")
    mode = given(after, "appliance_mode_support")
    options = {"ApplianceModeSupport": mode if isinstance(mode, str) else "disable"}
    if change.is_new:
        shown = {"TransitGatewayId": after.get("transit_gateway_id"), _KEY: key, "State": "available"}
        own = {"VpcId": after.get("vpc_id"), "SubnetIds": subnets, "Options": options, "Tags": tags(after)}
        overlay.create(TRANSIT_VPC_ATTACHMENT, {**shown, **own})
        overlay.create(
            TRANSIT_ATTACHMENT,
            {
                **shown, "ResourceType": "vpc", "ResourceId": after.get("vpc_id"),
                "ResourceOwnerId": overlay.where.account, "TransitGatewayOwnerId": overlay.where.account,
                # Which table it uses is the gateway's default, or a resource of its own.
                "Association": AfterApply(f"the route table of {change.address}"), "Tags": tags(after),
            },
        )  # fmt: skip
        return
    found = overlay.find(TRANSIT_VPC_ATTACHMENT, key)
    if found:
        changed = {"SubnetIds": subnets, "Options": {**found.get("Options", {}), **options}}
        overlay.put(TRANSIT_VPC_ATTACHMENT, {**found, **changed})


def _remove_attachment(overlay: Overlay, values: Attributes) -> None:
    key = str(values.get("id"))
    for kind in (TRANSIT_VPC_ATTACHMENT, TRANSIT_ATTACHMENT):
        overlay.amend(kind, key, lambda item: {**item, "State": "deleted"})
    blackhole(overlay, "TransitGatewayId", values.get("transit_gateway_id"))


def _route(operation: str) -> Callable[[Attributes], Iterator[tuple[str, str, Object]]]:
    def calls(values: Attributes) -> Iterator[tuple[str, str, Object]]:
        parameters = {
            "TransitGatewayRouteTableId": values.get("transit_gateway_route_table_id"),
            "DestinationCidrBlock": values.get("destination_cidr_block"),
        }
        if operation == "CreateTransitGatewayRoute":
            target = given(values, "transit_gateway_attachment_id")
            drops = given(values, "blackhole") is True
            parameters |= {"Blackhole": True} if drops else {_KEY: target}
        yield "ec2", operation, parameters

    return calls


def _associate(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    table = {"TransitGatewayRouteTableId": after.get("transit_gateway_route_table_id"), "State": "associated"}
    key = str(after.get("transit_gateway_attachment_id"))
    overlay.amend(TRANSIT_ATTACHMENT, key, lambda item: {**item, "Association": table})


def _dissociate(overlay: Overlay, values: Attributes) -> None:
    key = str(values.get("transit_gateway_attachment_id"))

    def without(item: Object) -> Object:
        return {name: value for name, value in item.items() if name != "Association"}

    overlay.amend(TRANSIT_ATTACHMENT, key, without)


def _announce(overlay: Overlay, change: ResourceChange) -> None:
    """Put the ranges of an attachment's VPC into a route table."""
    after = change.after or {}
    table = str(after.get("transit_gateway_route_table_id"))
    response, attachment = overlay.recorded(TRANSIT_ROUTES, table), _attachment(overlay, after)
    if response is None or attachment is None:
        return
    hop = {name: attachment[name] for name in ("ResourceId", _KEY, "ResourceType")}
    known = {route.get("DestinationCidrBlock") for route in response["Routes"]}
    routes = [
        {
            "DestinationCidrBlock": block,
            "TransitGatewayAttachments": [hop],
            "Type": "propagated",
            "State": "active",
        }
        for block in ranges(overlay, attachment["ResourceId"])
        if block not in known
    ]
    overlay.respond(TRANSIT_ROUTES, table, {**response, "Routes": [*response["Routes"], *routes]})


def _attachment(overlay: Overlay, values: Attributes) -> Object | None:
    return overlay.find(TRANSIT_ATTACHMENT, values.get("transit_gateway_attachment_id"))


def _silence(overlay: Overlay, values: Attributes) -> None:
    """Take what an attachment has announced out of a route table."""
    table, key = (
        str(values.get("transit_gateway_route_table_id")),
        values.get("transit_gateway_attachment_id"),
    )
    response = overlay.recorded(TRANSIT_ROUTES, table)
    if response is None:
        return

    def announced(route: Object) -> bool:
        hops = [hop.get(_KEY) for hop in route.get("TransitGatewayAttachments", ())]
        return route.get("Type") == "propagated" and key in hops

    kept = [route for route in response["Routes"] if not announced(route)]
    overlay.respond(TRANSIT_ROUTES, table, {**response, "Routes": kept})


_TABLE = "transit_gateway_route_table_id"
_BOTH = (_TABLE, "transit_gateway_attachment_id")
KINDS = {
    "aws_ec2_transit_gateway_vpc_attachment": ResourceKind(_put_attachment, _remove_attachment),
    "aws_ec2_transit_gateway_route": part(
        _route("CreateTransitGatewayRoute"),
        _route("DeleteTransitGatewayRoute"),
        _TABLE,
        "destination_cidr_block",
    ),
    "aws_ec2_transit_gateway_route_table_association": joint(_associate, _dissociate, *_BOTH),
    "aws_ec2_transit_gateway_route_table_propagation": joint(_announce, _silence, *_BOTH),
}
