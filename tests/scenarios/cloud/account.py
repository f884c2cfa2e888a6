"""What does one account hold in one Region?"""

from __future__ import annotations

from typing import Any

from tests.scenarios.cloud.names import Object

LISTS = {
    "DescribeVpcs": "Vpcs",
    "DescribeSubnets": "Subnets",
    "DescribeRouteTables": "RouteTables",
    "DescribeNetworkAcls": "NetworkAcls",
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "DescribeInstances": "Reservations",
    "DescribeVpcPeeringConnections": "VpcPeeringConnections",
    "DescribeInternetGateways": "InternetGateways",
    "DescribeNatGateways": "NatGateways",
    "DescribeVpnGateways": "VpnGateways",
    "DescribeVpnConnections": "VpnConnections",
    "DescribeCustomerGateways": "CustomerGateways",
    "DescribeTransitGateways": "TransitGateways",
    "DescribeTransitGatewayAttachments": "TransitGatewayAttachments",
    "DescribeTransitGatewayVpcAttachments": "TransitGatewayVpcAttachments",
    "DescribeTransitGatewayPeeringAttachments": "TransitGatewayPeeringAttachments",
    "DescribeTransitGatewayRouteTables": "TransitGatewayRouteTables",
}
"""Where a call's answer has its objects."""
ENDPOINT_LISTS = {
    "DescribeVpcEndpoints": "VpcEndpoints",
    "DescribeVpcEndpointServiceConfigurations": "ServiceConfigurations",
    "DescribeVpcEndpointConnections": "VpcEndpointConnections",
}
"""The same for calls that are asked only where an interface endpoint is."""


class Account:
    """One account in one Region, to be filled; ``objects`` holds what each call lists."""

    def __init__(self, account: str = "123456789012", region: str = "ap-northeast-1") -> None:
        self.account = account
        self.region = region
        self.objects: dict[str, list[Object]] = {operation: [] for operation in LISTS}
        self.endpoints: dict[str, list[Object]] = {operation: [] for operation in ENDPOINT_LISTS}
        self.balancers: list[Object] = []
        self.listeners: dict[str, list[Object]] = {}
        self.groups: list[Object] = []
        self.attributes: dict[str, dict[str, str]] = {}
        self.targets: dict[str, list[Object]] = {}
        self.transit_routes: dict[str, list[Object]] = {}
        self.prefix_lists: dict[str, list[str]] = {}
        self.block_mode = "off"
        """What VPC Block Public Access does; it matters where there is an internet gateway."""
        self.exclusions: list[Object] = []

    def find(self, operation: str, key: str) -> Object:
        """Return the object with an id among those that a call lists."""
        return next(item for item in self.objects[operation] if key in item.values())

    def add(self, operation: str, **fields: Any) -> None:
        self.objects[operation].append(fields)
