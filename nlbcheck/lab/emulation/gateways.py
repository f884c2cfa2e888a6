"""Which virtual private gateways and VPN connections lead out of the lab's VPCs?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network

from nlbcheck.aws.resources.gateway_attachment import AttachmentState
from nlbcheck.aws.resources.route_table import ROUTE_TABLE, RouteOrigin, RouteTable, RouteTargetKind
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_connection import TunnelStatus, VpnConnection
from nlbcheck.aws.resources.vpn_gateway import GatewayState, VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation.links import targets
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import device
from nlbcheck.model.facts import NotVisible


@dataclass(frozen=True, slots=True)
class Vpn:
    """A VPN connection, and the prefixes that its gateway knows to lie behind it."""

    connection: VpnConnection
    prefixes: tuple[IPv4Network, ...]
    served: tuple[IPv4Network, ...]
    """The ranges that on-premises reaches through it."""

    @property
    def device(self) -> str:
        """Its name at both ends."""
        return device("vpn", self.connection.id)

    @property
    def up(self) -> bool:
        """Whether a tunnel carries packets."""
        alive = self.connection.state not in (GatewayState.DELETED, GatewayState.DELETING)
        return alive and any(tunnel.status is not TunnelStatus.DOWN for tunnel in self.connection.tunnels)


@dataclass(frozen=True, slots=True)
class PrivateGateway:
    """A virtual private gateway that is attached to a VPC of the lab."""

    gateway: VpnGateway
    vpc: Vpc
    vpns: tuple[Vpn, ...]

    @property
    def device(self) -> str:
        """The VPC router's link to it."""
        return device("vgw", self.gateway.id)


def private_gateways(
    state: AwsState, vpcs: Iterable[Vpc], tables: Iterable[RouteTable], remarks: Remarks
) -> tuple[PrivateGateway, ...]:
    """Return the virtual private gateways that are attached to VPCs of the lab."""
    tables = tuple(tables)
    found = []
    for vpc in vpcs:
        gateway = state.vpn_gateway_of(vpc)
        if not isinstance(gateway, VpnGateway):
            if isinstance(gateway, NotVisible) and any(
                table.vpc_id == vpc.id
                for table in tables
                if list(targets([table], RouteTargetKind.VPN_GATEWAY))
            ):
                remarks.missing(gateway, "the lab has none")
            continue
        states = {item.vpc_id: item.state for item in gateway.attachments}
        if states.get(vpc.id) not in (AttachmentState.ATTACHED, AttachmentState.AVAILABLE, None):
            continue
        connections = state.vpn_connections_of(gateway)
        if isinstance(connections, NotVisible):
            remarks.missing(connections, "the lab has none")
            connections = ()
        served = _ipv4(vpc)
        learned = _propagated(state.seen(ROUTE_TABLE, {"vpc-id": vpc.id}), gateway.id)
        vpns = [Vpn(item, _known(item, learned), served) for item in connections if _exists(item)]
        found.append(PrivateGateway(gateway, vpc, tuple(vpns)))
    return tuple(found)


def transit_vpns(
    state: AwsState, ids: Iterable[str], served: tuple[IPv4Network, ...], remarks: Remarks
) -> Iterable[Vpn]:
    """Return VPN connections that end at a transit gateway, whose route tables know what lies behind."""
    for key in ids:
        connection = state.vpn_connection(key)
        if isinstance(connection, VpnConnection):
            yield Vpn(connection, (), served)
        else:
            remarks.missing(connection, "the lab has none")


def _exists(connection: VpnConnection) -> bool:
    return connection.state is not GatewayState.DELETED


def _known(connection: VpnConnection, learned: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
    gone = (GatewayState.DELETED, GatewayState.DELETING)
    static = [route.destination for route in connection.routes if route.state not in gone]
    fixed = tuple(item for item in static if isinstance(item, IPv4Network))
    return fixed if connection.static else tuple(dict.fromkeys((*fixed, *learned)))


def _propagated(tables: Iterable[RouteTable], gateway_id: str) -> tuple[IPv4Network, ...]:
    """Return what a gateway has learned by BGP, as far as any route table of its VPC shows it."""
    prefixes = [
        route.destination
        for table in tables
        for route in table.routes
        if route.target_id == gateway_id and route.origin is RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION
    ]
    return tuple(dict.fromkeys(item for item in prefixes if isinstance(item, IPv4Network)))


def _ipv4(vpc: Vpc) -> tuple[IPv4Network, ...]:
    return tuple(cidr for cidr in vpc.cidrs if isinstance(cidr, IPv4Network))
