"""Does an instance run, and with which interfaces?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups, unread
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address


class InstanceState(StrEnum):
    """Where an instance is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Instance:
    """An EC2 instance."""

    id: str
    account_region: AccountRegion
    name: str | None
    state: InstanceState | None
    address: Address | None
    """Its primary private address; a terminated instance has none."""
    interface_ids: tuple[str, ...] | NotVisible


def _interface_ids(raw: Raw, account_region: AccountRegion) -> tuple[str, ...] | NotVisible:
    if raw.get("NetworkInterfaces") is None:
        what = tell("the interfaces of {instance}", instance=raw["InstanceId"])
        return unread(INSTANCE, "NetworkInterfaces", what, account_region)
    return tuple(
        fields.needed(item, "NetworkInterfaceId") for item in fields.objects(raw, "NetworkInterfaces")
    )


def _instance(raw: Raw, account_region: AccountRegion) -> Instance:
    return Instance(
        id=fields.needed(raw, "InstanceId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        state=fields.choice(fields.inner(raw, "State"), "Name", InstanceState),
        address=fields.address(raw, "PrivateIpAddress"),
        interface_ids=_interface_ids(raw, account_region),
    )


NAMED = "tag:Name"
"""What instances are called: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"""
_GONE = (InstanceState.TERMINATED, InstanceState.SHUTTING_DOWN)


def _names(raw: Raw) -> Iterable[str]:
    name = fields.name_tag(raw)
    return [] if name is None else [name]


INSTANCE = Kind(
    marked("instance"), "ec2", "DescribeInstances", ("Reservations", "Instances"), "InstanceId", _instance,
    {"InstanceIds": "instance-id"}, {NAMED: _names}, leads_on=False,
)  # fmt: skip


class InstanceLookups(Lookups):
    """Lookups of instances."""

    def instance(
        self, key: str, account_region: AccountRegion | None = None
    ) -> Instance | Absent | NotVisible:
        """Return an instance by its id."""
        return self.by_id(INSTANCE, key, account_region)

    def only_instance(self, name: str) -> Instance | None:
        """Return the instance with this id, or the only one with this tag ``Name``; None where none is."""
        found = (self.instance(name),) if name.startswith("i-") else self.instances_named(name)
        one = found[0] if isinstance(found, tuple) and len(found) == 1 else None
        return one if isinstance(one, Instance) else None

    def instances_named(self, name: str) -> tuple[Instance, ...] | NotVisible:
        """Return the instances whose tag ``Name`` says so, wherever AWS is asked, but those that are gone."""
        found: list[Instance] = []
        hidden: NotVisible | None = None
        for place in self.asked_in:
            there = self.every(INSTANCE, tell("instances called {name}", name=name), place, {NAMED: name})
            if isinstance(there, NotVisible):
                hidden = there
            else:
                found += [item for item in there if item.state not in _GONE and item not in found]
        return hidden or tuple(found)
