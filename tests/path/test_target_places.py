"""Where a target stands, and what AWS says of its zone: which targets are judged, and which only told of?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlbcheck.model import Verdict
from nlbcheck.path.walk import Walk
from tests.path.telling import told, walked
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, Object, made_id, permission
from tests.scenarios.mutations import group, health, listener, named, target

NEAR, FAR, FAR_IPV6 = "172.31.129.20", "10.30.1.10", "2001:db8:30:1::10"
PLACE = "client-ip-preserved-outside-vpc"


def codes(walk: Walk) -> list[str]:
    return [item.code for item in walk.findings if item.code != "connections-collide"]


def override(state: str) -> Object:
    return {"AdministrativeOverride": {"State": state}}


@pytest.mark.parametrize("zone", ["a", "c"])
@pytest.mark.parametrize(
    ("state", "verdict", "expected"),
    [
        ("zonal_shift_delegated_to_dns", Verdict.UNKNOWN, ["not-visible"]),
        ("unknown", Verdict.UNKNOWN, ["not-visible"]),
        ("a_new_word", Verdict.UNKNOWN, ["not-visible"]),
        ("zonal_shift_active", Verdict.FAIL, ["zone-shifted"]),
        ("no_override", Verdict.PASS, []),
    ],
)
def test_only_an_active_shift_is_one(state: str, verdict: Verdict, expected: list[str], zone: str) -> None:
    cloud = article()
    target(10022, **override(state))(cloud)
    walk = walked(cloud, zone=zone)
    assert (walk.verdict, codes(walk)) == (verdict, expected)
    assert all(not item.remedy or not item.remedy.calls for item in walk.findings)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("zonal_shift_delegated_to_dns", "not-visible"), ("zonal_shift_active", "zone-shifted")],
)
def test_beside_another_target_it_never_fails_a_row(state: str, expected: str) -> None:
    cloud = article()
    cloud.register(group(cloud, 10022), NEAR, 22, "a")
    cloud.instance("second", made_id("subnet", "target-1a"), NEAR, made_id("sg", "targets"))
    cloud.targets[group(cloud, 10022)][1].update(override(state))
    walk = walked(cloud)
    assert codes(walk) == [expected]
    assert walk.verdict is not Verdict.FAIL


def in_peered_vpc(
    protocol: str, *, preserved: bool = True, region: str = "", owner: str = "", status: str = "active"
) -> Cloud:
    """Return the article's network with the first target in a VPC that is peered with the load balancer's."""
    cloud = article()
    vpc = cloud.vpc("vpc-3", "10.30.0.0/16")
    net = cloud.subnet("net-3", vpc, "10.30.1.0/24", "a")
    peering = cloud.peering("to-3", made_id("vpc", "vpc-2"), vpc, status)
    cloud.route(cloud.route_table("table-3", vpc, net), "172.31.0.0/16", peering)
    cloud.route(made_id("rtb", "table-3"), "192.168.0.0/16", peering)
    for zone in "ac":
        cloud.route(made_id("rtb", f"private-1{zone}-1"), "10.30.0.0/16", peering)
    cloud.instance("server-3", net, FAR, cloud.security_group("open", vpc, [permission("-1", "0.0.0.0/0")]))
    side = named(cloud, "DescribeVpcPeeringConnections", "to-3")["AccepterVpcInfo"]
    side |= {"Region": region or cloud.region, "OwnerId": owner or cloud.account}
    key = group(cloud, 10022)
    next(item for item in cloud.groups if item["TargetGroupArn"] == key)["Protocol"] = protocol
    listener(10022, Protocol=protocol)(cloud)
    cloud.attributes[key]["preserve_client_ip.enabled"] = str(preserved).lower()
    cloud.targets[key].clear()
    cloud.register(key, FAR, 22, "all")
    return cloud


@pytest.mark.parametrize("zone", ["a", "c"])
@pytest.mark.parametrize("owner", ["", "999999999999"])
@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("TCP", []), ("TLS", []), ("TCP_UDP", [PLACE]), ("UDP", [PLACE]), ("TCP_QUIC", [PLACE])],
)
def test_a_peered_target_gets_preserved_clients_and_may_be_unable_to_answer_some(
    protocol: str, expected: list[str], owner: str, zone: str
) -> None:
    row = protocol if protocol in ("TLS", "UDP") else "TCP"
    walk = walked(in_peered_vpc(protocol, owner=owner), zone=zone, protocol=row)
    assert codes(walk) == expected
    for finding in walk.findings:
        assert (finding.verdict, finding.confidence.value) == (Verdict.WARN, "likely")


def test_a_target_in_the_own_vpc_answers_whatever_the_protocol() -> None:
    cloud = article()
    cloud.groups[0]["Protocol"] = "TCP_UDP"
    listener(10022, Protocol="TCP_UDP")(cloud)
    cloud.attributes[group(cloud, 10022)]["preserve_client_ip.enabled"] = "true"
    named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"].append(permission("-1", "0.0.0.0/0"))
    assert codes(walked(cloud)) == []


@pytest.mark.parametrize("protocol", ["TCP", "TCP_UDP"])
def test_of_another_region_no_client_is_preserved(protocol: str) -> None:
    walk = walked(in_peered_vpc(protocol, region="us-east-1"))
    (found,) = [item for item in walk.findings if item.code == PLACE]
    assert (found.verdict, found.confidence.value) == (Verdict.FAIL, "likely")
    assert bool(found.remedy and found.remedy.calls) is (protocol == "TCP")
    assert codes(walked(in_peered_vpc("TCP", region="us-east-1", preserved=False))) == []


def by_ipv6(
    of: str, *, region: str = "", preserved: bool = False, owner_seen: bool = True, side: bool = True
) -> Cloud:
    """Return it with the target's IPv6 address, in a range of the peered VPC, of the own one, or of none."""
    cloud = in_peered_vpc("TCP", preserved=preserved, region=region)
    cloud.balancers[0]["IpAddressType"] = "dualstack"
    cloud.groups[0]["IpAddressType"] = "ipv6"
    cidr = "2001:db8:30::/56"
    if of != "nobody":
        associated = {"Ipv6CidrBlock": cidr, "Ipv6CidrBlockState": {"State": "associated"}}
        vpc = named(cloud, "DescribeVpcs", "vpc-3" if of == "peer" else "vpc-2")
        vpc["Ipv6CidrBlockAssociationSet"] = [associated]
    told_of = named(cloud, "DescribeVpcPeeringConnections", "to-3")["AccepterVpcInfo"]
    if of == "peer" and side:
        told_of["Ipv6CidrBlockSet"] = [{"Ipv6CidrBlock": cidr}]
    if not side:
        del told_of["CidrBlockSet"]
    if not owner_seen:
        vpcs = cloud.objects["DescribeVpcs"]
        vpcs.remove(named(cloud, "DescribeVpcs", "vpc-3"))
        told_of["OwnerId"] = "999999999999"
    key = group(cloud, 10022)
    cloud.targets[key].clear()
    cloud.register(key, FAR_IPV6, 22, "all")
    return cloud


@pytest.mark.parametrize(
    ("make", "allowed"),
    [
        (lambda: by_ipv6("peer"), True),
        (lambda: by_ipv6("peer", region="us-east-1"), True),
        (lambda: by_ipv6("peer", owner_seen=False), True),
        (lambda: by_ipv6("peer", preserved=True), True),
        (lambda: by_ipv6("own"), True),
        (lambda: by_ipv6("nobody"), False),
        (lambda: by_ipv6("nobody", owner_seen=False, side=False), None),
    ],
)
def test_an_ipv6_target_is_the_vpc_s_or_a_peered_one_s(
    make: Callable[[], Cloud], allowed: bool | None
) -> None:
    walk = walked(make())
    assert ("target-address-not-allowed" in codes(walk)) is (allowed is False)
    assert walk.verdict is (Verdict.FAIL if allowed is False else Verdict.UNKNOWN)


@pytest.mark.parametrize("preserved", [True, False])
@pytest.mark.parametrize("state", ["healthy", "unhealthy"])
def test_the_path_to_an_ipv6_target_is_not_walked_from_an_ipv4_address(state: str, preserved: bool) -> None:
    """A node sends from its IPv6 address, which no rule for the IPv4 one says anything of."""
    cloud = by_ipv6("peer", preserved=preserved)
    health(10022, state, "Target.FailedHealthChecks" if state == "unhealthy" else None)(cloud)
    walk = walked(cloud)
    assert {code for code, *_ in told(walk)} == {"not-visible"}
    assert {"nlbcheck does not follow IPv6" in item.summary for item in walk.findings} == {True}
    assert all(item.remedy is None for item in walk.findings)
