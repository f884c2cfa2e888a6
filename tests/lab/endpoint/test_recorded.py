"""What was recorded comes back through real boto3; what was not is never made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import botocore
import pytest
from botocore import xform_name

from nlbcheck.aws.recording import AnsweredCall, RefusedCall
from nlbcheck.errors import InputError
from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState
from nlbcheck.model.facts import AccountRegion
from tests.lab.endpoint.serving import HOME, SCENARIO, answered, client, plain, recorded, refused

ELSEWHERE = replace(HOME, region="eu-west-1")
GROUP = next(a.parameters["TargetGroupArn"] for a in SCENARIO.answers if "TargetGroupArn" in a.parameters)


@pytest.mark.parametrize("service", ["ec2", "elbv2", "sts"])
def test_every_recorded_answer_comes_back_equal(scenario: AwsEndpoint, service: str) -> None:
    asked = client(scenario, service)
    answers = [answer for answer in SCENARIO.answers if answer.service == service]
    for answer in answers:
        method = getattr(asked, xform_name(answer.operation))
        assert plain(method(**answer.parameters)) == answer.response
    assert answers


def test_all_answers_to_one_call_are_one_list() -> None:
    first = {"VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16"}
    second = {"VpcId": "vpc-2", "CidrBlock": "10.2.0.0/16"}
    answers = (
        answered("DescribeVpcs", {"Vpcs": [{**first, "IsDefault": False}]}, VpcIds=["vpc-1"]),
        answered("DescribeVpcs", {"Vpcs": [second, {**first, "IsDefault": True}]}),
    )
    with AwsEndpoint(EndpointState(recorded(*answers))) as endpoint:
        found = plain(client(endpoint).describe_vpcs())["Vpcs"]
    assert found == [{**first, "IsDefault": True}, second]


def test_instances_are_told_apart_within_a_reservation() -> None:
    def reservation(*ids: str) -> dict[str, Any]:
        return {"ReservationId": "r-1", "OwnerId": "1", "Instances": [{"InstanceId": key} for key in ids]}

    answers = (
        answered("DescribeInstances", {"Reservations": [reservation("i-1")]}, InstanceIds=["i-1"]),
        answered("DescribeInstances", {"Reservations": [reservation("i-2", "i-3")]}),
    )
    with AwsEndpoint(EndpointState(recorded(*answers))) as endpoint:
        asked = client(endpoint)
        assert plain(asked.describe_instances())["Reservations"] == [reservation("i-1", "i-2", "i-3")]
        chosen = plain(asked.describe_instances(InstanceIds=["i-3"]))["Reservations"]
        assert chosen == [reservation("i-3")]


@pytest.mark.parametrize(
    ("service", "method", "parameters", "code"),
    [
        ("ec2", "describe_vpcs", {"VpcIds": ["vpc-0"]}, "InvalidVpcID.NotFound"),
        ("ec2", "describe_security_groups", {"GroupIds": ["sg-0"]}, "InvalidGroup.NotFound"),
        ("ec2", "describe_instances", {"InstanceIds": ["i-0"]}, "InvalidInstanceID.NotFound"),
        ("ec2", "describe_nat_gateways", {"NatGatewayIds": ["nat-0"]}, "NatGatewayNotFound"),
        (
            "ec2",
            "describe_vpc_peering_connections",
            {"VpcPeeringConnectionIds": ["pcx-0"]},
            "InvalidVpcPeeringConnectionID.NotFound",
        ),
        (
            "ec2",
            "search_transit_gateway_routes",
            {"TransitGatewayRouteTableId": "tgw-rtb-0", "Filters": [{"Name": "state", "Values": ["active"]}]},
            "InvalidRouteTableID.NotFound",
        ),
        ("elbv2", "describe_load_balancers", {"Names": ["nobody"]}, "LoadBalancerNotFound"),
        ("elbv2", "describe_target_groups", {"TargetGroupArns": ["arn:0"]}, "TargetGroupNotFound"),
        ("elbv2", "describe_target_groups", {"LoadBalancerArn": "arn:0"}, "LoadBalancerNotFound"),
        ("elbv2", "describe_target_health", {"TargetGroupArn": "arn:0"}, "TargetGroupNotFound"),
        ("elbv2", "describe_listeners", {"ListenerArns": ["arn:0"]}, "ListenerNotFound"),
        ("elbv2", "describe_rules", {"ListenerArn": "arn:0"}, "ListenerNotFound"),
    ],
)
@pytest.mark.parametrize("account_region", [HOME, ELSEWHERE], ids=["recorded", "elsewhere"])
def test_unknown_ids_are_refused_as_aws_does(
    scenario: AwsEndpoint,
    account_region: AccountRegion,
    service: str,
    method: str,
    parameters: dict[str, Any],
    code: str,
) -> None:
    asked = client(scenario, service, account_region)
    assert refused(lambda: getattr(asked, method)(**parameters)) == (code, 400)


def test_a_region_where_nothing_was_recorded_is_empty(scenario: AwsEndpoint) -> None:
    assert client(scenario, "ec2", ELSEWHERE).describe_vpcs()["Vpcs"] == []
    assert client(scenario, "elbv2", ELSEWHERE).describe_load_balancers()["LoadBalancers"] == []
    identity = client(scenario, "sts", ELSEWHERE).get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::123456789012:user/operator"


def test_another_account_is_somebody_else_and_sees_nothing(scenario: AwsEndpoint) -> None:
    other = AccountRegion("210987654321", HOME.region)
    assert client(scenario, "sts", other).get_caller_identity()["Account"] == "210987654321"
    assert client(scenario, "ec2", other).describe_subnets()["Subnets"] == []


def test_a_key_that_is_no_account_is_not_accepted(scenario: AwsEndpoint) -> None:
    assert refused(client(scenario, "ec2", key="AKIDNOBODY").describe_vpcs) == ("AuthFailure", 401)
    asked = client(scenario, "sts", key="AKIDNOBODY")
    assert refused(asked.get_caller_identity) == ("InvalidClientTokenId", 403)


def test_what_was_not_recorded_is_said_to_be_so(scenario: AwsEndpoint) -> None:
    assert refused(client(scenario).describe_hosts) == ("UnsupportedOperation", 400)
    without = replace(
        SCENARIO, answers=tuple(a for a in SCENARIO.answers if a.operation != "DescribeTargetHealth")
    )
    with AwsEndpoint(EndpointState(without)) as endpoint:
        asked = client(endpoint, "elbv2")
        health = refused(lambda: asked.describe_target_health(TargetGroupArn=GROUP))
    assert health == ("UnsupportedOperation", 400)


def gap(operation: str, error: str, service: str = "ec2", **parameters: Any) -> RefusedCall:
    return RefusedCall(HOME.account, HOME.region, service, operation, parameters, error)


def test_refusals_come_back_as_recorded() -> None:
    gaps = (
        gap("DescribeVpcs", "UnauthorizedOperation"),
        gap("DescribeSubnets", "InvalidSubnetID.NotFound", SubnetIds=["subnet-0"]),
        gap("DescribeListeners", "AccessDenied", "elbv2", LoadBalancerArn="arn:1"),
    )
    subnets = answered("DescribeSubnets", {"Subnets": [{"SubnetId": "subnet-1"}]})
    with AwsEndpoint(EndpointState(recorded(*gaps, subnets))) as endpoint:
        ec2 = client(endpoint)
        assert refused(ec2.describe_vpcs) == ("UnauthorizedOperation", 403)
        # The right to a call does not depend on its parameters.
        assert refused(lambda: ec2.describe_vpcs(VpcIds=["vpc-1"])) == ("UnauthorizedOperation", 403)
        not_found = refused(lambda: ec2.describe_subnets(SubnetIds=["subnet-0"]))
        assert not_found == ("InvalidSubnetID.NotFound", 400)
        assert len(ec2.describe_subnets()["Subnets"]) == 1
        listeners = client(endpoint, "elbv2").describe_listeners
        assert refused(lambda: listeners(LoadBalancerArn="arn:2")) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            answered("DescribeVpcs", {"Vpcs": [{"VpcID": "vpc-1"}]}),
            'answers[0] (ec2:DescribeVpcs): response: Unknown parameter in Vpcs[0]: "VpcID"',
        ),
        (
            answered("DescribeVpcs", {"Vpcs": [{"IsDefault": "no"}]}),
            "answers[0] (ec2:DescribeVpcs): response: Invalid type for parameter Vpcs[0].IsDefault",
        ),
        (
            answered("DescribeVpcs", {"Vpcs": []}, VpcIDs=["vpc-1"]),
            'answers[0] (ec2:DescribeVpcs): parameters: Unknown parameter in input: "VpcIDs"',
        ),
        (answered("DescribeVPCs", {}), "answers[0] (ec2:DescribeVPCs): no such call"),
        (answered("ListBuckets", {}, "s3"), "answers[0] (s3:ListBuckets): no such call"),
    ],
)
def test_what_aws_never_answers_is_not_served(answer: AnsweredCall, told: str) -> None:
    with pytest.raises(InputError) as caught:
        EndpointState(recorded(answer))
    assert told in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    wrong = answered("DescribeVpcs", {"Vpcs": [{"A": 1, "B": 2}]})
    with pytest.raises(InputError) as caught:
        EndpointState(recorded(wrong, wrong))
    *problems, hint = caught.value.problems
    assert botocore.__version__ in hint
    told = [problem.partition(", must")[0] for problem in problems]
    assert told == [
        f'answers[{number}] (ec2:DescribeVpcs): response: Unknown parameter in Vpcs[0]: "{field}"'
        for number in (0, 1)
        for field in "AB"
    ]


def test_pre_shared_keys_never_appear() -> None:
    tunnel = {"OutsideIpAddress": "192.0.2.1", "PreSharedKey": "hush"}
    connection = {
        "VpnConnectionId": "vpn-1",
        "CustomerGatewayConfiguration": "<psk>hush</psk>",
        "Options": {"TunnelOptions": [tunnel]},
    }
    state = EndpointState(recorded(answered("DescribeVpnConnections", {"VpnConnections": [connection]})))
    with AwsEndpoint(state) as endpoint:
        asked = client(endpoint)
        found = plain(asked.describe_vpn_connections())
        options = {"VpnConnectionId": "vpn-1", "VpnTunnelOutsideIpAddress": "192.0.2.1"}
        refused(lambda: asked.modify_vpn_tunnel_options(**options, TunnelOptions={"PreSharedKey": "hush"}))
        assert found == {
            "VpnConnections": [
                {
                    "VpnConnectionId": "vpn-1",
                    "Options": {"TunnelOptions": [{"OutsideIpAddress": "192.0.2.1"}]},
                }
            ]
        }
        assert "hush" not in repr((endpoint.calls, endpoint.state.recording))
        assert [call.operation for call in endpoint.calls] == [
            "DescribeVpnConnections",
            "ModifyVpnTunnelOptions",
        ]
