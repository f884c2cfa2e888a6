"""How are network interfaces and instances read?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.interfaces import Instance, InstanceState, InterfaceStatus, NetworkInterface
from nlbcheck.aws.kind import Kind, each, maybe, owned
from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Address


def _addresses(items: Iterable[Raw], key: str) -> Iterable[Address]:
    for item in items:
        address = fields.address(item, key)
        if address is None:
            raise UnreadableError(key)
        yield address


def _interface(raw: Raw, account_region: AccountRegion) -> NetworkInterface:
    private = sorted(
        fields.objects(raw, "PrivateIpAddresses"), key=lambda item: fields.flag(item, "Primary") is not True
    )
    prefixes = [
        *(fields.needed_network(item, "Ipv4Prefix") for item in fields.objects_if_any(raw, "Ipv4Prefixes")),
        *(fields.needed_network(item, "Ipv6Prefix") for item in fields.objects_if_any(raw, "Ipv6Prefixes")),
    ]
    return NetworkInterface(
        id=fields.needed(raw, "NetworkInterfaceId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw, "TagSet"),
        vpc_id=fields.needed(raw, "VpcId"),
        subnet_id=fields.needed(raw, "SubnetId"),
        zone=fields.text(raw, "AvailabilityZone"),
        type=fields.text(raw, "InterfaceType"),
        description=fields.text(raw, "Description") or "",
        status=fields.choice(raw, "Status", InterfaceStatus),
        addresses=(
            *_addresses(private, "PrivateIpAddress"),
            *_addresses(fields.objects_if_any(raw, "Ipv6Addresses"), "Ipv6Address"),
        ),
        prefixes=tuple(prefixes),
        public_address=_public_address(raw),
        group_ids=tuple(fields.needed(item, "GroupId") for item in fields.objects(raw, "Groups")),
        source_dest_check=fields.flag(raw, "SourceDestCheck"),
        instance_id=fields.text(fields.inner(raw, "Attachment"), "InstanceId"),
    )


def _public_address(raw: Raw) -> Address | None:
    """Return the public address, which AWS leaves out with its association when there is none."""
    association = fields.inner(raw, "Association")
    found = fields.address(association, "PublicIp")
    if found is None and raw.get("Association") and not fields.text(association, "CarrierIp"):
        raise UnreadableError("Association")
    return found


def _instance(raw: Raw, account_region: AccountRegion) -> Instance:
    return Instance(
        id=fields.needed(raw, "InstanceId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        state=fields.choice(fields.inner(raw, "State"), "Name", InstanceState),
        address=fields.address(raw, "PrivateIpAddress"),
        interface_ids=tuple(
            fields.needed(item, "NetworkInterfaceId") for item in fields.objects(raw, "NetworkInterfaces")
        ),
    )


def _delegated(raw: Raw) -> Iterable[str]:
    return ["true"] if fields.objects_if_any(raw, "Ipv4Prefixes") else []


DELEGATED = "has-delegated-prefixes"
"""An attribute that no call can select by: whether ranges are delegated to an interface."""

INTERFACE = Kind(
    "network interface", "ec2", "DescribeNetworkInterfaces", ("NetworkInterfaces",),
    "NetworkInterfaceId", _interface, {"NetworkInterfaceIds": "network-interface-id"},
    {
        "vpc-id": each("VpcId"),
        "subnet-id": each("SubnetId"),
        "addresses.private-ip-address": each("PrivateIpAddresses", "PrivateIpAddress"),
        "attachment.instance-id": maybe("Attachment", "InstanceId"),
        "association.public-ip": maybe("Association", "PublicIp"),
        "description": maybe("Description"),
        DELEGATED: _delegated,
    },
)  # fmt: skip
INSTANCE = Kind(
    "instance", "ec2", "DescribeInstances", ("Reservations", "Instances"), "InstanceId", _instance,
    {"InstanceIds": "instance-id"}, leads_on=False,
)  # fmt: skip
