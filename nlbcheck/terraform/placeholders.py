"""By which id is an object known that has none before the apply?

It is called by its address in Terraform, in the shape of its kind's ids: ``sg-(aws_security_group.nlb)``.
"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.terraform.change import Attributes

_PREFIXES: Mapping[str, str] = {
    "aws_vpc": "vpc",
    "aws_subnet": "subnet",
    "aws_instance": "i",
    "aws_network_interface": "eni",
    "aws_security_group": "sg",
    "aws_route_table": "rtb",
    "aws_network_acl": "acl",
    "aws_vpc_peering_connection": "pcx",
    "aws_internet_gateway": "igw",
    "aws_nat_gateway": "nat",
    "aws_vpn_gateway": "vgw",
    "aws_vpn_connection": "vpn",
    "aws_ec2_transit_gateway": "tgw",
    "aws_ec2_transit_gateway_vpc_attachment": "tgw-attach",
    "aws_ec2_transit_gateway_route_table": "tgw-rtb",
    "aws_vpc_endpoint": "vpce",
}
_ARNS: Mapping[str, str] = {
    "aws_lb": "loadbalancer/net",
    "aws_alb": "loadbalancer/net",
    "aws_lb_target_group": "targetgroup",
    "aws_alb_target_group": "targetgroup",
    "aws_lb_listener": "listener/net",
    "aws_alb_listener": "listener/net",
}
_NAMED = ("aws_lb_target_group", "aws_alb_target_group")
_ARN = "arn:aws:elasticloadbalancing:after-apply:after-apply:"


def made(kind: str, address: str, values: Attributes) -> dict[str, str]:
    """Return by what others refer to a resource that is yet to be made; nothing for most kinds."""
    if kind in _ARNS:
        name, known_as = values.get("name"), address.replace("/", "|")
        if kind in _NAMED and not isinstance(name, str):
            return {}  # others tell a group by its name, which its ARN holds
        called = name if isinstance(name, str) and name and "/" not in name else f"({known_as})"
        arn = f"{_ARN}{_ARNS[kind]}/{called}/({known_as})"
        return {"id": arn, "arn": arn}
    prefix = _PREFIXES.get(kind)
    return {"id": f"{prefix}-({address})"} if prefix else {}
