"""Which AWS calls open exactly what is needed, and how are they typed on the command line?"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence

from nlbcheck.aws.fields import Address, Network
from nlbcheck.aws.network import PortRange, RouteTargetKind
from nlbcheck.model import Call, Json, Remedy
from nlbcheck.path.packet import single

_FLAGS = {("CreateNetworkAclEntry", "Egress"): ("--egress", "--ingress")}
"""Options of the AWS CLI that are not the API's: https://docs.aws.amazon.com/cli/latest/reference/ec2/."""


def advice(text: str, *calls: Call) -> Remedy:
    """Return a remedy with the command lines of its calls."""
    return Remedy(text, tuple(command(call) for call in calls), None, calls)


def ec2(operation: str, **parameters: Json) -> Call:
    """Return a call to EC2."""
    return Call("ec2", operation, parameters)


def elbv2(operation: str, **parameters: Json) -> Call:
    """Return a call to Elastic Load Balancing."""
    return Call("elbv2", operation, parameters)


def command(call: Call) -> str:
    """Return the ``aws …`` command line that makes a call, quoted for a POSIX shell."""
    words = ["aws", call.service, _kebab(call.operation)]
    for name, value in call.parameters.items():
        words += _option(call.operation, name, value)
    return shlex.join(words)


def _option(operation: str, name: str, value: Json) -> list[str]:
    option = f"--{_kebab(name)}"
    if isinstance(value, bool):
        yes, no = _FLAGS.get((operation, name), (option, f"--no-{_kebab(name)}"))
        return [yes if value else no]
    if isinstance(value, Mapping):
        if set(value) == {"Value"} and isinstance(value["Value"], bool):
            return _option(operation, name, value["Value"])
        return [option, json.dumps(value, separators=(",", ":"))]
    if isinstance(value, Sequence) and not isinstance(value, str):
        if all(isinstance(item, (str, int)) for item in value):
            return [option, *map(str, value)]
        return [option, json.dumps(value, separators=(",", ":"))]
    return [option, str(value)]


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


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
    fitting = [cidr for cidr in ranges or () if address in cidr and cidr.prefixlen]
    return max(fitting, key=lambda cidr: cidr.prefixlen, default=single(address))
