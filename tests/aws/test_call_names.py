"""Calls are found by the names that the CLI, IAM and other SDKs have for them."""

from __future__ import annotations

import dataclasses

import pytest

from nlbcheck.aws import call_names, known_calls
from nlbcheck.aws.recording import AnsweredCall, RefusedCall, document, parse
from nlbcheck.errors import InputError
from tests.scenarios.article import article

RECORDING = article().recording()


@pytest.mark.parametrize("name", ["elbv2", "ELBv2", "elasticloadbalancing", "elasticloadbalancingv2",
                                  "ElasticLoadBalancingV2", "elastic-load-balancing-v2"])  # fmt: skip
def test_a_service_has_many_names(name: str) -> None:
    assert call_names.service(name) == "elbv2"


@pytest.mark.parametrize("name", ["network-firewall", "directconnect", "networkmanager", "elb"])
def test_other_services_keep_theirs(name: str) -> None:
    assert call_names.service(name) == name


@pytest.mark.parametrize(
    "name", ["DescribeVpcs", "describe-vpcs", "describe_vpcs", "describeVpcs", "ec2:DescribeVpcs"]
)
def test_an_operation_has_many_names(name: str) -> None:
    assert call_names.operation(name) == "DescribeVpcs"


def test_a_whole_recording_in_the_words_of_the_cli_is_the_same() -> None:
    written = document(RECORDING)
    for item in written["answers"]:
        item["service"] = {"elbv2": "elasticloadbalancing"}.get(item["service"], item["service"])
        item["operation"] = _kebab(item["operation"])
        item["parameters"] = {f"--{_kebab(name)}": value for name, value in item["parameters"].items()}
    assert parse(written, "a file").answers == RECORDING.answers


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def with_call(call: AnsweredCall | RefusedCall) -> str:
    """Return what is wrong with the article's recording and one more call."""
    if isinstance(call, AnsweredCall):
        changed = dataclasses.replace(RECORDING, answers=(*RECORDING.answers, call))
    else:
        changed = dataclasses.replace(RECORDING, gaps=(call,))
    try:
        known_calls.check(changed, "a file")
    except InputError as error:
        return str(error)
    return ""


CALL = ("123456789012", "ap-northeast-1")


def test_what_nobody_looks_up_is_no_mistake() -> None:
    assert not with_call(AnsweredCall(*CALL, "ec2", "DescribeCustomerGateways", {}, {"CustomerGateways": []}))
    assert not with_call(
        AnsweredCall(*CALL, "elb", "DescribeLoadBalancers", {}, {"LoadBalancerDescriptions": []})
    )
    assert not with_call(
        AnsweredCall(
            *CALL, "autoscaling", "DescribeLoadBalancers", {}, {"LoadBalancers": [{"State": "Added"}]}
        )
    )
    assert not with_call(RefusedCall(*CALL, "elb", "DescribeLoadBalancers", {}, "AccessDenied"))


def test_an_answer_under_a_wrong_name_is_named() -> None:
    number = len(RECORDING.answers)
    found = with_call(AnsweredCall(*CALL, "ec2", "DescribeSubnet", {}, {"Subnets": []}))
    assert f"answers[{number}]: expected service ec2 and operation DescribeSubnets" in found
    balancers = {"LoadBalancers": [{"LoadBalancerArn": "arn"}]}
    found = with_call(AnsweredCall(*CALL, "elb", "DescribeLoadBalancers", {}, balancers))
    assert "expected service elbv2 and operation DescribeLoadBalancers, found elb and" in found
    instances = {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]}
    assert "DescribeInstances" in with_call(AnsweredCall(*CALL, "ec2", "Instances", {}, instances))


def test_a_refusal_under_a_wrong_name_is_named() -> None:
    found = with_call(RefusedCall(*CALL, "ec2", "describeroutetable", {}, "UnauthorizedOperation"))
    assert found.startswith("a file: gaps[0]: expected service ec2 and operation DescribeRouteTables")
