"""Which instances does a place of Systems Manager mean, and which of them stand for others?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlbcheck.aws import fields
from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.sources.port import RefusedError, Source
from nlbcheck.errors import UnseenError
from nlbcheck.escape import printable
from nlbcheck.hosts.ssm import agents
from nlbcheck.model.facts import DENIED

_TAG = "tag:"
_INSTANCE = re.compile(r"i-[0-9a-z]{1,40}")


@dataclass(frozen=True, slots=True)
class FleetMember:
    """An instance that commands can be sent to, by its primary interface as far as AWS shows that."""

    instance: str
    address: str | None = None
    interface: str | None = None
    subnet: str | None = None
    vpc: str | None = None
    groups: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = ()
    """Other instances that stand where it stands, so that what it sees holds for them, too."""

    @property
    def place(self) -> tuple[str, tuple[str, ...]]:
        """What decides the path of its packets: its subnet, and the groups of its interface.

        The subnet decides the route table and the network ACL:
        https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
        """
        return self.subnet or self.instance, self.groups


def members(source: Source, address: str, *, every_host: bool = False) -> tuple[FleetMember, ...]:
    """Return the instances that ``i-…`` or ``tag:KEY=VALUE`` means: all, or one for all that stand alike.

    Of those that stand alike, it is one whose agent is online, if any is. Raises UnseenError where there is
    none, or AWS does not show them.
    """
    found = _found(source, address)
    if every_host or len(found) == 1:
        return tuple(found)
    unreached = agents.offline(source, [one.instance for one in found])
    alike: defaultdict[object, list[FleetMember]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.instance in unreached):
        alike[one.place].append(one)
    return tuple(_standing_for(*group) for group in alike.values())


def _standing_for(one: FleetMember, *others: FleetMember) -> FleetMember:
    names = tuple(other.instance for other in others)
    return FleetMember(one.instance, one.address, one.interface, one.subnet, one.vpc, one.groups, names)


def _found(source: Source, address: str) -> Sequence[FleetMember]:
    if address.startswith("mi-"):  # a machine outside AWS that Systems Manager manages
        return (FleetMember(address),)
    try:
        shown = [_member(one) for one in _described(source, address) if _state(one) == "running"]
    except UnreadableError:
        raise UnseenError("the answer of AWS to ec2:DescribeInstances cannot be read") from None
    if not shown:
        what = f"no running instance has the tag {address.removeprefix(_TAG)}"
        raise UnseenError(what if address.startswith(_TAG) else f"{address} is not running")
    return sorted(shown, key=lambda one: one.instance)


def _described(source: Source, address: str) -> Iterator[Mapping[str, Any]]:
    try:
        answer = source.call("ec2", "DescribeInstances", _question(address))
    except RefusedError as refused:
        if refused.code in DENIED and not address.startswith(_TAG):
            yield {"InstanceId": address, "State": {"Name": "running"}}
            return
        told = printable(address)
        raise UnseenError(f"AWS does not show {told} (ec2:DescribeInstances): {refused.code}") from refused
    for reservation in fields.objects_if_any(answer, "Reservations"):
        yield from fields.objects_if_any(reservation, "Instances")


def _question(address: str) -> Mapping[str, Any]:
    if not address.startswith(_TAG):
        return {"InstanceIds": [address]}
    key, _, value = address.removeprefix(_TAG).partition("=")
    running = {"Name": "instance-state-name", "Values": ["running"]}
    return {"Filters": [{"Name": f"{_TAG}{key}", "Values": [value]}, running]}


def _state(shown: Mapping[str, Any]) -> str | None:
    return fields.text(fields.inner_if_any(shown, "State"), "Name")


def _member(shown: Mapping[str, Any]) -> FleetMember:
    interfaces = fields.objects_if_any(shown, "NetworkInterfaces")
    primary = next((one for one in interfaces if _is_primary(one)), interfaces[0] if interfaces else {})
    groups = fields.objects_if_any(shown, "SecurityGroups")
    if not _INSTANCE.fullmatch(fields.needed(shown, "InstanceId")):  # it goes into a script
        raise UnreadableError("InstanceId", shown)
    return FleetMember(
        str(shown["InstanceId"]),
        fields.text_if_any(shown, "PrivateIpAddress"),
        fields.text_if_any(primary, "NetworkInterfaceId"),
        fields.text_if_any(shown, "SubnetId"),
        fields.text_if_any(shown, "VpcId"),
        tuple(sorted(str(group.get("GroupId")) for group in groups)),
    )


def _is_primary(interface: Mapping[str, Any]) -> bool:
    return fields.inner_if_any(interface, "Attachment").get("DeviceIndex") == 0
