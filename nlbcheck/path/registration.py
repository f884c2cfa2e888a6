"""Which call registers a server in a target group? What it takes depends on the group's type and protocol.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import EVERYWHERE, QUIC, TargetGroup, TargetType
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Call, Json
from nlbcheck.model.facts import Absent
from nlbcheck.model.net import Address
from nlbcheck.path import remedy


def registering(state: AwsState, group: TargetGroup, addresses: Iterable[Address], port: int) -> Call | None:
    """Return the call that makes addresses targets; None where it takes more than is known of all of them.

    Targets of QUIC have ids of their own, and an Application Load Balancer is named by its ARN.
    """
    if group.protocol in QUIC:
        return None
    targets = [target for address in addresses if (target := _target(state, group, address, port))]
    return remedy.elbv2("RegisterTargets", TargetGroupArn=group.arn, Targets=targets) if targets else None


def _target(state: AwsState, group: TargetGroup, address: Address, port: int) -> dict[str, Json] | None:
    match group.type:
        case TargetType.IP:
            return _by_address(state, group, address, port)
        case TargetType.INSTANCE:
            return _by_instance(state, group, address, port)
    return None


def _by_address(state: AwsState, group: TargetGroup, address: Address, port: int) -> dict[str, Json] | None:
    """Return a target of type ip; one that lies in no subnet of the VPC is for the nodes of all zones."""
    target: dict[str, Json] = {"Id": str(address), "Port": port}
    vpc = state.vpc(group.vpc_id) if group.vpc_id else None
    if not isinstance(vpc, Vpc):
        return None
    match state.subnet_at(vpc, address):
        case Subnet():
            return target
        case Absent():
            return target | {"AvailabilityZone": EVERYWHERE}
    return None


def _by_instance(state: AwsState, group: TargetGroup, address: Address, port: int) -> dict[str, Json] | None:
    """Return a target of type instance, which gets connections at its primary address alone.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
    """
    vpc = state.vpc(group.vpc_id) if group.vpc_id else None
    found = state.interface_at(vpc, address) if isinstance(vpc, Vpc) else None
    key = found.instance_id if isinstance(found, NetworkInterface) else None
    instance = state.instance(key) if key else None
    if not isinstance(instance, Instance) or instance.address != address:
        return None
    return {"Id": instance.id, "Port": port}
