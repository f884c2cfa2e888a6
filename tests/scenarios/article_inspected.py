"""The article's network with firewalls on the path: in a VPC of their own, or in the load balancer's."""

from __future__ import annotations

from tests.scenarios.article import NODES
from tests.scenarios.article_by_transit import behind_transit
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.mutations import named

ZONES = ("a", "c")
HUB = made_id("tgw", "hub")
SPOKES = made_id("tgw-rtb", "spokes")
INSPECTION = made_id("tgw-attach", "inspection")


def inspected(*, appliance_mode: bool = True, on_premises: bool = False) -> Cloud:
    """Return the article's network where all that the VPCs exchange passes an inspection VPC.

    This is AWS's centralized deployment model. With ``on_premises`` the VPN's traffic passes it, too.
    """
    cloud = behind_transit()
    vpc = cloud.vpc("inspection", "100.100.0.0/24")
    doors = {zone: cloud.subnet(f"inspection-tgw-1{zone}", vpc, f"100.100.0.{16 * place}/28", zone)
             for place, zone in enumerate(ZONES)}  # fmt: skip
    for place, zone in enumerate(ZONES, 2):
        subnet = cloud.subnet(f"firewall-1{zone}", vpc, f"100.100.0.{16 * place}/28", zone)
        endpoint = cloud.firewall_endpoint(f"firewall-1{zone}", subnet, f"100.100.0.{16 * place + 4}")
        cloud.route(cloud.route_table(f"inspection-tgw-1{zone}", vpc, doors[zone]), "0.0.0.0/0", endpoint)
        cloud.route(cloud.route_table(f"firewall-1{zone}", vpc, subnet), "0.0.0.0/0", HUB)
    hub = made_id("tgw-rtb", "hub")
    door = cloud.transit_vpc("inspection", HUB, vpc, *doors.values(), table=hub)
    mode = "enable" if appliance_mode else "disable"
    cloud.find("DescribeTransitGatewayVpcAttachments", door)["Options"]["ApplianceModeSupport"] = mode
    spokes = cloud.transit_route_table("spokes", HUB)
    cloud.transit_route(spokes, "0.0.0.0/0", door)
    if not on_premises:
        vpn = made_id("tgw-attach", "over-hub")
        cloud.transit_route(spokes, "10.0.0.0/16", vpn)
    for name in ("vpc-1", "vpc-2", *(["over-hub"] if on_premises else [])):
        association = named(cloud, "DescribeTransitGatewayAttachments", name)["Association"]
        association["TransitGatewayRouteTableId"] = spokes
    return cloud


def beside_nodes() -> Cloud:
    """Return it with a firewall endpoint in each zone of the load balancer's VPC.

    What the transit gateway hands over passes the endpoint of its zone, and what a node answers that of its
    own.
    """
    cloud = behind_transit()
    vpc = made_id("vpc", "vpc-2")
    doors = []
    for place, zone in enumerate(ZONES):
        door = cloud.subnet(f"tgw-1{zone}", vpc, f"172.31.250.{16 * place}/28", zone)
        subnet = cloud.subnet(f"firewall-1{zone}", vpc, f"172.31.251.{16 * place}/28", zone)
        endpoint = cloud.firewall_endpoint(f"firewall-1{zone}", subnet, f"172.31.251.{16 * place + 4}")
        table = cloud.route_table(f"tgw-1{zone}", vpc, door)
        for node in NODES.values():
            cloud.route(table, f"{node}/32", endpoint)
        cloud.route(cloud.route_table(f"firewall-1{zone}", vpc, subnet), "192.168.0.0/16", HUB)
        own = named(cloud, "DescribeRouteTables", f"private-1{zone}-1")
        own["Routes"] = [item for item in own["Routes"] if item["DestinationCidrBlock"] != "192.168.0.0/16"]
        cloud.route(own["RouteTableId"], "192.168.0.0/16", endpoint)
        doors.append(door)
    named(cloud, "DescribeTransitGatewayVpcAttachments", "vpc-2")["SubnetIds"] = doors
    return cloud
