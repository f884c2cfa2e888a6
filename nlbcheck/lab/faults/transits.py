"""Faults of transit gateways."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.transit_attachment import TRANSIT_ATTACHMENT
from nlbcheck.aws.resources.transit_route_table import TRANSIT_ROUTES
from nlbcheck.aws.resources.transit_vpc_attachment import TRANSIT_VPC_ATTACHMENT
from nlbcheck.aws.writes.edited import EditedState, Object
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.transits import Attached, Transit
from nlbcheck.lab.faults.scene import Scene, alter


def association_missing(state: EditedState, scene: Scene) -> None:
    """Disassociate the attachment of the client's VPC from its route table."""
    _, attached = _door(scene)
    alter(state, TRANSIT_ATTACHMENT, attached.id, lambda item: item.pop("Association", None) and None)


def route_missing(state: EditedState, scene: Scene) -> None:
    """Delete the routes to the load balancer from the route table of the transit gateway."""
    _on_routes(state, scene, lambda _route: None)


def route_blackhole(state: EditedState, scene: Scene) -> None:
    """Make the transit gateway's route to the load balancer a blackhole route."""
    _on_routes(
        state, scene,
        lambda route: {**route, "State": "blackhole", "Type": "static", "TransitGatewayAttachments": []},
    )  # fmt: skip


def route_elsewhere(state: EditedState, scene: Scene) -> None:
    """Route packets for the load balancer back to the client's VPC in the transit gateway."""
    _, attached = _door(scene)
    back = {
        "ResourceId": attached.resource,
        "TransitGatewayAttachmentId": attached.id,
        "ResourceType": "vpc",
    }
    _on_routes(state, scene, lambda route: {**route, "TransitGatewayAttachments": [back]})


def zone_missing(state: EditedState, scene: Scene) -> None:
    """Remove the transit gateway's subnet in the Availability Zone of the client."""
    _, attached = _door(scene)
    zone = scene.subnet(scene.client).zone
    others = [
        item.id for item in scene.state.seen(SUBNET, {"vpc-id": attached.resource}) if item.zone != zone
    ]
    alter(state, TRANSIT_VPC_ATTACHMENT, attached.id, lambda item: item.update(SubnetIds=others))


def appliance_mode_off(state: EditedState, scene: Scene) -> None:
    """Turn appliance mode off for a VPC with firewalls: each zone uses the firewall of its own."""
    found = (item.id for item in scene.state.seen(TRANSIT_VPC_ATTACHMENT) if item.appliance_mode)
    key = next(found, None)
    if key is None:
        raise InputError("no attachment of the transit gateway is in appliance mode")
    options = {"ApplianceModeSupport": "disable"}
    alter(state, TRANSIT_VPC_ATTACHMENT, key, lambda item: item["Options"].update(options))


def detached(state: EditedState, scene: Scene) -> None:
    """Set the attachment of the client's VPC to pendingAcceptance."""
    _, attached = _door(scene)
    for kind in (TRANSIT_ATTACHMENT, TRANSIT_VPC_ATTACHMENT):
        alter(state, kind, attached.id, lambda item: item.update(State="pendingAcceptance"))


def _door(scene: Scene) -> tuple[Transit, Attached]:
    """Return the transit gateway that joins the client's VPC with the load balancer's."""
    for transit in scene.blueprint.transits:
        by_vpc = {item.resource: item for item in transit.attached if item.vpc}
        if scene.client.site in by_vpc and scene.node.site in by_vpc:
            return transit, by_vpc[scene.client.site]
    raise InputError("no transit gateway joins the client and the load balancer")


def _on_routes(state: EditedState, scene: Scene, change: Callable[[Object], Object | None]) -> None:
    _, attached = _door(scene)
    response = state.response(TRANSIT_ROUTES, attached.table or "", "NotFound")
    routes: list[Object] = []
    for route in response["Routes"]:
        if scene.node.address in IPv4Network(route.get("DestinationCidrBlock", "0.0.0.0/32")):
            changed = change(route)
            routes += [changed] if changed else []
        else:
            routes.append(route)
    state.respond(TRANSIT_ROUTES, attached.table or "", {**response, "Routes": routes})
