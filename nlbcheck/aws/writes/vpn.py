"""What do calls on virtual private gateways, what they propagate, and VPN connections change?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.vpn_connection import VPN_CONNECTION
from nlbcheck.aws.resources.vpn_gateway import VPN_GATEWAY
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit
from nlbcheck.aws.writes.route_tables import revive

_NO_TABLE = "InvalidRouteTableID.NotFound"
_NO_VGW = "InvalidVpnGatewayID.NotFound"
_NO_VPN = "InvalidVpnConnectionID.NotFound"


_PROPAGATED = "EnableVgwRoutePropagation"


def enable_propagation(state: EditedState, parameters: Parameters) -> None:
    """Let a virtual private gateway put the prefixes that it knows into a route table."""
    gateway = parameters["GatewayId"]
    known = list(_known_prefixes(state, gateway))

    def change(table: Object) -> None:
        vgws = table.setdefault("PropagatingVgws", [])
        if {"GatewayId": gateway} not in vgws:
            vgws.append({"GatewayId": gateway})
        _propagate(table, gateway, known)

    edit(state, ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE, change)


def disable_propagation(state: EditedState, parameters: Parameters) -> None:
    """Take a gateway's prefixes out of a route table again."""
    gateway = parameters["GatewayId"]

    def change(table: Object) -> None:
        table["PropagatingVgws"] = [item for item in table["PropagatingVgws"] if item["GatewayId"] != gateway]
        table["Routes"] = [route for route in table["Routes"] if not _from(route, gateway)]

    edit(state, ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE, change)


def _from(route: Mapping[str, Any], gateway: str) -> bool:
    return bool(route.get("GatewayId") == gateway and route.get("Origin") == _PROPAGATED)


def _known_prefixes(state: EditedState, gateway: str) -> Iterable[str]:
    """Yield what a gateway knows: static VPN routes, and what it propagates elsewhere (BGP is not shown)."""
    for vpn in state.objects(VPN_CONNECTION):
        if vpn.get("VpnGatewayId") == gateway:
            yield from (route["DestinationCidrBlock"] for route in vpn["Routes"])
    for table in state.objects(ROUTE_TABLE):
        yield from (route["DestinationCidrBlock"] for route in table["Routes"] if _from(route, gateway))


def _propagate(table: Object, gateway: str, prefixes: Iterable[str]) -> None:
    there = {route.get("DestinationCidrBlock") for route in table["Routes"] if _from(route, gateway)}
    for prefix in dict.fromkeys(prefixes):
        if prefix not in there:
            table["Routes"].append(
                {
                    "DestinationCidrBlock": prefix,
                    "GatewayId": gateway,
                    "Origin": _PROPAGATED,
                    "State": "active",
                }
            )


def create_vpn_route(state: EditedState, parameters: Parameters) -> None:
    """Tell a gateway a prefix behind a VPN connection; it is propagated at once."""
    prefix = parameters["DestinationCidrBlock"]
    vpn = state.get(VPN_CONNECTION, parameters["VpnConnectionId"], _NO_VPN)
    if not vpn["Options"]["StaticRoutesOnly"]:
        raise RefusedError("UnsupportedOperation")
    if all(route["DestinationCidrBlock"] != prefix for route in vpn["Routes"]):
        vpn["Routes"].append({"DestinationCidrBlock": prefix, "Source": "Static", "State": "available"})
    state.put(VPN_CONNECTION, vpn)
    gateway = vpn.get("VpnGatewayId")
    for table in list(state.objects(ROUTE_TABLE)):
        if {"GatewayId": gateway} in table.get("PropagatingVgws", ()):
            edit(
                state, ROUTE_TABLE, table["RouteTableId"], _NO_TABLE,
                lambda changed: _propagate(changed, str(gateway), [prefix]),
            )  # fmt: skip


def delete_vpn_route(state: EditedState, parameters: Parameters) -> None:
    """Make a gateway forget a prefix, also where it was propagated."""
    prefix = parameters["DestinationCidrBlock"]
    vpn = state.get(VPN_CONNECTION, parameters["VpnConnectionId"], _NO_VPN)
    kept = [route for route in vpn["Routes"] if route["DestinationCidrBlock"] != prefix]
    if len(kept) == len(vpn["Routes"]):
        raise RefusedError("InvalidRoute.NotFound")
    state.put(VPN_CONNECTION, {**vpn, "Routes": kept})
    gateway = vpn.get("VpnGatewayId")
    for table in list(state.objects(ROUTE_TABLE)):
        routes = [
            route
            for route in table["Routes"]
            if not (_from(route, str(gateway)) and route["DestinationCidrBlock"] == prefix)
        ]
        if len(routes) < len(table["Routes"]):
            state.put(ROUTE_TABLE, {**table, "Routes": routes})


def attach_vpn_gateway(state: EditedState, parameters: Parameters) -> None:
    """Attach a virtual private gateway to a VPC; its routes come alive."""
    key, vpc = parameters["VpnGatewayId"], parameters["VpcId"]

    def change(gateway: Object) -> None:
        if any(item["State"] == "attached" for item in gateway["VpcAttachments"]):
            raise RefusedError("VpnGatewayLimitExceeded")
        gateway["VpcAttachments"] = [{"VpcId": vpc, "State": "attached"}]

    edit(state, VPN_GATEWAY, key, _NO_VGW, change)
    revive(state, "GatewayId", key)


def modify_vpn_options(state: EditedState, parameters: Parameters) -> None:
    """Change the ranges that a VPN connection negotiates."""
    names = ("LocalIpv4NetworkCidr", "RemoteIpv4NetworkCidr")
    changes = {name: parameters[name] for name in names if name in parameters}
    edit(
        state, VPN_CONNECTION, parameters["VpnConnectionId"], _NO_VPN,
        lambda vpn: vpn["Options"].update(changes),
    )  # fmt: skip
