"""Which prefixes lie behind a VPN connection, and are its tunnels up?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, maybe
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.transit_gateway import TransitGateway
from nlbcheck.aws.resources.vpn_gateway import GatewayState, VpnGateway
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address, Network


class TunnelStatus(StrEnum):
    """Whether a tunnel carries traffic; with BGP that takes a BGP session as well."""

    UP = "UP"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class Tunnel:
    """One of a VPN connection's two tunnels."""

    outside_address: Address | None
    status: TunnelStatus | None
    message: str | None
    accepted_routes: int | None


@dataclass(frozen=True, slots=True)
class VpnRoute:
    """A static route of a VPN connection: a prefix that the gateway knows."""

    destination: Network
    state: GatewayState | None


@dataclass(frozen=True, slots=True)
class VpnConnection:
    """A Site-to-Site VPN connection; it ends at a virtual private gateway or at a transit gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    state: GatewayState | None
    transit_gateway_id: str | None
    static: bool | None
    """True with static routes only, False with BGP."""
    routes: tuple[VpnRoute, ...]
    on_premises_cidr: Network | None
    """The customer's side of the negotiated ranges; 0.0.0.0/0 by default."""
    aws_cidr: Network | None
    """AWS's side of the negotiated ranges; 0.0.0.0/0 by default."""
    tunnels: tuple[Tunnel, ...]


def _tunnel(raw: Raw) -> Tunnel:
    return Tunnel(
        outside_address=fields.address(raw, "OutsideIpAddress"),
        status=fields.choice(raw, "Status", TunnelStatus),
        message=fields.text(raw, "StatusMessage"),
        accepted_routes=fields.number(raw, "AcceptedRouteCount"),
    )


_HIDDEN_TUNNEL = Tunnel(None, None, None, None)


def _tunnels(raw: Raw) -> tuple[Tunnel, ...]:
    """Return a connection's tunnels; one that nothing is known of where AWS's answer leaves them out."""
    if raw.get("VgwTelemetry") is None:
        return (_HIDDEN_TUNNEL,)
    return tuple(_tunnel(item) for item in fields.objects(raw, "VgwTelemetry"))


def _static_routes(raw: Raw, *, static: bool | None) -> tuple[VpnRoute, ...]:
    """Return a connection's static routes; one with BGP has none, written or left out."""
    items = fields.objects_if_any(raw, "Routes") if static is False else fields.objects(raw, "Routes")
    return tuple(
        VpnRoute(
            fields.needed_network(item, "DestinationCidrBlock"), fields.choice(item, "State", GatewayState)
        )
        for item in items
    )


def _vpn_connection(raw: Raw, account_region: AccountRegion) -> VpnConnection:
    options = fields.inner(raw, "Options")
    static = fields.flag(options, "StaticRoutesOnly")
    return VpnConnection(
        id=fields.needed(raw, "VpnConnectionId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        state=fields.choice(raw, "State", GatewayState),
        transit_gateway_id=fields.text(raw, "TransitGatewayId"),
        static=static,
        routes=_static_routes(raw, static=static),
        on_premises_cidr=fields.network(options, "LocalIpv4NetworkCidr"),
        aws_cidr=fields.network(options, "RemoteIpv4NetworkCidr"),
        tunnels=_tunnels(raw),
    )


def _vpn_end(key: str, raw: Raw) -> Iterable[str]:
    """Return the gateway that a connection ends at; AWS leaves out all but one of the four fields."""
    ends = ("VpnGatewayId", "TransitGatewayId", "CoreNetworkArn", "VpnConcentratorId")
    free = fields.text(raw, "GatewayAssociationState") == "not-associated"
    if not free and not any(fields.text(raw, end) for end in ends):
        raise UnreadableError(key, raw)
    return maybe(key)(raw)


VPN_CONNECTION = Kind(
    marked("VPN connection"), "ec2", "DescribeVpnConnections", ("VpnConnections",), "VpnConnectionId",
    _vpn_connection, {"VpnConnectionIds": "vpn-connection-id"},
    {
        "vpn-gateway-id": lambda raw: _vpn_end("VpnGatewayId", raw),
        "transit-gateway-id": lambda raw: _vpn_end("TransitGatewayId", raw),
    },
)  # fmt: skip


class VpnConnectionLookups(Lookups):
    """Lookups of VPN connections."""

    def vpn_connection(
        self, key: str, account_region: AccountRegion | None = None
    ) -> VpnConnection | Absent | NotVisible:
        """Return a VPN connection by its id."""
        return self.by_id(VPN_CONNECTION, key, account_region)

    def vpn_connections_of(
        self, gateway: VpnGateway | TransitGateway
    ) -> tuple[VpnConnection, ...] | NotVisible:
        """Return all VPN connections that end at a gateway, whatever their state."""
        what = tell("the VPN connections of {gateway}", gateway=gateway.id)
        if isinstance(gateway, TransitGateway):
            return self.every(
                VPN_CONNECTION, what, gateway.account_region, {"transit-gateway-id": gateway.id}
            )
        return self.every(VPN_CONNECTION, what, gateway.account_region, {"vpn-gateway-id": gateway.id})
