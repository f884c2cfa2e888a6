"""Which instances of a recorded state have an agent of Systems Manager that fetches commands?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from nlbcheck.aws.recording import Recording
from nlbcheck.lab.endpoint.failures import ApiError
from nlbcheck.model.facts import AccountRegion

AtInstance = Callable[[str], AbstractContextManager[None] | None]
"""Returns how a thread comes to where an instance's processes run; None where the instance does not run."""


def known(recording: Recording, account_region: AccountRegion) -> Mapping[str, Mapping[str, Any]]:
    """Return the instances of an account and Region by id, as DescribeInstances shows them."""
    return {
        instance["InstanceId"]: instance
        for answer in recording.answers
        if answer.operation == "DescribeInstances"
        and (answer.account, answer.region) == (account_region.account, account_region.region)
        for reservation in answer.response.get("Reservations", [])
        for instance in reservation.get("Instances", [])
    }


def fitting(instances: Mapping[str, Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> Sequence[str]:
    """Return the ids that pass all filters or targets: ``InstanceIds``, ``tag:…`` and ``tag-key``."""
    found = list(instances)
    for one in wanted:
        key, values = one["Key"], one.get("Values", [])
        if key in ("InstanceIds", "instanceids"):
            found = [name for name in found if name in values]
        elif key == "tag-key":
            found = [name for name in found if set(_tags(instances[name])) & set(values)]
        elif key.startswith("tag:"):
            tag = key.removeprefix("tag:")
            found = [name for name in found if _tags(instances[name]).get(tag) in values]
        else:
            raise ApiError("InvalidFilterKey", f"The filter key {key} is not valid")
    return found


def _tags(instance: Mapping[str, Any]) -> Mapping[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in instance.get("Tags", [])}


def described(instance: Mapping[str, Any], *, online: bool, asked_at: str) -> Mapping[str, Any]:
    """Return what DescribeInstanceInformation shows of an instance's agent."""
    return {
        "InstanceId": instance["InstanceId"],
        "PingStatus": "Online" if online else "ConnectionLost",
        "LastPingDateTime": asked_at if online else instance.get("LaunchTime", asked_at),
        "AgentVersion": "3.3.1611.0",
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.get("PrivateIpAddress", ""),
        "ComputerName": instance.get("PrivateDnsName", ""),
    }
