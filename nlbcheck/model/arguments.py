"""Is every argument of a call what its parameter takes, so that its command line says just that?

Ids, ARNs and zones come from AWS's answers or from a file. The AWS CLI takes a word that begins with a dash
for an option, and one that begins with ``file://``, ``fileb://`` or ``http://`` for a file to read or fetch:
https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from nlbcheck.escape import shortened
from nlbcheck.language import tell
from nlbcheck.model.json import Json
from nlbcheck.model.remedy import Call

_LONGEST_SHOWN = 60
_SERVICES = ("ec2", "elbv2")
_NAME = re.compile(r"[A-Z][A-Za-z0-9]+")
"""What operations and parameters are called."""
_REGION = re.compile(r"[a-z]{2}[a-z0-9-]*")


def _id(prefix: str) -> re.Pattern[str]:
    """Return what ids of a kind look like; those in examples are no hexadecimal numbers."""
    return re.compile(rf"(?:{prefix})-[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")


def _arn(of: str) -> str:
    return (
        rf"arn:aws[a-z-]*:elasticloadbalancing:[a-z]{{2}}[a-z0-9-]*:[0-9]{{12}}:{of}(?:/[0-9A-Za-z-]+){{2,5}}"
    )


_CIDR = re.compile(r"[0-9a-fA-F:.]+/[0-9]{1,3}")
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
_ADDRESS = r"[0-9a-fA-F:.]*[0-9a-fA-F][0-9a-fA-F:.]*"

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "AddSubnetIds": _id("subnet"),
    "AllocationId": _id("eipalloc"),
    "ApplianceModeSupport": _WORD,
    "AvailabilityZone": _WORD,
    "CidrBlock": _CIDR,
    "CidrIp": _CIDR,
    "CidrIpv6": _CIDR,
    "DestinationCidrBlock": _CIDR,
    "DestinationIpv6CidrBlock": _CIDR,
    "GatewayId": _id("vgw|igw"),
    "GroupId": _id("sg"),
    "Id": re.compile(rf"{_ADDRESS}|{_id('i').pattern}|{_arn('loadbalancer/app')}"),
    "InstanceIds": _id("i"),
    "InternetGatewayExclusionMode": _WORD,
    "IPv6Address": re.compile(_ADDRESS),
    "InternetGatewayId": _id("igw"),
    "IpProtocol": re.compile(r"-1|[0-9a-z]+"),
    "Ipv6CidrBlock": _CIDR,
    "Key": _WORD,
    "ListenerArn": re.compile(_arn("listener")),
    "LoadBalancerArn": re.compile(_arn("loadbalancer")),
    "LocalIpv4NetworkCidr": _CIDR,
    "NatGatewayId": _id("nat"),
    "NetworkAclId": _id("acl"),
    "NetworkInterfaceId": _id("eni"),
    "PrivateIPv4Address": re.compile(_ADDRESS),
    "Protocol": _WORD,
    "QuicServerId": _WORD,
    "RemoteIpv4NetworkCidr": _CIDR,
    "RouteTableId": _id("rtb"),
    "RuleAction": _WORD,
    "SourceNatIpv6Prefix": _CIDR,
    "SubnetId": _id("subnet"),
    "TargetGroupArn": re.compile(_arn("targetgroup")),
    "TransitGatewayAttachmentId": _id("tgw-attach"),
    "TransitGatewayId": _id("tgw"),
    "TransitGatewayRouteTableId": _id("tgw-rtb"),
    "Type": _WORD,
    "Value": _WORD,
    "VpcId": _id("vpc"),
    "VpcPeeringConnectionId": _id("pcx"),
    "VpnConnectionId": _id("vpn"),
    "VpnGatewayId": _id("vgw"),
}
"""What the texts of every parameter look like that a remedy has."""


def unfit(call: Call) -> str | None:
    """Return why no command line is to be made of a call, as part of a sentence; None where one may be."""
    if call.service not in _SERVICES or not _NAME.fullmatch(call.operation):
        return tell("{call} is not a call of a fix", call=_shown(f"{call.service}:{call.operation}"))
    if call.region is not None and not _REGION.fullmatch(call.region):
        return tell("{region} is not an AWS Region", region=_shown(call.region))
    for name, value in _values("", call.parameters):
        if not _fits(name, value):
            return tell("{value} is not a valid {name}", value=_shown(str(value)), name=_shown(name, ""))
    return None


def _values(name: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Yield all that is no list or structure inside a parameter, with the name that it has."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _values(key, inner if _NAME.fullmatch(key) else None)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _values(name, inner)
    else:
        yield name, value


def _fits(name: str, value: Json) -> bool:
    if isinstance(value, str):
        pattern = _PATTERNS.get(name)
        return pattern is not None and pattern.fullmatch(value) is not None
    return isinstance(value, int)


def _shown(text: str, quote: str = '"') -> str:
    return f"{quote}{shortened(text, _LONGEST_SHOWN)}{quote}"
