"""Filters, ids and names let through what AWS would let through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest
from botocore import xform_name
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState, models
from nlbcheck.lab.endpoint.failures import ApiError
from nlbcheck.lab.endpoint.filters import conditions, documented
from tests.lab.endpoint.serving import SCENARIO, answered, client, plain, recorded, refused

Oracle = dict[str, Callable[[dict[str, Any]], list[str]]]

INTERFACES: Oracle = {
    "vpc-id": lambda item: [item["VpcId"]],
    "subnet-id": lambda item: [item["SubnetId"]],
    "network-interface-id": lambda item: [item["NetworkInterfaceId"]],
    "description": lambda item: [item["Description"]],
    "addresses.private-ip-address": lambda item: [x["PrivateIpAddress"] for x in item["PrivateIpAddresses"]],
    "attachment.instance-id": lambda item: (
        [item["Attachment"]["InstanceId"]] if "InstanceId" in item["Attachment"] else []
    ),
    "group-id": lambda item: [group["GroupId"] for group in item["Groups"]],
    "interface-type": lambda item: [item["InterfaceType"]],
    "requester-managed": lambda item: [str(item["RequesterManaged"]).lower()],
    "source-dest-check": lambda item: [str(item["SourceDestCheck"]).lower()],
}
ROUTE_TABLES: Oracle = {
    "vpc-id": lambda item: [item["VpcId"]],
    "route-table-id": lambda item: [item["RouteTableId"]],
    "association.subnet-id": lambda item: [x["SubnetId"] for x in item["Associations"] if "SubnetId" in x],
    "association.main": lambda item: [str(x["Main"]).lower() for x in item["Associations"]],
    "route.destination-cidr-block": lambda item: [x["DestinationCidrBlock"] for x in item["Routes"]],
    "route.origin": lambda item: [x["Origin"] for x in item["Routes"]],
    "tag:Name": lambda item: [tag["Value"] for tag in item["Tags"] if tag["Key"] == "Name"],
    "tag-key": lambda item: [tag["Key"] for tag in item["Tags"]],
}
INSTANCES: Oracle = {
    "instance-id": lambda item: [item["InstanceId"]],
    "instance-state-name": lambda item: [item["State"]["Name"]],
    "private-ip-address": lambda item: [item["PrivateIpAddress"]],
    "availability-zone": lambda item: [item["Placement"]["AvailabilityZone"]],
    "vpc-id": lambda item: [item["VpcId"]],
}


def flat(answer: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return what a call lists; instances without their reservations."""
    items: list[dict[str, Any]] = answer[key]
    return [one for item in items for one in item["Instances"]] if key == "Reservations" else items


CASES = {
    "DescribeNetworkInterfaces": (INTERFACES, "NetworkInterfaces", "NetworkInterfaceId"),
    "DescribeRouteTables": (ROUTE_TABLES, "RouteTables", "RouteTableId"),
    "DescribeInstances": (INSTANCES, "Reservations", "InstanceId"),
}


@st.composite
def wanted(draw: st.DrawFn, oracle: Oracle, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Draw filters whose values are those of some items, parts of them with wildcards, or nobody's."""
    names = draw(st.lists(st.sampled_from(sorted(oracle)), min_size=1, max_size=3))
    filters = []
    for name in names:
        present = sorted({value for item in items for value in oracle[name](item)} | {"nobody's"})
        values = draw(st.lists(st.sampled_from(present), min_size=1, max_size=3))
        wild = draw(st.sampled_from(["{}", "{:.4}*", "*{}", "?{}", "{:.3}?*"]))
        filters.append({"Name": name, "Values": [wild.format(value) for value in values]})
    return filters


@pytest.mark.parametrize("operation", CASES)
def test_filters_agree_with_a_plain_search(scenario: AwsEndpoint, operation: str) -> None:
    oracle, listed, key = CASES[operation]
    [recorded_answer] = [answer for answer in SCENARIO.answers if answer.operation == operation]
    items = flat(recorded_answer.response, listed)
    ask = getattr(client(scenario), xform_name(operation))

    @settings(max_examples=40, deadline=None)
    @given(wanted(oracle, items), st.data())
    def agrees(filters: list[dict[str, Any]], data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from([item[key] for item in items]), unique=True))
        expected = [
            item[key]
            for item in items
            if (not ids or item[key] in ids)
            and all(
                any(fnmatchcase(value, text) for value in oracle[one["Name"]](item) for text in one["Values"])
                for one in filters
            )
        ]
        answer = ask(Filters=filters, **({f"{key}s": ids} if ids else {}))
        assert [item[key] for item in flat(answer, listed)] == expected

    agrees()


def test_a_filter_that_aws_does_not_have_is_refused(scenario: AwsEndpoint) -> None:
    asked = client(scenario)
    for name in ("vpcid", "VpcId", "associations.subnet-id", "routes", "no.such"):
        filters = [{"Name": name, "Values": ["x"]}]
        code = refused(lambda filters=filters: asked.describe_route_tables(Filters=filters))  # type: ignore[misc]
        assert code == ("InvalidParameterValue", 400)


def test_a_filter_that_is_not_replayed_is_said_to_be_so(scenario: AwsEndpoint) -> None:
    asked = client(scenario)
    search = [{"Name": "route-search.longest-prefix-match", "Values": ["10.0.0.1/32"]}]
    code = refused(
        lambda: asked.search_transit_gateway_routes(TransitGatewayRouteTableId="tgw-rtb-1", Filters=search)
    )
    assert code == ("UnsupportedOperation", 400)


def test_bounds_of_filters(scenario: AwsEndpoint) -> None:
    asked = client(scenario)
    many = [{"Name": "vpc-id", "Values": [f"vpc-{number}" for number in range(201)]}]
    assert refused(lambda: asked.describe_vpcs(Filters=many)) == ("FilterLimitExceeded", 400)
    empty = [{"Name": "vpc-id", "Values": []}]
    assert refused(lambda: asked.describe_vpcs(Filters=empty)) == ("InvalidParameterValue", 400)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("web*", ["web*", "web1", "web"]),
        (r"web\*", ["web*"]),
        ("web?", ["web*", "web1"]),
        ("WEB1", []),
        ("w.b", []),
        (r"a\\b", [r"a\b"]),
    ],
)
def test_wildcards_and_what_takes_their_meaning(text: str, fits: list[str]) -> None:
    names = ["web*", "web1", "web", r"a\b"]
    vpcs = [{"VpcId": name, "Tags": [{"Key": "Name", "Value": name}]} for name in names]
    with AwsEndpoint(EndpointState(recorded(answered("DescribeVpcs", {"Vpcs": vpcs})))) as endpoint:
        found = client(endpoint).describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [text]}])
    assert [vpc["VpcId"] for vpc in found["Vpcs"]] == fits


NOT_REPLAYED = {
    "DescribeVpnConnections": {"bgp-asn"},
    "DescribeTransitGatewayPeeringAttachments": {"local-owner-id", "remote-owner-id"},
    "SearchTransitGatewayRoutes": {
        "route-search.longest-prefix-match",
        "route-search.subnet-of-match",
        "route-search.supernet-of-match",
    },
}


@pytest.mark.parametrize(
    "name",
    sorted(
        {answer.operation for answer in SCENARIO.answers if answer.service == "ec2"} - {"DescribeInstances"}
        | NOT_REPLAYED.keys()
    ),
)
def test_every_documented_filter_is_replayed(name: str) -> None:
    operation = models.operation("ec2", name)
    assert operation is not None
    assert documented(operation)
    not_replayed = set()
    for filter_name in documented(operation) - {"tag"}:
        try:
            conditions(operation, [{"Name": filter_name, "Values": ["x"]}])
        except ApiError:
            not_replayed.add(filter_name)
    assert not_replayed == NOT_REPLAYED.get(name, set())


def test_listeners_and_groups_of_a_load_balancer(scenario: AwsEndpoint) -> None:
    asked = client(scenario, "elbv2")
    [balancer] = asked.describe_load_balancers(Names=["example-nlb"])["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    listeners = asked.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    one = listeners[2]["ListenerArn"]
    assert plain(asked.describe_listeners(ListenerArns=[one])["Listeners"]) == plain([listeners[2]])
    groups = asked.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
    assert len(groups) == len(listeners) == 5
    name = groups[1]["TargetGroupName"]
    assert asked.describe_target_groups(Names=[name])["TargetGroups"] == [groups[1]]
    rules = asked.describe_rules(ListenerArn=one)["Rules"]
    assert asked.describe_rules(RuleArns=[rules[0]["RuleArn"]])["Rules"] == rules
