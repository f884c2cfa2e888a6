"""Faults of security groups and network ACLs."""

from __future__ import annotations

from typing import Any

from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.writes.edited import EditedState, Object
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.seats import Seat
from nlbcheck.lab.faults.scene import Scene, alter, call


def target_admits_nothing(state: EditedState, scene: Scene) -> None:
    """Delete the rules for the target's port from its security groups."""
    chain = scene.inside
    _without_port(state, scene, chain.seat, chain.member.port)


def target_admits_one_zone(state: EditedState, scene: Scene) -> None:
    """Delete the rules for one node from the security groups of the target."""
    address = f"{scene.node.address}/32"

    def change(group: Object) -> None:
        for rule in group["IpPermissions"]:
            rule["IpRanges"] = [item for item in rule["IpRanges"] if item["CidrIp"] != address]

    for group in scene.groups(scene.inside.seat):
        alter(state, SECURITY_GROUP, group.id, change)


def target_admits_everyone(state: EditedState, scene: Scene) -> None:
    """Allow all TCP ports from everywhere in the security groups of the target."""
    rule = {**_rule(0, IpRanges=[{"CidrIp": "0.0.0.0/0"}]), "ToPort": 65535}
    group = scene.groups(scene.inside.seat)[0]
    alter(state, SECURITY_GROUP, group.id, lambda item: item["IpPermissions"].append(rule))


def target_names_clients_group(state: EditedState, scene: Scene) -> None:
    """Allow the client's security group in those of the target. The node is not in that group."""
    (named, *_), chain = scene.groups(scene.client), scene.inside
    _without_port(state, scene, chain.seat, chain.member.port)

    def change(group: Object) -> None:
        group["IpPermissions"].append(
            _rule(
                chain.member.port,
                UserIdGroupPairs=[{"GroupId": named.id, "UserId": named.account_region.account}],
            )
        )

    alter(state, SECURITY_GROUP, scene.groups(chain.seat)[0].id, change)
    call(
        state, "elbv2", "ModifyTargetGroupAttributes",
        TargetGroupArn=chain.group.group.arn,
        Attributes=[{"Key": "preserve_client_ip.enabled", "Value": "true"}],
    )  # fmt: skip


def client_sends_nothing(state: EditedState, scene: Scene) -> None:
    """Delete all outbound rules of the client's security groups."""
    for group in scene.groups(scene.client):
        alter(state, SECURITY_GROUP, group.id, lambda item: item.update(IpPermissionsEgress=[]))


def balancer_admits_nothing(state: EditedState, scene: Scene) -> None:
    """Delete all inbound rules of the load balancer's security groups."""
    for key in _balancer_groups(scene):
        alter(state, SECURITY_GROUP, key, lambda item: item.update(IpPermissions=[]))


def balancer_sends_nothing(state: EditedState, scene: Scene) -> None:
    """Delete all outbound rules of the load balancer's security groups."""
    for key in _balancer_groups(scene):
        alter(state, SECURITY_GROUP, key, lambda item: item.update(IpPermissionsEgress=[]))


def client_acl_denies_out(state: EditedState, scene: Scene) -> None:
    """Deny all outbound traffic of the client's subnet."""
    _deny(state, scene, scene.client, egress=True)


def node_acl_denies_replies(state: EditedState, scene: Scene) -> None:
    """Deny inbound replies to the subnet of the first node."""
    _deny(state, scene, scene.node, egress=False, ports=(1024, 65535), spare=scene)


def target_acl_denies_in(state: EditedState, scene: Scene) -> None:
    """Deny inbound traffic to the port of the target in its subnet."""
    port = scene.inside.member.port
    _deny(state, scene, scene.inside.seat, egress=False, ports=(port, port))


def target_acl_denies_replies(state: EditedState, scene: Scene) -> None:
    """Deny outbound replies from the subnet of the target."""
    _deny(state, scene, scene.inside.seat, egress=True, ports=(1024, 65535))


def target_acl_narrow(state: EditedState, scene: Scene) -> None:
    """Allow outbound replies from the subnet of the target only to the upper ephemeral ports."""
    _deny(state, scene, scene.inside.seat, egress=True, ports=(1024, 32767))


def _balancer_groups(scene: Scene) -> tuple[str, ...]:
    own = scene.relay.balancer.group_ids
    if own:
        return own
    raise InputError("the load balancer was made without security groups, and cannot get any")


def _without_port(state: EditedState, scene: Scene, seat: Seat, port: int) -> None:
    def change(group: Object) -> None:
        group["IpPermissions"] = [
            rule for rule in group["IpPermissions"]
            if not rule.get("FromPort", 0) <= port <= rule.get("ToPort", 65535)
        ]  # fmt: skip

    for group in scene.groups(seat):
        alter(state, SECURITY_GROUP, group.id, change)


def _deny(
    state: EditedState,
    scene: Scene,
    seat: Seat,
    *,
    egress: bool,
    ports: tuple[int, int] | None = None,
    spare: Scene | None = None,
) -> None:
    acl = scene.acl(seat)
    taken = {entry.number for entry in acl.entries if entry.egress is egress}
    # Replies of targets only: the path of the client's requests stays open.
    cidr = f"{spare.inside.member.address}/32" if spare else "0.0.0.0/0"
    parameters: dict[str, Any] = {"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}
    call(
        state, "ec2", "CreateNetworkAclEntry", NetworkAclId=acl.id, CidrBlock=cidr, Egress=egress,
        Protocol="6" if ports else "-1", RuleAction="deny", **parameters,
        RuleNumber=next(number for number in range(50, 32767) if number not in taken),
    )  # fmt: skip


def _rule(port: int, **peers: Any) -> Object:  # noqa: ANN401
    empty: Object = {"UserIdGroupPairs": [], "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": []}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **empty, **peers}
