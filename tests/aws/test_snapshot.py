"""The scenario's recording is true to AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

import botocore.session
import pytest
from botocore import validate

from nlbcheck.aws import recording
from nlbcheck.aws.recording import AnsweredCall
from tests.scenarios.article import SNAPSHOT, article

RECORDING = recording.read(SNAPSHOT)


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def test_the_file_is_what_its_builder_makes() -> None:
    # To renew it: python -m tests.scenarios.article
    assert json.loads(SNAPSHOT.read_text()) == recording.document(article().recording())


@pytest.mark.parametrize("answer", RECORDING.answers, ids=lambda answer: answer.operation)
def test_every_answer_has_the_shape_of_the_real_call(answer: AnsweredCall) -> None:
    operation = model(answer.service).operation_model(answer.operation)
    validator = validate.ParamValidator()
    for shape, value in (
        (operation.input_shape, answer.parameters),
        (operation.output_shape, answer.response),
    ):
        report = validator.validate(dict(value), shape)
        assert not report.has_errors(), report.generate_report()
        unknown = list(misspelt(value, shape))
        assert not unknown
    assert list(wrong_words(answer.response, operation.output_shape)) == []


def misspelt(value: Any, shape: Any) -> Iterator[str]:
    """Yield the fields that the real answer does not have."""
    if shape.type_name == "structure":
        for key, inner in value.items():
            if key not in shape.members:
                yield key
            else:
                yield from misspelt(inner, shape.members[key])
    elif shape.type_name == "list":
        for item in value:
            yield from misspelt(item, shape.member)


def wrong_words(value: Any, shape: Any) -> Iterator[str]:
    """Yield the values that the real answer's enumerations do not have."""
    if shape.type_name == "structure":
        for key, inner in value.items():
            yield from wrong_words(inner, shape.members[key])
    elif shape.type_name == "list":
        for item in value:
            yield from wrong_words(item, shape.member)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        # EC2 answers "available" for an attached internet gateway, which its model does not list.
        yield f"{shape.name}: {value}"


IDS = re.compile(r"\b(?:vpc|subnet|rtb|acl|sg|eni|i|pcx|vgw|vpn|cgw)-0[0-9a-f]{16}\b|\barn:aws:elastic\S+")
DEFINED_BY = {
    "VpcId", "SubnetId", "RouteTableId", "NetworkAclId", "GroupId", "NetworkInterfaceId", "InstanceId",
    "VpcPeeringConnectionId", "VpnGatewayId", "VpnConnectionId", "CustomerGatewayId", "LoadBalancerArn",
    "ListenerArn", "TargetGroupArn", "RuleArn",
}  # fmt: skip


def test_every_id_resolves() -> None:
    used = set(
        IDS.findall(json.dumps([dict(answer.response) for answer in RECORDING.answers]).replace('"', " "))
    )
    defined = set()
    for answer in RECORDING.answers:
        for items in answer.response.values():
            for item in items if isinstance(items, list) else ():
                for one in (item, *item.get("Instances", ())):
                    defined |= {one[key] for key in DEFINED_BY & one.keys()}
    assert used <= defined
    assert len(used) > 40


def objects(operation: str, key: str) -> list[dict[str, Any]]:
    return [item for a in RECORDING.answers if a.operation == operation for item in a.response[key]]


def test_addresses_lie_in_their_subnets_and_are_unique() -> None:
    subnets = {item["SubnetId"]: item for item in objects("DescribeSubnets", "Subnets")}
    vpcs = {item["VpcId"]: item for item in objects("DescribeVpcs", "Vpcs")}
    for subnet in subnets.values():
        assert ip_network(subnet["CidrBlock"]).subnet_of(ip_network(vpcs[subnet["VpcId"]]["CidrBlock"]))  # type: ignore[arg-type]
    interfaces = objects("DescribeNetworkInterfaces", "NetworkInterfaces")
    for interface in interfaces:
        subnet = subnets[interface["SubnetId"]]
        assert ip_address(interface["PrivateIpAddress"]) in ip_network(subnet["CidrBlock"])
        assert interface["VpcId"] == subnet["VpcId"]
        assert interface["AvailabilityZone"] == subnet["AvailabilityZone"]
    assert len({interface["PrivateIpAddress"] for interface in interfaces}) == len(interfaces) == 5
    assert len({interface["MacAddress"] for interface in interfaces}) == len(interfaces)


def test_the_three_traps_are_in_it() -> None:
    groups = {group["TargetGroupName"]: group for group in objects("DescribeTargetGroups", "TargetGroups")}
    assert sorted(groups) == [f"example-tg-{port}" for port in (10022, 10080, 20022, 20080, 30080)]
    assert groups["example-tg-30080"]["Port"] == 22
    health = {
        answer.parameters["TargetGroupArn"]: answer.response["TargetHealthDescriptions"]
        for answer in RECORDING.answers
        if answer.operation == "DescribeTargetHealth"
    }
    [target] = health[groups["example-tg-30080"]["TargetGroupArn"]]
    assert target["Target"] == {"Id": "10.0.0.10", "Port": 80, "AvailabilityZone": "all"}
    assert target["TargetHealth"] == {"State": "healthy"}


def test_every_network_acl_ends_with_the_two_that_deny() -> None:
    for acl in objects("DescribeNetworkAcls", "NetworkAcls"):
        last = [
            (entry["Egress"], entry["RuleAction"]) for entry in acl["Entries"] if entry["RuleNumber"] == 32767
        ]
        assert sorted(last) == [(False, "deny"), (True, "deny")]
    subnets = {item["SubnetId"] for item in objects("DescribeSubnets", "Subnets")}
    associated = [
        x["SubnetId"] for acl in objects("DescribeNetworkAcls", "NetworkAcls") for x in acl["Associations"]
    ]
    assert sorted(associated) == sorted(subnets)


def test_every_vpc_has_a_main_route_table() -> None:
    mains = [
        table["VpcId"]
        for table in objects("DescribeRouteTables", "RouteTables")
        for association in table["Associations"]
        if association["Main"]
    ]
    assert sorted(mains) == sorted(item["VpcId"] for item in objects("DescribeVpcs", "Vpcs"))
