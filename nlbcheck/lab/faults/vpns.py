"""Faults of virtual private gateways and VPN connections."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.vpn_connection import VPN_CONNECTION
from nlbcheck.aws.resources.vpn_gateway import VPN_GATEWAY
from nlbcheck.aws.writes.edited import EditedState, Object
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.gateways import PrivateGateway
from nlbcheck.lab.faults.scene import Scene, alter, call


def every_tunnel_down(state: EditedState, scene: Scene) -> None:
    """Set every tunnel of the VPN connections to down."""
    _on_tunnels(state, scene, lambda tunnels: _take_down(tunnels, "IPSEC IS DOWN"))


def bgp_down(state: EditedState, scene: Scene) -> None:
    """Set every tunnel to down because BGP is down."""
    _on_tunnels(state, scene, lambda tunnels: _take_down(tunnels, "IPSEC IS UP"))


def one_tunnel_down(state: EditedState, scene: Scene) -> None:
    """Set one tunnel of each VPN connection to down."""
    _on_tunnels(state, scene, lambda tunnels: _take_down(tunnels[:1], "IPSEC IS DOWN"))


def propagation_off(state: EditedState, scene: Scene) -> None:
    """Turn route propagation from the virtual private gateway off in every route table."""
    key = _gateway(scene).gateway.id
    for table in list(state.objects(ROUTE_TABLE)):
        if {"GatewayId": key} in table["PropagatingVgws"]:
            call(
                state, "ec2", "DisableVgwRoutePropagation", RouteTableId=table["RouteTableId"], GatewayId=key
            )


def prefix_unknown(state: EditedState, scene: Scene) -> None:
    """Delete the static VPN routes and keep the routes to the gateway; another table shows it knows none."""
    gateway = _gateway(scene)
    _show_prefixes(state, gateway)
    for vpn in gateway.vpns:
        alter(state, VPN_CONNECTION, vpn.connection.id, lambda item: item.update(Routes=[]))
    for table in list(state.objects(ROUTE_TABLE)):
        for route in table["Routes"]:
            if route.get("GatewayId") == gateway.gateway.id:
                alter(state, ROUTE_TABLE, table["RouteTableId"], _made_static(gateway.gateway.id))
                break


def selector_narrow(state: EditedState, scene: Scene) -> None:
    """Leave the on-premises target out of the negotiated ranges of the tunnels."""
    target = scene.outside.member.address
    other = IPv4Network((int(target) ^ 1, 32))

    def change(item: Object) -> None:
        item["Options"]["LocalIpv4NetworkCidr"] = str(other)

    for vpn in _gateway(scene).vpns:
        alter(state, VPN_CONNECTION, vpn.connection.id, change)


def gateway_detached(state: EditedState, scene: Scene) -> None:
    """Detach the virtual private gateway. The routes to it stay."""
    key = _gateway(scene).gateway.id
    detached = [{"VpcId": scene.node.site, "State": "detached"}]
    alter(state, VPN_GATEWAY, key, lambda item: item.update(VpcAttachments=detached))
    for table in list(state.objects(ROUTE_TABLE)):
        if any(route.get("GatewayId") == key for route in table["Routes"]):
            routes = [
                {**route, "State": "blackhole"} if route.get("GatewayId") == key else route
                for route in table["Routes"]
            ]
            state.put(ROUTE_TABLE, {**table, "Routes": routes})


def _gateway(scene: Scene) -> PrivateGateway:
    for gateway in scene.blueprint.gateways:
        if gateway.vpc.id == scene.node.site and gateway.vpns:
            return gateway
    raise InputError("the load balancer's VPC has no VPN connection at a virtual private gateway")


def _on_tunnels(state: EditedState, scene: Scene, change: Callable[[list[Object]], None]) -> None:
    for vpn in _gateway(scene).vpns:
        alter(state, VPN_CONNECTION, vpn.connection.id, lambda item: change(item["VgwTelemetry"]))


def _take_down(tunnels: list[Object], message: str) -> None:
    for tunnel in tunnels:
        tunnel.update(Status="DOWN", StatusMessage=message)


def _show_prefixes(state: EditedState, gateway: PrivateGateway) -> None:
    """Let a route table that sends nothing to a gateway take over what that knows."""
    tables = [item for item in state.objects(ROUTE_TABLE) if item["VpcId"] == gateway.vpc.id]
    spare = [
        item["RouteTableId"]
        for item in tables
        if not any(route.get("GatewayId") == gateway.gateway.id for route in item["Routes"])
    ]
    learns = {"PropagatingVgws": [{"GatewayId": gateway.gateway.id}]}
    for key in spare[:1]:
        alter(state, ROUTE_TABLE, key, lambda item: item.update(learns))


def _made_static(gateway_id: str) -> Callable[[Object], None]:
    def change(item: Object) -> None:
        item["PropagatingVgws"] = [
            other for other in item["PropagatingVgws"] if other["GatewayId"] != gateway_id
        ]
        for route in item["Routes"]:
            if route.get("GatewayId") == gateway_id:
                route["Origin"] = "CreateRoute"

    return change
