"""Peering connections, gateways and VPN connections: the ways out of VPCs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nlbcheck.aws.kind import Kind
from nlbcheck.aws.resources.internet_gateway import INTERNET_GATEWAY
from nlbcheck.aws.resources.nat_gateway import NAT_GATEWAY
from nlbcheck.aws.resources.peering_connection import PEERING
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.vpn_connection import VPN_CONNECTION
from nlbcheck.aws.resources.vpn_gateway import VPN_GATEWAY
from nlbcheck.aws.writes.edited import Object
from nlbcheck.aws.writes.route_tables import revive
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import Owner, ResourceKind, blackhole, joint, part, whole
from nlbcheck.terraform.kinds.networks import ranges
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import given, is_default, is_later, tags


def _side(overlay: Overlay, vpc: object, owner: object, region: object) -> Object:
    known = [{"CidrBlock": block} for block in ranges(overlay, vpc)]
    shown = {"CidrBlock": known[0]["CidrBlock"], "CidrBlockSet": known} if known else {}
    where = overlay.where
    return {"VpcId": vpc, "OwnerId": owner or where.account, "Region": region or where.region, **shown}


def _peering(overlay: Overlay, values: Attributes) -> Object:
    """Return a peering connection; one that is not accepted by itself waits for it."""
    status = given(values, "accept_status")
    if is_default(status):
        status = "active" if given(values, "auto_accept") is True else "pending-acceptance"
    owner, region = given(values, "peer_owner_id"), given(values, "peer_region")
    own = isinstance(owner, str) or owner is None
    return {
        "VpcPeeringConnectionId": values.get("id"),
        "RequesterVpcInfo": _side(overlay, values.get("vpc_id"), None, None),
        "AccepterVpcInfo": _side(
            overlay, values.get("peer_vpc_id"), owner if own else None, None if is_later(region) else region
        ),
        "Status": {"Code": status, "Message": str(status)},
        "Tags": tags(values),
    }


_PEERING = whole(PEERING, _peering)


def _remove_peering(overlay: Overlay, values: Attributes) -> None:
    """Let a peering connection be deleted; AWS shows it for a while, and routes to it lead nowhere."""
    found = overlay.find(PEERING, values.get("id"))
    if found:
        overlay.put(PEERING, {**found, "Status": {"Code": "deleted", "Message": "Deleted"}})
    blackhole(overlay, "VpcPeeringConnectionId", values.get("id"))


def _accept(values: Attributes) -> Iterator[tuple[str, str, Object]]:
    if given(values, "auto_accept") is True:
        key = values.get("vpc_peering_connection_id")
        yield "ec2", "AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": key}


def _attachable(kind: Kind[Any], field: str, state: str) -> tuple[ResourceKind, ResourceKind]:
    """Return an internet or virtual private gateway, and its attachment as a resource of its own."""

    def fields(overlay: Overlay, values: Attributes) -> Object:
        vpc = given(values, "vpc_id")
        attached = [{"VpcId": vpc, "State": state}] if isinstance(vpc, str) else []
        owner = {"OwnerId": overlay.where.account} if kind is INTERNET_GATEWAY else {}
        return {kind.id: values.get("id"), field: attached, "Tags": tags(values), **owner}

    gateway = whole(kind, fields, State="available")

    def put(overlay: Overlay, change: ResourceChange) -> None:
        gateway.put(overlay, change)
        if change.changed("vpc_id"):
            vpc = given(change.after or {}, "vpc_id")
            (revive if isinstance(vpc, str) else blackhole)(
                overlay, "GatewayId", str((change.after or {}).get("id"))
            )

    def remove(overlay: Overlay, values: Attributes) -> None:
        gateway.remove(overlay, values)
        blackhole(overlay, "GatewayId", values.get("id"))

    def key(values: Attributes) -> object:
        return given(values, "internet_gateway_id") or given(values, "vpn_gateway_id")

    def attach(overlay: Overlay, change: ResourceChange) -> None:
        after = change.after or {}
        found = overlay.find(kind, key(after))
        if found:
            overlay.put(kind, {**found, field: [{"VpcId": given(after, "vpc_id"), "State": state}]})
            revive(overlay, "GatewayId", found[kind.id])

    def detach(overlay: Overlay, values: Attributes) -> None:
        found = overlay.find(kind, key(values))
        if found:
            overlay.put(kind, {**found, field: []})
            blackhole(overlay, "GatewayId", found[kind.id])

    return ResourceKind(put, remove), joint(attach, detach, "internet_gateway_id|vpn_gateway_id", "vpc_id")


def _nat(overlay: Overlay, values: Attributes) -> Object:
    subnet = overlay.find(SUBNET, values.get("subnet_id")) or {}
    kind = given(values, "connectivity_type")
    address = {
        "PrivateIp": values.get("private_ip"),
        "PublicIp": given(values, "public_ip"),
        "NetworkInterfaceId": values.get("network_interface_id"),
        "IsPrimary": True,
        "Status": "succeeded",
    }
    return {
        "NatGatewayId": values.get("id"),
        "SubnetId": values.get("subnet_id"),
        "VpcId": subnet.get("VpcId"),
        "ConnectivityType": kind if isinstance(kind, str) else "public",
        "NatGatewayAddresses": [address],
        "Tags": tags(values),
    }


_NAT = whole(NAT_GATEWAY, _nat, State="available", AvailabilityMode="zonal")


def _remove_nat(overlay: Overlay, values: Attributes) -> None:
    _NAT.remove(overlay, values)
    blackhole(overlay, "NatGatewayId", values.get("id"))


def _vpn(overlay: Overlay, values: Attributes) -> Object:
    """Return a VPN connection; a new one's tunnels are down until the customer's device brings them up."""
    known = overlay.find(VPN_CONNECTION, values.get("id")) or {}
    ends = {
        name: value
        for attribute, name in (
            ("vpn_gateway_id", "VpnGatewayId"),
            ("transit_gateway_id", "TransitGatewayId"),
        )
        if (value := given(values, attribute)) is not None
    }
    negotiated = {
        name: "0.0.0.0/0" if is_default(value) else value
        for attribute, name in (
            ("local_ipv4_network_cidr", "LocalIpv4NetworkCidr"),
            ("remote_ipv4_network_cidr", "RemoteIpv4NetworkCidr"),
        )
        for value in (given(values, attribute),)
    }
    static = given(values, "static_routes_only")
    options = {**known.get("Options", {}), "StaticRoutesOnly": static is True, **negotiated}
    return {"VpnConnectionId": values.get("id"), **ends, "Options": options, "Tags": tags(values)}


_VPN = whole(
    VPN_CONNECTION, _vpn, State="available", Category="VPN", GatewayAssociationState="associated", Routes=[],
    VgwTelemetry=[{"Status": "DOWN", "AcceptedRouteCount": 0, "StatusMessage": ""}] * 2,
)  # fmt: skip


def _vpn_route(verb: str) -> Callable[[Attributes], Iterator[tuple[str, str, Object]]]:
    def calls(values: Attributes) -> Iterator[tuple[str, str, Object]]:
        key, block = values.get("vpn_connection_id"), values.get("destination_cidr_block")
        parameters = {"VpnConnectionId": key, "DestinationCidrBlock": block}
        yield "ec2", f"{verb}VpnConnectionRoute", parameters

    return calls


_IGW, _IGW_ATTACHMENT = _attachable(INTERNET_GATEWAY, "Attachments", "available")
_VGW, _VGW_ATTACHMENT = _attachable(VPN_GATEWAY, "VpcAttachments", "attached")
KINDS = {
    "aws_vpc_peering_connection": ResourceKind(_PEERING.put, _remove_peering),
    "aws_vpc_peering_connection_accepter": part(_accept, lambda _: (), "vpc_peering_connection_id"),
    "aws_internet_gateway": _IGW,
    "aws_internet_gateway_attachment": _IGW_ATTACHMENT,
    "aws_vpn_gateway": _VGW,
    "aws_vpn_gateway_attachment": _VGW_ATTACHMENT,
    "aws_nat_gateway": ResourceKind(_NAT.put, _remove_nat),
    "aws_vpn_connection": _VPN,
    "aws_vpn_connection_route": part(
        _vpn_route("Create"),
        _vpn_route("Delete"),
        "vpn_connection_id",
        "destination_cidr_block",
        owner=Owner(VPN_CONNECTION, ("Routes",), "vpn_connection_id"),
    ),
}
