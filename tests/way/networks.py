"""Small networks around one way out of a VPC each, with a connection that is meant to work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.scenarios.cloud import Cloud, permission

ANYTHING = permission("-1", "0.0.0.0/0")


@dataclass
class Network:
    """A network, and who wants to reach what."""

    cloud: Cloud
    source: str
    destination: str
    port: int = 443


def pair(cloud: Cloud) -> tuple[str, str, str, str]:
    """Return two VPCs with a subnet and a machine each: 10.1.1.10 and 10.2.1.10."""
    found = []
    for number in (1, 2):
        vpc = cloud.vpc(f"vpc-{number}", f"10.{number}.0.0/16")
        subnet = cloud.subnet(f"net-{number}", vpc, f"10.{number}.1.0/24", "a")
        group = cloud.security_group(f"group-{number}", vpc, [ANYTHING])
        cloud.instance(f"host-{number}", subnet, f"10.{number}.1.10", group)
        found += [vpc, subnet]
    return found[0], found[1], found[2], found[3]


def inside() -> Network:
    """Return two machines in two subnets of one VPC."""
    cloud = Cloud()
    vpc, _, _, _ = pair(cloud)
    other = cloud.subnet("net-1b", vpc, "10.1.2.0/24", "c")
    group = cloud.security_group("group-1b", vpc, [permission("tcp", "10.1.1.0/24", port=443)])
    cloud.instance("host-1b", other, "10.1.2.10", group)
    return Network(cloud, "10.1.1.10", "10.1.2.10")


def peered() -> Network:
    """Return two VPCs joined by a peering connection."""
    cloud = Cloud()
    vpc1, net1, vpc2, net2 = pair(cloud)
    peering = cloud.peering("peering", vpc1, vpc2)
    cloud.route(cloud.route_table("table-1", vpc1, net1), "10.2.0.0/16", peering)
    cloud.route(cloud.route_table("table-2", vpc2, net2), "10.1.0.0/16", peering)
    return Network(cloud, "10.1.1.10", "10.2.1.10")


def transit() -> Network:
    """Return two VPCs joined by a transit gateway."""
    cloud = Cloud()
    vpc1, net1, vpc2, net2 = pair(cloud)
    gateway = cloud.transit_gateway("hub")
    table = table_of(cloud, "hub")
    one = cloud.transit_vpc("attachment-1", gateway, vpc1, net1, table=table)
    two = cloud.transit_vpc("attachment-2", gateway, vpc2, net2, table=table)
    cloud.transit_route(table, "10.1.0.0/16", one, "propagated")
    cloud.transit_route(table, "10.2.0.0/16", two, "propagated")
    cloud.route(cloud.route_table("table-1", vpc1, net1), "10.0.0.0/8", gateway)
    cloud.route(cloud.route_table("table-2", vpc2, net2), "10.0.0.0/8", gateway)
    return Network(cloud, "10.1.1.10", "10.2.1.10")


def table_of(cloud: Cloud, name: str) -> str:
    for item in cloud.objects["DescribeTransitGatewayRouteTables"]:
        if {"Key": "Name", "Value": name} in item["Tags"]:
            return str(item["TransitGatewayRouteTableId"])
    raise LookupError(name)


def transit_vpn() -> Network:
    """Return a VPC that reaches a host on premises by a transit gateway and a VPN connection."""
    cloud = Cloud()
    vpc1, net1, _, _ = pair(cloud)
    gateway = cloud.transit_gateway("hub")
    table = table_of(cloud, "hub")
    one = cloud.transit_vpc("attachment-1", gateway, vpc1, net1, table=table)
    vpn = cloud.vpn_connection("office", gateway, "192.168.0.0/16", bgp=True)
    two = cloud.transit_vpn("attachment-office", gateway, vpn, table)
    cloud.transit_route(table, "10.1.0.0/16", one, "propagated")
    cloud.transit_route(table, "192.168.0.0/16", two, "propagated")
    cloud.route(cloud.route_table("table-1", vpc1, net1), "192.168.0.0/16", gateway)
    return Network(cloud, "10.1.1.10", "192.168.7.7")


def vpn() -> Network:
    """Return a VPC that reaches a host on premises by a virtual private gateway."""
    cloud = Cloud()
    vpc1, net1, _, _ = pair(cloud)
    gateway = cloud.vpn_gateway("gateway", vpc1)
    cloud.vpn_connection("office", gateway, "192.168.0.0/16")
    cloud.propagate(cloud.route_table("table-1", vpc1, net1), gateway)
    return Network(cloud, "10.1.1.10", "192.168.7.7")


def nat() -> Network:
    """Return a machine that reaches a peered VPC through a NAT gateway, whose subnet has the route."""
    cloud = Cloud()
    vpc1, net1, vpc2, net2 = pair(cloud)
    public = cloud.subnet("public", vpc1, "10.1.9.0/24", "a")
    gateway = cloud.nat_gateway("nat", public, "10.1.9.5")
    peering = cloud.peering("peering", vpc1, vpc2)
    cloud.route(cloud.route_table("table-1", vpc1, net1), "0.0.0.0/0", gateway)
    cloud.route(cloud.route_table("table-public", vpc1, public), "10.2.0.0/16", peering)
    cloud.route(cloud.route_table("table-2", vpc2, net2), "10.1.0.0/16", peering)
    return Network(cloud, "10.1.1.10", "10.2.1.10")


ALL: dict[str, Callable[[], Network]] = {
    "inside": inside,
    "peered": peered,
    "transit": transit,
    "transit vpn": transit_vpn,
    "vpn": vpn,
    "nat": nat,
}
