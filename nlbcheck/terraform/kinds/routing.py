"""Route tables, their routes, and the subnets that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import Owner, ResourceKind, joint, part
from nlbcheck.terraform.kinds.networks import local_route, ranges
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import blocks, given, is_default, renamed, tags, texts

_TARGETS: Mapping[str, str] = {
    "gateway_id": "GatewayId",
    "vpc_endpoint_id": "GatewayId",
    "nat_gateway_id": "NatGatewayId",
    "transit_gateway_id": "TransitGatewayId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
    "network_interface_id": "NetworkInterfaceId",
    "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "local_gateway_id": "LocalGatewayId",
    "carrier_gateway_id": "CarrierGatewayId",
    "core_network_arn": "CoreNetworkArn",
}
_TO: Mapping[str, str] = {
    "destination_cidr_block": "DestinationCidrBlock",
    "destination_ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId",
    "cidr_block": "DestinationCidrBlock",
    "ipv6_cidr_block": "DestinationIpv6CidrBlock",
}


def _target(values: Attributes) -> Object:
    """Return what a route points at: of what a provider computes beside, the one that is known."""
    found = renamed(values, _TARGETS)
    sure = {name: value for name, value in found.items() if not isinstance(value, AfterApply)}
    return sure or dict(list(found.items())[:1])


def _route(operation: str) -> Callable[[Attributes], Iterator[tuple[str, str, Object]]]:
    def calls(values: Attributes) -> Iterator[tuple[str, str, Object]]:
        destination = {"RouteTableId": values.get("route_table_id"), **renamed(values, _TO)}
        yield "ec2", operation, destination | (_target(values) if operation == "CreateRoute" else {})

    return calls


def _inline(values: Attributes) -> list[Object] | AfterApply:
    found = blocks(values, "route")
    if isinstance(found, AfterApply):
        return found
    return [
        {**renamed(item, _TO), **_target(item), "Origin": "CreateRoute", "State": "active"} for item in found
    ]


def _put_table(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    key = after.get("id")
    if change.is_new:
        vpc, routes = given(after, "vpc_id"), _inline(after)
        own = [local_route(block) for block in ranges(overlay, vpc)]
        overlay.create(
            ROUTE_TABLE,
            {
                "RouteTableId": key, "VpcId": vpc, "OwnerId": overlay.where.account, "Associations": [],
                "Routes": _with_local(own, routes),
                "PropagatingVgws": [], "Tags": tags(after),
            },
        )  # fmt: skip
    elif change.changed("route"):
        _set_routes(overlay, key, _inline(after))
    before = set(_known(change.before or {}, "propagating_vgws"))
    now = set(_known(after, "propagating_vgws"))
    for verb, gateways in (("Enable", now - before), ("Disable", before - now)):
        for gateway in gateways:
            parameters = {"RouteTableId": key, "GatewayId": gateway}
            overlay.call("ec2", f"{verb}VgwRoutePropagation", parameters)


def _with_local(own: list[Object], routes: list[Object] | AfterApply) -> list[Object] | AfterApply:
    """Return a new table's routes; unset ones are computed: then there are none but the local ones."""
    if isinstance(routes, AfterApply):
        return own if is_default(routes) else routes
    return [*own, *routes]


def _known(values: Attributes, name: str) -> list[str]:
    found = texts(values, name)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _set_routes(overlay: Overlay, key: object, routes: list[Object] | AfterApply) -> None:
    """Replace a table's static routes; those that AWS makes and that are propagated stay."""
    table = overlay.find(ROUTE_TABLE, key)
    if table is None:
        return
    if isinstance(routes, AfterApply):
        overlay.put(ROUTE_TABLE, {**table, "Routes": routes})
        return
    kept = [route for route in table["Routes"] if route.get("Origin") != "CreateRoute"]
    overlay.put(ROUTE_TABLE, {**table, "Routes": [*kept, *routes]})


def _adopt_table(overlay: Overlay, change: ResourceChange) -> None:
    """Give a VPC's main route table just the routes that Terraform has for it."""
    after = change.after or {}
    key = after.get("default_route_table_id") or after.get("id")
    routes = _inline(after)
    if change.is_new or change.changed("route"):
        _set_routes(overlay, key, [] if change.is_new and is_default(routes) else routes)


def _remove_table(overlay: Overlay, values: Attributes) -> None:
    overlay.remove(ROUTE_TABLE, str(values.get("id")))


def _partner(values: Attributes) -> tuple[str, object]:
    gateway, subnet = given(values, "gateway_id"), given(values, "subnet_id")
    return ("GatewayId", gateway) if isinstance(gateway, str) and subnet is None else ("SubnetId", subnet)


def _associate(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    table, (field, partner) = after.get("route_table_id"), _partner(after)
    later = next((item for item in (table, partner) if isinstance(item, AfterApply)), None)
    if later:
        overlay.hide(ROUTE_TABLE, ["Associations"], AfterApply(later.name))
        return
    target = overlay.find(ROUTE_TABLE, table)
    if target is None or not isinstance(partner, str):
        return
    _dissociate(overlay, after)
    target = overlay.find(ROUTE_TABLE, table) or target
    association = {
        "Main": False, "RouteTableAssociationId": f"rtbassoc-({partner})", "RouteTableId": table,
        field: partner, "AssociationState": {"State": "associated"},
    }  # fmt: skip
    overlay.put(ROUTE_TABLE, {**target, "Associations": [*target["Associations"], association]})


def _dissociate(overlay: Overlay, values: Attributes) -> None:
    """Let a subnet fall back to the VPC's main route table."""
    field, partner = _partner(values)
    for table in list(overlay.objects(ROUTE_TABLE)):
        kept = [item for item in table["Associations"] if item.get(field) != partner]
        if len(kept) < len(table["Associations"]):
            overlay.put(ROUTE_TABLE, {**table, "Associations": kept})


def _make_main(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    _move_main(overlay, after.get("vpc_id"), after.get("route_table_id"))


def _unmake_main(overlay: Overlay, values: Attributes) -> None:
    _move_main(overlay, values.get("vpc_id"), values.get("original_route_table_id"))


def _move_main(overlay: Overlay, vpc: object, key: object) -> None:
    if overlay.find(ROUTE_TABLE, key) is None:
        return
    for table in list(overlay.objects(ROUTE_TABLE)):
        if table.get("VpcId") != vpc:
            continue
        others = [item for item in table["Associations"] if not item.get("Main")]
        main = {"Main": True, "RouteTableAssociationId": f"rtbassoc-({vpc})", "RouteTableId": key}
        is_it = table["RouteTableId"] == key
        overlay.put(ROUTE_TABLE, {**table, "Associations": [*others, main] if is_it else others})


def _propagation(verb: str) -> Callable[[Attributes], Iterator[tuple[str, str, Object]]]:
    def calls(values: Attributes) -> Iterator[tuple[str, str, Object]]:
        parameters = {"RouteTableId": values.get("route_table_id"), "GatewayId": values.get("vpn_gateway_id")}
        yield "ec2", f"{verb}VgwRoutePropagation", parameters

    return calls


_DESTINATIONS = "destination_cidr_block|destination_ipv6_cidr_block|destination_prefix_list_id"
_OF_TABLE = Owner(ROUTE_TABLE, ("Routes",), "route_table_id")
KINDS = {
    "aws_route_table": ResourceKind(_put_table, _remove_table),
    "aws_default_route_table": ResourceKind(_adopt_table, lambda *_: None),
    "aws_route": part(
        _route("CreateRoute"), _route("DeleteRoute"), "route_table_id", _DESTINATIONS, owner=_OF_TABLE
    ),
    "aws_route_table_association": joint(
        _associate, _dissociate, "route_table_id", "subnet_id|gateway_id|public_ipv4_pool"
    ),
    "aws_main_route_table_association": joint(_make_main, _unmake_main, "vpc_id", "route_table_id"),
    "aws_vpn_gateway_route_propagation": part(
        _propagation("Enable"), _propagation("Disable"), "route_table_id", "vpn_gateway_id", owner=_OF_TABLE
    ),
}
