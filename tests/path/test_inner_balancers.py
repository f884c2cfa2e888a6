"""What becomes of connections where a target hands them on?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from nlbcheck.aws.recording import RefusedCall
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Leg, Verdict
from tests.path import front_doors
from tests.path.telling import told, walked, walked_world
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import Mutation, named

PORT = 443


def group_of(cloud: Cloud, name: str) -> str:
    return next(arn for arn in cloud.targets if f"/{name}/" in arn)


def inner_arn(cloud: Cloud) -> str:
    return str(next(b["LoadBalancerArn"] for b in cloud.balancers if b["LoadBalancerName"] != "example-nlb"))


@pytest.mark.parametrize("zone", ["a", "c"])
@pytest.mark.parametrize(
    "make",
    [
        front_doors.chained,
        lambda: front_doors.chained(groups=False),
        front_doors.by_alb_address,
        front_doors.endpoint_as_target,
    ],
)
def test_a_chain_that_is_in_order(make: Callable[[], Cloud], zone: str) -> None:
    walk = walked(make(), PORT, zone)
    assert told(walk) == []
    assert walk.verdict is Verdict.PASS


def test_the_walk_goes_on_to_the_machine_behind() -> None:
    walk = walked(front_doors.chained(), PORT)
    names = {path.target for path in walk.paths if path.leg is Leg.BACK}
    assert names == {f"{front_doors.INNER}:443", f"{front_doors.POD}:8443"}
    assert [item.target.id for item in walk.targets] == [front_doors.INNER]


def no_listener(cloud: Cloud) -> None:
    cloud.listeners[inner_arn(cloud)].clear()


def no_target(cloud: Cloud) -> None:
    cloud.targets[group_of(cloud, "pods")].clear()


def unhealthy_behind(cloud: Cloud) -> None:
    cloud.targets[group_of(cloud, "pods")][0]["TargetHealth"] = {
        "State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed",
    }  # fmt: skip


def inner_admits_clients_only(cloud: Cloud) -> None:
    named(cloud, "DescribeSecurityGroups", "inner")["IpPermissions"][0]["IpRanges"] = [
        {"CidrIp": "192.168.0.0/16"}
    ]


def pod_admits_the_outer_node_only(cloud: Cloud) -> None:
    named(cloud, "DescribeSecurityGroups", "pods")["IpPermissions"][0]["IpRanges"] = [
        {"CidrIp": "172.31.128.10/32"}
    ]


def inner_failed(cloud: Cloud) -> None:
    cloud.balancers[-1]["State"] = {"Code": "failed"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (no_listener, ("listener-missing", "back", "request", "inner-nlb:443")),
        (no_target, ("listener-has-no-target", "back", "request", "pods")),
        (unhealthy_behind, ("target-unhealthy", "health", "-")),
        (inner_admits_clients_only, ("sg-denies", "back", "request", "inner")),
        (pod_admits_the_outer_node_only, ("sg-denies", "back", "request", "pods")),
        (inner_failed, ("balancer-not-active", "back", "request", "inner-nlb")),
    ],
)
@pytest.mark.parametrize("zone", ["a", "c"])
def test_what_stops_connections_behind(change: Mutation, expected: tuple[str, ...], zone: str) -> None:
    cloud = front_doors.chained()
    change(cloud)
    walk = walked(cloud, PORT, zone)
    found = [item for item in walk.findings if item.verdict is Verdict.FAIL]
    assert told(replace(walk, findings=tuple(found)))[0][: len(expected)] == expected
    assert walk.targets[0].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "make",
    [lambda: front_doors.chained(preserve=True), lambda: front_doors.endpoint_as_target(preserve=True)],
)
def test_preserved_clients_do_not_come_to_a_front_door(make: Callable[[], Cloud]) -> None:
    failing = [item.code for item in walked(make(), PORT).findings if item.verdict is Verdict.FAIL]
    assert failing == ["client-ip-preserved-unsupported"]


def test_an_application_load_balancers_address_may_be_a_target_of_preserved_clients() -> None:
    cloud = front_doors.by_alb_address()
    cloud.attributes[group_of(cloud, "web")]["preserve_client_ip.enabled"] = "true"
    rules = named(cloud, "DescribeSecurityGroups", "web")["IpPermissions"]
    rules[0]["IpRanges"].append({"CidrIp": "192.168.0.0/16"})
    assert {item.code for item in walked(cloud, PORT).findings} <= {"connections-collide"}


def test_an_application_load_balancers_address_needs_a_listener_on_the_port() -> None:
    cloud = front_doors.by_alb_address()
    cloud.listeners[inner_arn(cloud)].clear()
    assert told(walked(cloud, PORT))[0] == ("listener-missing", "back", "request", "web:443")


def test_a_health_check_on_another_port_needs_a_listener_there() -> None:
    cloud = front_doors.by_alb_address()
    cloud.groups[-1]["HealthCheckPort"] = "8080"
    named(cloud, "DescribeSecurityGroups", "web")["IpPermissions"][0].update(FromPort=0, ToPort=65535)
    found = told(walked(cloud, PORT))
    assert ("listener-missing", "health", "request", "web:8080") in found
    assert found[0][0] != "target-unhealthy"


@pytest.mark.parametrize("make", [front_doors.looping, front_doors.itself])
def test_load_balancers_that_send_to_themselves_come_to_an_end(make: Callable[[], Cloud]) -> None:
    walk = walked(make(), PORT)
    assert walk.verdict is Verdict.UNKNOWN
    assert any("forwards them back to itself" in item.summary for item in walk.findings)


@pytest.mark.parametrize("operation", ["DescribeListeners", "DescribeTargetHealth", "DescribeRules"])
def test_what_is_not_visible_behind_is_unknown(operation: str) -> None:
    cloud = front_doors.chained()
    recording = cloud.recording()
    hidden = [
        answer
        for answer in recording.answers
        if answer.operation == operation
        and any(part in str(answer.parameters) for part in ("inner-nlb", "/pods/"))
    ]
    kept = tuple(answer for answer in recording.answers if answer not in hidden)
    gaps = tuple(
        RefusedCall(a.account, a.region, a.service, a.operation, a.parameters, "AccessDenied") for a in hidden
    )
    walk = walked_world(AwsState(replace(recording, answers=kept, gaps=gaps)), PORT)
    expected = Verdict.PASS if operation == "DescribeRules" else Verdict.UNKNOWN
    assert walk.verdict is expected


def test_an_inner_load_balancer_that_keeps_addresses_keeps_the_outer_nodes() -> None:
    cloud = front_doors.chained()
    cloud.attributes[group_of(cloud, "pods")]["preserve_client_ip.enabled"] = "true"
    found = [item for item in walked(cloud, PORT).findings if item.verdict is Verdict.FAIL]
    assert [(item.code, item.evidence["source"]) for item in found if item.leg is Leg.BACK] == [
        ("sg-denies", front_doors.OUTER)
    ]


def test_the_service_behind_an_endpoint_that_is_not_recorded_is_unknown() -> None:
    cloud = front_doors.endpoint_as_target()
    cloud.endpoints["DescribeVpcEndpointServiceConfigurations"].clear()
    assert walked(cloud, PORT).verdict is Verdict.UNKNOWN


def test_one_that_aws_itself_runs_is_said_to_be_unknown_by_its_name() -> None:
    cloud = front_doors.endpoint_as_target()
    cloud.endpoints["DescribeVpcEndpoints"][0]["ServiceName"] = "com.amazonaws.ap-northeast-1.execute-api"
    walk = walked(cloud, PORT)
    assert walk.verdict is Verdict.UNKNOWN
    assert any("com.amazonaws.ap-northeast-1.execute-api" in item.summary for item in walk.findings)


def test_its_state_is_told_though_what_lies_behind_is_not() -> None:
    cloud = front_doors.endpoint_as_target()
    cloud.endpoints["DescribeVpcEndpoints"][0]["ServiceName"] = "com.amazonaws.ap-northeast-1.execute-api"
    cloud.endpoints["DescribeVpcEndpoints"][0]["State"] = "deleting"
    failing = [item.code for item in walked(cloud, PORT).findings if item.verdict is Verdict.FAIL]
    assert failing == ["endpoint-not-available"]


def test_an_endpoints_own_security_group_admits_the_nodes() -> None:
    cloud = front_doors.endpoint_as_target()
    named(cloud, "DescribeSecurityGroups", "door")["IpPermissions"].clear()
    assert told(walked(cloud, PORT))[0] == ("sg-denies", "back", "request", "door")


@pytest.mark.parametrize(
    "state", ["pending", "pendingAcceptance", "Rejected", "deleting", "failed", "expired"]
)
def test_a_target_behind_an_endpoint_that_is_not_available(state: str) -> None:
    cloud = front_doors.endpoint_as_target()
    cloud.endpoints["DescribeVpcEndpoints"][0]["State"] = state
    failing = [item.code for item in walked(cloud, PORT).findings if item.verdict is Verdict.FAIL]
    assert failing == ["endpoint-not-available"]


def test_two_targets_behind_of_which_one_is_closed() -> None:
    cloud = front_doors.chained()
    group = group_of(cloud, "pods")
    subnet = cloud.find("DescribeSubnets", cloud.balancers[-1]["AvailabilityZones"][0]["SubnetId"])[
        "SubnetId"
    ]
    closed = cloud.security_group("closed", cloud.balancers[-1]["VpcId"])
    cloud.instance("pod-2", subnet, "172.31.129.51", closed)
    cloud.register(group, "172.31.129.51", 8443, "a")
    walk = walked(cloud, PORT)
    assert ("sg-denies", "back", "request", "closed") in told(walk)
    assert walk.reached is not None
    assert walk.reached.closed == ()


def test_one_of_two_outer_targets_is_another_load_balancer() -> None:
    cloud = front_doors.chained()
    group = group_of(cloud, "to-inner")
    rules = named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]
    rules[0].update(FromPort=0, ToPort=65535)
    cloud.register(group, "172.31.129.10", 443, "a")
    assert told(walked(cloud, PORT)) == []
    no_listener(cloud)
    walk = walked(cloud, PORT)
    assert ("listener-missing", "back", "request", "inner-nlb:443") in told(walk)
    assert walk.reached is not None
    assert (walk.reached.used, walk.reached.open) == (2, 1)


def test_the_same_target_in_two_groups_of_one_listener() -> None:
    cloud = front_doors.chained()
    second = cloud.target_group("second", cloud.balancers[0]["VpcId"], PORT)
    cloud.register(second, front_doors.INNER, PORT, "a")
    listener = next(
        item for item in cloud.listeners[cloud.balancers[0]["LoadBalancerArn"]] if item["Port"] == PORT
    )
    shares = [{"TargetGroupArn": arn, "Weight": 1} for arn in (group_of(cloud, "to-inner"), second)]
    listener["DefaultActions"] = [{"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}]
    cloud.groups[-1]["LoadBalancerArns"].append(cloud.balancers[0]["LoadBalancerArn"])
    assert told(walked(cloud, PORT)) == []
    no_listener(cloud)
    failing = [item.code for item in walked(cloud, PORT).findings if item.verdict is Verdict.FAIL]
    assert failing[:1] == ["listener-missing"]


def test_a_tls_listener_of_the_inner_load_balancer_takes_connections() -> None:
    cloud = front_doors.chained()
    cloud.listeners[inner_arn(cloud)][0]["Protocol"] = "TLS"
    assert told(walked(cloud, PORT)) == []


def test_udp_does_not_come_to_a_tcp_listener_behind() -> None:
    cloud = front_doors.chained()
    listener = next(
        item for item in cloud.listeners[cloud.balancers[0]["LoadBalancerArn"]] if item["Port"] == PORT
    )
    listener["Protocol"] = "UDP"
    next(item for item in cloud.groups if item["TargetGroupName"] == "to-inner")["Protocol"] = "UDP"
    codes = [item.code for item in walked(cloud, PORT, protocol="UDP").findings]
    assert "listener-protocol-differs" in codes
    assert "client-ip-preserved-unsupported" not in codes


def test_an_inner_load_balancer_of_which_nothing_is_recorded_is_unknown() -> None:
    recording = front_doors.chained().recording()
    answers = tuple(
        replace(
            item,
            response={"LoadBalancers": item.response["LoadBalancers"][:1]},
            parameters={"Names": ["example-nlb"]},
        )
        if item.operation == "DescribeLoadBalancers"
        else item
        for item in recording.answers
    )
    walk = walked_world(AwsState(replace(recording, answers=answers)), PORT)
    assert walk.verdict is Verdict.UNKNOWN
    assert {item.code for item in walk.findings} == {"not-visible"}
