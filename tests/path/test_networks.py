"""One fault in a small network around each way out of a VPC, and what a traced connection says of it."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError
from nlbcheck.path.reach import Reach, Trace, trace
from tests.path import networks
from tests.path.applying import apply
from tests.path.networks import Network, table_of
from tests.path.telling import tell
from tests.scenarios.article_faults import Told
from tests.scenarios.cloud import Cloud, acl_entry, made_id, permission
from tests.scenarios.mutations import named

Mutation = Callable[[Cloud], object]

ALL_IN, ALL_OUT = acl_entry(100, False, "allow"), acl_entry(100, True, "allow")
UDP_IN = acl_entry(100, False, "allow", protocol="17", ports=(0, 65535))


def traced(network: Network) -> Trace:
    state = AwsState(network.cloud.recording())
    return trace(state, network.source, ip_address(network.destination), network.port)


def hub(cloud: Cloud) -> str:
    return table_of(cloud, "hub")


def attachment(cloud: Cloud, name: str) -> dict[str, Any]:
    return named(cloud, "DescribeTransitGatewayAttachments", name)


def no_transit_route(cloud: Cloud) -> None:
    routes = cloud.transit_routes[hub(cloud)]
    routes[:] = [route for route in routes if route["DestinationCidrBlock"] == "10.1.0.0/16"]


def no_transit_route_back(cloud: Cloud) -> None:
    routes = cloud.transit_routes[hub(cloud)]
    routes[:] = [route for route in routes if route["DestinationCidrBlock"] != "10.1.0.0/16"]


def transit_blackhole(cloud: Cloud) -> None:
    cloud.transit_route(hub(cloud), "10.2.1.0/24", None)


def transit_static_elsewhere(cloud: Cloud) -> None:
    """Add a static route of the same prefix, which beats the propagated one."""
    back = attachment(cloud, "attachment-1")["TransitGatewayAttachmentId"]
    cloud.transit_route(hub(cloud), "10.2.0.0/16", back)


def transit_propagated_elsewhere(cloud: Cloud) -> None:
    """Add a propagated route of the same prefix beside a static one, which wins."""
    no_transit_route(cloud)
    there = attachment(cloud, "attachment-2")["TransitGatewayAttachmentId"]
    back = attachment(cloud, "attachment-1")["TransitGatewayAttachmentId"]
    cloud.transit_route(hub(cloud), "10.2.0.0/16", back, "propagated")
    cloud.transit_route(hub(cloud), "10.2.0.0/16", there)


def unassociated(cloud: Cloud) -> None:
    del attachment(cloud, "attachment-1")["Association"]


def attachment_down(cloud: Cloud) -> None:
    attachment(cloud, "attachment-2")["State"] = "deleting"
    named(cloud, "DescribeTransitGatewayVpcAttachments", "attachment-2")["State"] = "deleting"


def other_zone(cloud: Cloud) -> None:
    vpc = named(cloud, "DescribeVpcs", "vpc-1")["VpcId"]
    other = cloud.subnet("net-c", vpc, "10.1.3.0/24", "c")
    named(cloud, "DescribeTransitGatewayVpcAttachments", "attachment-1")["SubnetIds"] = [other]


def edge_acl(cloud: Cloud) -> None:
    """Move the attachment into a subnet of its own, whose ACL lets nothing in."""
    vpc = named(cloud, "DescribeVpcs", "vpc-1")["VpcId"]
    edge = cloud.subnet("edge", vpc, "10.1.4.0/24", "a")
    cloud.network_acl("acl-of-edge", vpc, edge, entries=[ALL_OUT])
    named(cloud, "DescribeTransitGatewayVpcAttachments", "attachment-1")["SubnetIds"] = [edge]


def reference(**options: str) -> Mutation:
    """Let host-2 admit only the group of host-1, by reference."""

    def mutate(cloud: Cloud) -> None:
        pair = {"GroupId": named(cloud, "DescribeSecurityGroups", "group-1")["GroupId"]}
        if "PeeringStatus" in options:
            peering = named(cloud, "DescribeVpcPeeringConnections", "peering")
            pair["VpcPeeringConnectionId"] = peering["VpcPeeringConnectionId"]
        group = named(cloud, "DescribeSecurityGroups", "group-2")
        group["IpPermissions"] = [permission("tcp", port=443, groups=[pair | options])]

    return mutate


def referencing(cloud: Cloud) -> None:
    named(cloud, "DescribeTransitGateways", "hub")["Options"]["SecurityGroupReferencingSupport"] = "enable"
    reference()(cloud)


def peering_region(region: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        reference()(cloud)
        named(cloud, "DescribeVpcPeeringConnections", "peering")["AccepterVpcInfo"]["Region"] = region

    return mutate


def route(table: str, destination: str, target: Callable[[Cloud], str]) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        cloud.route(named(cloud, "DescribeRouteTables", table)["RouteTableId"], destination, target(cloud))

    return mutate


def third_vpc(cloud: Cloud) -> str:
    """Return a peering connection with a VPC that is not the one that is meant."""
    other = cloud.vpc("vpc-3", "10.3.0.0/16", "10.2.0.0/16")
    return cloud.peering("wrong", named(cloud, "DescribeVpcs", "vpc-1")["VpcId"], other)


def appliance(check: bool) -> Callable[[Cloud], str]:
    def make(cloud: Cloud) -> str:
        subnet = named(cloud, "DescribeSubnets", "net-1")["SubnetId"]
        return cloud.interface("appliance", subnet, "10.1.1.99", SourceDestCheck=check)

    return make


def internet(cloud: Cloud) -> str:
    return cloud.internet_gateway("internet", named(cloud, "DescribeVpcs", "vpc-1")["VpcId"])


def own_acl(subnet: str, *entries: dict[str, Any]) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        found = named(cloud, "DescribeSubnets", subnet)
        cloud.network_acl(f"acl-of-{subnet}", found["VpcId"], found["SubnetId"], entries=entries)

    return mutate


def prefix_list(*entries: str) -> Mutation:
    """Replace the route of table-1 by one to a prefix list."""

    def mutate(cloud: Cloud) -> None:
        table = named(cloud, "DescribeRouteTables", "table-1")
        (peering,) = (r["VpcPeeringConnectionId"] for r in table["Routes"] if "VpcPeeringConnectionId" in r)
        table["Routes"] = [r for r in table["Routes"] if "VpcPeeringConnectionId" not in r]
        cloud.route(table["RouteTableId"], cloud.prefix_list("list", *entries), peering)

    return mutate


def nat_state(state: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        named(cloud, "DescribeNatGateways", "nat")["State"] = state

    return mutate


def nat_without_route(cloud: Cloud) -> None:
    table = named(cloud, "DescribeRouteTables", "table-public")
    table["Routes"] = [r for r in table["Routes"] if "VpcPeeringConnectionId" not in r]
    gateway = cloud.internet_gateway("internet", table["VpcId"])
    cloud.route(table["RouteTableId"], "0.0.0.0/0", gateway)


def group_names_host(cloud: Cloud) -> None:
    """Let host-2 admit host-1 alone, not the NAT gateway that its packets come from."""
    group = named(cloud, "DescribeSecurityGroups", "group-2")
    group["IpPermissions"] = [permission("tcp", "10.1.1.10/32", port=443)]


def tunnels_down(message: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for tunnel in named(cloud, "DescribeVpnConnections", "office")["VgwTelemetry"]:
            tunnel |= {"Status": "DOWN", "StatusMessage": message, "AcceptedRouteCount": 0}

    return mutate


def longer_propagated(cloud: Cloud) -> None:
    """Let the gateway propagate a route that is longer than the VPC's own range; the local one wins."""
    table = named(cloud, "DescribeRouteTables", "table-1")
    gateway = named(cloud, "DescribeVpnGateways", "gateway")["VpnGatewayId"]
    table["Routes"].append(
        {
            "DestinationCidrBlock": "10.1.2.0/24",
            "GatewayId": gateway,
            "Origin": "EnableVgwRoutePropagation",
            "State": "active",
        }
    )


APPLIANCE = made_id("eni", "appliance")
OK: list[Told] = []
CASES: list[tuple[str, str, Mutation, Reach, list[Told]]] = [
    # --- one VPC ---
    ("inside", "another port", lambda c: named(c, "DescribeSecurityGroups", "group-1b").update(
        IpPermissions=[permission("tcp", "10.1.1.0/24", port=444)]), Reach.BLOCKED,
     [("sg-denies", "front", "request", "group-1b")]),
    ("inside", "acl in", own_acl("net-1b", ALL_OUT), Reach.BLOCKED,
     [("nacl-denies", "front", "request", "acl-of-net-1b")]),
    ("inside", "acl back in", own_acl("net-1", ALL_OUT), Reach.REPLY_BLOCKED,
     [("nacl-denies", "front", "reply", "acl-of-net-1")]),
    ("inside", "acl for udp only", own_acl("net-1b", UDP_IN, ALL_OUT), Reach.BLOCKED,
     [("nacl-denies", "front", "request", "acl-of-net-1b")]),
    ("inside", "acl: the lower number decides",
     own_acl("net-1b", acl_entry(200, False, "deny"), ALL_IN, ALL_OUT), Reach.REACHABLE, OK),
    ("inside", "acl: ports of no rule", own_acl("net-1", ALL_OUT, acl_entry(
        100, False, "allow", ports=(1024, 60000))), Reach.REACHABLE,
     [("nacl-narrow-ephemeral", "front", "reply", "acl-of-net-1")]),
    # --- peering ---
    ("peered", "reference over peering", reference(PeeringStatus="active"), Reach.REACHABLE, OK),
    ("peered", "stale reference", reference(PeeringStatus="deleted"), Reach.BLOCKED,
     [("sg-reference-not-seen", "front", "request", "group-2")]),
    ("peered", "reference over Regions", peering_region("us-east-1"), Reach.BLOCKED,
     [("sg-reference-not-seen", "front", "request", "group-2")]),
    ("peered", "longer route to another peer", route("table-1", "10.2.1.0/24", third_vpc), Reach.BLOCKED,
     [("route-leads-elsewhere", "front", "request", "table-1")]),
    ("peered", "prefix list with the range", prefix_list("10.2.0.0/16", "10.9.0.0/16"), Reach.REACHABLE, OK),
    ("peered", "prefix list without it", prefix_list("10.9.0.0/16"), Reach.BLOCKED,
     [("route-missing", "front", "request", "table-1")]),
    ("peered", "appliance with the check", route("table-1", "10.2.1.0/24", appliance(True)), Reach.BLOCKED,
     [("source-dest-check", "front", "request", APPLIANCE),
      ("not-visible", "front", "request", APPLIANCE)]),
    ("peered", "appliance", route("table-1", "10.2.1.0/24", appliance(False)), Reach.UNKNOWN,
     [("not-visible", "front", "request", APPLIANCE)]),
    ("peered", "longer route to the internet", route("table-1", "10.2.1.0/24", internet), Reach.BLOCKED,
     [("route-leads-elsewhere", "front", "request", "table-1")]),
    # --- transit gateway ---
    ("transit", "no route", no_transit_route, Reach.BLOCKED,
     [("transit-gateway-route-missing", "front", "request", "hub")]),
    ("transit", "no route back", no_transit_route_back, Reach.REPLY_BLOCKED,
     [("transit-gateway-route-missing", "front", "reply", "hub")]),
    ("transit", "longer blackhole", transit_blackhole, Reach.BLOCKED,
     [("transit-gateway-route-blackhole", "front", "request", "hub")]),
    ("transit", "static elsewhere", transit_static_elsewhere, Reach.BLOCKED,
     [("transit-gateway-route-leads-elsewhere", "front", "request", "hub")]),
    ("transit", "static beats propagated", transit_propagated_elsewhere, Reach.REACHABLE, OK),
    ("transit", "not associated", unassociated, Reach.BLOCKED,
     [("transit-gateway-association-missing", "front", "request", "hub")]),
    ("transit", "attachment going", attachment_down, Reach.BLOCKED,
     [("gateway-not-attached", "front", "request", "hub")]),
    ("transit", "zone", other_zone, Reach.BLOCKED,
     [("transit-gateway-zone-missing", "front", "request", "hub")]),
    ("transit", "acl of the attachment", edge_acl, Reach.BLOCKED,
     [("nacl-denies", "front", "request", "acl-of-edge")]),
    ("transit", "reference, option off", reference(), Reach.BLOCKED,
     [("sg-reference-not-seen", "front", "request", "group-2")]),
    ("transit", "reference, option on", referencing, Reach.REACHABLE, OK),
    ("transit vpn", "down", tunnels_down("IPSEC IS DOWN"), Reach.BLOCKED,
     [("vpn-down", "front", "request", "office")]),
    # --- virtual private gateway ---
    ("vpn", "down", tunnels_down("IPSEC IS UP"), Reach.BLOCKED, [("vpn-down", "front", "request", "office")]),
    # --- NAT gateway ---
    ("nat", "nothing beyond", nat_without_route, Reach.BLOCKED,
     [("route-leads-elsewhere", "front", "request", "table-1")]),
    ("nat", "group names the host", group_names_host, Reach.BLOCKED,
     [("sg-denies", "front", "request", "group-2")]),
    ("nat", "failed", nat_state("failed"), Reach.BLOCKED, [("route-blackhole", "front", "request", "nat")]),
    ("nat", "acl behind it", own_acl("net-1", ALL_OUT), Reach.REPLY_BLOCKED,
     [("nacl-denies", "front", "reply", "acl-of-net-1")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("network", "mutate", "reach", "expected"),
    [(c[0], *c[2:]) for c in CASES],
    ids=[f"{c[0]}: {c[1]}" for c in CASES],
)
def test_one_fault(network: str, mutate: Mutation, reach: Reach, expected: list[Told]) -> None:
    made = networks.ALL[network]()
    mutate(made.cloud)
    found = traced(made)
    assert [tell(finding) for finding in found.findings] == expected
    assert found.reach is reach


@pytest.mark.parametrize(
    ("network", "mutate"),
    [(c[0], c[2]) for c in CASES if c[4]],
    ids=[f"{c[0]}: {c[1]}" for c in CASES if c[4]],
)
def test_remedies_with_calls_open_the_path(network: str, mutate: Mutation) -> None:
    made = networks.ALL[network]()
    mutate(made.cloud)
    before = traced(made)
    calls = [call for finding in before.findings if finding.remedy for call in finding.remedy.calls]
    apply(made.cloud, calls)
    left = {finding.code for finding in traced(made).findings if finding.remedy and finding.remedy.calls}
    assert not left
    if calls:
        assert traced(made).reach in (Reach.REACHABLE, Reach.UNKNOWN)


def test_an_address_in_no_subnet_is_nobody_s() -> None:
    """All subnets of the VPC are known, so that nothing is left to be seen."""
    made = networks.inside()
    made.destination = "10.1.77.7"
    found = traced(made)
    assert [tell(item) for item in found.findings] == [("address-unused", "front", "request", "10.1.77.7")]
    assert found.reach is Reach.BLOCKED


def test_an_on_premises_address_in_a_range_without_a_subnet_is_an_overlap() -> None:
    made = networks.vpn()
    connection = named(made.cloud, "DescribeVpnConnections", "office")
    connection["Routes"].append({"DestinationCidrBlock": "10.1.77.0/24", "State": "available"})
    made.destination = "10.1.77.7"
    found = traced(made)
    assert [tell(item) for item in found.findings] == [("address-overlap", "front", "request", "10.1.77.7")]
    assert found.reach is Reach.BLOCKED


def into_the_vpn(cloud: Cloud, prefix: str) -> None:
    """Let the transit gateway send a prefix of vpc-2 to on-premises."""
    gateway = named(cloud, "DescribeTransitGateways", "hub")["TransitGatewayId"]
    vpn = cloud.vpn_connection("office", gateway, "192.168.0.0/16", bgp=True)
    cloud.transit_route(hub(cloud), prefix, cloud.transit_vpn("attachment-office", gateway, vpn, hub(cloud)))


@pytest.mark.parametrize("prefix", ["10.2.0.0/16", "10.2.1.0/24", "10.2.1.10/32"])
def test_a_route_into_a_vpn_does_not_lead_to_a_vpc_s_machine(prefix: str) -> None:
    made = networks.transit()
    into_the_vpn(made.cloud, prefix)
    found = traced(made)
    assert [tell(item) for item in found.findings] == [
        ("transit-gateway-route-leads-elsewhere", "front", "request", "hub")
    ]
    assert found.reach is Reach.BLOCKED
    apply(made.cloud, [call for item in found.findings if item.remedy for call in item.remedy.calls])
    assert traced(made).reach is Reach.REACHABLE


@pytest.mark.parametrize(("seen", "reach"), [(True, Reach.BLOCKED), (False, Reach.UNKNOWN)])
def test_a_route_that_does_not_say_which_vpc_it_leads_to(seen: bool, reach: Reach) -> None:
    made = networks.transit()
    transit_static_elsewhere(made.cloud)
    for item in made.cloud.transit_routes[hub(made.cloud)]:
        for hop in item["TransitGatewayAttachments"]:
            del hop["ResourceId"]
    if not seen:
        del attachment(made.cloud, "attachment-1")["ResourceId"]
    assert traced(made).reach is reach


def test_an_address_of_a_vpc_that_nobody_has_may_live_on_premises() -> None:
    made = networks.transit()
    into_the_vpn(made.cloud, "10.2.9.0/24")
    made.destination = "10.2.9.9"
    assert traced(made).reach is Reach.REACHABLE


def test_a_vpn_gateway_s_route_does_not_lead_to_a_peered_machine() -> None:
    made = networks.peered()
    gateway = made.cloud.vpn_gateway("gateway", named(made.cloud, "DescribeVpcs", "vpc-1")["VpcId"])
    made.cloud.vpn_connection("office", gateway, "10.2.1.0/24")
    made.cloud.propagate(named(made.cloud, "DescribeRouteTables", "table-1")["RouteTableId"], gateway)
    found = traced(made)
    assert [tell(item) for item in found.findings] == [
        ("route-leads-elsewhere", "front", "request", "table-1")
    ]


@pytest.mark.parametrize("name", networks.ALL)
def test_a_sound_network_has_no_findings(name: str) -> None:
    found = traced(networks.ALL[name]())
    assert found.findings == ()
    assert found.reach is Reach.REACHABLE


def test_the_local_route_beats_a_longer_propagated_one() -> None:
    made = networks.vpn()
    vpc = named(made.cloud, "DescribeVpcs", "vpc-1")["VpcId"]
    group = named(made.cloud, "DescribeSecurityGroups", "group-1")["GroupId"]
    other = made.cloud.subnet("net-1b", vpc, "10.1.2.0/24", "a")
    made.cloud.instance("host-1b", other, "10.1.2.10", group)
    longer_propagated(made.cloud)
    made.destination = "10.1.2.10"
    assert traced(made).reach is Reach.REACHABLE
    for reservation in made.cloud.objects["DescribeNetworkInterfaces"][:]:
        if reservation["PrivateIpAddress"] == "10.1.2.10":
            made.cloud.objects["DescribeNetworkInterfaces"].remove(reservation)
    connection = named(made.cloud, "DescribeVpnConnections", "office")
    connection["Routes"].append({"DestinationCidrBlock": "10.1.2.0/24", "State": "available"})
    found = traced(made)
    assert [finding.code for finding in found.findings] == ["address-overlap"]


def test_a_dynamic_vpn_that_is_down_takes_its_routes_with_it() -> None:
    """The route and the gateway's prefix come back with the tunnels: only these are to be mended."""
    made = networks.vpn()
    tunnels_down("IPSEC IS UP")(made.cloud)
    connection = named(made.cloud, "DescribeVpnConnections", "office")
    connection["Routes"] = []
    connection["Options"]["StaticRoutesOnly"] = False
    table = named(made.cloud, "DescribeRouteTables", "table-1")
    table["Routes"] = [r for r in table["Routes"] if r.get("Origin") != "EnableVgwRoutePropagation"]
    found = traced(made)
    assert [finding.code for finding in found.findings] == ["route-missing", "vpn-down"]
    assert all(finding.remedy and not finding.remedy.calls for finding in found.findings)
    assert "no BGP session" in found.findings[1].summary


def test_peering_is_not_transitive() -> None:
    """A VPC cannot use its peer's VPN, however the routes are written."""
    made = networks.peered()
    gateway = made.cloud.vpn_gateway("gateway", named(made.cloud, "DescribeVpcs", "vpc-2")["VpcId"])
    made.cloud.vpn_connection("office", gateway, "192.168.0.0/16")
    made.cloud.propagate(named(made.cloud, "DescribeRouteTables", "table-2")["RouteTableId"], gateway)
    peering = named(made.cloud, "DescribeVpcPeeringConnections", "peering")["VpcPeeringConnectionId"]
    table = named(made.cloud, "DescribeRouteTables", "table-1")["RouteTableId"]
    made.cloud.route(table, "192.168.0.0/16", peering)
    made.destination = "192.168.7.7"
    found = traced(made)
    assert found.reach is Reach.BLOCKED
    assert "peering-no-transit" in {finding.code for finding in found.findings}


def test_a_vpc_peered_with_itself_leads_nowhere() -> None:
    made = networks.peered()
    item = named(made.cloud, "DescribeVpcPeeringConnections", "peering")
    item["AccepterVpcInfo"] = item["RequesterVpcInfo"]
    assert traced(made).reach is Reach.BLOCKED


def test_a_circle_of_routes_ends() -> None:
    made = networks.nat()
    gateway = named(made.cloud, "DescribeNatGateways", "nat")["NatGatewayId"]
    table = named(made.cloud, "DescribeRouteTables", "table-public")
    table["Routes"] = [r for r in table["Routes"] if "VpcPeeringConnectionId" not in r]
    made.cloud.route(table["RouteTableId"], "10.2.0.0/16", gateway)
    assert traced(made).reach is Reach.BLOCKED


@pytest.mark.parametrize("source", ["i-0123", "eni-0123", "somewhere", ""])
def test_a_source_that_makes_no_sense_is_one_sentence(source: str) -> None:
    made = networks.peered()
    made.source = source
    with pytest.raises(InputError) as error:
        traced(made)
    assert len(error.value.problems) == 1
