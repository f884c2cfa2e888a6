"""In which zone a transit gateway hands packets over, and what is not modelled of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Confidence
from nlbcheck.path.reach import Reach, Trace, trace
from tests.path import networks
from tests.path.networks import Network, table_of
from tests.scenarios.accounts import HUB, THEIRS, divided
from tests.scenarios.cloud import Cloud, acl_entry, made_id
from tests.scenarios.mutations import named

ALL_IN, ALL_OUT = acl_entry(100, False, "allow"), acl_entry(100, True, "allow")
Mutation = Callable[[Cloud], object]


def zones() -> Network:
    """Return two VPCs at a transit gateway, which stands in both zones of the second in subnets of its own.

    The client is in zone a, the server in zone c.
    """
    made = networks.transit()
    cloud = made.cloud
    vpc = named(cloud, "DescribeVpcs", "vpc-2")["VpcId"]
    doors = [
        cloud.subnet(f"door-{zone}", vpc, f"10.2.9.{16 * place}/28", zone) for place, zone in enumerate("ac")
    ]
    named(cloud, "DescribeTransitGatewayVpcAttachments", "attachment-2")["SubnetIds"] = doors
    far = cloud.subnet("net-2c", vpc, "10.2.3.0/24", "c")
    cloud.route(cloud.route_table("table-2c", vpc, far), "10.0.0.0/8", made_id("tgw", "hub"))
    cloud.instance("host-2c", far, "10.2.3.10", made_id("sg", "group-2"))
    made.destination = "10.2.3.10"
    return made


def vpn_zones() -> Network:
    """Return a VPC that a host on premises reaches by a VPN connection of the transit gateway."""
    made = zones()
    cloud = made.cloud
    vpn = cloud.vpn_connection("office", made_id("tgw", "hub"), "192.168.0.0/16", bgp=True)
    table = table_of(cloud, "hub")
    cloud.transit_route(
        table, "192.168.0.0/16", cloud.transit_vpn("office", made_id("tgw", "hub"), vpn, table)
    )
    for name in ("table-2", "table-2c"):
        cloud.route(named(cloud, "DescribeRouteTables", name)["RouteTableId"], "192.168.0.0/16",
                    made_id("tgw", "hub"))  # fmt: skip
    return Network(cloud, "192.168.7.7", "10.2.3.10")


def traced(made: Network) -> Trace:
    return trace(AwsState(made.cloud.recording()), made.source, ip_address(made.destination), made.port)


def codes(found: Trace) -> list[str]:
    return [item.code for item in found.findings]


def facts(found: Trace) -> str:
    return "; ".join(item.missing.fact for item in found.findings if item.missing)


def acl(subnet: str, *entries: dict[str, Any]) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        found = named(cloud, "DescribeSubnets", subnet)
        cloud.network_acl(f"acl-of-{subnet}", found["VpcId"], found["SubnetId"], entries=entries)

    return mutate


def options(**changed: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        named(cloud, "DescribeTransitGatewayVpcAttachments", "attachment-2")["Options"].update(changed)

    return mutate


def stands_in(*subnets: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        keys = [named(cloud, "DescribeSubnets", name)["SubnetId"] for name in subnets]
        named(cloud, "DescribeTransitGatewayVpcAttachments", "attachment-2")["SubnetIds"] = keys

    return mutate


def own_acl(subnet: str, own: str) -> Mutation:
    """Let a subnet's ACL take in nothing but what its own machines send, to a transit gateway in it."""
    return acl(subnet, ALL_OUT, acl_entry(100, False, "allow", own))


def door_table(zone: str, destination: str, state: str = "active") -> Mutation:
    """Give an attachment's subnet a table of its own, with a route to a firewall endpoint."""

    def mutate(cloud: Cloud) -> None:
        subnet = named(cloud, "DescribeSubnets", f"door-{zone}")
        table = cloud.route_table(f"table-of-door-{zone}", subnet["VpcId"], subnet["SubnetId"])
        cloud.route(table, destination, made_id("vpce", "firewall"), state)

    return mutate


def attachments(name: str, **changed: Any) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        named(cloud, "DescribeTransitGatewayAttachments", name).update(changed)

    return mutate


def in_state(state: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        attachments("attachment-2", State=state)(cloud)
        named(cloud, "DescribeTransitGatewayVpcAttachments", "attachment-2")["State"] = state

    return mutate


CASES: list[tuple[str, Callable[[], Network], list[Mutation], Reach, list[str]]] = [
    ("all in order", zones, [], Reach.REACHABLE, []),
    ("the server's zone does not matter", zones, [acl("door-c", ALL_IN)], Reach.REACHABLE, []),
    ("the client's zone does", zones, [acl("door-a", ALL_IN)], Reach.BLOCKED, ["nacl-denies"]),
    ("replies come by the server's zone", zones, [acl("door-c", ALL_OUT)], Reach.REPLY_BLOCKED,
     ["nacl-denies"]),
    ("a zone without a subnet is left", zones, [stands_in("door-c"), acl("door-c", ALL_IN)], Reach.BLOCKED,
     ["nacl-denies"]),
    ("a route table in the client's zone", zones, [door_table("a", "10.2.3.0/24", "blackhole")],
     Reach.BLOCKED, ["route-blackhole"]),
    ("a route table in another zone", zones, [door_table("c", "10.2.3.0/24", "blackhole")],
     Reach.REACHABLE, []),
    ("a firewall in the client's zone", zones, [door_table("a", "10.2.3.0/24")], Reach.REPLY_BLOCKED,
     ["not-visible", "middlebox-asymmetric"]),
    ("appliance mode, zones that differ", zones, [options(ApplianceModeSupport="enable"),
     acl("door-a", ALL_IN)], Reach.UNKNOWN, ["not-visible"]),
    ("appliance mode, zones alike", zones, [options(ApplianceModeSupport="enable"), acl("door-a", ALL_IN),
     acl("door-c", ALL_IN)], Reach.BLOCKED, ["nacl-denies", "nacl-denies"]),
    ("appliance mode, all open", zones, [options(ApplianceModeSupport="enable")], Reach.REACHABLE, []),
    ("appliance mode not told", zones, [lambda cloud: named(
        cloud, "DescribeTransitGatewayVpcAttachments", "attachment-2").pop("Options"), acl("door-c", ALL_IN)],
     Reach.UNKNOWN, ["not-visible"]),
    ("from a VPN, zones that differ", vpn_zones, [acl("door-a", ALL_IN)], Reach.UNKNOWN,
     ["not-visible", "not-visible"]),
    ("from a VPN, zones alike", vpn_zones, [acl("door-a", ALL_IN), acl("door-c", ALL_IN)], Reach.BLOCKED,
     ["not-visible", "nacl-denies", "nacl-denies"]),
    # one subnet for machine and attachment
    ("what comes into its own subnet meets no rule", zones,
     [stands_in("net-2c"), own_acl("net-2c", "10.2.3.0/24")], Reach.REACHABLE, []),
    ("what it answers there meets inbound rules", zones, [stands_in("net-2c"), acl("net-2c", ALL_OUT)],
     Reach.REPLY_BLOCKED, ["nacl-denies"]),
    ("what it sends there meets them, too", zones, [acl("net-1", ALL_OUT)], Reach.BLOCKED, ["nacl-denies"]),
    ("what it gets back there meets no rule", zones, [own_acl("net-1", "10.1.1.0/24")],
     Reach.REACHABLE, []),
    # what is not modelled
    ("a policy table", zones, [attachments("attachment-1", Association={
        "TransitGatewayPolicyTableId": "tgw-ptb-1", "State": "associated"})], Reach.UNKNOWN, ["not-visible"]),
    ("NAT where packets enter", zones, [attachments("attachment-1", NatGatewaySupport="enabled")],
     Reach.UNKNOWN, ["not-visible"]),
    ("NAT where packets leave", zones, [attachments("attachment-2", NatGatewaySupport="enabling")],
     Reach.UNKNOWN, ["not-visible"]),
    ("no NAT", zones, [attachments("attachment-1", NatGatewaySupport="disabled")], Reach.REACHABLE, []),
    ("a change that is undone", zones, [in_state("rollingBack")], Reach.UNKNOWN, ["not-visible"]),
    ("an attachment in the making", zones, [in_state("pending")], Reach.BLOCKED, ["gateway-not-attached"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "mutations", "reach", "expected"), [item[1:] for item in CASES], ids=[item[0] for item in CASES]
)
def test_a_transit_gateway_in_two_zones(
    make: Callable[[], Network], mutations: list[Mutation], reach: Reach, expected: list[str]
) -> None:
    made = make()
    for mutate in mutations:
        mutate(made.cloud)
    found = traced(made)
    assert (found.reach, codes(found)) == (reach, expected)


def told(*mutations: Mutation) -> Trace:
    made = zones()
    for mutate in mutations:
        mutate(made.cloud)
    return traced(made)


def test_what_is_not_modelled_is_named_by_its_name() -> None:
    policy = {"TransitGatewayPolicyTableId": "tgw-ptb-1", "State": "associated"}
    found = told(attachments("attachment-1", Association=policy))
    assert "policy table tgw-ptb-1" in facts(found)
    assert all(item.remedy is None for item in found.findings)
    found = told(attachments("attachment-1", NatGatewaySupport="enabled"))
    assert "the NAT of tgw-attach-" in facts(found)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("direct-connect-gateway", "Direct Connect gateway"),
        ("connect", "Connect attachment"),
        ("network-function", "network function"),
        ("client-vpn", "Client VPN endpoint"),
        ("vpn-concentrator", "VPN concentrator"),
        ("something-new", "network"),
    ],
)
def test_what_hangs_on_a_transit_gateway_is_named(kind: str, name: str) -> None:
    made = zones()
    table = table_of(made.cloud, "hub")
    far = made.cloud.transit_vpn("far", made_id("tgw", "hub"), "far-1", table)
    named(made.cloud, "DescribeTransitGatewayAttachments", "far")["ResourceType"] = kind
    made.cloud.transit_route(table, "10.7.0.0/16", far)
    made.destination = "10.7.0.9"
    found = traced(made)
    assert found.reach is Reach.UNKNOWN
    assert f"what {name} far-1 behind {far} does with the packet" in facts(found)
    assert all(item.remedy is None for item in found.findings)


def test_a_cloud_wan_core_network_is_named() -> None:
    made = networks.peered()
    table = named(made.cloud, "DescribeRouteTables", "table-1")
    arn = "arn:aws:networkmanager::123456789012:core-network/core-network-1"
    (route,) = (item for item in table["Routes"] if item.pop("VpcPeeringConnectionId", None))
    route["CoreNetworkArn"] = arn
    found = traced(made)
    assert found.reach is Reach.UNKNOWN
    assert f"what Cloud WAN core network {arn} does with the packet" in facts(found)
    assert "route-leads-elsewhere" not in codes(found)


def test_an_attachment_in_the_making_is_waited_for() -> None:
    for state in ("pending", "initiating", "initiatingRequest"):
        (found,) = told(in_state(state)).findings
        assert found.remedy
        assert found.remedy.text.startswith("Wait until")
        assert found.remedy.calls == ()


def test_a_router_on_premises_may_send_packets_on() -> None:
    made = networks.vpn()
    vpc = made.cloud.vpc("vpc-3", "192.168.7.0/24")
    subnet = made.cloud.subnet("net-3", vpc, "192.168.7.0/25", "a")
    made.cloud.interface("host-3", subnet, "192.168.7.7")
    made.cloud.peering("to-3", named(made.cloud, "DescribeVpcs", "vpc-1")["VpcId"], vpc)
    found = [item for item in traced(made).findings if item.code == "route-leads-elsewhere"]
    assert {item.confidence for item in found} == {Confidence.LIKELY}


def test_a_route_of_a_route_server_beside_the_local_one_is_not_visible() -> None:
    made = networks.inside()
    vpc = named(made.cloud, "DescribeVpcs", "vpc-1")["VpcId"]
    table = made.cloud.route_table("table-1", vpc, named(made.cloud, "DescribeSubnets", "net-1")["SubnetId"])
    made.cloud.route(table, "10.1.2.0/24", made_id("eni", "appliance"))
    named(made.cloud, "DescribeRouteTables", "table-1")["Routes"][-1]["Origin"] = "Advertisement"
    found = traced(made)
    assert found.reach is Reach.UNKNOWN
    assert "Route Server" in facts(found)


def owned_apart(*mutations: Mutation, zone_ids: bool = True) -> Trace:
    """Trace where the server's account calls the client's zone by the other one's name."""
    made = zones()
    for mutate in mutations:
        mutate(made.cloud)
    if not zone_ids:
        for item in made.cloud.objects["DescribeSubnets"]:
            del item["AvailabilityZoneId"]
    recordings = divided(
        made.cloud, {made_id("vpc", "vpc-2"): THEIRS}, HUB, zones={THEIRS: {"a": "c", "c": "a"}}
    )
    answers = tuple(answer for recording in recordings for answer in recording.answers)
    state = AwsState(replace(recordings[0], answers=answers))
    return trace(state, made.source, ip_address(made.destination), made.port)


@pytest.mark.parametrize(
    ("mutations", "zone_ids", "reach"),
    [
        ([], True, Reach.REACHABLE),
        ([acl("door-c", ALL_IN)], True, Reach.REACHABLE),
        ([acl("door-a", ALL_IN)], True, Reach.BLOCKED),
        ([], False, Reach.REACHABLE),
        ([acl("door-a", ALL_IN)], False, Reach.UNKNOWN),
        ([acl("door-c", ALL_IN)], False, Reach.UNKNOWN),
        ([acl("door-a", ALL_IN), acl("door-c", ALL_IN)], False, Reach.BLOCKED),
    ],
)
def test_a_zone_is_the_same_place_in_another_account_by_its_id_alone(
    mutations: list[Mutation], zone_ids: bool, reach: Reach
) -> None:
    found = owned_apart(*mutations, zone_ids=zone_ids)
    assert found.reach is reach, [item.summary for item in found.findings]
    assert reach is not Reach.UNKNOWN or "which may be any of its zones" in facts(found)


def third(*subnets: str) -> Mutation:
    """Give the server's VPC a third zone; its attachment stands in these subnets."""

    def mutate(cloud: Cloud) -> None:
        cloud.subnet("door-d", made_id("vpc", "vpc-2"), "10.2.9.64/28", "d")
        stands_in(*subnets)(cloud)

    return mutate


@pytest.mark.parametrize(
    ("mutations", "reach"),
    [
        ([third("door-a", "door-c", "door-d"), acl("door-d", ALL_IN)], Reach.REACHABLE),
        ([third("door-a", "door-c", "door-d"), acl("door-a", ALL_IN)], Reach.BLOCKED),
        ([third("door-c", "door-d")], Reach.REACHABLE),
        ([third("door-c", "door-d"), acl("door-d", ALL_IN)], Reach.UNKNOWN),
        ([third("door-c", "door-d"), acl("door-c", ALL_IN), acl("door-d", ALL_IN)], Reach.BLOCKED),
        ([third("door-c", "door-d"), acl("door-c", ALL_OUT)], Reach.REPLY_BLOCKED),
        ([third("door-a", "door-d")], Reach.REPLY_BLOCKED),
    ],
)
def test_of_three_zones_the_packet_s_own_counts(mutations: list[Mutation], reach: Reach) -> None:
    found = told(*mutations)
    assert found.reach is reach, [item.summary for item in found.findings]
