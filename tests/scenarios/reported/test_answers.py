"""Answers that are not as boto3 gives them today: what is there is read, and what cannot be read is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.errors import ExitStatus, InputError, UnseenError
from tests.scenarios.article import SNAPSHOT
from tests.scenarios.reported import FILES, codes, command, findings, verdicts

TABLE_FILE = SNAPSHOT.with_name("nlbcheck.yaml")
Answers = dict[str, Any]
"""The first answer to each operation."""


def diagnosed(snapshot: Path, *names: str, status: ExitStatus = ExitStatus.OK) -> Any:
    """Return the JSON report on the article's table, and see how the command ends."""
    found = ("--no-probe", "--snapshot", str(snapshot), "-m", str(TABLE_FILE), "-f", "json")
    report = json.loads(command("diagnose", *(names or ("--all",)), *found).stdout)
    assert report["exit_status"] == status
    return report


def written(tmp_path: Path, change: Callable[[Answers], object], base: Path = SNAPSHOT) -> Path:
    """Return a snapshot file with other answers than ``base`` has."""
    document = json.loads(base.read_text())
    change({item["operation"]: item["response"] for item in reversed(document["answers"])})
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(document))
    return path


def told(report: Any) -> list[str]:
    """Return what is said not to be visible."""
    return [item["summary"] for item in findings(report) if item["code"] == "not-visible"]


def test_the_list_of_a_gateway_endpoint_holds_no_private_address() -> None:
    report = diagnosed(FILES / "05-s3-endpoint.json")
    assert set(verdicts(report).values()) <= {"pass", "warn"}
    assert not told(report)


def _endpoint(response: Answers, prefix_list: str) -> None:
    for table in response["RouteTables"]:
        route = {"DestinationPrefixListId": prefix_list, "GatewayId": "vpce-0e3db462b671a36f1"}
        table["Routes"].append({**route, "Origin": "CreateRoute", "State": "active"})


def test_a_list_of_one_s_own_may_hold_any_address(tmp_path: Path) -> None:
    """A route to a Gateway Load Balancer endpoint may be for such a list."""
    path = written(tmp_path, lambda a: _endpoint(a["DescribeRouteTables"], "pl-0123456789abcdef0"))
    assert set(verdicts(diagnosed(path, status=ExitStatus.UNSEEN)).values()) == {"unknown"}


def test_an_endpoint_that_is_seen_to_be_a_gateway_takes_no_private_address(tmp_path: Path) -> None:
    document = json.loads(SNAPSHOT.read_text())
    place = {key: document["answers"][0][key] for key in ("account", "region")}
    endpoint = {
        "VpcEndpointId": "vpce-0e3db462b671a36f1",
        "VpcEndpointType": "Gateway",
        "VpcId": "vpc-04d66626ab74e4206",
        "ServiceName": "com.amazonaws.ap-northeast-1.s3",
        "State": "available",
    }
    for kind, verdict in (("Gateway", "pass"), ("GatewayLoadBalancer", "unknown")):
        listed = {"VpcEndpoints": [{**endpoint, "VpcEndpointType": kind}]}
        more = {
            **place,
            "service": "ec2",
            "operation": "DescribeVpcEndpoints",
            "parameters": {},
            "response": listed,
        }
        path = tmp_path / "with-endpoint.json"
        path.write_text(json.dumps({**document, "answers": [*document["answers"], more]}))
        path = written(tmp_path, lambda a: _endpoint(a["DescribeRouteTables"], "pl-0123456789abcdef0"), path)
        status = ExitStatus.OK if verdict == "pass" else ExitStatus.UNSEEN
        assert verdicts(diagnosed(path, "tg-10022", status=status)) == {"tg-10022": verdict}


def test_two_endpoints_and_a_refusal_make_nothing_unknown(tmp_path: Path) -> None:
    def change(answers: Answers) -> None:
        _endpoint(answers["DescribeRouteTables"], "pl-61a54008")
        _endpoint(answers["DescribeRouteTables"], "pl-78a54011")

    assert set(verdicts(diagnosed(written(tmp_path, change))).values()) <= {"pass", "warn"}


def test_of_a_peered_vpc_s_ranges_the_first_is_read() -> None:
    report = diagnosed(FILES / "06-peering-cidrblock-only.json", status=ExitStatus.UNSEEN)
    text = " ".join(told(report))
    assert "what has the address 192.168.1.214 in vpc-062d49d28c52de561 in account 055555555555" in text


def test_a_client_in_a_range_that_a_peering_does_not_show_is_not_visible() -> None:
    base = FILES / "06-peering-cidrblock-only.json"
    report = diagnosed(base, "--all", "--client", "192.169.1.1", status=ExitStatus.UNSEEN)
    [summary, *_] = told(report)
    assert "all CIDR blocks of vpc-062d49d28c52de561" in summary
    assert "The answer cannot be read: VpcPeeringConnections[].CidrBlockSet" in summary


def test_a_target_group_is_there_without_the_load_balancers_that_use_it() -> None:
    """What is missing is its targets, which nobody asked for."""
    of = ("--region", "us-east-1", "--load-balancer", "talos-aws-tutorial-lb")
    with pytest.raises(UnseenError, match="TCP:443 is left out: Not visible: targets of target group arn:"):
        command("mapping", "import", "--snapshot", str(FILES / "06-tg-without-lbarns.json"), *of)


@pytest.mark.parametrize("name", ["07-operation-cli-style.json", "07-service-elasticloadbalancing.json"])
def test_names_of_the_cli_and_of_iam_are_understood(name: str) -> None:
    assert set(verdicts(diagnosed(FILES / name)).values()) <= {"pass", "warn"}


def test_an_entry_under_no_name_of_a_call_is_named(tmp_path: Path) -> None:
    document = json.loads(SNAPSHOT.read_text())
    document["answers"][1]["operation"] = "DescribeVpc"
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"answers\[1\]: expected service ec2 and operation DescribeVpcs"):
        diagnosed(path)


LEFT_OUT: dict[str, Callable[[Answers], object]] = {
    "the owner of VPCs": lambda a: [item.pop("OwnerId") for item in a["DescribeVpcs"]["Vpcs"]],
    "the ranges of VPCs": lambda a: [
        item.pop("CidrBlockAssociationSet") for item in a["DescribeVpcs"]["Vpcs"]
    ],
    "the ranges of peered VPCs": lambda a: [
        item[side].pop("CidrBlockSet")
        for item in a["DescribeVpcPeeringConnections"]["VpcPeeringConnections"]
        for side in ("RequesterVpcInfo", "AccepterVpcInfo")
    ],
    "the load balancers of groups": lambda a: [
        item.pop("LoadBalancerArns") for item in a["DescribeTargetGroups"]["TargetGroups"]
    ],
    "the interfaces of instances": lambda a: [
        item.pop("NetworkInterfaces")
        for reservation in a["DescribeInstances"]["Reservations"]
        for item in reservation["Instances"]
    ],
    "the addresses of interfaces but one": lambda a: [
        item.pop("PrivateIpAddresses") for item in a["DescribeNetworkInterfaces"]["NetworkInterfaces"]
    ],
    "the owners of everything": lambda a: [
        item.pop("OwnerId", None)
        for response in a.values()
        for items in response.values()
        if isinstance(items, list)
        for item in items
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_only_a_side_question_needs_may_be_missing(what: str, tmp_path: Path) -> None:
    report = diagnosed(written(tmp_path, LEFT_OUT[what]))
    assert set(verdicts(report).values()) <= {"pass", "warn"}


def _null(value: Any) -> Any:
    """Return a value with null for every empty list in it."""
    if isinstance(value, dict):
        return {key: _null(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_null(item) for item in value] or None
    return value


def test_null_is_an_empty_list(tmp_path: Path) -> None:
    document = json.loads(SNAPSHOT.read_text())
    for item in document["answers"]:
        item["response"] = {
            key: [_null(one) for one in value] if isinstance(value, list) else _null(value)
            for key, value in item["response"].items()
        }
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(document))
    report, before = diagnosed(path), diagnosed(SNAPSHOT)
    assert verdicts(report) == verdicts(before)
    assert codes(report) == codes(before)


UNREADABLE: dict[str, tuple[Callable[[Answers], object], str]] = {
    "a subnet": (
        lambda a: [item.update(CidrBlock="10.0.0.0/33") for item in a["DescribeSubnets"]["Subnets"][1:2]],
        "Subnets[1].CidrBlock",
    ),
    "a subnet without an id": (
        lambda a: [item.pop("SubnetId") for item in a["DescribeSubnets"]["Subnets"]],
        "Subnets[0].SubnetId",
    ),
    "all subnets": (lambda a: a["DescribeSubnets"].update(Subnets=None), "Subnets"),
    "a route table's routes": (
        lambda a: [item.update(Routes=None) for item in a["DescribeRouteTables"]["RouteTables"]],
        "RouteTables[2].Routes",
    ),
    "a group's rules": (
        lambda a: [item.pop("IpPermissions") for item in a["DescribeSecurityGroups"]["SecurityGroups"]],
        "].IpPermissions",
    ),
    "an interface's groups": (
        lambda a: [item.pop("Groups") for item in a["DescribeNetworkInterfaces"]["NetworkInterfaces"]],
        "NetworkInterfaces[].Groups",
    ),
    "a network ACL's number": (
        lambda a: [
            entry.update(RuleNumber="first")
            for item in a["DescribeNetworkAcls"]["NetworkAcls"]
            for entry in item["Entries"][2:3]
        ],
        ".Entries[2].RuleNumber",
    ),
    "a peering's side": (
        lambda a: [
            item.pop("AccepterVpcInfo")
            for item in a["DescribeVpcPeeringConnections"]["VpcPeeringConnections"]
        ],
        "VpcPeeringConnections[0].AccepterVpcInfo",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREADABLE)
def test_one_object_that_cannot_be_read_is_said_to_be_with_the_field(what: str, tmp_path: Path) -> None:
    change, field = UNREADABLE[what]
    report = diagnosed(written(tmp_path, change), status=ExitStatus.UNSEEN)
    [*summaries] = told(report)
    assert any("The answer cannot be read: " in item and f"{field}." in item for item in summaries), summaries
    assert not any("No recorded answer" in item for item in summaries)
    assert not codes(report, "fail")
