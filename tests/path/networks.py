"""Small networks around one way out of a VPC each, with a connection that is meant to work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import named


@dataclass
class Network:
    """A network, and who wants to reach what."""

    cloud: Cloud
    source: str
    destination: str
    port: int = 443


def pair(cloud: Cloud) -> tuple[str, str, str, str]:
    """Return two VPCs with a subnet and a machine each: 10.1.1.10 and 10.2.1.10."""
    return *one(cloud, 1), *one(cloud, 2)


def one(cloud: Cloud, number: int) -> tuple[str, str]:
    """Return a VPC and its subnet, with a machine in it."""
    vpc = cloud.vpc(f"vpc-{number}", f"10.{number}.0.0/16")
    subnet = cloud.subnet(f"net-{number}", vpc, f"10.{number}.1.0/24", "a")
    group = cloud.security_group(f"group-{number}", vpc, [permission("-1", "0.0.0.0/0")])
    cloud.instance(f"host-{number}", subnet, f"10.{number}.1.10", group)
    return vpc, subnet


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


def hubs() -> Network:
    """Return two VPCs, each at a transit gateway of its own; the two gateways of one Region are peered."""
    cloud = Cloud()
    vpcs = pair(cloud)
    sides = [cloud.tgw_side(cloud.transit_gateway(name)) for name in ("hub-1", "hub-2")]
    key = made_id("tgw-attach", "link-at-accepter")
    for number, own in ((1, None), (2, key)):
        _at_hub(cloud, number, *vpcs[2 * number - 2 : 2 * number])
        gateway, table = made_id("tgw", f"hub-{number}"), table_of(cloud, f"hub-{number}")
        link = cloud.transit_peering(f"link-{number}", gateway, table, sides[0], sides[1], own)
        cloud.transit_route(table, f"10.{3 - number}.0.0/16", link)
    asked = named(cloud, "DescribeTransitGatewayPeeringAttachments", "link-1")
    asked["AccepterTransitGatewayAttachmentId"] = key
    return Network(cloud, "10.1.1.10", "10.2.1.10")


def regions() -> tuple[Cloud, Cloud]:
    """Return the same in two accounts and Regions, where both ends of the link have one id."""
    clouds = Cloud(), Cloud("210987654321", "us-east-1")
    for cloud, number in zip(clouds, (1, 2), strict=True):
        cloud.transit_gateway(f"hub-{number}")
        _at_hub(cloud, number, *one(cloud, number))
    sides = [cloud.tgw_side(made_id("tgw", f"hub-{n}")) for cloud, n in zip(clouds, (1, 2), strict=True)]
    for cloud, number in zip(clouds, (1, 2), strict=True):
        gateway, table = made_id("tgw", f"hub-{number}"), table_of(cloud, f"hub-{number}")
        link = cloud.transit_peering("link", gateway, table, sides[0], sides[1])
        cloud.transit_route(table, f"10.{3 - number}.0.0/16", link)
    return clouds


def _at_hub(cloud: Cloud, number: int, vpc: str, net: str) -> None:
    """Attach a VPC to its hub, and send all of 10.0.0.0/8 there."""
    gateway, table = made_id("tgw", f"hub-{number}"), table_of(cloud, f"hub-{number}")
    attachment = cloud.transit_vpc(f"attachment-{number}", gateway, vpc, net, table=table)
    cloud.transit_route(table, f"10.{number}.0.0/16", attachment, "propagated")
    cloud.route(cloud.route_table(f"table-{number}", vpc, net), "10.0.0.0/8", gateway)


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


def internet() -> Network:
    """Return a machine with a public address that reaches one in the internet."""
    cloud = Cloud()
    vpc, net = one(cloud, 1)
    gateway = cloud.internet_gateway("internet", vpc)
    cloud.route(cloud.route_table("table-1", vpc, net), "0.0.0.0/0", gateway)
    cloud.objects["DescribeNetworkInterfaces"][0]["Association"] = {"PublicIp": "203.0.113.20"}
    return Network(cloud, "10.1.1.10", public_server(cloud))


def public_server(cloud: Cloud) -> str:
    """Add a machine that everybody in the internet reaches; return its public address."""
    vpc, net = one(cloud, 9)
    cloud.route(cloud.route_table("table-9", vpc, net), "0.0.0.0/0", cloud.internet_gateway("far", vpc))
    cloud.exclude("vpc", vpc, "allow-bidirectional")
    interface = cloud.objects["DescribeNetworkInterfaces"][-1]
    interface["Association"] = {"PublicIp": "198.51.100.7"}
    return "198.51.100.7"


def nat_internet() -> Network:
    """Return a machine without one, which reaches it through a NAT gateway."""
    made = nat()
    table = named(made.cloud, "DescribeRouteTables", "table-public")
    gateway = made.cloud.internet_gateway("internet", table["VpcId"])
    made.cloud.route(table["RouteTableId"], "0.0.0.0/0", gateway)
    made.destination = public_server(made.cloud)
    return made


ALL: dict[str, Callable[[], Network]] = {
    "inside": inside,
    "peered": peered,
    "transit": transit,
    "transit vpn": transit_vpn,
    "hubs": hubs,
    "vpn": vpn,
    "nat": nat,
    "internet": internet,
    "nat internet": nat_internet,
}
