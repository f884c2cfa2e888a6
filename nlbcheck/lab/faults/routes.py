"""Faults of route tables, VPCs and peering connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any

from nlbcheck.aws.resources.instance import INSTANCE
from nlbcheck.aws.resources.internet_gateway import INTERNET_GATEWAY
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.peering_connection import PEERING
from nlbcheck.aws.resources.route_table import ROUTE_TABLE, Route, RouteTable, RouteTargetKind
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.writes.edited import EditedState, Object
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.seats import Seat
from nlbcheck.lab.faults.scene import Scene, alter

_TARGETS = ("GatewayId", "VpcPeeringConnectionId", "TransitGatewayId", "NatGatewayId", "NetworkInterfaceId")


def client_route_missing(state: EditedState, scene: Scene) -> None:
    """Delete the routes from the client to the load balancer."""
    _drop_routes(state, scene, scene.client, scene.node)


def return_route_missing(state: EditedState, scene: Scene) -> None:
    """Delete the routes to the client from the subnet of the first node."""
    _drop_routes(state, scene, scene.node, scene.client)


def target_route_missing(state: EditedState, scene: Scene) -> None:
    """Delete the routes to the on-premises target from the subnet of the first node."""
    _drop_routes(state, scene, scene.node, scene.outside.seat)


def client_route_blackhole(state: EditedState, scene: Scene) -> None:
    """Point the client's route to the load balancer at a target that no longer exists."""
    table, route = _route(scene, scene.client, scene.node)
    _change_route(state, table, route, lambda item: item.update(State="blackhole"))


def client_route_to_internet(state: EditedState, scene: Scene) -> None:
    """Route the client's packets for the load balancer to an internet gateway, by a longer prefix."""
    table = scene.table(scene.client)
    gateway = _internet_gateway(state, scene)

    def change(item: Object) -> None:
        item["Routes"].append(
            {
                "DestinationCidrBlock": f"{scene.node.address}/32",
                "GatewayId": gateway,
                "Origin": "CreateRoute",
                "State": "active",
            }
        )

    alter(state, ROUTE_TABLE, table.id, change)


def peering_pending(state: EditedState, scene: Scene) -> None:
    """Set the peering connection between client and load balancer to pending-acceptance."""
    status = {"Code": "pending-acceptance", "Message": "Pending Acceptance by 123456789012"}
    alter(state, PEERING, _peering(scene), lambda item: item.update(Status=status))


def networks_apart(state: EditedState, scene: Scene) -> None:
    """Delete the peering connection between client and load balancer, and the routes to it."""
    key = _peering(scene)
    state.remove(PEERING, key)
    for table in list(state.objects(ROUTE_TABLE)):
        left = [route for route in table["Routes"] if route.get("VpcPeeringConnectionId") != key]
        if len(left) < len(table["Routes"]):
            state.put(ROUTE_TABLE, {**table, "Routes": left})


def target_behind_peering(state: EditedState, scene: Scene) -> None:
    """Route the nodes' packets for on-premises over the peering connection with the client's VPC."""
    key, target = _peering(scene), scene.outside.member.address
    for seat in scene.blueprint.survey.at(scene.node.site):
        if seat.role is not scene.node.role:
            continue

        def change(item: Object) -> None:
            item["Routes"] = [*(route for route in item["Routes"] if not _holds(route, target)), {
                "DestinationCidrBlock": f"{target}/32", "VpcPeeringConnectionId": key,
                "Origin": "CreateRoute", "State": "active",
            }]  # fmt: skip

        alter(state, ROUTE_TABLE, scene.table(seat).id, change)


def overlap(state: EditedState, scene: Scene) -> None:
    """Give the load balancer's VPC a CIDR block that contains the on-premises target."""
    vpc, cidr = scene.vpc(scene.node), str(IPv4Network((scene.outside.member.address, 24), strict=False))
    block = {
        "AssociationId": "vpc-cidr-assoc-0123456789abcdef0",
        "CidrBlock": cidr,
        "CidrBlockState": {"State": "associated"},
    }
    alter(state, VPC, vpc.id, lambda item: item["CidrBlockAssociationSet"].append(block))
    local = {
        "DestinationCidrBlock": cidr, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active",
    }  # fmt: skip
    for table in list(state.objects(ROUTE_TABLE)):
        if table["VpcId"] == vpc.id:
            state.put(ROUTE_TABLE, {**table, "Routes": [*table["Routes"], local]})


def through_appliance(state: EditedState, scene: Scene) -> None:
    """Route the client's packets through another machine with the source/destination check on."""
    others = [item for item in state.objects(INTERFACE) if _could_be_appliance(item, scene)]
    if not others:
        raise InputError("no other machine stands in the client's VPC")
    table, route = _route(scene, scene.client, scene.node)
    key = others[0]["NetworkInterfaceId"]

    def change(item: Object) -> None:
        for name in _TARGETS:
            item.pop(name, None)
        item["NetworkInterfaceId"] = key

    _change_route(state, table, route, change)


def instance_stopped(state: EditedState, scene: Scene) -> None:
    """Stop the instance of the target."""
    interface = scene.state.interface(scene.inside.seat.interface_id or "")
    key = getattr(interface, "instance_id", None)
    if key is None:
        raise InputError("the target is not an instance")
    alter(
        state, INSTANCE, key,
        lambda item: item["Instances"][0].update(State={"Code": 80, "Name": "stopped"})
        if "Instances" in item else item.update(State={"Code": 80, "Name": "stopped"}),
    )  # fmt: skip


def _could_be_appliance(item: Mapping[str, Any], scene: Scene) -> bool:
    return bool(
        item["VpcId"] == scene.client.site
        and item["NetworkInterfaceId"] != scene.client.interface_id
        and item.get("SourceDestCheck")
    )


def _drop_routes(state: EditedState, scene: Scene, seat: Seat, far: Seat) -> None:
    table = scene.table(seat)

    def change(item: Object) -> None:
        item["Routes"] = [route for route in item["Routes"] if not _holds(route, far.address)]

    alter(state, ROUTE_TABLE, table.id, change)


def _holds(route: Object, address: object) -> bool:
    cidr = route.get("DestinationCidrBlock")
    return bool(cidr and route.get("GatewayId") != "local" and address in IPv4Network(cidr))


def _route(scene: Scene, seat: Seat, far: Seat) -> tuple[RouteTable, Route]:
    table = scene.table(seat)
    for route in table.routes:
        leads = isinstance(route.destination, IPv4Network) and far.address in route.destination
        if leads and route.target_kind is not RouteTargetKind.LOCAL:
            return table, route
    raise InputError(f"{table.id} has no route of its own to {far.address}")


def _change_route(
    state: EditedState, table: RouteTable, route: Route, change: Callable[[Object], object]
) -> None:
    def on_table(item: Object) -> None:
        for other in item["Routes"]:
            if other.get("DestinationCidrBlock") == str(route.destination):
                change(other)

    alter(state, ROUTE_TABLE, table.id, on_table)


def _peering(scene: Scene) -> str:
    _, route = _route(scene, scene.client, scene.node)
    if route.target_kind is not RouteTargetKind.PEERING or not route.target_id:
        raise InputError("no peering connection joins the client and the load balancer")
    return route.target_id


def _internet_gateway(state: EditedState, scene: Scene) -> str:
    """Return the internet gateway of the client's VPC, made where there is none."""
    for item in state.objects(INTERNET_GATEWAY):
        if any(attachment["VpcId"] == scene.client.site for attachment in item["Attachments"]):
            return str(item["InternetGatewayId"])
    made: Object = {
        "InternetGatewayId": "igw-0123456789abcdef0",
        "Attachments": [{"State": "available", "VpcId": scene.client.site}],
        "OwnerId": scene.vpc(scene.client).account_region.account,
        "Tags": [],
    }
    state.put(INTERNET_GATEWAY, made)
    return str(made["InternetGatewayId"])
