"""The article's network with transit gateways in it."""

from __future__ import annotations

from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, made_id


def behind_transit() -> Cloud:
    """The article's network with a transit gateway instead of peering and VPN gateway."""
    cloud = article()
    vpcs = {name: made_id("vpc", name) for name in ("vpc-1", "vpc-2")}
    gateway = cloud.transit_gateway("hub")
    table = made_id("tgw-rtb", "hub")
    subnets = {"vpc-1": ["client-1a"], "vpc-2": ["private-1a-1", "private-1c-1"]}
    for name, vpc in vpcs.items():
        attached = [made_id("subnet", subnet) for subnet in subnets[name]]
        attachment = cloud.transit_vpc(name, gateway, vpc, *attached, table=table)
        cloud.transit_route(table, cloud.find("DescribeVpcs", vpc)["CidrBlock"], attachment, "propagated")
    vpn = cloud.vpn_connection("over-hub", gateway, "10.0.0.0/16")
    cloud.transit_route(table, "10.0.0.0/16", cloud.transit_vpn("over-hub", gateway, vpn, table))
    for found in cloud.objects["DescribeRouteTables"]:
        for route in found["Routes"]:
            if route["GatewayId" if "GatewayId" in route else "VpcPeeringConnectionId"] != "local":
                route.pop("GatewayId", None)
                route.pop("VpcPeeringConnectionId", None)
                route |= {"TransitGatewayId": gateway, "Origin": "CreateRoute"}
    return cloud


def behind_peered_hub() -> tuple[Cloud, Cloud]:
    """The same with the VPN connection at a transit gateway of another Region, peered with this one."""
    near, far = behind_transit(), Cloud(region="us-east-1")
    gateways = [made_id("tgw", "hub"), far.transit_gateway("far-hub")]
    sides = [cloud.tgw_side(gateway) for cloud, gateway in zip((near, far), gateways, strict=True)]
    tables = [made_id("tgw-rtb", name) for name in ("hub", "far-hub")]
    routes = near.transit_routes[tables[0]]
    routes[:] = [route for route in routes if route["DestinationCidrBlock"] != "10.0.0.0/16"]
    beyond = (near, "10.0.0.0/16"), (far, "172.31.0.0/16")
    for (cloud, cidr), gateway, table in zip(beyond, gateways, tables, strict=True):
        link = cloud.transit_peering("link", gateway, table, sides[0], sides[1])
        cloud.transit_route(table, cidr, link)
    vpn = far.vpn_connection("office", gateways[1], "10.0.0.0/16")
    attachment = far.transit_vpn("office", gateways[1], vpn, tables[1])
    far.transit_route(tables[1], "10.0.0.0/16", attachment)
    return near, far
