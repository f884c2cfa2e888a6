"""Firewalls on the path: what is walked around them, what they lose, and no fix that leads around one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlbcheck.model import Confidence, Finding, Verdict
from nlbcheck.path.walk import Walk
from tests.path.telling import walked
from tests.scenarios.article_inspected import HUB, INSPECTION, SPOKES, beside_nodes, inspected
from tests.scenarios.cloud import Cloud, acl_entry, made_id
from tests.scenarios.mutations import named

Mutation = Callable[[Cloud], object]
ALL_IN, ALL_OUT = acl_entry(100, False, "allow"), acl_entry(100, True, "allow")
FIREWALLS = {zone: made_id("vpce", f"firewall-1{zone}") for zone in "ac"}
MODIFY = "aws ec2 modify-transit-gateway-vpc-attachment"
CLIENTS, RELAYS = "192.168.0.0/16", "172.31.0.0/16"


def faults(walk: Walk) -> list[tuple[str, str, str]]:
    failed = [item for item in walk.findings if item.verdict is Verdict.FAIL]
    return [(item.code, str(item.direction), _name(item)) for item in failed]


def _name(finding: Finding) -> str:
    assert finding.resource
    return finding.resource.name or finding.resource.id


def facts(walk: Walk) -> list[str]:
    return [item.missing.fact for item in walk.findings if item.missing]


def calls(walk: Walk) -> list[str]:
    return [line for item in walk.findings if item.remedy for line in item.remedy.commands]


def routes(cloud: Cloud, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = named(cloud, "DescribeRouteTables", table)["Routes"]
    return found


def without(table: str, destination: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        kept = [item for item in routes(cloud, table) if item["DestinationCidrBlock"] != destination]
        named(cloud, "DescribeRouteTables", table)["Routes"] = kept

    return mutate


def gone(table: str, destination: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for item in routes(cloud, table):
            if item["DestinationCidrBlock"] == destination:
                item["State"] = "blackhole"

    return mutate


def acl(subnet: str, *entries: dict[str, Any]) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        found = named(cloud, "DescribeSubnets", subnet)
        cloud.network_acl(f"acl-of-{subnet}", found["VpcId"], found["SubnetId"], entries=entries)

    return mutate


def both(*mutations: Mutation) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for item in mutations:
            item(cloud)

    return mutate


def no_interfaces(cloud: Cloud) -> None:
    """Take the endpoints' interfaces, so that it is not told in which subnets they stand."""
    shown = cloud.objects["DescribeNetworkInterfaces"]
    shown[:] = [item for item in shown if item["InterfaceType"] != "gateway_load_balancer_endpoint"]


def hub_forgets(destination: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        known = cloud.transit_routes[made_id("tgw-rtb", "hub")]
        known[:] = [item for item in known if item["DestinationCidrBlock"] != destination]

    return mutate


def back_to_spokes(cloud: Cloud) -> None:
    """Let what comes from the firewalls use the table that leads to them."""
    found = named(cloud, "DescribeTransitGatewayAttachments", "inspection")
    found["Association"]["TransitGatewayRouteTableId"] = SPOKES


def back_to_the_firewall(cloud: Cloud) -> None:
    table = named(cloud, "DescribeRouteTables", "firewall-1a")
    table["Routes"] = [item for item in table["Routes"] if item["DestinationCidrBlock"] != "0.0.0.0/0"]
    cloud.route(table["RouteTableId"], "0.0.0.0/0", FIREWALLS["a"])


@pytest.mark.parametrize("zone", ["a", "c"])
@pytest.mark.parametrize("port", [10022, 30080])
@pytest.mark.parametrize("on_premises", [False, True])
def test_an_inspection_vpc_is_walked_through(zone: str, port: int, on_premises: bool) -> None:
    walk = walked(inspected(on_premises=on_premises), port, zone)
    assert walk.verdict is Verdict.UNKNOWN
    assert sorted(facts(walk)) == sorted(
        f"what the firewall behind {key} does with the packet" for key in FIREWALLS.values()
    )


def test_where_the_endpoints_stand_need_not_be_told() -> None:
    cloud = inspected()
    no_interfaces(cloud)
    walk = walked(cloud)
    assert (walk.verdict, len(facts(walk))) == (Verdict.UNKNOWN, 2)


FAULTS: dict[str, tuple[Mutation, list[tuple[str, str, str]]]] = {
    "the firewalls' tables lack the way there": (
        both(without("firewall-1a", "0.0.0.0/0"), without("firewall-1c", "0.0.0.0/0")),
        [("route-missing", way, f"firewall-1{zone}") for way in ("request", "reply") for zone in "ac"],
    ),
    "the endpoints are gone": (
        both(gone("inspection-tgw-1a", "0.0.0.0/0"), gone("inspection-tgw-1c", "0.0.0.0/0")),
        [("route-blackhole", way, f"inspection-tgw-1{zone}")
         for way in ("request", "reply") for zone in "ac"],
    ),
    "the attachment's tables lack the way to the firewalls": (
        both(without("inspection-tgw-1a", "0.0.0.0/0"), without("inspection-tgw-1c", "0.0.0.0/0")),
        [("route-missing", way, f"inspection-tgw-1{zone}") for way in ("request", "reply") for zone in "ac"],
    ),
    "what comes from the firewalls knows no way to the nodes": (
        hub_forgets(RELAYS), [("transit-gateway-route-missing", "request", "hub")],
    ),
    "what comes from the firewalls knows no way back": (
        hub_forgets(CLIENTS), [("transit-gateway-route-missing", "reply", "hub")],
    ),
    "what comes from the firewalls is sent to them again": (
        back_to_spokes,
        [("transit-gateway-route-leads-elsewhere", way, "spokes") for way in ("request", "reply")],
    ),
    "an ACL of the firewalls' subnets": (
        both(acl("firewall-1a", ALL_IN), acl("firewall-1c", ALL_IN)),
        [("nacl-denies", way, f"acl-of-firewall-1{zone}") for way in ("request", "reply") for zone in "ac"],
    ),
    "an ACL of the attachment's subnets": (
        both(acl("inspection-tgw-1a", ALL_IN), acl("inspection-tgw-1c", ALL_IN)),
        [("nacl-denies", way, f"acl-of-inspection-tgw-1{zone}")
         for way in ("request", "reply") for zone in "ac"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_closed_around_the_firewalls_is_found(name: str) -> None:
    mutate, expected = FAULTS[name]
    cloud = inspected()
    mutate(cloud)
    walk = walked(cloud)
    assert sorted(faults(walk)) == sorted(expected)
    assert not [line for line in calls(walk) if SPOKES in line or "10.2" in line]


@pytest.mark.parametrize("name", FAULTS)
def test_no_fix_leads_around_a_firewall(name: str) -> None:
    cloud = inspected()
    FAULTS[name][0](cloud)
    tables = {named(cloud, "DescribeRouteTables", f"inspection-tgw-1{zone}")["RouteTableId"] for zone in "ac"}
    for line in calls(walked(cloud)):
        assert SPOKES not in line
        assert not any(table in line for table in tables)


@pytest.mark.parametrize("name", ["an ACL of the attachment's subnets", "an ACL of the firewalls' subnets"])
def test_a_fault_of_one_zone_is_not_visible_where_a_flow_s_hash_chooses(name: str) -> None:
    cloud = inspected()
    acl("inspection-tgw-1a" if "attachment" in name else "firewall-1a", ALL_IN)(cloud)
    walk = walked(cloud)
    assert (walk.verdict, faults(walk)) == (Verdict.UNKNOWN, [])
    assert any("by a hash of the flow" in fact and "denies outbound" in fact for fact in facts(walk))


@pytest.mark.parametrize("zone", ["a", "c"])
def test_without_appliance_mode_it_is_the_fault_of_its_zone(zone: str) -> None:
    cloud = inspected(appliance_mode=False)
    acl("firewall-1a", ALL_IN)(cloud)
    found = faults(walked(cloud, zone=zone))
    assert ("nacl-denies", "request", "acl-of-firewall-1a") in found  # the client's zone


def test_a_packet_that_comes_to_its_firewall_again_never_arrives() -> None:
    cloud = inspected(appliance_mode=False)
    back_to_the_firewall(cloud)
    assert ("route-leads-elsewhere", "request", FIREWALLS["a"]) in faults(walked(cloud))


class TestAsymmetry:
    def test_appliance_mode_keeps_both_directions_together(self) -> None:
        assert faults(walked(inspected(), zone="c")) == []

    def test_without_it_the_zones_of_client_and_node_choose(self) -> None:
        cloud = inspected(appliance_mode=False)
        assert faults(walked(cloud, zone="a")) == []
        walk = walked(cloud, zone="c")
        assert faults(walk) == [("middlebox-asymmetric", "reply", FIREWALLS["c"])]
        (found,) = (item for item in walk.findings if item.code == "middlebox-asymmetric")
        assert found.confidence is Confidence.LIKELY
        options = """--options '{"ApplianceModeSupport":"enable"}'"""
        assert calls(walk) == [f"{MODIFY} --transit-gateway-attachment-id {INSPECTION} {options}"]

    def test_endpoints_beside_the_nodes_are_those_of_two_zones(self) -> None:
        assert faults(walked(beside_nodes(), zone="a")) == []
        walk = walked(beside_nodes(), zone="c")
        assert faults(walk) == [("middlebox-asymmetric", "reply", FIREWALLS["c"])]
        assert calls(walk) == []

    def test_replies_that_pass_no_firewall(self) -> None:
        cloud = beside_nodes()
        table = named(cloud, "DescribeRouteTables", "private-1a-1")
        without("private-1a-1", CLIENTS)(cloud)
        cloud.route(table["RouteTableId"], CLIENTS, HUB)
        assert faults(walked(cloud)) == [("middlebox-asymmetric", "reply", FIREWALLS["a"])]

    def test_requests_that_pass_no_firewall(self) -> None:
        cloud = beside_nodes()
        without("tgw-1a", "172.31.128.10/32")(cloud)
        assert faults(walked(cloud)) == [("middlebox-asymmetric", "reply", FIREWALLS["a"])]

    def test_what_is_not_seen_is_not_called_asymmetric(self) -> None:
        cloud = inspected(appliance_mode=False)
        no_interfaces(cloud)
        named(cloud, "DescribeRouteTables", "firewall-1c")["Routes"][0].pop("State")
        walk = walked(cloud, zone="c")
        assert walk.verdict is Verdict.UNKNOWN or "middlebox-asymmetric" not in {
            item.code for item in walk.findings if item.confidence is Confidence.CERTAIN
        }


class TestBesideNodes:
    def test_a_blackhole_in_the_attachment_s_table_is_told(self) -> None:
        cloud = beside_nodes()
        gone("tgw-1a", "172.31.128.10/32")(cloud)
        walk = walked(cloud)
        assert ("route-blackhole", "request", "tgw-1a") in faults(walk)
        assert calls(walk) == []

    def test_a_blackhole_of_the_way_back_is_not_replaced_by_one_around_the_firewall(self) -> None:
        cloud = beside_nodes()
        gone("private-1a-1", CLIENTS)(cloud)
        walk = walked(cloud)
        assert ("route-blackhole", "reply", "private-1a-1") in faults(walk)
        assert calls(walk) == []

    def test_a_missing_way_back_is_to_lead_to_the_firewall(self) -> None:
        cloud = beside_nodes()
        without("private-1a-1", CLIENTS)(cloud)
        walk = walked(cloud)
        assert ("route-missing", "reply", "private-1a-1") in faults(walk)
        assert calls(walk) == []
        assert any(item.remedy and "firewall endpoint" in item.remedy.text for item in walk.findings)

    def test_the_firewall_s_own_table_may_lead_to_the_gateway(self) -> None:
        cloud = beside_nodes()
        without("firewall-1a", CLIENTS)(cloud)
        walk = walked(cloud)
        assert ("route-missing", "reply", "firewall-1a") in faults(walk)
        assert [line.split()[2] for line in calls(walk)] == ["create-route"]


def test_a_vpc_in_another_account_may_be_an_inspection_vpc() -> None:
    cloud = inspected()
    vpc = made_id("vpc", "inspection")
    for operation in ("DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls",
                      "DescribeNetworkInterfaces", "DescribeTransitGatewayVpcAttachments"):  # fmt: skip
        shown = cloud.objects[operation]
        shown[:] = [item for item in shown if item["VpcId"] != vpc]
    walk = walked(cloud)
    assert (walk.verdict, faults(walk), calls(walk)) == (Verdict.UNKNOWN, [], [])
