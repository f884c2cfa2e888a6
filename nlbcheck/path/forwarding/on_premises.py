"""What does a packet meet between a VPC and a network on premises: gateway, tunnels, their ranges?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlbcheck.aws.resources.route_table import RouteTable
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_route_table import TransitRoute
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_connection import VpnConnection
from nlbcheck.aws.resources.vpn_gateway import VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network
from nlbcheck.path import neighbours, route_choice
from nlbcheck.path.forwarding.positions import (
    AtRouteTarget,
    AtVpnAttachment,
    Forwarded,
    Met,
    behind_customer_gateway,
)
from nlbcheck.path.gates import vpn_connection, vpn_gateway
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Stopped, Unseen, missing, unseen
from nlbcheck.path.packet import Packet
from nlbcheck.path.route_choice import Choice
from nlbcheck.path.routes import routed


def into_vpn_gateway(state: AwsState, packet: Packet, position: AtRouteTarget) -> Forwarded:
    """Send a packet to a network on premises."""
    met = vpn_gateway_between(
        state, position.target.id, position.sent_from, packet.bound_for, packet.source, arriving=False
    )
    address = packet.bound_for
    choice = routed(state, position.sent_from, address).choice if address else None
    prefix = choice.prefix if isinstance(choice, Choice) else None
    return Forwarded((*met, behind_customer_gateway(packet, prefix)))


def into_vpn_attachment(state: AwsState, packet: Packet, position: AtVpnAttachment) -> Forwarded:
    """Send a packet from a transit gateway to a network on premises."""
    connections, met = behind(state, position.route)
    if connections and packet.bound_for is not None:
        met += over(connections, packet.bound_for, packet.source)
        met.append(behind_customer_gateway(packet, position.route.destination))
    return Forwarded(tuple(met))


def vpn_gateway_between(
    state: AwsState,
    gateway_id: str,
    vpc_side: InVpc,
    outside: Address | None,
    inside: Address | None,
    *,
    arriving: bool,
) -> Iterator[Met]:
    """Yield what is met at a gateway and its tunnels; what comes from on premises needs no prefix there."""
    found = state.vpn_gateway(gateway_id)
    if not isinstance(found, VpnGateway):
        yield Met("vpn-gateway", Resource("vpn-gateway", gateway_id), unseen(found))
        return
    resource = Resource("vpn-gateway", found.id, found.name)
    yield Met("vpn-gateway", resource, vpn_gateway.check_attached(found, vpc_side.vpc_id))
    connections = neighbours.vpn_connections(state, found)
    if isinstance(connections, NotVisible):
        yield Met("vpn-connection", Resource("vpn-connection", f"of {found.id}"), unseen(connections))
        return
    if outside is None:
        return
    fixed = vpn_gateway.carrying(connections, outside)
    propagated, propagates = _learned(state, vpc_side, found.id, outside, known=bool(fixed))
    if not arriving:
        prefix = vpn_gateway.check_prefix(found.id, connections, outside, propagated, propagates=propagates)
        yield Met("vpn-gateway", resource, prefix)
        if isinstance(prefix, Stopped) and not connections:
            return
    perhaps = vpn_gateway.perhaps_carrying(connections)
    if fixed or (perhaps and not any(outside in prefix for prefix in propagated)):
        yield from over(fixed, outside, inside, perhaps)
    elif perhaps or connections:
        yield from over(perhaps or connections, outside, inside)
    else:
        listed = state.vpn_connections_of(found)
        deleted = () if isinstance(listed, NotVisible) else listed
        yield Met("vpn-gateway", resource, vpn_gateway.check_unconnected(found, deleted, outside))


def _learned(
    state: AwsState, vpc_side: InVpc, gateway_id: str, outside: Address, *, known: bool
) -> tuple[list[Network], bool | NotVisible]:
    """Return the prefixes that tables have learned from a gateway, and whether one must show all of them.

    What is learned can be read in any table of the VPC, but beside a static route for the same prefix it may
    not show.
    """
    own = state.route_table_of(vpc_side.subnet) if isinstance(vpc_side.subnet, Subnet) else None
    tables = [own] if isinstance(own, RouteTable) else []
    every = () if known else _every_table(state, vpc_side)
    tables += state.route_tables_in(vpc_side.vpc_id) if isinstance(every, NotVisible) else every
    learned = [prefix for table in tables for prefix in route_choice.prefixes_towards(table, gateway_id)]
    shows = any(
        gateway_id in table.propagating_vgw_ids and not route_choice.has_static(table, outside)
        for table in tables
    )
    return list(dict.fromkeys(learned)), every if isinstance(every, NotVisible) and not shows else shows


def _every_table(state: AwsState, vpc_side: InVpc) -> tuple[RouteTable, ...] | NotVisible:
    vpc = vpc_side.vpc
    return state.route_tables_of(vpc) if isinstance(vpc, Vpc) else missing(vpc)


def over(
    connections: Sequence[VpnConnection],
    outside: Address,
    inside: Address | None,
    perhaps: Sequence[VpnConnection] = (),
) -> Iterator[Met]:
    """Yield what is met at VPN connections: their tunnels, and the ranges that were negotiated.

    ``perhaps`` are others that may know a prefix for the address outside.
    """
    first = (*connections, *perhaps)[0]
    resource = Resource("vpn-connection", first.id, first.name)
    yield Met("vpn-connection", resource, vpn_connection.check_tunnels(connections, perhaps, outside))
    for connection in connections:
        resource = Resource("vpn-connection", connection.id, connection.name)
        yield Met("vpn-connection", resource, vpn_connection.check_ranges(connection, outside, inside))


def behind(state: AwsState, route: TransitRoute) -> tuple[list[VpnConnection], list[Met]]:
    """Return the VPN connections that a route of a transit gateway leads to, and those that are not seen."""
    found: list[VpnConnection] = []
    hidden: list[Met] = []
    for hop in route.hops:
        connection = state.vpn_connection(hop.resource_id) if hop.resource_id else None
        if isinstance(connection, VpnConnection):
            found.append(connection)
        else:
            what = tell("the VPN connection behind {attachment}", attachment=hop.attachment_id)
            fact = NotVisible(what, "ec2", "DescribeVpnConnections", None)
            resource = Resource("transit-gateway-attachment", hop.attachment_id)
            hidden.append(Met("vpn-connection", resource, Unseen(fact)))
    return found, hidden
