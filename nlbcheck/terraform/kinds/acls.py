"""Network ACLs, and their rules."""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.network_acl import NETWORK_ACL
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import Owner, ResourceKind, joint, part
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import blocks, given, is_default, is_later, renamed, tags, texts


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


_OF_ACL = Owner(NETWORK_ACL, ("Entries",), "network_acl_id")
KINDS = {
    "aws_network_acl": ResourceKind(_put_acl, _remove_acl),
    "aws_default_network_acl": ResourceKind(_adopt_acl, lambda *_: None),
    "aws_network_acl_rule": part(
        _acl_rule, _no_acl_rule, "network_acl_id", "rule_number", "rule_action", "protocol", owner=_OF_ACL
    ),
    "aws_network_acl_association": joint(
        _put_acl_association, _remove_acl_association, "network_acl_id", "subnet_id"
    ),
}
