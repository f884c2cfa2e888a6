"""Calls that change AWS change the state, when they are allowed; target health is what the lab sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from nlbcheck.aws.apply import apply
from nlbcheck.aws.recording import Recording
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState
from tests.lab.endpoint.serving import HOME, SCENARIO, client, plain, refused
from tests.scenarios.cloud import made_id

TABLE = next(a for a in SCENARIO.answers if a.operation == "DescribeRouteTables").response["RouteTables"][0]
KEY = TABLE["RouteTableId"]
TARGETS = [a for a in SCENARIO.answers if a.operation == "DescribeTargetHealth"]
GROUP = TARGETS[0].parameters["TargetGroupArn"]


ROUTE = {
    "RouteTableId": KEY,
    "DestinationCidrBlock": "10.9.0.0/16",
    "GatewayId": made_id("vgw", "on-premises"),
}


def routes(asked: Any) -> list[dict[str, Any]]:
    [table] = asked.describe_route_tables(RouteTableIds=[KEY])["RouteTables"]
    return list(table["Routes"])


def test_an_allowed_call_changes_the_state_and_the_lab_hears_of_it() -> None:
    heard: list[tuple[Recording, Recording]] = []
    with AwsEndpoint(EndpointState(SCENARIO, lambda old, new: heard.append((old, new)))) as endpoint:
        asked = client(endpoint)
        before = routes(asked)
        assert plain(asked.create_route(**ROUTE)) == {"Return": True}
        added = {key: value for key, value in ROUTE.items() if key != "RouteTableId"}
        assert routes(asked) == [*before, {**added, "State": "active", "Origin": "CreateRoute"}]
        [(old, new)] = heard
        assert old.answers == SCENARIO.answers
        assert new == endpoint.state.recording


def test_every_other_write_is_refused() -> None:
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        asked = client(endpoint)
        assert refused(lambda: asked.delete_route_table(RouteTableId=KEY)) == ("UnauthorizedOperation", 403)
        assert refused(lambda: asked.terminate_instances(InstanceIds=["i-1"]))[0] == "UnauthorizedOperation"
        elb = client(endpoint, "elbv2")
        assert refused(lambda: elb.delete_target_group(TargetGroupArn=GROUP)) == ("AccessDenied", 403)
        sts = client(endpoint, "sts")
        role = {"RoleArn": "arn:aws:iam::123456789012:role/admin", "RoleSessionName": "name"}
        assert refused(lambda: sts.assume_role(**role)) == ("AccessDenied", 403)
        listener = elb.describe_listeners()["Listeners"][0]["ListenerArn"]
        assert refused(lambda: elb.delete_listener(ListenerArn=listener)) == ("AccessDenied", 403)
        with pytest.raises(ClientError, match=r"DeleteRoute is none of them.*--apply FILE"):
            asked.delete_route(RouteTableId=KEY, DestinationCidrBlock="192.168.0.0/16")
        assert endpoint.state.recording.answers == SCENARIO.answers


def test_a_dry_run_changes_nothing() -> None:
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        asked = client(endpoint)
        assert refused(lambda: asked.create_route(**ROUTE, DryRun=True)) == ("DryRunOperation", 412)
        assert refused(lambda: asked.describe_vpcs(DryRun=True)) == ("DryRunOperation", 412)
        forbidden = refused(lambda: asked.delete_route_table(RouteTableId=KEY, DryRun=True))
        assert forbidden == ("UnauthorizedOperation", 403)
        assert endpoint.state.recording.answers == SCENARIO.answers


def test_a_change_that_cannot_be_made_leaves_the_state() -> None:
    def kernel_refuses(old: Recording, new: Recording) -> None:
        raise UnseenError("the kernel says no")

    routed = apply(SCENARIO, "ec2", "CreateRoute", ROUTE)
    with AwsEndpoint(EndpointState(routed, kernel_refuses)) as endpoint:
        asked = client(endpoint)
        before = routes(asked)
        assert refused(lambda: asked.create_route(**ROUTE)) == ("RouteAlreadyExists", 400)
        other = {**ROUTE, "DestinationCidrBlock": "10.8.0.0/16"}
        assert refused(lambda: asked.create_route(**other)) == ("InternalError", 500)
        assert routes(asked) == before


def test_a_change_from_outside_is_seen_at_once() -> None:
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        state = endpoint.state
        state.change(lambda recording: apply(recording, "ec2", "CreateRoute", ROUTE))
        assert len(routes(client(endpoint))) == len(TABLE["Routes"]) + 1
        wrong = replace(SCENARIO.answers[1], response={"Vpc": []})
        with pytest.raises(InputError, match="Unknown parameter"):
            state.change(lambda recording: replace(recording, answers=(wrong,)))
        assert len(routes(client(endpoint))) == len(TABLE["Routes"]) + 1


def test_changed_attributes_are_answered() -> None:
    attributes = [{"Key": "preserve_client_ip.enabled", "Value": "true"}]
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        asked = client(endpoint, "elbv2")
        answer = asked.modify_target_group_attributes(TargetGroupArn=GROUP, Attributes=attributes)
        assert attributes[0] in answer["Attributes"]
        assert (
            answer["Attributes"] == asked.describe_target_group_attributes(TargetGroupArn=GROUP)["Attributes"]
        )


def test_a_new_listener_is_answered() -> None:
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        asked = client(endpoint, "elbv2")
        [balancer] = asked.describe_load_balancers()["LoadBalancers"]
        forward = [{"Type": "forward", "TargetGroupArn": GROUP}]
        wanted = {
            "LoadBalancerArn": balancer["LoadBalancerArn"],
            "Protocol": "TCP",
            "DefaultActions": forward,
        }
        [made] = asked.create_listener(**wanted, Port=40022)["Listeners"]
        assert made["Port"] == 40022
        assert asked.describe_listeners(ListenerArns=[made["ListenerArn"]])["Listeners"] == [made]
        assert refused(lambda: asked.create_listener(**wanted, Port=40022)) == ("DuplicateListener", 400)


def test_what_is_elsewhere_cannot_be_changed_from_here() -> None:
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        elsewhere = client(endpoint, account_region=replace(HOME, region="eu-west-1"))
        assert refused(lambda: elsewhere.create_route(**ROUTE)) == ("UnauthorizedOperation", 403)
        assert endpoint.state.recording.answers == SCENARIO.answers


def test_target_health_is_what_the_lab_sees() -> None:
    unhealthy = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Refused"}
    sick: set[tuple[str, str, int]] = set()

    def observe(group_arn: str, target: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return unhealthy if (group_arn, target["Id"], target["Port"]) in sick else None

    [recorded] = TARGETS[0].response["TargetHealthDescriptions"]
    with AwsEndpoint(EndpointState(SCENARIO, observe=observe)) as endpoint:
        asked = client(endpoint, "elbv2")

        def seen(**parameters: Any) -> Any:
            answer = asked.describe_target_health(TargetGroupArn=GROUP, **parameters)
            return plain(answer)["TargetHealthDescriptions"]

        assert seen() == [recorded]
        sick.add((GROUP, recorded["Target"]["Id"], recorded["Target"]["Port"]))
        assert seen() == [{**recorded, "TargetHealth": unhealthy}]
        assert seen(Targets=[{"Id": recorded["Target"]["Id"]}]) == [{**recorded, "TargetHealth": unhealthy}]
        [stranger] = seen(Targets=[{"Id": "192.0.2.1", "Port": 9}])
        assert stranger["TargetHealth"]["Reason"] == "Target.NotRegistered"
        other = asked.describe_target_health(TargetGroupArn=TARGETS[1].parameters["TargetGroupArn"])
        assert plain(other) == TARGETS[1].response
