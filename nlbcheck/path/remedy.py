"""Which AWS calls open exactly what is needed?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.model import Call, Json, Remedy
from nlbcheck.model.net import Address, Network, longest_match, single


def advice(text: str, *calls: Call) -> Remedy:
    """Return a remedy: what to do, in a sentence, and the calls that do it."""
    return Remedy(text, calls)


def ec2(operation: str, **parameters: Json) -> Call:
    """Return a call to EC2."""
    return Call("ec2", operation, parameters)


def elbv2(operation: str, **parameters: Json) -> Call:
    """Return a call to Elastic Load Balancing."""
    return Call("elbv2", operation, parameters)


def admit(group_id: str, peer: Network, ports: PortRange, protocol: str, *, egress: bool) -> Call:
    """Return the call that lets a security group admit one range on some ports."""
    ranges: Json = [{"CidrIp" if peer.version == 4 else "CidrIpv6": str(peer)}]
    permission: Json = {
        "IpProtocol": protocol,
        "FromPort": ports.first,
        "ToPort": ports.last,
        "IpRanges" if peer.version == 4 else "Ipv6Ranges": ranges,
    }
    operation = "AuthorizeSecurityGroupEgress" if egress else "AuthorizeSecurityGroupIngress"
    return ec2(operation, GroupId=group_id, IpPermissions=[permission])


_PROTOCOL_NUMBERS = {"tcp": "6", "udp": "17"}


def allow(acl_id: str, number: int, peer: Network, ports: PortRange, protocol: str, *, egress: bool) -> Call:
    """Return the call that adds a rule to a network ACL."""
    family = "CidrBlock" if peer.version == 4 else "Ipv6CidrBlock"
    cidr: dict[str, Json] = {family: str(peer)}
    return ec2(
        "CreateNetworkAclEntry",
        NetworkAclId=acl_id,
        RuleNumber=number,
        Protocol=_PROTOCOL_NUMBERS[protocol],
        RuleAction="allow",
        Egress=egress,
        **cidr,
        PortRange={"From": ports.first, "To": ports.last},
    )


_ROUTE_TARGETS = {
    RouteTargetKind.PEERING: "VpcPeeringConnectionId",
    RouteTargetKind.TRANSIT_GATEWAY: "TransitGatewayId",
    RouteTargetKind.VPN_GATEWAY: "GatewayId",
    RouteTargetKind.INTERNET_GATEWAY: "GatewayId",
    RouteTargetKind.NAT_GATEWAY: "NatGatewayId",
}


def route(operation: str, table_id: str, destination: Network, kind: RouteTargetKind, target_id: str) -> Call:
    """Return the call that creates or replaces a route; ``operation`` is CreateRoute or ReplaceRoute."""
    family = "DestinationCidrBlock" if destination.version == 4 else "DestinationIpv6CidrBlock"
    parameters: dict[str, Json] = {family: str(destination), _ROUTE_TARGETS[kind]: target_id}
    return ec2(operation, RouteTableId=table_id, **parameters)


def group_attribute(group_arn: str, key: str, value: str) -> Call:
    """Return the call that sets one attribute of a target group."""
    return elbv2(
        "ModifyTargetGroupAttributes", TargetGroupArn=group_arn, Attributes=[{"Key": key, "Value": value}]
    )


def narrowest(address: Address, ranges: Sequence[Network] | None) -> Network:
    """Return the range that holds an address, else the address alone; never a range of everything."""
    found = longest_match(ranges or (), address)
    return found if found and found.prefixlen else single(address)
