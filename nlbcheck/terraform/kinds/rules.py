"""Security groups and network ACLs, and their rules.

A group that Terraform makes has no rule of its own: the provider removes the one by which AWS lets everything
out (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.network_acl import NETWORK_ACL
from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import Owner, ResourceKind, part
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import blocks, given, is_default, is_later, renamed, tags, texts

_DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
_CALLS = {"ingress": "Ingress", "egress": "Egress"}


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


def _group_rule(verb: str) -> Any:  # noqa: ANN401  # CallsOf
    def calls(values: Attributes) -> Iterator[tuple[str, str, Object]]:
        direction, group = values.get("type"), values.get("security_group_id")
        permission = _permission(values, _peers(values, group))
        operation = f"{verb}SecurityGroup{_CALLS[str(direction)]}"
        yield "ec2", operation, {"GroupId": group, "IpPermissions": [permission]}

    return calls


def _one_rule(verb: str, direction: str) -> Any:  # noqa: ANN401
    def calls(values: Attributes) -> Iterator[tuple[str, str, Object]]:
        permission = _permission(values, _peer(values))
        group = {"GroupId": values.get("security_group_id"), "IpPermissions": [permission]}
        yield "ec2", f"{verb}SecurityGroup{_CALLS[direction]}", group

    return calls


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


def _put_acl(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    key = after.get("id")
    if change.is_new:
        entries = [entry for egress in (False, True) for entry in _entries(after, egress=egress)]
        owner = {"NetworkAclId": key, "VpcId": given(after, "vpc_id"), "OwnerId": overlay.where.account}
        last = [_denied(egress=egress) for egress in (True, False)]
        shown = {"IsDefault": False, "Associations": [], "Entries": [*entries, *last], "Tags": tags(after)}
        overlay.create(NETWORK_ACL, owner | shown)
    else:
        _change_entries(overlay, change, key)
    if change.changed("subnet_ids"):
        for subnet in _known(after, "subnet_ids"):
            use_acl(overlay, subnet, str(key))


def _adopt_acl(overlay: Overlay, change: ResourceChange) -> None:
    """Give a VPC's default network ACL just the rules that Terraform has for it."""
    after = change.after or {}
    acl = overlay.find(NETWORK_ACL, after.get("default_network_acl_id"))
    if not change.is_new or acl is None:
        _change_entries(overlay, change, after.get("id"))
        return
    entries = [entry for egress in (False, True) for entry in _entries(after, egress=egress)]
    overlay.put(
        NETWORK_ACL, {**acl, "Entries": [*entries, *(_denied(egress=egress) for egress in (True, False))]}
    )


def _known(values: Attributes, name: str) -> list[str]:
    found = texts(values, name)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _change_entries(overlay: Overlay, change: ResourceChange, key: object) -> None:
    acl = overlay.find(NETWORK_ACL, key)
    if acl is None:
        return
    for direction, egress in (("ingress", False), ("egress", True)):
        if change.changed(direction):
            kept = [
                item for item in acl["Entries"] if item["Egress"] is not egress or item["RuleNumber"] == _LAST
            ]
            acl["Entries"] = [*_entries(change.after or {}, egress=egress), *kept]
    overlay.put(NETWORK_ACL, acl)


_LAST = 32767
"""The number of the rule that denies what no other one has admitted."""


def _denied(*, egress: bool) -> Object:
    denied = {"CidrBlock": "0.0.0.0/0", "Protocol": "-1", "RuleAction": "deny"}
    return {**denied, "Egress": egress, "RuleNumber": _LAST}


def _entries(values: Attributes, *, egress: bool) -> list[Object]:
    found = blocks(values, "egress" if egress else "ingress")
    if isinstance(found, AfterApply):  # unset blocks are computed: a new network ACL has none
        return [] if is_default(found) else [{"RuleNumber": found, "Egress": egress}]
    return [_entry(item, item.get("rule_no"), item.get("action"), egress=egress) for item in found]


def _entry(values: Attributes, number: object, action: object, *, egress: bool) -> Object:
    protocol = given(values, "protocol")
    known = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1"}
    written = str(protocol) if isinstance(protocol, (str, int)) else protocol
    number = int(number) if isinstance(number, (str, float)) else number
    shown: Object = {
        "Egress": egress,
        "Protocol": known.get(written, written) if isinstance(written, str) else written,
        "RuleAction": action.lower() if isinstance(action, str) else action,
        "RuleNumber": number,
    }
    shown |= renamed(values, {"cidr_block": "CidrBlock", "ipv6_cidr_block": "Ipv6CidrBlock"})
    if shown["Protocol"] in ("6", "17") or is_later(shown["Protocol"]):
        shown["PortRange"] = {"From": values.get("from_port"), "To": values.get("to_port")}
    return shown


def _acl_rule(values: Attributes) -> Iterator[tuple[str, str, Object]]:
    egress = given(values, "egress") is True
    entry = _entry(values, values.get("rule_number"), values.get("rule_action"), egress=egress)
    yield "ec2", "CreateNetworkAclEntry", {"NetworkAclId": values.get("network_acl_id"), **entry}


def _no_acl_rule(values: Attributes) -> Iterator[tuple[str, str, Object]]:
    for service, _, parameters in _acl_rule(values):
        names = ("NetworkAclId", "RuleNumber", "Egress")
        yield service, "DeleteNetworkAclEntry", {name: parameters[name] for name in names}


def use_acl(overlay: Overlay, subnet: str, acl: str) -> None:
    """Let a subnet have another network ACL."""
    target = overlay.find(NETWORK_ACL, acl)
    if target is None:
        return
    for other in list(overlay.objects(NETWORK_ACL)):
        kept = [item for item in other["Associations"] if item.get("SubnetId") != subnet]
        if len(kept) < len(other["Associations"]):
            overlay.put(NETWORK_ACL, {**other, "Associations": kept})
    target = overlay.find(NETWORK_ACL, acl) or target
    association = {"NetworkAclAssociationId": f"aclassoc-({subnet})", "NetworkAclId": acl, "SubnetId": subnet}
    overlay.put(NETWORK_ACL, {**target, "Associations": [*target["Associations"], association]})


def _put_acl_association(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    subnet, acl = after.get("subnet_id"), after.get("network_acl_id")
    later = next((item for item in (subnet, acl) if isinstance(item, AfterApply)), None)
    if later:
        overlay.hide(NETWORK_ACL, ["Associations"], AfterApply(later.name))
        return
    use_acl(overlay, str(subnet), str(acl))


def _default_acl(overlay: Overlay, vpc: object) -> str | None:
    """Return the network ACL that subnets of a VPC fall back to."""
    found = (
        item for item in overlay.objects(NETWORK_ACL) if item.get("VpcId") == vpc and item.get("IsDefault")
    )
    return next((str(item["NetworkAclId"]) for item in found), None)


def _remove_acl(overlay: Overlay, values: Attributes) -> None:
    """Take a network ACL away; its subnets fall back to the VPC's default one."""
    acl = overlay.find(NETWORK_ACL, values.get("id"))
    fallback = _default_acl(overlay, acl.get("VpcId")) if acl else None
    for item in acl["Associations"] if acl and fallback else ():
        use_acl(overlay, item["SubnetId"], str(fallback))
    overlay.remove(NETWORK_ACL, str(values.get("id")))


def _remove_acl_association(overlay: Overlay, values: Attributes) -> None:
    acl = overlay.find(NETWORK_ACL, values.get("network_acl_id"))
    fallback = _default_acl(overlay, acl.get("VpcId")) if acl else None
    if fallback:
        use_acl(overlay, str(values.get("subnet_id")), fallback)


_OF_GROUP = Owner(SECURITY_GROUP, tuple(_DIRECTIONS.values()), "security_group_id")
_OF_ACL = Owner(NETWORK_ACL, ("Entries",), "network_acl_id")
KINDS = {
    "aws_security_group": ResourceKind(_put_group, _remove_group),
    "aws_default_security_group": ResourceKind(_adopt_group, lambda *_: None),
    "aws_security_group_rule": part(_group_rule("Authorize"), _group_rule("Revoke"), _OF_GROUP),
    "aws_vpc_security_group_ingress_rule": part(
        _one_rule("Authorize", "ingress"), _one_rule("Revoke", "ingress"), _OF_GROUP
    ),
    "aws_vpc_security_group_egress_rule": part(
        _one_rule("Authorize", "egress"), _one_rule("Revoke", "egress"), _OF_GROUP
    ),
    "aws_network_acl": ResourceKind(_put_acl, _remove_acl),
    "aws_default_network_acl": ResourceKind(_adopt_acl, lambda *_: None),
    "aws_network_acl_rule": part(_acl_rule, _no_acl_rule, _OF_ACL),
    "aws_network_acl_association": ResourceKind(
        _put_acl_association, _remove_acl_association, is_part=True, is_amended=False
    ),
}
