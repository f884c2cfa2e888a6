"""Does a transit gateway's table learn routes only where that draws nothing away from others?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck.aws.recording import Recording, RefusedCall
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.model import Finding
from nlbcheck.path.reach import Trace
from tests.path.networks import table_of
from tests.path.test_transit_peering import joined
from tests.scenarios import documented_ways as ways
from tests.scenarios import reference_designs as designs
from tests.scenarios.accounts import HUB, THEIRS, divided
from tests.scenarios.article import CLIENT, NODES
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.mutations import named

LEARN, CREATE = "EnableTransitGatewayRouteTablePropagation", "CreateTransitGatewayRoute"
OFFICE, THIRD = made_id("tgw-attach", "office"), made_id("tgw-attach", "third")
VPCS, OTHERS = made_id("tgw-rtb", "vpcs"), made_id("tgw-rtb", "others")
ALONE = f"{ways.OFFICE}/32"
Mistake = Callable[[Cloud], object]


def lacking() -> Cloud:
    """Return a transit gateway with a table that does not know the office, and one that has learned it."""
    cloud = ways.isolated()
    hub = made_id("tgw", "vpn")
    cloud.transit_route_table("others", hub)
    vpc = cloud.vpc("third", "10.5.0.0/16")
    net = cloud.subnet("third-1a", vpc, "10.5.1.0/24", "a")
    cloud.transit_vpc("third", hub, vpc, net, table=OTHERS)
    cloud.transit_route(OTHERS, "10.77.0.0/16", OFFICE, "propagated")
    ways.hub_without("vpcs", "10.77.0.0/16")(cloud)
    return cloud


def asked(recording: Recording, source: str = ways.OFFICE, to: str = NODES["a"]) -> Trace:
    return traced(AwsState(recording), source, ip_address(to), 10022)


def fix(found: Trace) -> tuple[Finding, list[tuple[str, Any]]]:
    """Return what is wrong at a transit gateway's table, and the calls that mend it."""
    [finding] = [item for item in found.findings if item.code.startswith("transit-gateway-route-")]
    assert finding.remedy
    return finding, [(call.operation, dict(call.parameters)) for call in finding.remedy.calls]


def of_kind(kind: str) -> Mistake:
    """Let the office hang on the transit gateway by something else than a VPN connection."""

    def mutate(cloud: Cloud) -> None:
        cloud.find("DescribeTransitGatewayAttachments", OFFICE)["ResourceType"] = kind
        hops = (hop for routes in cloud.transit_routes.values() for route in routes
                for hop in route["TransitGatewayAttachments"])  # fmt: skip
        for hop in hops:
            if hop["TransitGatewayAttachmentId"] == OFFICE:
                hop["ResourceType"] = kind

    return mutate


@pytest.mark.parametrize("kind", ["vpn", "direct-connect-gateway", "connect"])
def test_what_routers_announce_is_learned(kind: str) -> None:
    cloud = lacking()
    of_kind(kind)(cloud)
    _, [(operation, parameters)] = fix(asked(cloud.recording()))
    assert operation == LEARN
    assert (parameters["TransitGatewayRouteTableId"], parameters["TransitGatewayAttachmentId"]) == (
        VPCS,
        OFFICE,
    )


def more_announced(cloud: Cloud) -> None:
    """Let the office announce what another route of the table is for."""
    cloud.transit_route(OTHERS, "10.200.0.0/16", OFFICE, "propagated")
    cloud.transit_route(VPCS, "10.200.0.0/15", THIRD)


def perhaps_announced(cloud: Cloud) -> None:
    """Let a static route of the other table hide whether the office announces its prefix, too."""
    cloud.transit_route(OTHERS, "10.200.0.0/16", made_id("tgw-attach", "vpc-1"))
    cloud.transit_route(VPCS, "10.200.0.0/15", THIRD)


def default_announced(cloud: Cloud) -> None:
    cloud.transit_route(OTHERS, "0.0.0.0/0", OFFICE, "propagated")


def static_vpn(cloud: Cloud) -> None:
    vpn = named(cloud, "DescribeVpnConnections", "office")
    vpn["Options"]["StaticRoutesOnly"] = True
    vpn["Routes"] = [{"DestinationCidrBlock": "10.77.0.0/16", "Source": "Static", "State": "available"}]
    for route in cloud.transit_routes[OTHERS]:
        route["Type"] = "static"


def shorter_blackhole(cloud: Cloud) -> None:
    cloud.transit_route(VPCS, "10.0.0.0/8", None)


def shorter_default(cloud: Cloud) -> None:
    cloud.transit_route(VPCS, "0.0.0.0/0", THIRD)


NARROW = [
    more_announced, perhaps_announced, default_announced, static_vpn, shorter_blackhole, shorter_default,
]  # fmt: skip


@pytest.mark.parametrize("mistake", NARROW)
def test_a_static_route_for_the_address_where_learning_may_do_more(mistake: Mistake) -> None:
    cloud = lacking()
    mistake(cloud)
    _, [(operation, parameters)] = fix(asked(cloud.recording()))
    assert (operation, parameters["DestinationCidrBlock"]) == (CREATE, ALONE)
    assert parameters["TransitGatewayAttachmentId"] == OFFICE


@pytest.mark.parametrize("mistake", [more_announced, perhaps_announced, default_announced])
@pytest.mark.parametrize("kind", ["direct-connect-gateway", "connect"])
def test_words_where_no_static_route_is_possible(kind: str, mistake: Mistake) -> None:
    cloud = lacking()
    mistake(cloud)
    of_kind(kind)(cloud)
    finding, calls = fix(asked(cloud.recording()))
    assert calls == []
    assert "Check first what else it announces" in str(finding.remedy)


def test_the_same_route_in_both_tables_is_drawn_away_by_nothing() -> None:
    cloud = lacking()
    for table in (OTHERS, VPCS):
        cloud.transit_route(table, "10.5.0.0/16", THIRD, "propagated")
    _, [(operation, _)] = fix(asked(cloud.recording()))
    assert operation == LEARN


def refused(recording: Recording, table: str) -> Recording:
    """Return a recording in which the routes of a table may not be read."""
    gone = [item for item in recording.answers if item.parameters.get("TransitGatewayRouteTableId") == table]
    assert gone
    gaps = (
        RefusedCall(
            item.account, item.region, item.service, item.operation, item.parameters, "UnauthorizedOperation"
        )
        for item in gone
    )
    kept = tuple(item for item in recording.answers if item not in gone)
    return replace(recording, answers=kept, gaps=tuple(gaps))


@pytest.mark.parametrize(("kind", "expected"), [("vpn", [CREATE]), ("direct-connect-gateway", [])])
def test_nothing_is_learned_where_what_is_announced_is_not_seen(kind: str, expected: list[str]) -> None:
    cloud = lacking()
    of_kind(kind)(cloud)
    _, calls = fix(asked(refused(cloud.recording(), OTHERS)))
    assert [operation for operation, _ in calls] == expected


def test_a_table_that_may_not_be_read_is_not_mended() -> None:
    found = asked(refused(lacking().recording(), VPCS))
    assert {item.verdict.value for item in found.findings} == {"unknown"}


def spoke_lost() -> Cloud:
    cloud = designs.shared_services().cloud
    designs.spokes_not_propagated(cloud)
    return cloud


def test_a_longer_range_is_learned_beside_a_blackhole() -> None:
    cloud = spoke_lost()
    cloud.transit_route(table_of(cloud, "hub"), "192.0.0.0/8", None)
    found = traced(AwsState(cloud.recording()), CLIENT, ip_address(NODES["a"]), 10022)
    finding, [(operation, _)] = fix(found)
    assert (operation, finding.remedy and finding.remedy.verified) == (LEARN, True)


def test_a_blackhole_for_another_range_of_the_vpc_stays() -> None:
    cloud = spoke_lost()
    vpc = named(cloud, "DescribeVpcs", "vpc-1")
    vpc["CidrBlockAssociationSet"].append({**vpc["CidrBlockAssociationSet"][0], "CidrBlock": "10.44.0.0/16"})
    cloud.transit_route(table_of(cloud, "hub"), "10.0.0.0/8", None)
    _, [(operation, parameters)] = fix(asked(cloud.recording(), CLIENT))
    assert (operation, parameters["DestinationCidrBlock"]) == (CREATE, "192.168.0.0/16")


def test_the_transit_gateways_own_account_learns() -> None:
    parts = divided(spoke_lost(), {made_id("vpc", "vpc-1"): THEIRS}, HUB)
    whole = replace(parts[0], answers=tuple(item for part in parts for item in part.answers))
    finding, [(operation, _)] = fix(asked(whole, CLIENT))
    assert operation == LEARN
    assert finding.remedy
    assert HUB in finding.remedy.text


def test_no_command_where_the_other_accounts_vpc_is_not_read() -> None:
    parts = divided(spoke_lost(), {made_id("vpc", "vpc-1"): THEIRS}, HUB)
    some = [part for part in parts if part.answers[0].account != THEIRS]
    whole = replace(some[0], answers=tuple(item for part in some for item in part.answers))
    assert fix(asked(whole, CLIENT))[1] == []


@pytest.mark.parametrize(
    ("number", "name", "prefix", "operation"),
    [
        (0, "near-hub", "172.31.0.0/16", LEARN),
        (1, "far-hub", "10.4.0.0/16", LEARN),
        (0, "near-hub", "0.0.0.0/0", CREATE),
        (1, "far-hub", "172.31.0.0/16", CREATE),
    ],
)
def test_in_peered_regions_a_vpc_is_learned_and_a_link_gets_a_static_route(
    number: int, name: str, prefix: str, operation: str
) -> None:
    clouds = ways.peered_hubs()
    ways.hub_without(name, prefix)(clouds[number])
    state = AwsState(joined(*clouds))
    found = traced(state, "10.4.1.10", ip_address(NODES["a"]), 10022)
    finding, [(called, _)] = fix(found)
    assert (called, finding.remedy and finding.remedy.verified) == (operation, True)
    assert ("us-east-1" in str(finding.remedy)) is (number == 1)


def test_one_command_for_three_zones() -> None:
    cloud = lacking()
    vpc = made_id("vpc", "vpc-2")
    net = cloud.subnet("private-1d-1", vpc, "172.31.144.0/24", "d")
    cloud.route(cloud.route_table("private-1d-1", vpc, net), "0.0.0.0/0", made_id("tgw", "vpn"))
    named(cloud, "DescribeTransitGatewayVpcAttachments", "vpc-2")["SubnetIds"].append(net)
    third = {"PrivateIPv4Address": "172.31.144.10"}
    cloud.balancers[0]["AvailabilityZones"].append(
        {"ZoneName": f"{cloud.region}d", "SubnetId": net, "LoadBalancerAddresses": [third]}
    )
    told = [fix(asked(cloud.recording(), to=to))[1] for to in (*NODES.values(), "172.31.144.10")]
    assert told[0] == told[1] == told[2]
    assert told[0][0][0] == LEARN
