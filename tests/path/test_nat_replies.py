"""Which replies to a NAT gateway need a route?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlbcheck.path.reach import Reach, Trace
from tests.path.networks import one
from tests.path.telling import told, walked
from tests.path.test_dialled import dialled
from tests.path.test_protocols import udp
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, acl_entry, made_id, permission
from tests.scenarios.mutations import ALL_IN, attribute, named, own_acl, without_route


@pytest.mark.parametrize("over", ["peering", "transit"])
def test_replies_to_a_nat_gateway_need_no_route_over_a_peering_connection(over: str) -> None:
    cloud = Cloud()
    vpc1, net1 = one(cloud, 1)
    vpc2, net2 = one(cloud, 2)
    public = cloud.subnet("nats", vpc1, "10.1.9.0/24", "a")
    nat = cloud.nat_gateway("nat", public, "10.1.9.5")
    cloud.route(cloud.route_table("table-1", vpc1, net1), "10.2.0.0/16", nat)
    back = cloud.route_table("table-2", vpc2, net2)
    assert back
    if over == "peering":
        joined = cloud.peering("peering", vpc1, vpc2)
    else:
        joined = cloud.transit_gateway("hub")
        hub = next(
            item["TransitGatewayRouteTableId"] for item in cloud.objects["DescribeTransitGatewayRouteTables"]
        )
        for vpc, net, cidr in ((vpc1, public, "10.1.0.0/16"), (vpc2, net2, "10.2.0.0/16")):
            attachment = cloud.transit_vpc(f"to-{vpc}", joined, vpc, net, table=hub)
            cloud.transit_route(hub, cidr, attachment, "propagated")
    cloud.route(cloud.route_table("table-nats", vpc1, public), "10.2.0.0/16", joined)
    found = dialled(cloud, "10.1.1.10", "10.2.1.10", 443)
    expected = Reach.REACHABLE if over == "peering" else Reach.REPLY_BLOCKED
    assert found.reach is expected
    if over == "peering":
        entries = [acl_entry(100, False, "allow"), acl_entry(50, True, "deny"), acl_entry(100, True, "allow")]
        cloud.network_acl("no-replies", vpc2, net2, entries=entries)
        found = dialled(cloud, "10.1.1.10", "10.2.1.10", 443)
        assert (found.reach, codes(found)) == (Reach.REPLY_BLOCKED, {("nacl-denies", "reply")})


def codes(found: Trace) -> set[tuple[str, str]]:
    return {(item.code, str(item.direction)) for item in found.findings}


def by_nat_gateway(make: Callable[[], Cloud] = article) -> Cloud:
    """Return the article's network with the client behind a NAT gateway, and no route back to its VPC."""
    cloud = make()
    public = cloud.subnet("public", made_id("vpc", "vpc-1"), "192.168.9.0/24", "c")
    nat = cloud.nat_gateway("nat", public, "192.168.9.5")
    without_route("client", "172.31.0.0/16")(cloud)
    cloud.route(made_id("rtb", "client"), "172.31.0.0/16", nat)
    table = cloud.route_table("public", made_id("vpc", "vpc-1"), public)
    cloud.route(table, "172.31.0.0/16", made_id("pcx", "vpc-1-to-vpc-2"))
    for name in ("private-1a-1", "private-1c-1", "targets"):
        without_route(name, "192.168.0.0/16")(cloud)
    for protocol, port in (("udp", 53), ("tcp", 22)):
        rules = named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]
        rules.append(permission(protocol, "192.168.9.0/24", port=port))
    return cloud


@pytest.mark.parametrize("zone", ["a", "c"])
@pytest.mark.parametrize("kind", ["public", "private"])
def test_nor_do_those_of_a_load_balancer_s_nodes(kind: str, zone: str) -> None:
    cloud = by_nat_gateway()
    named(cloud, "DescribeNatGateways", "nat")["ConnectivityType"] = kind
    assert told(walked(cloud, zone=zone)) == []
    peering = named(cloud, "DescribeVpcPeeringConnections", "vpc-1-to-vpc-2")
    peering["RequesterVpcInfo"]["OwnerId"] = "999999999999"
    assert told(walked(cloud, zone=zone)) == []
    own_acl(f"private-1{zone}-1", ALL_IN, acl_entry(100, True, "allow", "172.31.0.0/16"))(cloud)
    assert [item[:3] for item in told(walked(cloud, zone=zone))] == [("nacl-denies", "front", "reply")]


def test_nor_where_targets_see_the_nat_gateway() -> None:
    assert told(walked(by_nat_gateway(udp), 5300, protocol="UDP")) == []
    cloud = by_nat_gateway()
    attribute(10022, "preserve_client_ip.enabled", "true")(cloud)
    assert {item.code for item in walked(cloud).findings} == {"connections-collide"}
