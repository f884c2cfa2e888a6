"""The things that gates are asked about, each in order unless a test says otherwise."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from typing import Any

from hypothesis import settings

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.load_balancer import (
    BalancerNode,
    BalancerState,
    BalancerType,
    BalancerZone,
    LoadBalancer,
    Scheme,
)
from nlbcheck.aws.resources.network_interface import InterfaceStatus, NetworkInterface
from nlbcheck.aws.resources.prefix_list import PrefixList
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import (
    GroupAttributes,
    HealthCheck,
    HealthState,
    Override,
    Target,
    TargetGroup,
    TargetType,
    TrafficPort,
)
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.packet import Packet

relaxed = settings(deadline=None)
PLACE = AccountRegion("123456789012", "ap-northeast-1")
ADDRESS = IPv4Address("10.1.2.3")
FAR = IPv4Address("10.2.0.9")
LISTS = {
    "pl-1": (IPv4Network("10.1.0.0/16"), IPv4Network("10.1.2.0/25")),
    "pl-2": (IPv4Network("172.16.0.0/12"),),
}
ZONE_A, ZONE_C = "ap-northeast-1a", "ap-northeast-1c"
_ARN = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012"


def prefix_list(key: str) -> PrefixList | Absent | NotVisible:
    if key in LISTS:
        return PrefixList(key, PLACE, LISTS[key])
    return NotVisible(key, "ec2", "GetManagedPrefixListEntries", PLACE)


def hidden(operation: str) -> NotVisible:
    return NotVisible("something", "ec2", operation, PLACE)


def packet(port: int = 443, source: str | None = "10.1.2.3", destination: str | None = "10.2.0.9") -> Packet:
    return Packet(
        ip_address(source) if source else None,
        ip_address(destination) if destination else None,
        PortRange(port, port),
    )


def vpc(*cidrs: str) -> Vpc:
    return Vpc("vpc-1", PLACE, None, tuple(ip_network(cidr) for cidr in cidrs or ("10.1.0.0/16",)))


def subnet(zone: str = ZONE_A, key: str = "subnet-1") -> Subnet:
    return Subnet(key, PLACE, None, "vpc-1", zone, (ip_network("10.1.2.0/24"),))


def interface(**fields: Any) -> NetworkInterface:
    made = NetworkInterface(
        id="eni-1",
        account_region=PLACE,
        name=None,
        vpc_id="vpc-1",
        subnet_id="subnet-1",
        zone=ZONE_A,
        type="interface",
        description="",
        status=InterfaceStatus.IN_USE,
        addresses=(ADDRESS,),
        prefixes=(),
        public_addresses=(),
        group_ids=("sg-1",),
        source_dest_check=True,
        instance_id="i-1",
    )
    return replace(made, **fields)


def balancer(**fields: Any) -> LoadBalancer:
    made = LoadBalancer(
        arn=f"{_ARN}:loadbalancer/net/nlb/1",
        account_region=PLACE,
        name="nlb",
        type=BalancerType.NETWORK,
        scheme=Scheme.INTERNAL,
        vpc_id="vpc-1",
        state=BalancerState.ACTIVE,
        state_reason=None,
        zones=(BalancerZone(ZONE_A, "subnet-1", (), ()),),
        group_ids=(),
        dns_name=None,
        address_type="ipv4",
    )
    return replace(made, **fields)


def node(zone: str = ZONE_A) -> BalancerNode:
    address = IPv4Address("10.1.2.20")
    return BalancerNode(zone, "subnet-1", address, (address,), None, "eni-nlb")


def target_group(**fields: Any) -> TargetGroup:
    check = HealthCheck(Protocol.TCP, TrafficPort.TRAFFIC_PORT, 10, 10, 3, 3, None, None)
    made = TargetGroup(
        arn=f"{_ARN}:targetgroup/tg/1",
        account_region=PLACE,
        name="tg",
        type=TargetType.IP,
        protocol=Protocol.TCP,
        port=22,
        vpc_id="vpc-1",
        health_check=check,
        balancer_arns=(balancer().arn,),
    )
    return replace(made, **fields)


def attributes(**fields: Any) -> GroupAttributes:
    made = GroupAttributes(preserve_client_ip=False, cross_zone=None, proxy_protocol=False, values={})
    return replace(made, **fields)


def target(address: str = "10.1.2.3", **fields: Any) -> Target:
    made = Target(
        id=address,
        address=ip_address(address),
        port=22,
        zone=ZONE_A,
        state=HealthState.HEALTHY,
        reason=None,
        description=None,
        health_check_port=22,
        override=Override.NONE,
    )
    return replace(made, **fields)


def stopped(outcome: Outcome) -> tuple[str, ...]:
    """Return the code for which a gate stops a packet, and the calls that open it."""
    assert isinstance(outcome, Stopped), outcome
    return _told(outcome.problem)


def remarked(outcome: Outcome) -> tuple[str, ...]:
    """Return what a gate says of a packet that it lets through."""
    assert isinstance(outcome, Passed), outcome
    assert outcome.remark, outcome
    return _told(outcome.remark)


def _told(problem: Problem) -> tuple[str, ...]:
    return problem.code.value, *(call.operation for call in (problem.remedy.calls if problem.remedy else ()))


def passed(outcome: Outcome) -> dict[str, object]:
    """Return the evidence of a gate that lets a packet through and says nothing else."""
    assert isinstance(outcome, Passed), outcome
    assert outcome.remark is None
    return dict(outcome.evidence)


def unseen(outcome: Outcome) -> str:
    """Return the call that would show what a gate does."""
    assert isinstance(outcome, Unseen), outcome
    return outcome.missing.operation
