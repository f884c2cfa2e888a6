"""Can a route table learn the way to an address from a virtual private gateway, rather than be given it?

A table that propagates holds what the gateway knows, and follows it when that changes:
https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html (route propagation). What is learned
by BGP shows in tables that propagate, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.aws.resources.route_table import RouteTable
from nlbcheck.aws.resources.vpn_connection import VpnConnection
from nlbcheck.aws.resources.vpn_gateway import VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Call, Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, longest_match
from nlbcheck.path import neighbours, remedy, route_choice
from nlbcheck.path.gates import vpn_gateway
from nlbcheck.path.route_choice import Choice

_ENABLE = "EnableVgwRoutePropagation"


def learning(
    state: AwsState, table: RouteTable, gateway_id: str, address: Address, beaten: Choice | None
) -> Remedy | None:
    """Return the remedy that makes a table learn a route to an address; None where that does not do.

    ``beaten`` is the route that wins now, and would go on to win over a learned one that is no longer.
    """
    gateway = state.vpn_gateway(gateway_id)
    connections = neighbours.vpn_connections(state, gateway) if isinstance(gateway, VpnGateway) else ()
    if not isinstance(gateway, VpnGateway) or isinstance(connections, NotVisible):
        return None
    known = longest_match(_known(state, table.vpc_id, gateway_id, connections), address)
    if gateway_id in table.propagating_vgw_ids:
        return None if known or beaten else _taught(connections, table, address)
    if not _wins(known, beaten):
        return None
    inferred = known is None and any(item.static is not True for item in connections)
    text = tell(
        "Enable route propagation from {vpn_gateway} in {table}. "
        "{vpn_gateway} has likely learned a route to {address} by BGP."
        if inferred
        else "Enable route propagation from {vpn_gateway} in {table}.",
        vpn_gateway=gateway_id,
        table=table.id,
        address=address,
    )
    return remedy.advice(text, remedy.ec2(_ENABLE, RouteTableId=table.id, GatewayId=gateway_id))


def _wins(prefix: Network | None, beaten: Choice | None) -> bool:
    """Whether a learned route wins; of a prefix that is not seen only that it is longer than a default."""
    if beaten is None:
        return True
    learned = beaten.route.origin in route_choice.PROPAGATED
    return (prefix.prefixlen if prefix else 1) > beaten.prefix.prefixlen - learned


def _taught(connections: Sequence[VpnConnection], table: RouteTable, address: Address) -> Remedy:
    fix = vpn_gateway.learning(connections, address)
    return replace(
        fix, text=tell("{fix} {table} then learns the route by propagation.", fix=fix.text, table=table.id)
    )


def _known(
    state: AwsState, vpc_id: str, gateway_id: str, connections: Sequence[VpnConnection]
) -> list[Network]:
    """Return the prefixes that a gateway is seen to know: static VPN routes, and what tables have learned."""
    static = [route.destination for item in connections for route in item.routes]
    if all(item.static is True for item in connections):
        return static
    tables = state.route_tables_in(vpc_id)
    return static + [prefix for item in tables for prefix in route_choice.prefixes_towards(item, gateway_id)]


def is_untold(state: AwsState, call: Call) -> bool:
    """Whether a call lets a table learn what the recording does not tell: the prefixes of BGP sessions."""
    if call.operation != _ENABLE:
        return False
    gateway_id = str(call.parameters["GatewayId"])
    table, gateway = state.route_table(str(call.parameters["RouteTableId"])), state.vpn_gateway(gateway_id)
    if not isinstance(table, RouteTable) or not isinstance(gateway, VpnGateway):
        return False
    connections = neighbours.vpn_connections(state, gateway)
    if isinstance(connections, NotVisible) or all(item.static is True for item in connections):
        return False
    return not any(gateway_id in item.propagating_vgw_ids for item in state.route_tables_in(table.vpc_id))
