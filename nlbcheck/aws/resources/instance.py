"""Does an instance run, and with which interfaces?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups, unread
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
        what = f"the interfaces of {raw['InstanceId']}"
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


INSTANCE = Kind(
    "instance", "ec2", "DescribeInstances", ("Reservations", "Instances"), "InstanceId", _instance,
    {"InstanceIds": "instance-id"}, leads_on=False,
)  # fmt: skip


class InstanceLookups(Lookups):
    """Lookups of instances."""

    def instance(
        self, key: str, account_region: AccountRegion | None = None
    ) -> Instance | Absent | NotVisible:
        """Return an instance by its id."""
        return self.by_id(INSTANCE, key, account_region)
