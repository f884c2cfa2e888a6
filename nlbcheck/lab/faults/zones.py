"""Faults of the zones that a load balancer is enabled in."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from nlbcheck.aws.kind import Kind
from nlbcheck.aws.resources.load_balancer import LOAD_BALANCER
from nlbcheck.aws.resources.network_acl import NETWORK_ACL
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.writes.edited import EditedState, Object, new_id
from nlbcheck.errors import InputError
from nlbcheck.lab.faults.scene import Scene, alter, call
from nlbcheck.model.facts import NotVisible


def zone_added(state: EditedState, scene: Scene) -> None:
    """Enable the load balancer in another Availability Zone, whose node the table does not list."""
    subnet = scene.subnet(scene.node)
    cidr = _free_range(scene)
    address = next(cidr.hosts()) + 9
    zone = f"{scene.relay.balancer.account_region.region}{_free_letter(scene)}"
    key, interface = new_id("subnet", str(cidr)), new_id("eni", str(cidr))
    _copy(
        state, SUBNET, subnet.id, SubnetId=key, CidrBlock=str(cidr), AvailabilityZone=zone,
        SubnetArn=f"arn:aws:ec2:{subnet.id}:subnet/{key}",
    )  # fmt: skip
    alter(state, ROUTE_TABLE, scene.table(scene.node).id, lambda item: _associate(item, "rtbassoc", key))
    alter(state, NETWORK_ACL, scene.acl(scene.node).id, lambda item: _associate(item, "aclassoc", key))
    _copy(
        state, INTERFACE, scene.node.interface_id or "", NetworkInterfaceId=interface, SubnetId=key,
        AvailabilityZone=zone, PrivateIpAddress=str(address),
        PrivateIpAddresses=[{"Primary": True, "PrivateIpAddress": str(address)}],
    )  # fmt: skip
    place = {
        "ZoneName": zone,
        "SubnetId": key,
        "LoadBalancerAddresses": [{"PrivateIPv4Address": str(address)}],
    }
    alter(
        state, LOAD_BALANCER, scene.relay.balancer.arn, lambda item: item["AvailabilityZones"].append(place)
    )
    _admit(state, scene, address)


def _free_range(scene: Scene) -> IPv4Network:
    """Return a range of the load balancer's VPC that no subnet has."""
    vpc = scene.vpc(scene.node)
    subnets = scene.state.subnets_of(vpc)
    if isinstance(subnets, NotVisible):
        raise InputError(f"the snapshot does not show {subnets.fact}")
    taken = [cidr for subnet in subnets for cidr in subnet.cidrs]
    for cidr in (cidr for cidr in vpc.cidrs if isinstance(cidr, IPv4Network)):
        for part in cidr.subnets(new_prefix=max(cidr.prefixlen, 24)):
            if not any(part.overlaps(other) for other in taken if isinstance(other, IPv4Network)):
                return part
    raise InputError("the load balancer's VPC has no room for another subnet")


def _free_letter(scene: Scene) -> str:
    taken = {zone.zone[-1] for zone in scene.relay.balancer.zones}
    return next(letter for letter in "dbca" if letter not in taken)


def _copy(state: EditedState, kind: Kind[Any], key: str, **changed: object) -> None:
    """Show another object that is like one but for what is given."""
    state.put(kind, {**state.get(kind, key, "NotFound"), **changed})


def _associate(item: Object, prefix: str, subnet: str) -> None:
    like = item["Associations"][0]
    name = next(name for name in like if name.endswith("AssociationId"))
    item["Associations"].append({**like, name: new_id(prefix, subnet), "SubnetId": subnet})


def _admit(state: EditedState, scene: Scene, node: IPv4Address) -> None:
    """Let the targets' security groups admit the node, as they admit the others."""
    for group, port in dict.fromkeys(_places(scene)):
        call(
            state, "ec2", "AuthorizeSecurityGroupIngress", GroupId=group,
            IpPermissions=[{
                "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
                "IpRanges": [{"CidrIp": f"{node}/32"}],
            }],
        )  # fmt: skip


def _places(scene: Scene) -> Iterable[tuple[str, int]]:
    for chain in scene.chains:
        yield from ((group.id, chain.member.port) for group in (chain.seat.groups or ())[:1])
