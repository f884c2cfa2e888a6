"""What VPN gateways carry, what they have to know, and what a remedy asks of them."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Finding
from nlbcheck.model.net import Address
from nlbcheck.path.reach import Reach, Trace, trace
from tests.path import networks
from tests.path.applying import apply
from tests.path.networks import Network
from tests.path.telling import told, walked
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.mutations import health, named

TABLES = ("private-1a-1", "private-1c-1")


def traced(source: str, destination: str, port: int = 80) -> Trace:
    return trace(AwsState(article().recording()), source, ip_address(destination), port)


def forget(cloud: Cloud) -> None:
    """Take the static VPN route, and with it what the route tables have learned."""
    named(cloud, "DescribeVpnConnections", "on-premises")["Routes"] = []
    for name in TABLES:
        table = named(cloud, "DescribeRouteTables", name)
        table["Routes"] = [r for r in table["Routes"] if r["Origin"] != "EnableVgwRoutePropagation"]


def commands(findings: tuple[Finding, ...]) -> set[str]:
    return {line for finding in findings if finding.remedy for line in finding.remedy.commands}


def test_a_gateway_without_vpn_connections_is_no_proof_of_a_path() -> None:
    cloud = article()
    cloud.objects["DescribeVpnConnections"].clear()
    assert walked(cloud, 30080).findings == ()  # the target's health checks pass, perhaps over Direct Connect
    health(30080, "unhealthy", "Target.FailedHealthChecks")(cloud)
    assert "not-visible" in {finding.code for finding in walked(cloud, 30080).findings}


def test_a_deleted_vpn_connection_carries_nothing() -> None:
    cloud = article()
    named(cloud, "DescribeVpnConnections", "on-premises")["State"] = "deleted"
    found = walked(cloud, 30080).findings
    assert {(finding.code, finding.confidence.value) for finding in found} == {("vpn-down", "likely")}


def test_what_route_tables_learn_by_themselves_is_told_to_the_gateway_alone() -> None:
    cloud = article()
    forget(cloud)
    walk = walked(cloud, 30080)
    vpn = named(cloud, "DescribeVpnConnections", "on-premises")["VpnConnectionId"]
    assert commands(walk.findings) == {
        f"aws ec2 create-vpn-connection-route --vpn-connection-id {vpn} --destination-cidr-block 10.0.0.10/32"
    }
    assert [code for code, leg, _, _ in told(walk) if leg == "back"] == ["route-missing", "vpn-route-missing"]
    apply(cloud, [call for finding in walk.findings if finding.remedy for call in finding.remedy.calls])
    gateway = named(cloud, "DescribeVpnGateways", "on-premises")["VpnGatewayId"]
    for name in TABLES:
        cloud.propagate(named(cloud, "DescribeRouteTables", name)["RouteTableId"], gateway)
    assert told(walked(cloud, 30080)) == []


@pytest.mark.parametrize("prefix", ["10.0.0.0/16", "10.0.0.0/24", "10.0.0.10/32"])
def test_a_route_over_a_peering_gives_way_to_a_gateway_that_knows_the_address(prefix: str) -> None:
    cloud = article()
    peering = named(cloud, "DescribeVpcPeeringConnections", "vpc-1-to-vpc-2")["VpcPeeringConnectionId"]
    cloud.route(named(cloud, "DescribeRouteTables", TABLES[0])["RouteTableId"], prefix, peering)
    walk = walked(cloud, 30080)
    assert {finding.code for finding in walk.findings} == {"peering-no-transit", "not-visible"}
    apply(cloud, [call for finding in walk.findings if finding.remedy for call in finding.remedy.calls])
    assert told(walked(cloud, 30080)) == []


def test_no_vpn_is_proposed_for_the_internet() -> None:
    found = traced("172.31.129.10", "8.8.8.8", 443)
    assert [finding.code for finding in found.findings] == ["vpcs-not-connected"]
    assert found.findings[0].remedy
    assert "internet gateway" in found.findings[0].remedy.text


def test_an_address_in_a_vpc_that_nobody_has_is_not_taken_for_one_outside() -> None:
    for destination in ("192.168.1.214", "172.31.129.10"):
        found = traced("192.168.1.99", destination, 22)
        assert found.reach is Reach.BLOCKED
        assert found.findings[0].code == "address-unused"
        assert "address-overlap" not in [finding.code for finding in found.findings]


def test_a_gateway_that_serves_another_vpc_cannot_just_be_attached() -> None:
    cloud = article()
    other = named(cloud, "DescribeVpcs", "vpc-1")["VpcId"]
    attached = {"VpcId": other, "State": "attached"}
    named(cloud, "DescribeVpnGateways", "on-premises")["VpcAttachments"] = [attached]
    found = [item for item in walked(cloud, 30080).findings if item.code == "gateway-not-attached"]
    assert found
    for finding in found:
        assert finding.remedy
        assert finding.remedy.calls == ()
        assert other in finding.remedy.text


def two_connections(static: str, dynamic: str, kept: str = "192.168.0.0/16") -> Network:
    """Return a gateway with a static and a dynamic connection to one office, with tunnels up or down."""
    made = networks.vpn()
    gateway = named(made.cloud, "DescribeVpnGateways", "gateway")["VpnGatewayId"]
    named(made.cloud, "DescribeVpnConnections", "office")["Routes"][0]["DestinationCidrBlock"] = kept
    made.cloud.vpn_connection("office-2", gateway, "192.168.0.0/16", bgp=True)
    for name, status in (("office", static), ("office-2", dynamic)):
        for tunnel in named(made.cloud, "DescribeVpnConnections", name)["VgwTelemetry"]:
            tunnel["Status"] = status
    return made


@pytest.mark.parametrize("kept", ["192.168.0.0/16", "192.168.7.0/24"])
@pytest.mark.parametrize(
    ("static", "dynamic", "reach"),
    [
        ("UP", "UP", Reach.REACHABLE),
        ("UP", "DOWN", Reach.REACHABLE),
        ("DOWN", "UP", Reach.UNKNOWN),
        ("DOWN", "DOWN", Reach.BLOCKED),
    ],
)
def test_a_connection_of_which_the_tunnels_are_down_hides_no_other(
    static: str, dynamic: str, reach: Reach, kept: str
) -> None:
    """What takes packets to the office; in the other direction, what brings them from there."""
    made = two_connections(static, dynamic, kept)
    state = AwsState(made.cloud.recording())
    found = trace(state, *ends(made), 443)
    assert found.reach is reach
    assert ("vpn-down" in {item.code for item in found.findings}) is (reach is Reach.BLOCKED)
    arriving = trace(state, made.destination, ip_address(made.source), 443)
    assert ("vpn-down" in {item.code for item in arriving.findings}) is (reach is Reach.BLOCKED)


def ends(made: Network) -> tuple[str, Address]:
    return made.source, ip_address(made.destination)


@pytest.mark.parametrize("bgp", [True, False])
def test_what_direct_connect_may_have_taught_is_unknown_and_nothing_is_made(bgp: bool) -> None:
    """Unless the table takes over all that the gateway learns, and has not got it."""
    made = networks.vpn()
    connection = named(made.cloud, "DescribeVpnConnections", "office")
    connection["Routes"], connection["Options"]["StaticRoutesOnly"] = [], not bgp
    for tunnel in connection["VgwTelemetry"]:
        tunnel["AcceptedRouteCount"] = 0
    table = named(made.cloud, "DescribeRouteTables", "table-1")
    for route in table["Routes"]:
        if route["Origin"] == "EnableVgwRoutePropagation":
            route["Origin"] = "CreateRoute"
    table["PropagatingVgws"] = []
    found = trace(AwsState(made.cloud.recording()), made.source, ip_address(made.destination), 443)
    assert (found.reach, {item.code for item in found.findings}) == (Reach.UNKNOWN, {"not-visible"})
    assert "Direct Connect" in found.findings[0].summary
    assert commands(found.findings) == set()
    table["Routes"] = [route for route in table["Routes"] if route["Origin"] != "CreateRoute"]
    table["PropagatingVgws"] = [{"GatewayId": made_id("vgw", "gateway")}]
    found = trace(AwsState(made.cloud.recording()), made.source, ip_address(made.destination), 443)
    assert (found.reach, found.findings[-1].code) == (Reach.BLOCKED, "vpn-route-missing")
