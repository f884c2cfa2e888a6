"""Instances whose agents run commands on this machine, behind a real AWS endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest

from nlbcheck.aws.sources.live import Access, Live, Patience
from nlbcheck.hosts.ssm.command import RunCommand, Waiting
from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState, environment
from tests.lab.endpoint.serving import HOME, answered, recorded

SOON = Waiting(looks=(0.05, 0.1), delivery=30, slack=5)
PATIENT = Patience(throttled=(0.05, 0.1, 0.2, 0.2), failed=(0.05,))


def instance(
    number: int,
    subnet: str = "subnet-a",
    groups: Sequence[str] = ("sg-1",),
    state: str = "running",
    **tags: str,
) -> dict[str, Any]:
    """Return an instance as DescribeInstances shows it."""
    return {
        "InstanceId": instance_id(number),
        "State": {"Name": state},
        "PrivateIpAddress": f"10.0.0.{number}",
        "SubnetId": subnet,
        "VpcId": "vpc-1",
        "SecurityGroups": [{"GroupId": group} for group in groups],
        "NetworkInterfaces": [{"NetworkInterfaceId": f"eni-{number:017x}", "Attachment": {"DeviceIndex": 0}}],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def instance_id(number: int) -> str:
    return f"i-{number:017x}"


@contextmanager
def endpoint(*instances: Mapping[str, Any], standing: Sequence[str] | None = None) -> Iterator[AwsEndpoint]:
    """Serve an AWS with instances, of which those ``standing`` run commands: here, by default all."""

    def inside(name: str) -> AbstractContextManager[None] | None:
        return nullcontext() if standing is None or name in standing else None

    state = EndpointState(
        recorded(answered("DescribeInstances", {"Reservations": [{"Instances": [*instances]}]}))
    )
    with AwsEndpoint(state, inside=inside) as serving:
        yield serving


def live(serving: AwsEndpoint, monkeypatch: pytest.MonkeyPatch) -> Live:
    """Return real boto3 that asks the endpoint."""
    for name, value in environment(serving.url, HOME, {}).items():
        monkeypatch.setenv(name, value)
    return Live(Access(endpoint_url=serving.url), PATIENT)


def commands(serving: AwsEndpoint, monkeypatch: pytest.MonkeyPatch) -> RunCommand:
    return RunCommand(live(serving, monkeypatch), waiting=SOON)
