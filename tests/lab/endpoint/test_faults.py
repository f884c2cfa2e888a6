"""AWS fails as it is told to, and not once more."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from nlbcheck.lab.endpoint import ApiFault, AwsEndpoint, EndpointState, Trouble
from tests.lab.endpoint.serving import SCENARIO, client, made, refused


@pytest.fixture
def endpoint() -> Iterator[AwsEndpoint]:
    with AwsEndpoint(EndpointState(SCENARIO)) as served:
        yield served


@pytest.mark.parametrize(
    ("trouble", "ec2", "elb"),
    [
        (Trouble.THROTTLED, ("RequestLimitExceeded", 503), ("Throttling", 400)),
        (Trouble.DENIED, ("UnauthorizedOperation", 403), ("AccessDenied", 403)),
        (Trouble.EXPIRED, ("RequestExpired", 400), ("ExpiredToken", 403)),
        (Trouble.BROKEN, ("InternalError", 500), ("InternalFailure", 500)),
    ],
)
def test_each_service_refuses_in_its_own_words(
    endpoint: AwsEndpoint, trouble: Trouble, ec2: tuple[str, int], elb: tuple[str, int]
) -> None:
    endpoint.inject(ApiFault(trouble))
    assert refused(client(endpoint).describe_vpcs) == ec2
    assert refused(client(endpoint, "elbv2").describe_load_balancers) == elb
    assert refused(client(endpoint, "sts").get_caller_identity) == elb
    endpoint.heal()
    assert client(endpoint).describe_vpcs()["Vpcs"]


def test_a_fault_meets_only_its_call_and_only_so_often(endpoint: AwsEndpoint) -> None:
    endpoint.inject(ApiFault(Trouble.THROTTLED, "DescribeVpcs", times=2))
    asked = client(endpoint)
    assert asked.describe_subnets()["Subnets"]
    for _ in range(2):
        assert refused(asked.describe_vpcs) == ("RequestLimitExceeded", 503)
    assert asked.describe_vpcs()["Vpcs"]
    operations = [call.operation for call in endpoint.calls]
    assert operations == ["DescribeSubnets", "DescribeVpcs", "DescribeVpcs", "DescribeVpcs"]


def test_faults_come_one_after_the_other(endpoint: AwsEndpoint) -> None:
    endpoint.inject(ApiFault(Trouble.BROKEN, times=1))
    endpoint.inject(ApiFault(Trouble.DENIED, times=1))
    asked = client(endpoint)
    assert [refused(asked.describe_vpcs)[1] for _ in range(2)] == [500, 403]
    assert asked.describe_vpcs()["Vpcs"]


def test_boto3_gets_over_a_throttled_and_a_dropped_call(endpoint: AwsEndpoint) -> None:
    endpoint.inject(ApiFault(Trouble.THROTTLED, times=1))
    endpoint.inject(ApiFault(Trouble.DROPPED, times=1))
    assert made(endpoint, retries={"total_max_attempts": 3}).describe_vpcs()["Vpcs"]
    assert len(endpoint.calls) == 3


def test_a_dropped_connection(endpoint: AwsEndpoint) -> None:
    endpoint.inject(ApiFault(Trouble.DROPPED))
    with pytest.raises(ConnectionClosedError):
        client(endpoint).describe_vpcs()


def test_a_slow_answer_comes_late_and_does_not_hold_up_the_end() -> None:
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        endpoint.inject(ApiFault(Trouble.SLOW, times=1, seconds=0.2))
        begun = time.monotonic()
        assert client(endpoint).describe_vpcs()["Vpcs"]
        assert time.monotonic() - begun >= 0.2
        endpoint.inject(ApiFault(Trouble.SLOW, seconds=600))
        with pytest.raises(ReadTimeoutError):
            made(endpoint, read_timeout=0.2).describe_vpcs()
    # With an end that waited for the slow answer, this test would take ten minutes.
