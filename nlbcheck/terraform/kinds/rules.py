"""Security groups, and their rules.

A group that Terraform makes has no rule of its own: the provider removes the one by which AWS lets everything
out (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import ResourceKind, joint
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import blocks, given, is_default, renamed, tags, texts

_DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}


def _permission(values: Attributes, peers: Object) -> Object:
    """Return one permission as AWS shows it."""
    protocol = given(values, "protocol") or given(values, "ip_protocol")
    shown: Object = {
        "IpProtocol": {"all": "-1"}.get(protocol, protocol) if isinstance(protocol, str) else protocol
    }
    if shown["IpProtocol"] != "-1":
        shown |= {"FromPort": values.get("from_port"), "ToPort": values.get("to_port")}
    empty: Object = {"UserIdGroupPairs": [], "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": []}
    return shown | empty | peers


def _listed(found: list[Any] | AfterApply, field: str) -> list[Object]:
    """Return peers as AWS lists them; a list that is known only later is one of something unknown."""
    return [{field: found}] if isinstance(found, AfterApply) else [{field: item} for item in found]


def _peers(values: Attributes, own: object) -> Object:
    """Return whom a rule with lists of peers admits; ``own`` is its group's id."""
    groups = texts(values, "security_groups")
    source = given(values, "source_security_group_id")
    pairs = _listed(groups, "GroupId") + ([{"GroupId": source}] if source else [])
    pairs += [{"GroupId": own}] if given(values, "self") is True else []
    return {
        "IpRanges": _listed(texts(values, "cidr_blocks"), "CidrIp"),
        "Ipv6Ranges": _listed(texts(values, "ipv6_cidr_blocks"), "CidrIpv6"),
        "PrefixListIds": _listed(texts(values, "prefix_list_ids"), "PrefixListId"),
        "UserIdGroupPairs": pairs,
    }


def _peer(values: Attributes) -> Object:
    """Return whom a rule with one peer admits."""
    group = given(values, "referenced_security_group_id")
    named = group.rpartition("/")[2] if isinstance(group, str) else group
    pairs = {
        "IpRanges": ("CidrIp", given(values, "cidr_ipv4")),
        "Ipv6Ranges": ("CidrIpv6", given(values, "cidr_ipv6")),
        "PrefixListIds": ("PrefixListId", given(values, "prefix_list_id")),
        "UserIdGroupPairs": ("GroupId", named),
    }
    return {name: [{field: value}] for name, (field, value) in pairs.items() if value is not None}


_PEERS = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "PrefixListIds": "PrefixListId",
    "UserIdGroupPairs": "GroupId",
}
_PORTS = ("IpProtocol", "FromPort", "ToPort")
RuleOf = Callable[[Attributes], tuple[str, Object]]
"""What a rule resource says: its direction, and the permission that it is."""


def _of_lists(values: Attributes) -> tuple[str, Object]:
    return str(values.get("type")), _permission(values, _peers(values, values.get("security_group_id")))


def _one_peer(direction: str) -> RuleOf:
    return lambda values: (direction, _permission(values, _peer(values)))


def _rule(told: RuleOf, *needs: str) -> ResourceKind:
    """Return a kind whose resources are rules of a security group.

    What is there already stays, and what is gone already is no mistake: the group is as Terraform has it.
    """

    def put(overlay: Overlay, change: ResourceChange) -> None:
        after = change.after or {}
        if isinstance(later := after.get("security_group_id"), AfterApply):
            overlay.hide(SECURITY_GROUP, _DIRECTIONS.values(), later)
            return
        group = overlay.find(SECURITY_GROUP, after.get("security_group_id"))
        direction, rule = told(after)
        if group and isinstance(group[_DIRECTIONS[direction]], list):
            others = _without(group[_DIRECTIONS[direction]], rule)
            overlay.put(SECURITY_GROUP, {**group, _DIRECTIONS[direction]: [*others, rule]})

    def remove(overlay: Overlay, values: Attributes) -> None:
        group = overlay.find(SECURITY_GROUP, values.get("security_group_id"))
        direction, rule = told(values)
        if group and isinstance(group[_DIRECTIONS[direction]], list):
            others = _without(group[_DIRECTIONS[direction]], rule)
            overlay.put(SECURITY_GROUP, {**group, _DIRECTIONS[direction]: others})

    return joint(put, remove, "security_group_id", *needs)


def _without(permissions: list[Object], rule: Object) -> list[Object]:
    """Return permissions without the peers of one rule."""
    left = [_less(item, rule) if _same_ports(item, rule) else item for item in permissions]
    return [item for item in left if any(item.get(key) for key in _PEERS)]


def _same_ports(one: Object, other: Object) -> bool:
    return all(one.get(key) == other.get(key) for key in _PORTS)


def _less(permission: Object, rule: Object) -> Object:
    gone = {key: [peer.get(field) for peer in rule[key]] for key, field in _PEERS.items()}
    kept = {
        key: [peer for peer in permission.get(key) or () if peer.get(field) not in gone[key]]
        for key, field in _PEERS.items()
    }
    return {**permission, **kept}


def _inline(values: Attributes, direction: str, own: object) -> list[Object] | AfterApply:
    """Return the rules that stand inside a security group."""
    found = blocks(values, direction)
    if isinstance(found, AfterApply):
        return found
    return [_permission(item, _peers(item, own)) for item in found]


def _all_rules(values: Attributes, own: object) -> Object:
    """Return the rules of a group that Terraform has just made or adopted; unset blocks are none."""
    found = {field: _inline(values, direction, own) for direction, field in _DIRECTIONS.items()}
    return {field: [] if is_default(rules) else rules for field, rules in found.items()}


def _put_group(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    key = after.get("id")
    if change.is_new:
        shown = _all_rules(after, key)
        named = renamed(after, {"name": "GroupName", "vpc_id": "VpcId", "description": "Description"})
        owner = {"GroupId": key, "OwnerId": overlay.where.account, "Tags": tags(after)}
        overlay.create(SECURITY_GROUP, owner | named | shown)
        return
    group = overlay.find(SECURITY_GROUP, key)
    if group is None:
        return
    for direction, field in _DIRECTIONS.items():
        if change.changed(direction):
            group[field] = _inline(after, direction, key)
    overlay.put(SECURITY_GROUP, group)


def _adopt_group(overlay: Overlay, change: ResourceChange) -> None:
    """Give a VPC's default group just the rules that Terraform has for it."""
    vpc = (change.after or {}).get("vpc_id")
    for group in list(overlay.objects(SECURITY_GROUP)):
        if change.is_new and group.get("VpcId") == vpc and group.get("GroupName") == "default":
            overlay.put(SECURITY_GROUP, {**group, **_all_rules(change.after or {}, group["GroupId"])})
    if not change.is_new:
        _put_group(overlay, change)


def _remove_group(overlay: Overlay, values: Attributes) -> None:
    overlay.remove(SECURITY_GROUP, str(values.get("id")))


_ONE_PEER = ("ip_protocol", "cidr_ipv4|cidr_ipv6|prefix_list_id|referenced_security_group_id")
KINDS = {
    "aws_security_group": ResourceKind(_put_group, _remove_group),
    "aws_default_security_group": ResourceKind(_adopt_group, lambda *_: None),
    "aws_security_group_rule": _rule(
        _of_lists,
        "type",
        "from_port",
        "to_port",
        "protocol",
        "cidr_blocks|ipv6_cidr_blocks|prefix_list_ids|self|source_security_group_id",
    ),
    "aws_vpc_security_group_ingress_rule": _rule(_one_peer("ingress"), *_ONE_PEER),
    "aws_vpc_security_group_egress_rule": _rule(_one_peer("egress"), *_ONE_PEER),
}
