"""Instances and network interfaces."""

from __future__ import annotations

from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.instance import INSTANCE
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.writes.edited import Object
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import ResourceKind, joint
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import given, tags, texts


def _groups(found: list[Any] | AfterApply) -> list[Object] | AfterApply:
    return found if isinstance(found, AfterApply) else [{"GroupId": group} for group in found]


def _interface(
    overlay: Overlay, values: Attributes, key: object, addresses: list[Any], groups: object
) -> Object:
    """Return a network interface as AWS shows it."""
    subnet = overlay.find(SUBNET, values.get("subnet_id")) or {}
    check = given(values, "source_dest_check")
    return {
        "NetworkInterfaceId": key,
        "SubnetId": values.get("subnet_id"),
        "VpcId": subnet.get("VpcId"),
        "AvailabilityZone": subnet.get("AvailabilityZone"),
        "OwnerId": overlay.where.account,
        "InterfaceType": "interface",
        "Description": "",
        "Status": "in-use",
        "PrivateIpAddress": addresses[0] if addresses else None,
        "PrivateIpAddresses": [
            {"Primary": number == 0, "PrivateIpAddress": item} for number, item in enumerate(addresses)
        ],
        "Ipv6Addresses": [],
        "Groups": groups,
        "SourceDestCheck": True if check is None else check,
        "TagSet": tags(values),
    }


def _interface_of(values: Attributes) -> object:
    """Return the id of an instance's first interface, which is not a resource of its own."""
    found = given(values, "primary_network_interface_id")
    return found if isinstance(found, str) else f"eni-({values.get('id')})"


def _new_instance(overlay: Overlay, values: Attributes) -> None:
    key, address = values.get("id"), values.get("private_ip")
    eni = _interface_of(values)
    state = given(values, "instance_state")
    interface = _interface(overlay, values, eni, [address], _groups(texts(values, "vpc_security_group_ids")))
    interface["Attachment"] = {"InstanceId": key, "Status": "attached"}
    overlay.create(
        INSTANCE,
        {
            "InstanceId": key,
            "State": {"Name": state if isinstance(state, str) else "running"},
            "PrivateIpAddress": address,
            "SubnetId": values.get("subnet_id"),
            "VpcId": interface["VpcId"],
            "NetworkInterfaces": [{"NetworkInterfaceId": eni}],
            "Tags": tags(values),
        },
    )
    overlay.create(INTERFACE, interface)


def _put_instance(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    if change.is_new:
        _new_instance(overlay, after)
        return
    instance = overlay.find(INSTANCE, after.get("id"))
    for item in instance.get("NetworkInterfaces", ()) if instance else ():
        interface = overlay.find(INTERFACE, item.get("NetworkInterfaceId"))
        if interface is None:
            continue
        if change.changed("vpc_security_group_ids"):
            interface["Groups"] = _groups(texts(after, "vpc_security_group_ids"))
        if change.changed("source_dest_check"):
            interface["SourceDestCheck"] = after.get("source_dest_check")
        overlay.put(INTERFACE, interface)


def _remove_instance(overlay: Overlay, values: Attributes) -> None:
    instance = overlay.find(INSTANCE, values.get("id"))
    for item in instance.get("NetworkInterfaces", ()) if instance else ():
        overlay.remove(INTERFACE, item["NetworkInterfaceId"])
    if instance:
        overlay.put(
            INSTANCE, {**instance, "State": {"Code": 48, "Name": "terminated"}, "NetworkInterfaces": []}
        )


def _put_state(overlay: Overlay, change: ResourceChange) -> None:
    """Start or stop an instance."""
    after = change.after or {}
    key, wanted = after.get("instance_id"), given(after, "state")
    if isinstance(key, AfterApply):
        overlay.hide(INSTANCE, ["State"], key)
        return
    instance = overlay.find(INSTANCE, key)
    if instance:
        overlay.put(INSTANCE, {**instance, "State": {"Name": wanted}})


def _put_interface(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    key, groups = after.get("id"), _groups(texts(after, "security_groups"))
    if change.is_new:
        addresses = texts(after, "private_ips")
        known = [addresses] if isinstance(addresses, AfterApply) else addresses
        overlay.create(INTERFACE, _interface(overlay, after, key, known, groups))
        return
    interface = overlay.find(INTERFACE, key)
    if interface is None:
        return
    if change.changed("security_groups"):
        interface["Groups"] = groups
    if change.changed("source_dest_check"):
        interface["SourceDestCheck"] = after.get("source_dest_check")
    overlay.put(INTERFACE, interface)


def _remove_interface(overlay: Overlay, values: Attributes) -> None:
    overlay.remove(INTERFACE, str(values.get("id")))


def _join(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    if isinstance(later := after.get("network_interface_id"), AfterApply):
        overlay.hide(INTERFACE, ["Groups"], later)
        return
    _regroup(overlay, after, [{"GroupId": after.get("security_group_id")}])


def _leave(overlay: Overlay, values: Attributes) -> None:
    _regroup(overlay, values, [])


def _regroup(overlay: Overlay, values: Attributes, more: list[Object]) -> None:
    """Let an interface be in a security group, or in it no longer."""
    interface, group = (
        overlay.find(INTERFACE, values.get("network_interface_id")),
        values.get("security_group_id"),
    )
    if interface is not None:
        others = [item for item in interface["Groups"] if item.get("GroupId") != group]
        overlay.put(INTERFACE, {**interface, "Groups": [*others, *more]})


KINDS = {
    "aws_instance": ResourceKind(_put_instance, _remove_instance),
    "aws_ec2_instance_state": joint(_put_state, lambda *_: None, "instance_id", "state"),
    "aws_network_interface": ResourceKind(_put_interface, _remove_interface),
    "aws_network_interface_sg_attachment": joint(_join, _leave, "network_interface_id", "security_group_id"),
}
