"""What would AWS look like after a remedy's calls? Each call as a change of the objects that AWS lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any

from nlbcheck.model import Call
from tests.scenarios.cloud import Cloud

Parameters = Any


def apply(cloud: Cloud, calls: Iterable[Call]) -> None:
    """Make the calls, each different one once."""
    done: list[Call] = []
    for call in calls:
        if call not in done:
            _OPERATIONS[call.operation](cloud, call.parameters)
            done.append(call)


def _authorize(key: str) -> Callable[[Cloud, Parameters], None]:
    def change(cloud: Cloud, asked: Parameters) -> None:
        found = cloud.find("DescribeSecurityGroups", asked["GroupId"])
        for permission in asked["IpPermissions"]:
            assert all(ip_network(item["CidrIp"]).prefixlen == 32 for item in permission["IpRanges"])
            found[key] = [*found[key], {**permission, "UserIdGroupPairs": [], "PrefixListIds": []}]

    return change


def _acl_entry(cloud: Cloud, asked: Parameters) -> None:
    entries = cloud.find("DescribeNetworkAcls", asked["NetworkAclId"])["Entries"]
    assert (asked["RuleNumber"], asked["Egress"]) not in [(e["RuleNumber"], e["Egress"]) for e in entries]
    entries.append({key: value for key, value in asked.items() if key != "NetworkAclId"})


def _route(cloud: Cloud, asked: Parameters, *, replace: bool = False) -> None:
    table = cloud.find("DescribeRouteTables", asked["RouteTableId"])
    same = [
        route
        for route in table["Routes"]
        if route.get("DestinationCidrBlock") == asked["DestinationCidrBlock"]
        and route["Origin"] != "EnableVgwRoutePropagation"
    ]
    assert bool(same) is replace
    table["Routes"] = [route for route in table["Routes"] if route not in same]
    rest = {key: value for key, value in asked.items() if key != "RouteTableId"}
    table["Routes"].append({**rest, "Origin": "CreateRoute", "State": "active"})


def _accept(cloud: Cloud, asked: Parameters) -> None:
    peering = cloud.find("DescribeVpcPeeringConnections", asked["VpcPeeringConnectionId"])
    peering["Status"] = {"Code": "active", "Message": "Active"}


def _attach(cloud: Cloud, asked: Parameters) -> None:
    gateway = cloud.find("DescribeVpnGateways", asked["VpnGatewayId"])
    gateway["VpcAttachments"] = [{"VpcId": asked["VpcId"], "State": "attached"}]


def _vpn_route(cloud: Cloud, asked: Parameters) -> None:
    vpn = cloud.find("DescribeVpnConnections", asked["VpnConnectionId"])
    route = {"DestinationCidrBlock": asked["DestinationCidrBlock"], "Source": "Static", "State": "available"}
    vpn["Routes"].append(route)


def _vpn_options(cloud: Cloud, asked: Parameters) -> None:
    vpn = cloud.find("DescribeVpnConnections", asked["VpnConnectionId"])
    vpn["Options"] |= {key: value for key, value in asked.items() if key != "VpnConnectionId"}


def _start(cloud: Cloud, asked: Parameters) -> None:
    for reservation in cloud.objects["DescribeInstances"]:
        for instance in reservation["Instances"]:
            if instance["InstanceId"] in asked["InstanceIds"]:
                instance["State"] = {"Code": 16, "Name": "running"}


def _source_dest_check(cloud: Cloud, asked: Parameters) -> None:
    interface = cloud.find("DescribeNetworkInterfaces", asked["NetworkInterfaceId"])
    interface["SourceDestCheck"] = asked["SourceDestCheck"]["Value"]


def _propagate(cloud: Cloud, asked: Parameters) -> None:
    cloud.propagate(asked["RouteTableId"], asked["GatewayId"])


def _transit_subnets(cloud: Cloud, asked: Parameters) -> None:
    found = cloud.find("DescribeTransitGatewayVpcAttachments", asked["TransitGatewayAttachmentId"])
    found["SubnetIds"] += asked["AddSubnetIds"]


def _associate(cloud: Cloud, asked: Parameters) -> None:
    found = cloud.find("DescribeTransitGatewayAttachments", asked["TransitGatewayAttachmentId"])
    table = asked["TransitGatewayRouteTableId"]
    found["Association"] = {"TransitGatewayRouteTableId": table, "State": "associated"}


def _transit_route(cloud: Cloud, asked: Parameters) -> None:
    table, destination = asked["TransitGatewayRouteTableId"], asked["DestinationCidrBlock"]
    routes = cloud.transit_routes[table]
    routes[:] = [r for r in routes if r["DestinationCidrBlock"] != destination or r["Type"] == "propagated"]
    cloud.transit_route(table, destination, asked["TransitGatewayAttachmentId"])


def _transit_propagation(cloud: Cloud, asked: Parameters) -> None:
    key = asked["TransitGatewayAttachmentId"]
    vpc = cloud.find("DescribeTransitGatewayVpcAttachments", key)["VpcId"]
    for block in cloud.find("DescribeVpcs", vpc)["CidrBlockAssociationSet"]:
        cloud.transit_route(asked["TransitGatewayRouteTableId"], block["CidrBlock"], key, "propagated")


def _accept_link(cloud: Cloud, asked: Parameters) -> None:
    """Accept a link between transit gateways; both ends of it turn available."""
    wanted = asked["TransitGatewayAttachmentId"]
    links = cloud.objects["DescribeTransitGatewayPeeringAttachments"]
    (accepted,) = [item for item in links if item["TransitGatewayAttachmentId"] == wanted]
    for item in links:
        if item["AccepterTgwInfo"] == accepted["AccepterTgwInfo"]:
            item["State"] = "available"


def _listener(cloud: Cloud, asked: Parameters) -> None:
    (action,) = asked["DefaultActions"]
    cloud.listener(
        asked["LoadBalancerArn"], asked["Port"], action["TargetGroupArn"], protocol=asked["Protocol"]
    )


def _modify_listener(cloud: Cloud, asked: Parameters) -> None:
    for items in cloud.listeners.values():
        for item in items:
            if item["ListenerArn"] == asked["ListenerArn"]:
                item |= asked


def _register(cloud: Cloud, asked: Parameters) -> None:
    for target in asked["Targets"]:
        zone = target.get("AvailabilityZone", cloud.region + "a").removeprefix(cloud.region)
        same = [
            item for item in cloud.targets[asked["TargetGroupArn"]] if item["Target"]["Id"] == target["Id"]
        ]
        for item in same:
            cloud.targets[asked["TargetGroupArn"]].remove(item)
        cloud.register(asked["TargetGroupArn"], target["Id"], target["Port"], zone)


def _deregister(cloud: Cloud, asked: Parameters) -> None:
    gone = [target["Id"] for target in asked["Targets"]]
    targets = cloud.targets[asked["TargetGroupArn"]]
    targets[:] = [item for item in targets if item["Target"]["Id"] not in gone]


def _group_attributes(cloud: Cloud, asked: Parameters) -> None:
    for item in asked["Attributes"]:
        cloud.attributes[asked["TargetGroupArn"]][item["Key"]] = item["Value"]


_OPERATIONS: dict[str, Callable[[Cloud, Parameters], None]] = {
    "AuthorizeSecurityGroupIngress": _authorize("IpPermissions"),
    "AuthorizeSecurityGroupEgress": _authorize("IpPermissionsEgress"),
    "CreateNetworkAclEntry": _acl_entry,
    "CreateRoute": _route,
    "ReplaceRoute": lambda cloud, asked: _route(cloud, asked, replace=True),
    "AcceptVpcPeeringConnection": _accept,
    "AttachVpnGateway": _attach,
    "CreateVpnConnectionRoute": _vpn_route,
    "ModifyVpnConnectionOptions": _vpn_options,
    "StartInstances": _start,
    "ModifyNetworkInterfaceAttribute": _source_dest_check,
    "EnableVgwRoutePropagation": _propagate,
    "ModifyTransitGatewayVpcAttachment": _transit_subnets,
    "AssociateTransitGatewayRouteTable": _associate,
    "EnableTransitGatewayRouteTablePropagation": _transit_propagation,
    "CreateTransitGatewayRoute": _transit_route,
    "ReplaceTransitGatewayRoute": _transit_route,
    "AcceptTransitGatewayPeeringAttachment": _accept_link,
    "CreateListener": _listener,
    "ModifyListener": _modify_listener,
    "RegisterTargets": _register,
    "DeregisterTargets": _deregister,
    "ModifyTargetGroupAttributes": _group_attributes,
}
