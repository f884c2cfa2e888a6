"""Which way do connections to public addresses go, and whom does the other end take for the client?"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.errors import InputError
from nlbcheck.path.reach import Reach, Trace, trace
from tests.path.networks import one, public_server
from tests.path.test_three_values import less
from tests.scenarios.article import CLIENT, article
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import named

NODE, PRIVATE = "203.0.113.1", "172.31.128.10"
NAT, OWN = "203.0.113.7", "203.0.113.99"
ANYWHERE = "0.0.0.0/0"

Change = Callable[[Cloud], object]


def facing() -> Cloud:
    """Return the article's network: its load balancer takes clients from the internet, too."""
    cloud = article()
    balancer = cloud.balancers[0]
    balancer["Scheme"] = "internet-facing"
    gateway = cloud.internet_gateway("internet", balancer["VpcId"])
    for number, zone in enumerate(balancer["AvailabilityZones"]):
        (address,) = zone["LoadBalancerAddresses"]
        address["IpAddress"] = f"203.0.113.{number + 1}"
        interface = next(
            item
            for item in cloud.objects["DescribeNetworkInterfaces"]
            if item["PrivateIpAddress"] == address["PrivateIPv4Address"]
        )
        interface["Association"] = {"PublicIp": address["IpAddress"]}
    for name in ("private-1a-1", "private-1c-1"):
        cloud.route(table(cloud, name), ANYWHERE, gateway)
    balancer["SecurityGroups"] = [
        cloud.security_group("nlb", balancer["VpcId"], [permission("tcp", ANYWHERE, port=(1, 65535))])
    ]
    return cloud


def table(cloud: Cloud, name: str) -> str:
    return str(named(cloud, "DescribeRouteTables", name)["RouteTableId"])


def admits(cloud: Cloud, *cidrs: str) -> None:
    """Let the load balancer admit these ranges, and its clients' group, alone."""
    groups = [{"GroupId": named(cloud, "DescribeSecurityGroups", "client")["GroupId"]}]
    named(cloud, "DescribeSecurityGroups", "nlb")["IpPermissions"] = [
        permission("tcp", *cidrs, port=(1, 65535), groups=groups)
    ]


def own_address(cloud: Cloud) -> None:
    """Give the client a public address, and its subnet an internet gateway."""
    vpc = made_id("vpc", "vpc-1")
    cloud.route(table(cloud, "client"), ANYWHERE, cloud.internet_gateway("clients", vpc))
    named_interface(cloud, CLIENT)["Association"] = {"PublicIp": OWN}


def named_interface(cloud: Cloud, address: str) -> dict[str, object]:
    found = cloud.objects["DescribeNetworkInterfaces"]
    interface: dict[str, object] = next(item for item in found if item["PrivateIpAddress"] == address)
    return interface


def behind_nat(cloud: Cloud, zone: str = "a") -> None:
    """Let the client go out by a NAT gateway in a public subnet."""
    vpc = made_id("vpc", "vpc-1")
    public = cloud.subnet("public", vpc, "192.168.200.0/24", zone)
    nat = cloud.nat_gateway("nat", public, "192.168.200.5", NAT)
    gateway = cloud.internet_gateway("clients", vpc)
    cloud.route(cloud.route_table("public", vpc, public), ANYWHERE, gateway)
    cloud.route(table(cloud, "client"), ANYWHERE, nat)


def regional(cloud: Cloud, public: dict[str, list[str]] | None = None) -> None:
    """Let the client go out by a regional NAT gateway."""
    vpc = made_id("vpc", "vpc-1")
    own = cloud.route_table("of-nat", vpc)
    cloud.route(own, ANYWHERE, cloud.internet_gateway("clients", vpc))
    addresses = public or {"a": [NAT], "c": ["203.0.113.8"]}
    cloud.route(table(cloud, "client"), ANYWHERE, cloud.regional_nat_gateway("nat", vpc, own, addresses))


def nat_gateway(cloud: Cloud) -> dict[str, object]:
    found: dict[str, object] = named(cloud, "DescribeNatGateways", "nat")
    return found


def lead(cloud: Cloud, name: str, nat: str) -> None:
    """Let the default route of a table lead to a NAT gateway."""
    routes = named(cloud, "DescribeRouteTables", name)["Routes"]
    default = next(item for item in routes if item.get("DestinationCidrBlock") == ANYWHERE)
    del default["GatewayId"]
    default["NatGatewayId"] = nat


def dialled(cloud: Cloud, source: str = CLIENT, address: str = NODE, port: int = 10022) -> Trace:
    return trace(AwsState(cloud.recording()), source, ip_address(address), port)


def told(found: Trace) -> set[tuple[str, str]]:
    return {(str(item.code), str(item.direction)) for item in found.findings}


def seen(found: Trace) -> str:
    """Return the address that the load balancer's security group has seen."""
    request = found.paths[0]
    (hop,) = [hop for hop in request.hops if hop.resource.name == "nlb" and "source" in hop.evidence]
    return str(hop.evidence["source"])


WAYS: dict[str, tuple[Change, str]] = {
    "own address": (own_address, OWN),
    "nat": (behind_nat, NAT),
    "nat in the other zone": (lambda cloud: behind_nat(cloud, "c"), NAT),
    "regional nat": (regional, NAT),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_load_balancer_sees_the_public_address_by_which_a_client_comes(way: str) -> None:
    change, address = WAYS[way]
    cloud = facing()
    change(cloud)
    admits(cloud, f"{address}/32")
    found = dialled(cloud)
    assert (found.reach, found.findings) == (Reach.REACHABLE, ())
    assert seen(found) == address
    assert dialled(cloud, address=PRIVATE).reach is Reach.REACHABLE


@pytest.mark.parametrize("way", WAYS)
def test_a_rule_that_names_the_client_s_group_does_not_match_then(way: str) -> None:
    cloud = facing()
    WAYS[way][0](cloud)
    admits(cloud, "192.168.0.0/16")
    found = traced(AwsState(cloud.recording()), CLIENT, ip_address(NODE), 10022)
    assert found.reach is Reach.BLOCKED
    assert told(found) == {("sg-reference-not-seen", "request")}
    (finding,) = found.findings
    assert finding.remedy
    assert finding.remedy.verified
    assert f"{WAYS[way][1]}/32" in finding.remedy.commands[0]


def test_without_a_way_to_the_internet_a_public_address_is_not_reached() -> None:
    found = dialled(facing())
    assert found.reach is Reach.BLOCKED
    assert told(found) == {("route-missing", "request")}
    assert found.findings[0].remedy
    assert "NAT gateway" in found.findings[0].remedy.text


def test_an_internet_gateway_does_not_serve_who_has_no_public_address() -> None:
    cloud = facing()
    own_address(cloud)
    del named_interface(cloud, CLIENT)["Association"]
    found = dialled(cloud)
    assert told(found) == {("internet-path-blocked", "request")}
    assert found.reach is Reach.BLOCKED


def test_an_egress_only_gateway_carries_no_ipv4() -> None:
    cloud = facing()
    named(cloud, "DescribeRouteTables", "client")["Routes"].append({
        "DestinationCidrBlock": ANYWHERE, "EgressOnlyInternetGatewayId": "eigw-0123456789abcdef0",
        "Origin": "CreateRoute", "State": "active",
    })  # fmt: skip
    found = dialled(cloud)
    assert told(found) == {("route-leads-elsewhere", "request")}
    assert "IPv6 only" in found.findings[0].summary


def test_block_public_access_of_either_side_closes_the_way() -> None:
    cloud = facing()
    own_address(cloud)
    cloud.block_mode = "block-bidirectional"
    cloud.exclude("vpc", made_id("vpc", "vpc-2"), "allow-bidirectional")
    found = dialled(cloud)
    assert (found.reach, told(found)) == (Reach.BLOCKED, {("internet-path-blocked", "request")})
    assert "vpc-1" not in found.findings[0].summary or found.findings[0].resource
    cloud.exclude("vpc", made_id("vpc", "vpc-1"), "allow-egress")
    assert dialled(cloud).reach is Reach.REACHABLE
    cloud.exclusions.pop(0)
    assert dialled(cloud).reach is Reach.BLOCKED


def test_one_in_the_load_balancer_s_own_vpc_goes_out_and_in_again() -> None:
    """The target itself dials the public address, and its group preserves clients' addresses: no hairpin."""
    cloud = facing()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    server = "172.31.129.10"
    named_interface(cloud, server)["Association"] = {"PublicIp": OWN}
    cloud.route(table(cloud, "targets"), ANYWHERE, made_id("igw", "internet"))
    for name in ("targets", "nlb"):
        rules = named(cloud, "DescribeSecurityGroups", name)["IpPermissions"]
        rules.append(permission("tcp", f"{OWN}/32", port=(1, 65535)))
    found = dialled(cloud, server)
    assert found.reach is Reach.REACHABLE
    assert {str(item.code) for item in found.findings} <= {"connections-collide"}
    private = dialled(cloud, server, PRIVATE)
    assert "hairpin" in {str(item.code) for item in private.findings}


def test_the_target_sees_the_public_address_where_it_is_preserved() -> None:
    cloud = facing()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    behind_nat(cloud)
    rules = named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]
    rules.append(permission("tcp", "192.168.0.0/16", port=22))
    found = dialled(cloud)
    assert told(found) == {("sg-denies", "request")}
    assert found.findings[0].evidence["source"] == NAT
    rules.append(permission("tcp", f"{NAT}/32", port=22))
    assert dialled(cloud).reach is Reach.REACHABLE


def test_an_internet_gateway_of_another_vpc_is_none() -> None:
    cloud = facing()
    own_address(cloud)
    other = cloud.vpc("vpc-3", "10.3.0.0/16")
    routes = named(cloud, "DescribeRouteTables", "client")["Routes"]
    foreign = cloud.internet_gateway("foreign", other)
    next(item for item in routes if item.get("DestinationCidrBlock") == ANYWHERE)["GatewayId"] = foreign
    found = dialled(cloud)
    assert (found.reach, told(found)) == (Reach.BLOCKED, {("internet-path-blocked", "request")})
    assert found.findings[0].remedy
    assert found.findings[0].remedy.calls == ()


def test_answers_to_a_public_address_leave_by_the_internet_gateway_or_not_at_all() -> None:
    cloud = facing()
    for name in ("private-1a-1", "private-1c-1"):
        routes = named(cloud, "DescribeRouteTables", name)["Routes"]
        gateway = made_id("vgw", "on-premises")
        routes.append({
            "DestinationCidrBlock": "198.51.100.0/24", "GatewayId": gateway,
            "Origin": "CreateRoute", "State": "active",
        })  # fmt: skip
    found = dialled(cloud, "198.51.100.7")
    assert (found.reach, told(found)) == (Reach.REPLY_BLOCKED, {("route-leads-elsewhere", "reply")})
    assert "lead back to the internet gateway" in found.findings[0].summary


def test_a_default_route_that_other_machines_need_is_not_replaced() -> None:
    cloud = facing()
    nat = cloud.nat_gateway("nat", made_id("subnet", "private-1c-1"), "172.31.136.200", NAT)
    lead(cloud, "private-1a-1", nat)
    alone = dialled(cloud, "198.51.100.7").findings
    assert [item.remedy.commands[0].split()[2] for item in alone if item.remedy] == ["replace-route"]
    cloud.instance("worker", made_id("subnet", "private-1a-1"), "172.31.128.77", made_id("sg", "targets"))
    (shared,) = dialled(cloud, "198.51.100.7").findings
    assert shared.remedy
    assert (shared.remedy.calls, "Create a route table for" in shared.remedy.text) == ((), True)


def test_what_a_table_at_the_internet_gateway_does_is_walked() -> None:
    cloud = facing()
    edge = cloud.route_table("edge", made_id("vpc", "vpc-2"))
    named(cloud, "DescribeRouteTables", "edge")["Associations"] = [
        {"Main": False, "RouteTableId": edge, "GatewayId": made_id("igw", "internet"),
         "RouteTableAssociationId": "rtbassoc-1", "AssociationState": {"State": "associated"}}
    ]  # fmt: skip
    assert dialled(cloud, "198.51.100.7").reach is Reach.REACHABLE
    named(cloud, "DescribeRouteTables", "edge")["Routes"].append({
        "DestinationCidrBlock": "172.31.128.0/24", "GatewayId": "vpce-0aaaa1111aaaa1111",
        "Origin": "CreateRoute", "State": "active",
    })  # fmt: skip
    found = dialled(cloud, "198.51.100.7")
    assert found.reach in (Reach.UNKNOWN, Reach.REPLY_BLOCKED)  # the reply passes no firewall
    hidden = [item.summary for item in found.findings if item.code == "not-visible"]
    assert ("not-visible", "request") in told(found)
    assert all("vpce-0aaaa1111aaaa1111" in item for item in hidden)
    assert not any("DescribeRouteTables" in item for item in hidden)


def test_beyond_an_internet_gateway_nothing_is_seen() -> None:
    cloud = facing()
    own_address(cloud)
    found = dialled(cloud, address="9.9.9.9", port=443)
    assert (found.reach, told(found)) == (Reach.UNKNOWN, {("not-visible", "request")})


@pytest.mark.parametrize(("prefix", "reach"), [(ANYWHERE, Reach.UNKNOWN), ("9.9.9.0/24", Reach.REACHABLE)])
def test_a_default_route_to_on_premises_does_not_prove_that_an_address_is_there(
    prefix: str, reach: Reach
) -> None:
    cloud = Cloud()
    vpc, net = one(cloud, 1)
    gateway = cloud.vpn_gateway("gateway", vpc)
    cloud.vpn_connection("office", gateway, prefix)
    cloud.propagate(cloud.route_table("table-1", vpc, net), gateway)
    assert dialled(cloud, "10.1.1.10", "9.9.9.9", 443).reach is reach


def test_a_public_address_is_its_interface_as_source_and_as_destination() -> None:
    cloud = facing()
    own_address(cloud)
    server = public_server(cloud)
    assert dialled(cloud, CLIENT, server, 443).reach is Reach.REACHABLE
    assert dialled(cloud, OWN, server, 443).paths == dialled(cloud, CLIENT, server, 443).paths
    rules = named(cloud, "DescribeSecurityGroups", "group-9")["IpPermissions"]
    rules[:] = [permission("tcp", ANYWHERE, port=22)]
    found = dialled(cloud, CLIENT, server, 443)
    assert (found.reach, told(found)) == (Reach.BLOCKED, {("sg-denies", "request")})


def test_a_secondary_address_has_a_public_one_of_its_own() -> None:
    cloud = facing()
    server = public_server(cloud)
    interface = named_interface(cloud, "10.9.1.10")
    interface["PrivateIpAddresses"].append(  # type: ignore[attr-defined]
        {"PrivateIpAddress": "10.9.1.11", "Primary": False, "Association": {"PublicIp": "198.51.100.8"}}
    )
    for address, private in ((server, "10.9.1.10"), ("198.51.100.8", "10.9.1.11")):
        found = dialled(cloud, "9.9.9.9", address, 443)
        assert found.reach is Reach.REACHABLE
        hops = [hop for hop in found.paths[0].hops if hop.kind == "internet-gateway"]
        assert [hop.evidence["private_address"] for hop in hops] == [private]


@pytest.mark.parametrize("address", [NAT, "192.168.200.5"])
def test_a_nat_gateway_is_no_server(address: str) -> None:
    cloud = facing()
    behind_nat(cloud)
    source = "9.9.9.9" if address == NAT else CLIENT
    found = dialled(cloud, source, address, 443)
    assert found.reach is Reach.BLOCKED
    assert "address-unused" in {str(item.code) for item in found.findings}


def test_nobody_in_the_internet_dials_a_private_address() -> None:
    found = dialled(facing(), "8.8.8.8", PRIVATE)
    assert (found.reach, told(found)) == (Reach.BLOCKED, {("internet-path-blocked", "request")})
    assert found.findings[0].remedy
    assert NODE in found.findings[0].remedy.text


def test_on_premises_dials_a_public_address_by_its_own_internet_access() -> None:
    found = dialled(facing(), "10.0.5.5")
    assert (found.reach, told(found)) == (Reach.UNKNOWN, {("not-visible", "request")})
    assert "which public address 10.0.5.5 has" in found.findings[0].summary


@pytest.mark.parametrize("client", ["::1", "127.0.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255", "ff02::1"])
def test_some_addresses_are_no_client_s(client: str) -> None:
    with pytest.raises(InputError, match="no client connects from"):
        dialled(facing(), client)


def test_the_group_that_admits_is_the_one_that_is_shown() -> None:
    cloud = facing()
    own_address(cloud)
    vpc = made_id("vpc", "vpc-2")
    wide = cloud.security_group("wide", vpc, [permission("-1", ANYWHERE)])
    cloud.balancers[0]["SecurityGroups"].append(wide)
    admits(cloud, "198.51.100.0/24")
    request = dialled(cloud).paths[0]
    shown = [hop.resource.name for hop in request.hops if hop.evidence.get("rules") == "ingress"]
    assert "wide" in shown


def nothing(_: Cloud) -> None:
    """Change nothing."""


def narrow(cloud: Cloud) -> None:
    """Admit one of two addresses of the client's NAT gateway."""
    regional(cloud, {"a": [NAT, "203.0.113.8"]})
    admits(cloud, f"{NAT}/32")


def refused(cloud: Cloud) -> None:
    """Admit nobody who comes by the client's NAT gateway."""
    behind_nat(cloud)
    admits(cloud, "192.168.0.0/16")


DIALLED: dict[str, tuple[Change, str, str, int]] = {
    **{f"client by {way}": (change, CLIENT, NODE, 10022) for way, (change, _) in WAYS.items()},
    "client without a way": (nothing, CLIENT, NODE, 10022),
    "client in the internet": (nothing, "198.51.100.7", NODE, 10022),
    "client that is not admitted": (refused, CLIENT, NODE, 10022),
    "client by one of two addresses": (narrow, CLIENT, NODE, 10022),
    "a private address from the internet": (nothing, "8.8.8.8", PRIVATE, 10022),
    "the public address of a machine": (own_address, "9.9.9.9", OWN, 22),
    "another server in the internet": (own_address, CLIENT, "9.9.9.9", 443),
}


@pytest.mark.parametrize("name", DIALLED)
def test_without_an_answer_a_verdict_is_the_same_or_unknown(name: str) -> None:
    change, source, address, port = DIALLED[name]
    cloud = facing()
    change(cloud)
    recording = cloud.recording()
    whole = trace(AwsState(recording), source, ip_address(address), port).reach
    closed = (Reach.BLOCKED, Reach.REPLY_BLOCKED)
    allowed = closed if whole in closed else (whole,)
    for number, answer in enumerate(recording.answers):
        state = AwsState(less(recording, number, refused=number % 2 == 0))
        try:
            reach = trace(state, source, ip_address(address), port).reach
        except InputError:
            continue
        assert reach in (*allowed, Reach.UNKNOWN), answer.operation
