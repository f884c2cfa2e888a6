"""What do NAT gateways between a client and the internet do to its connections?"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.path.reach import Reach
from tests.path.test_dialled import (
    ANYWHERE,
    NAT,
    NODE,
    WAYS,
    admits,
    behind_nat,
    dialled,
    facing,
    lead,
    nat_gateway,
    regional,
    told,
)
from tests.scenarios.article import CLIENT
from tests.scenarios.cloud import acl_entry, made_id
from tests.scenarios.mutations import named


def test_the_default_route_is_what_a_client_behind_a_nat_gateway_needs() -> None:
    cloud = facing()
    behind_nat(cloud)
    routes = named(cloud, "DescribeRouteTables", "client")["Routes"]
    routes[:] = [item for item in routes if item.get("DestinationCidrBlock") != ANYWHERE]
    found = traced(AwsState(cloud.recording()), CLIENT, ip_address(NODE), 10022)
    (finding,) = found.findings
    assert (finding.code, finding.remedy and finding.remedy.verified) == ("route-missing", True)
    assert finding.remedy
    (command,) = finding.remedy.commands
    assert "--destination-cidr-block 0.0.0.0/0 --nat-gateway-id" in command


def test_a_nat_gateway_whose_subnet_has_no_way_on() -> None:
    cloud = facing()
    behind_nat(cloud)
    routes = named(cloud, "DescribeRouteTables", "public")["Routes"]
    routes[:] = [item for item in routes if item.get("DestinationCidrBlock") != ANYWHERE]
    found = traced(AwsState(cloud.recording()), CLIENT, ip_address(NODE), 10022)
    assert found.reach is Reach.BLOCKED
    assert {item.code for item in found.findings} & {"route-missing", "route-leads-elsewhere"}
    verified = [item for item in found.findings if item.remedy and item.remedy.verified]
    assert all(ANYWHERE in call for item in verified if item.remedy for call in item.remedy.commands)


@pytest.mark.parametrize("way", ["nat", "regional nat"])
def test_whether_a_second_nat_gateway_takes_what_a_first_one_sends_is_not_visible(way: str) -> None:
    cloud = facing()
    WAYS[way][0](cloud)
    first = "public" if way == "nat" else "of-nat"
    place = cloud.subnet("second", made_id("vpc", "vpc-1"), "192.168.201.0/24", "a")
    second = cloud.nat_gateway("second", place, "192.168.201.5", "203.0.113.8")
    onward = cloud.route_table("second", made_id("vpc", "vpc-1"), place)
    cloud.route(onward, ANYWHERE, made_id("igw", "clients"))
    lead(cloud, first, second)
    found = dialled(cloud)
    assert (found.reach, told(found)) == (Reach.UNKNOWN, {("not-visible", "request")})
    assert f"whether {second} forwards what another NAT gateway sends" in found.findings[0].summary


def test_a_nat_gateway_that_leads_back_to_itself_leads_nowhere() -> None:
    cloud = facing()
    behind_nat(cloud)
    lead(cloud, "public", str(nat_gateway(cloud)["NatGatewayId"]))
    found = dialled(cloud)
    assert (found.reach, told(found)) == (Reach.BLOCKED, {("route-leads-elsewhere", "request")})


@pytest.mark.parametrize(
    ("state", "reach", "code"),
    [
        ("failed", Reach.BLOCKED, "route-blackhole"),
        ("deleted", Reach.BLOCKED, "route-blackhole"),
        ("pending", Reach.BLOCKED, "route-blackhole"),
        ("deleting", Reach.UNKNOWN, "not-visible"),
    ],
)
@pytest.mark.parametrize("way", ["nat", "regional nat"])
def test_the_state_of_a_nat_gateway(way: str, state: str, reach: Reach, code: str) -> None:
    cloud = facing()
    WAYS[way][0](cloud)
    nat_gateway(cloud)["State"] = state
    found = dialled(cloud)
    assert (found.reach, told(found)) == (reach, {(code, "request")})


@pytest.mark.parametrize("way", ["nat", "regional nat"])
def test_what_a_proxy_at_a_nat_gateway_does_is_not_visible(way: str) -> None:
    cloud = facing()
    WAYS[way][0](cloud)
    nat_gateway(cloud)["AttachedAppliances"] = [
        {"Type": "network-firewall-proxy", "AttachmentState": "attached", "ApplianceArn": "arn"}
    ]
    found = dialled(cloud)
    assert (found.reach, told(found)) == (Reach.UNKNOWN, {("not-visible", "request")})
    assert "proxy" in found.findings[0].summary


def test_a_private_nat_gateway_leads_to_no_internet() -> None:
    cloud = facing()
    behind_nat(cloud)
    nat = nat_gateway(cloud)
    nat["ConnectivityType"] = "private"
    addresses: list[dict[str, object]] = nat["NatGatewayAddresses"]  # type: ignore[assignment]
    del addresses[0]["PublicIp"]
    found = dialled(cloud)
    assert (found.reach, told(found)) == (Reach.BLOCKED, {("internet-path-blocked", "request")})
    assert found.findings[0].remedy
    assert "public NAT gateway" in found.findings[0].remedy.text


@pytest.mark.parametrize(
    ("cidrs", "reach"),
    [
        ((f"{NAT}/32", "203.0.113.8/32"), Reach.REACHABLE),
        (("203.0.113.0/28",), Reach.REACHABLE),
        ((f"{NAT}/32",), Reach.UNKNOWN),
        (("198.51.100.0/24",), Reach.BLOCKED),
    ],
)
@pytest.mark.parametrize("way", ["nat", "regional nat"])
def test_which_of_several_addresses_a_connection_gets_is_not_told(
    way: str, cidrs: tuple[str, ...], reach: Reach
) -> None:
    cloud = facing()
    if way == "nat":
        behind_nat(cloud)
        second = {"PrivateIp": "192.168.200.6", "PublicIp": "203.0.113.8", "Status": "succeeded"}
        nat_gateway(cloud)["NatGatewayAddresses"].append(second)  # type: ignore[attr-defined]
    else:
        regional(cloud, {"a": [NAT, "203.0.113.8"], "c": ["203.0.113.9"]})
    admits(cloud, *cidrs)
    found = dialled(cloud)
    assert found.reach is reach
    if reach is Reach.UNKNOWN:
        assert "which of 203.0.113.7, 203.0.113.8" in found.findings[0].summary


def test_an_acl_that_knows_one_of_several_addresses_decides_neither() -> None:
    cloud = facing()
    regional(cloud, {"a": [NAT, "203.0.113.8"]})
    subnet = made_id("subnet", "private-1a-1")
    entries = [acl_entry(10, False, "deny", f"{NAT}/32"), acl_entry(20, False, "allow")]
    cloud.network_acl(
        "narrow", made_id("vpc", "vpc-2"), subnet, entries=[*entries, acl_entry(10, True, "allow")]
    )
    assert dialled(cloud).reach is Reach.UNKNOWN
