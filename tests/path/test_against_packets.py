"""What has real packets' judgement corrected? Each is a network on which the walk once was wrong."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Verdict
from nlbcheck.path.reach import Reach, trace
from tests.path import networks
from tests.path.telling import tell, told, walked
from tests.scenarios.article import SERVER_1, article
from tests.scenarios.cloud import acl_entry, made_id, permission
from tests.scenarios.mutations import named


def test_a_nat_gateway_drops_answers_to_what_it_has_not_sent() -> None:
    network = networks.nat()
    state = AwsState(network.cloud.recording())
    found = trace(state, network.destination, ip_address(network.source), 443)
    assert found.reach is Reach.REPLY_BLOCKED
    assert [tell(item) for item in found.findings] == [("route-leads-elsewhere", "front", "reply", "table-1")]
    (remedy,) = [item.remedy for item in found.findings]
    assert remedy
    assert remedy.calls[0].parameters["DestinationCidrBlock"] == "10.2.0.0/16"


@pytest.mark.parametrize(("admitted", "reach"), [("10.1.9.5", "reachable"), ("10.1.1.10", "blocked")])
def test_a_preserved_client_behind_a_nat_gateway_is_that(admitted: str, reach: str) -> None:
    network = networks.nat()
    cloud = network.cloud
    net2 = cloud.find("DescribeSubnets", named(cloud, "DescribeSubnets", "net-2")["SubnetId"])
    balancer = cloud.load_balancer("relay", {net2["SubnetId"]: "10.2.1.5"})
    group = cloud.target_group("tg", net2["VpcId"], 443)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    cloud.register(group, network.destination, 443, "a")
    cloud.listener(balancer, 443, group)
    rules = [permission("tcp", f"{admitted}/32", "10.2.1.5/32", port=443)]
    named(cloud, "DescribeSecurityGroups", "group-2")["IpPermissions"] = rules
    found = trace(AwsState(cloud.recording()), network.source, ip_address("10.2.1.5"), 443)
    assert found.reach.value == reach


def test_a_gateway_without_a_prefix_still_takes_what_comes_from_there() -> None:
    network = networks.vpn()
    cloud = network.cloud
    named(cloud, "DescribeVpnConnections", "office")["Routes"] = []
    table = named(cloud, "DescribeRouteTables", "table-1")
    table["PropagatingVgws"] = []
    table["Routes"] = table["Routes"][:1]
    gateway = named(cloud, "DescribeVpnGateways", "gateway")["VpnGatewayId"]
    named(cloud, "DescribeRouteTables", "vpc-1-main")["PropagatingVgws"] = [{"GatewayId": gateway}]
    cloud.route(table["RouteTableId"], "192.168.0.0/16", gateway)
    walk = trace(AwsState(cloud.recording()), network.destination, ip_address(network.source), 443)
    failing = [tell(item) for item in walk.findings if item.verdict is Verdict.FAIL]
    assert failing == [("vpn-route-missing", "front", "reply", "gateway")]


def test_two_targets_in_a_zone_that_is_not_enabled_do_not_excuse_each_other() -> None:
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["load_balancing.cross_zone.enabled"] = "true"
    cloud.targets[group].clear()
    for port in (22, 80):
        cloud.register(group, SERVER_1, port, "d", "unused")
    walk = walked(cloud)
    verdicts = [item.verdict for item in walk.findings if item.code == "target-zone-not-enabled"]
    assert verdicts == [Verdict.FAIL, Verdict.FAIL]
    cloud.register(group, SERVER_1, 22, "a")
    walk = walked(cloud)
    assert {item.code for item in walk.findings if item.verdict is Verdict.FAIL} <= {"target-unused"}
    assert "target-zone-not-enabled" in [item[0] for item in told(walk)]
    assert [item.used for item in walk.targets] == [False, False, True]


def test_a_target_behind_a_nat_gateway_answers_that() -> None:
    network = networks.nat()
    cloud = network.cloud
    net1, vpc1 = (named(cloud, "DescribeSubnets", "net-1")[key] for key in ("SubnetId", "VpcId"))
    balancer = cloud.load_balancer("relay", {net1: "10.1.1.5"})
    group = cloud.target_group("tg", vpc1, 443)
    cloud.register(group, network.destination, 443, "all")
    cloud.listener(balancer, 443, group)
    assert (
        trace(AwsState(cloud.recording()), network.source, ip_address("10.1.1.5"), 443).reach == "reachable"
    )
    replies = [acl_entry(50, True, "deny", "10.1.9.0/24"), acl_entry(100, True, "allow")]
    entries = [*replies, acl_entry(100, False, "allow")]
    net2, vpc2 = (named(cloud, "DescribeSubnets", "net-2")[key] for key in ("SubnetId", "VpcId"))
    cloud.network_acl("not-to-the-nat-gateway", vpc2, net2, entries=entries)
    found = trace(AwsState(cloud.recording()), network.source, ip_address("10.1.1.5"), 443)
    assert found.reach is Reach.REPLY_BLOCKED
    assert {item.code for item in found.findings if item.leg == "back"} == {"nacl-denies"}


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_static_route_hides_what_its_table_has_learned(elsewhere: bool) -> None:
    network = networks.vpn()
    cloud = network.cloud
    connection = named(cloud, "DescribeVpnConnections", "office")
    connection["Options"]["StaticRoutesOnly"] = False
    connection["Routes"] = []
    table = named(cloud, "DescribeRouteTables", "table-1")
    gateway = named(cloud, "DescribeVpnGateways", "gateway")["VpnGatewayId"]
    (learned,) = [route for route in table["Routes"] if route["Origin"] == "EnableVgwRoutePropagation"]
    table["Routes"].remove(learned)
    cloud.route(table["RouteTableId"], "192.168.0.0/16", gateway)
    if elsewhere:
        other = cloud.route_table("table-other", table["VpcId"])
        cloud.find("DescribeRouteTables", other)["Routes"].append(learned)
    found = trace(AwsState(cloud.recording()), network.source, ip_address(network.destination), 443)
    assert found.reach is (Reach.REACHABLE if elsewhere else Reach.UNKNOWN)


def test_a_group_whose_targets_get_no_connections_loses_its_share_of_them() -> None:
    cloud = article()
    balancer = cloud.balancers[0]["LoadBalancerArn"]
    groups = [cloud.target_group(f"shared-{place}", made_id("vpc", "vpc-2"), 22) for place in (1, 2)]
    for group, zone, state in zip(groups, "da", ("unused", "healthy"), strict=True):
        cloud.attributes[group]["load_balancing.cross_zone.enabled"] = "true"
        cloud.register(group, SERVER_1, 22, zone, state)
    cloud.listener(balancer, 8022, *groups)
    found = [item.verdict for item in walked(cloud, 8022).findings if item.code == "target-zone-not-enabled"]
    assert found == [Verdict.FAIL]
