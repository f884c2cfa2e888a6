"""Does a client reach a load balancer through an interface endpoint?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Finding, Leg, Verdict
from nlbcheck.path.reach import Reach, Trace, trace
from nlbcheck.path.walk import Walk, as_consumer, client_end, entrance, walk_row
from tests.path import front_doors
from tests.path.front_doors import CONSUMER, ENDPOINT, consumed
from tests.scenarios.article import SERVER_1
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import named

PORT = 10022


def dialled(cloud: Cloud | Recording, address: str = ENDPOINT, source: str = CONSUMER) -> Trace:
    recording = cloud if isinstance(cloud, Recording) else cloud.recording()
    return trace(AwsState(recording), source, ip_address(address), PORT)


def consumer_walk(cloud: Cloud, zone: str = "a") -> Walk:
    return walk_of(cloud.recording(), zone)


def walk_of(recording: Recording, zone: str = "a") -> Walk:
    """Walk to a static IP as the diagnosis of a row does, for a client in the consumer's VPC."""
    state = AwsState(recording)
    balancer = state.load_balancers[0]
    nodes = state.nodes(balancer)
    assert isinstance(nodes, tuple)
    node = next(item for item in nodes if item.zone.endswith(zone))
    by = entrance(state, balancer, node, client_end(state, CONSUMER, balancer))
    return walk_row(state, balancer, node, PORT, "TCP", CONSUMER, by=by)


def failing(found: Trace | Walk) -> list[Finding]:
    return [item for item in found.findings if item.verdict is Verdict.FAIL]


def test_an_endpoint_that_is_dialled_leads_to_the_target() -> None:
    found = dialled(consumed())
    assert found.reach is Reach.REACHABLE
    assert found.findings == ()
    assert {path.target for path in found.paths if path.leg is Leg.BACK} == {f"{SERVER_1}:22"}


@pytest.mark.parametrize(
    "state", ["pendingAcceptance", "PendingAcceptance", "rejected", "deleting", "failed", "pending"]
)
def test_one_that_is_not_available_lets_nothing_through(state: str) -> None:
    found = dialled(consumed(state=state))
    assert found.reach is Reach.BLOCKED
    assert [item.code for item in failing(found)] == ["endpoint-not-available"]


def test_the_endpoints_own_security_group_is_asked_first() -> None:
    cloud = consumed()
    named(cloud, "DescribeSecurityGroups", "door")["IpPermissions"].clear()
    found = dialled(cloud)
    (denied,) = failing(found)
    assert (denied.code, denied.leg) == ("sg-denies", Leg.FRONT)
    assert "door" in str(denied.resource)


def front_admits(cloud: Cloud, cidr: str) -> None:
    named(cloud, "DescribeSecurityGroups", "front")["IpPermissions"] = [permission("tcp", cidr, port=PORT)]


def test_the_load_balancers_rules_see_the_clients_own_address() -> None:
    cloud = consumed()
    front_admits(cloud, f"{CONSUMER}/32")
    assert dialled(cloud).reach is Reach.REACHABLE
    front_admits(cloud, f"{ENDPOINT}/32")
    (denied,) = failing(dialled(cloud))
    assert (denied.code, denied.confidence, denied.evidence["source"]) == ("sg-denies", "certain", CONSUMER)


def test_where_they_are_not_applied_they_stop_nobody() -> None:
    cloud = consumed(enforce="off")
    front_admits(cloud, "192.0.2.0/24")
    assert dialled(cloud).reach is Reach.REACHABLE


def test_whether_they_are_applied_is_not_guessed() -> None:
    cloud = consumed(enforce=None)
    assert dialled(cloud).reach is Reach.REACHABLE
    front_admits(cloud, "192.0.2.0/24")
    assert dialled(cloud).reach is Reach.UNKNOWN


def test_targets_see_the_node_even_where_client_addresses_are_preserved() -> None:
    cloud = consumed()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    assert dialled(cloud).reach is Reach.REACHABLE
    assert dialled(cloud).findings == ()


def test_a_rule_for_the_load_balancers_group_likely_misses_what_its_own_rules_are_not_applied_to() -> None:
    cloud = consumed(enforce="off")
    front = cloud.balancers[0]["SecurityGroups"][0]
    targets = named(cloud, "DescribeSecurityGroups", "targets")
    targets["IpPermissions"] = [permission("tcp", port=22, groups=[{"GroupId": front}])]
    (lost,) = failing(dialled(cloud))
    assert (lost.code, lost.leg, lost.confidence) == ("sg-reference-not-seen", Leg.BACK, "likely")
    cloud.balancers[0]["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = "on"
    assert dialled(cloud).reach is Reach.REACHABLE


def test_the_node_itself_is_not_reached_from_there() -> None:
    found = dialled(consumed(), front_doors.OUTER)
    assert found.reach is Reach.BLOCKED
    (apart,) = [item for item in failing(found) if item.code == "vpcs-not-connected"]
    assert apart.remedy
    assert ENDPOINT in apart.remedy.text
    assert "peering" not in apart.remedy.text


def test_of_a_row_it_is_not_told_whether_the_client_dials_the_endpoint() -> None:
    walk = consumer_walk(consumed())
    assert walk.verdict is Verdict.UNKNOWN
    assert failing(walk) == []
    assert any(
        ENDPOINT in item.summary and "which address the client connects to" in item.summary
        for item in walk.findings
    )


def test_what_would_stop_it_on_the_endpoints_path_is_likely() -> None:
    cloud = consumed()
    front_admits(cloud, "192.0.2.0/24")
    (denied,) = failing(consumer_walk(cloud))
    assert (denied.code, denied.confidence) == ("sg-denies", "likely")


def test_a_zone_without_an_interface_is_not_judged() -> None:
    walk = consumer_walk(consumed(), "c")
    assert walk.verdict is Verdict.UNKNOWN
    assert any("no interface in the zone" in item.summary for item in walk.findings)


def other_service(cloud: Cloud) -> None:
    cloud.endpoints["DescribeVpcEndpoints"][0]["ServiceName"] = "com.amazonaws.ap-northeast-1.ssm"
    cloud.endpoints["DescribeVpcEndpointConnections"].clear()


def test_an_endpoint_of_another_service_leads_nowhere() -> None:
    cloud = consumed()
    other_service(cloud)
    assert [item.code for item in failing(consumer_walk(cloud))][:1] == ["vpcs-not-connected"]
    assert dialled(cloud).reach is Reach.UNKNOWN


def test_the_provider_alone_can_tell_of_the_connection() -> None:
    cloud = consumed(state="pendingAcceptance")
    walk = walk_of(without(cloud.recording(), "DescribeVpcEndpoints"))
    assert [item.code for item in failing(walk)] == ["endpoint-not-available"]


def without(recording: Recording, *operations: str) -> Recording:
    kept = tuple(item for item in recording.answers if item.operation not in operations)
    return replace(recording, answers=kept)


@pytest.mark.parametrize(
    "operation",
    ["DescribeVpcEndpoints", "DescribeVpcEndpointServiceConfigurations", "DescribeLoadBalancers"],
)
def test_what_is_not_visible_of_an_endpoint_that_is_dialled_is_unknown(operation: str) -> None:
    assert dialled(without(consumed().recording(), operation)).reach is Reach.UNKNOWN


def test_every_answer_taken_away_makes_it_unknown_or_leaves_it() -> None:
    recording = consumed().recording()
    for answer in recording.answers:
        kept = replace(recording, answers=tuple(item for item in recording.answers if item is not answer))
        assert dialled(kept).reach in (Reach.REACHABLE, Reach.UNKNOWN), answer.operation


def test_of_several_load_balancers_it_is_not_told_which_is_used() -> None:
    cloud = consumed()
    cloud.endpoints["DescribeVpcEndpointServiceConfigurations"][0]["NetworkLoadBalancerArns"].append(
        "arn:other"
    )
    assert dialled(cloud).reach is Reach.UNKNOWN


def test_peered_clients_come_by_the_endpoint_too() -> None:
    cloud = consumed()
    consumer, subnet = made_id("vpc", "consumer"), made_id("subnet", "consumer-1a")
    far = cloud.vpc("far", "10.91.0.0/16")
    net = cloud.subnet("far-1a", far, "10.91.1.0/24", "a")
    cloud.instance("far", net, "10.91.1.20", cloud.security_group("far", far))
    peering = cloud.peering("far-consumer", far, consumer)
    cloud.route(cloud.route_table("far", far, net), "10.90.0.0/16", peering)
    cloud.route(cloud.route_table("consumer", consumer, subnet), "10.91.0.0/16", peering)
    for name in ("door", "front"):
        rules = named(cloud, "DescribeSecurityGroups", name)["IpPermissions"]
        rules.append(permission("tcp", "10.91.0.0/16", port=PORT))
    assert dialled(cloud, source="10.91.1.20").reach is Reach.REACHABLE


def of_accounts(*parts: Recording) -> Recording:
    return replace(parts[0], answers=tuple(answer for part in parts for answer in part.answers))


def test_both_accounts_together_tell_the_whole_path() -> None:
    provider, consumer = front_doors.apart()
    assert dialled(of_accounts(provider, consumer)).reach is Reach.REACHABLE


def test_the_consumers_account_alone_tells_it_as_far_as_the_endpoint() -> None:
    _, consumer = front_doors.apart()
    found = dialled(consumer)
    assert found.reach is Reach.UNKNOWN
    assert failing(found) == []
    assert any("the load balancers behind com.amazonaws.vpce." in item.summary for item in found.findings)
    closed = replace(consumer, answers=tuple(rejecting(answer) for answer in consumer.answers))
    assert [item.code for item in failing(dialled(closed))] == ["endpoint-not-available"]


@pytest.mark.parametrize("services", ["shown", "not shown"])
def test_the_providers_account_alone_accuses_no_route_to_a_consumer_that_is_not_seen(services: str) -> None:
    provider, _ = front_doors.apart()
    if services == "not shown":
        provider = without(provider, "DescribeVpcEndpointServiceConfigurations")
    state = AwsState(provider)
    balancer = state.load_balancers[0]
    nodes = state.nodes(balancer)
    assert isinstance(nodes, tuple)
    outside = client_end(state, CONSUMER, balancer)
    client = as_consumer(state, balancer, nodes[0], outside)
    walk = walk_row(state, balancer, nodes[0], PORT, "TCP", client)
    assert failing(walk) == []
    assert walk.verdict is Verdict.UNKNOWN
    hidden = (
        "interface endpoints of com.amazonaws.vpce." if services == "shown" else "the endpoint services of"
    )
    assert any(hidden in item.summary for item in walk.findings)


def rejecting(answer: AnsweredCall) -> AnsweredCall:
    if answer.operation != "DescribeVpcEndpoints":
        return answer
    (endpoint,) = answer.response["VpcEndpoints"]
    return replace(answer, response={"VpcEndpoints": [{**endpoint, "State": "rejected"}]})


def test_the_endpoints_own_group_is_likely_the_cause_for_a_row() -> None:
    cloud = consumed()
    named(cloud, "DescribeSecurityGroups", "door")["IpPermissions"].clear()
    (denied,) = failing(consumer_walk(cloud))
    assert (denied.code, denied.confidence) == ("sg-denies", "likely")
    assert "likely connects through the interface endpoint" in denied.summary


def test_of_several_endpoints_none_is_accused_where_it_is_not_told_which_one_leads_there() -> None:
    cloud = consumed()
    subnet = made_id("subnet", "consumer-1a")
    closed = cloud.security_group("closed", made_id("vpc", "consumer"))
    other = "com.amazonaws.ap-northeast-1.ssm"
    cloud.interface_endpoint("other", other, {subnet: "10.90.1.71"}, [closed])
    assert failing(consumer_walk(cloud)) == []
    recording = without(cloud.recording(), "DescribeVpcEndpoints", "DescribeVpcEndpointConnections")
    walk = walk_of(recording)
    assert failing(walk) == []
    assert any("which of 2 interface endpoints" in item.summary for item in walk.findings)
