"""Lists come in pages as AWS gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState
from tests.lab.endpoint.serving import answered, client, recorded, refused

SUBNETS = [{"SubnetId": f"subnet-{number}", "VpcId": f"vpc-{number % 2}"} for number in range(23)]
INSTANCES = [
    {"ReservationId": f"r-{number // 4}", "Instances": [{"InstanceId": f"i-{number}"}]}
    for number in range(12)
]
GROUPS = [{"TargetGroupArn": f"arn:{number}"} for number in range(7)]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[AwsEndpoint]:
    recording = recorded(
        answered("DescribeSubnets", {"Subnets": SUBNETS}),
        answered("DescribeInstances", {"Reservations": INSTANCES}),
        answered("DescribeNetworkInterfaces", {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]}),
        answered("DescribeVpnConnections", {"VpnConnections": [{"VpnConnectionId": "vpn-1"}]}),
        answered("DescribeTargetGroups", {"TargetGroups": GROUPS}, "elbv2"),
    )
    with AwsEndpoint(EndpointState(recording)) as served:
        yield served


def test_pages_are_the_whole_list_in_order(endpoint: AwsEndpoint) -> None:
    paginator = client(endpoint).get_paginator("describe_subnets")

    @settings(max_examples=30, deadline=None)
    @given(st.integers(5, 40), st.sampled_from([[], [{"Name": "vpc-id", "Values": ["vpc-1"]}]]))
    def whole(size: int, filters: list[dict[str, Any]]) -> None:
        expected = [item for item in SUBNETS if not filters or item["VpcId"] == "vpc-1"]
        pages = list(paginator.paginate(Filters=filters, PaginationConfig={"PageSize": size}))
        assert [item for page in pages for item in page["Subnets"]] == expected
        assert all(len(page["Subnets"]) == size for page in pages[:-1])
        assert len(pages) == -(-len(expected) // size)

    whole()


def test_without_a_page_size_everything_comes_at_once(endpoint: AwsEndpoint) -> None:
    answer = client(endpoint).describe_subnets()
    assert len(answer["Subnets"]) == len(SUBNETS)
    assert "NextToken" not in answer


def test_pages_of_instances_count_instances(endpoint: AwsEndpoint) -> None:
    asked = client(endpoint)
    first = asked.describe_instances(MaxResults=6)
    second = asked.describe_instances(MaxResults=6, NextToken=first["NextToken"])
    assert [len(item["Instances"]) for item in first["Reservations"]] == [4, 2]
    assert [len(item["Instances"]) for item in second["Reservations"]] == [2, 4]
    assert "NextToken" not in second


def test_pages_of_elb(endpoint: AwsEndpoint) -> None:
    paginator = client(endpoint, "elbv2").get_paginator("describe_target_groups")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["TargetGroups"]) for page in pages] == [3, 3, 1]
    assert [item for page in pages for item in page["TargetGroups"]] == GROUPS


@pytest.mark.parametrize("size", [1001, 5000])
def test_a_page_has_its_bounds(endpoint: AwsEndpoint, size: int) -> None:
    asked = client(endpoint)
    assert refused(lambda: asked.describe_subnets(MaxResults=size)) == ("InvalidParameterValue", 400)
    assert refused(lambda: asked.describe_instances(MaxResults=size)) == ("InvalidParameterValue", 400)
    assert refused(lambda: asked.describe_instances(MaxResults=4)) == ("InvalidParameterValue", 400)


def test_a_page_size_together_with_ids(endpoint: AwsEndpoint) -> None:
    asked = client(endpoint)
    code = refused(lambda: asked.describe_network_interfaces(NetworkInterfaceIds=["eni-1"], MaxResults=5))
    assert code == ("InvalidParameterCombination", 400)
    assert len(asked.describe_subnets(SubnetIds=["subnet-1"], MaxResults=5)["Subnets"]) == 1


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
@settings(max_examples=15, deadline=None)
def test_a_token_that_was_never_given(endpoint: AwsEndpoint, token: str) -> None:
    with pytest.raises(ClientError, match="InvalidNextToken"):
        client(endpoint).describe_subnets(NextToken=token)


def test_a_token_of_another_question(endpoint: AwsEndpoint) -> None:
    asked = client(endpoint)
    token = asked.describe_subnets(MaxResults=5)["NextToken"]
    filters = [{"Name": "vpc-id", "Values": ["vpc-1"]}]
    wrong = refused(lambda: asked.describe_subnets(Filters=filters, MaxResults=5, NextToken=token))
    assert wrong == ("InvalidNextToken", 400)
    # Another size goes on from the same place.
    assert asked.describe_subnets(MaxResults=7, NextToken=token)["Subnets"] == SUBNETS[5:12]


def test_what_aws_gives_in_one_piece(endpoint: AwsEndpoint) -> None:
    assert len(client(endpoint).describe_vpn_connections()["VpnConnections"]) == 1
