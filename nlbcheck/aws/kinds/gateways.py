"""How are peering connections, gateways and VPN connections read?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.gateways import (
    AttachmentState,
    GatewayAttachment,
    GatewayState,
    InternetGateway,
    NatGateway,
    NatGatewayState,
    PeeringConnection,
    PeeringSide,
    PeeringStatus,
    Tunnel,
    TunnelStatus,
    VpnConnection,
    VpnGateway,
    VpnRoute,
)
from nlbcheck.aws.kind import Kind, each, maybe, owned
from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Network


def _peering_side(raw: Raw) -> PeeringSide:
    account, region = fields.text(raw, "OwnerId"), fields.text(raw, "Region")
    cidrs: tuple[Network, ...] | None = None
    if "CidrBlockSet" in raw:
        ipv4 = [fields.needed_network(item, "CidrBlock") for item in fields.objects(raw, "CidrBlockSet")]
        ipv6 = [
            fields.needed_network(item, "Ipv6CidrBlock")
            for item in fields.objects_if_any(raw, "Ipv6CidrBlockSet")
        ]
        cidrs = (*ipv4, *ipv6)
    return PeeringSide(
        vpc_id=fields.needed(raw, "VpcId"),
        account_region=AccountRegion(account, region) if account and region else None,
        cidrs=cidrs,
    )


def _peering(raw: Raw, account_region: AccountRegion) -> PeeringConnection:
    status = fields.inner(raw, "Status")
    return PeeringConnection(
        id=fields.needed(raw, "VpcPeeringConnectionId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        status=fields.choice(status, "Code", PeeringStatus),
        message=fields.text(status, "Message"),
        requester=_peering_side(fields.inner(raw, "RequesterVpcInfo")),
        accepter=_peering_side(fields.inner(raw, "AccepterVpcInfo")),
    )


def _attachments(raw: Raw, key: str) -> tuple[GatewayAttachment, ...]:
    return tuple(
        GatewayAttachment(fields.needed(item, "VpcId"), fields.choice(item, "State", AttachmentState))
        for item in fields.objects(raw, key)
    )


def _internet_gateway(raw: Raw, account_region: AccountRegion) -> InternetGateway:
    return InternetGateway(
        id=fields.needed(raw, "InternetGatewayId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        attachments=_attachments(raw, "Attachments"),
    )


_PUBLIC = {"public": True, "private": False}


def _nat_gateway(raw: Raw, account_region: AccountRegion) -> NatGateway:
    addresses = fields.objects_if_any(raw, "NatGatewayAddresses")
    private = (fields.address(item, "PrivateIp") for item in addresses)
    public = (fields.address(item, "PublicIp") for item in addresses)
    return NatGateway(
        id=fields.needed(raw, "NatGatewayId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        subnet_id=fields.text(raw, "SubnetId"),
        state=fields.choice(raw, "State", NatGatewayState),
        public=_PUBLIC.get(fields.text(raw, "ConnectivityType") or ""),
        private_addresses=tuple(address for address in private if address is not None),
        public_address=next((address for address in public if address is not None), None),
    )


def _vpn_gateway(raw: Raw, account_region: AccountRegion) -> VpnGateway:
    return VpnGateway(
        id=fields.needed(raw, "VpnGatewayId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        state=fields.choice(raw, "State", GatewayState),
        attachments=_attachments(raw, "VpcAttachments"),
    )


def _tunnel(raw: Raw) -> Tunnel:
    return Tunnel(
        outside_address=fields.address(raw, "OutsideIpAddress"),
        status=fields.choice(raw, "Status", TunnelStatus),
        message=fields.text(raw, "StatusMessage"),
        accepted_routes=fields.number(raw, "AcceptedRouteCount"),
    )


def _vpn_connection(raw: Raw, account_region: AccountRegion) -> VpnConnection:
    options = fields.inner(raw, "Options")
    return VpnConnection(
        id=fields.needed(raw, "VpnConnectionId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        state=fields.choice(raw, "State", GatewayState),
        transit_gateway_id=fields.text(raw, "TransitGatewayId"),
        static=fields.flag(options, "StaticRoutesOnly"),
        routes=tuple(
            VpnRoute(
                fields.needed_network(item, "DestinationCidrBlock"),
                fields.choice(item, "State", GatewayState),
            )
            for item in fields.objects(raw, "Routes")
        ),
        on_premises_cidr=fields.network(options, "LocalIpv4NetworkCidr"),
        aws_cidr=fields.network(options, "RemoteIpv4NetworkCidr"),
        tunnels=tuple(_tunnel(item) for item in fields.objects(raw, "VgwTelemetry")),
    )


def _vpn_end(key: str, raw: Raw) -> Iterable[str]:
    """Return the gateway that a connection ends at; AWS leaves out all but one of the four fields."""
    ends = ("VpnGatewayId", "TransitGatewayId", "CoreNetworkArn", "VpnConcentratorId")
    free = fields.text(raw, "GatewayAssociationState") == "not-associated"
    if not free and not any(fields.text(raw, end) for end in ends):
        raise UnreadableError(key)
    return maybe(key)(raw)


PEERING = Kind(
    "peering connection", "ec2", "DescribeVpcPeeringConnections", ("VpcPeeringConnections",),
    "VpcPeeringConnectionId", _peering, {"VpcPeeringConnectionIds": "vpc-peering-connection-id"},
    {
        "requester-vpc-info.vpc-id": each("RequesterVpcInfo", "VpcId"),
        "accepter-vpc-info.vpc-id": each("AccepterVpcInfo", "VpcId"),
    },
)  # fmt: skip
INTERNET_GATEWAY = Kind(
    "internet gateway", "ec2", "DescribeInternetGateways", ("InternetGateways",), "InternetGatewayId",
    _internet_gateway, {"InternetGatewayIds": "internet-gateway-id"},
    {"attachment.vpc-id": each("Attachments", "VpcId")},
)  # fmt: skip
NAT_GATEWAY = Kind(
    "NAT gateway", "ec2", "DescribeNatGateways", ("NatGateways",), "NatGatewayId", _nat_gateway,
    {"NatGatewayIds": "nat-gateway-id"},
)  # fmt: skip
VPN_GATEWAY = Kind(
    "virtual private gateway", "ec2", "DescribeVpnGateways", ("VpnGateways",), "VpnGatewayId",
    _vpn_gateway, {"VpnGatewayIds": "vpn-gateway-id"},
    {"attachment.vpc-id": each("VpcAttachments", "VpcId")},
)  # fmt: skip
VPN_CONNECTION = Kind(
    "VPN connection", "ec2", "DescribeVpnConnections", ("VpnConnections",), "VpnConnectionId",
    _vpn_connection, {"VpnConnectionIds": "vpn-connection-id"},
    {
        "vpn-gateway-id": lambda raw: _vpn_end("VpnGatewayId", raw),
        "transit-gateway-id": lambda raw: _vpn_end("TransitGatewayId", raw),
    },
)  # fmt: skip
