"""Transit gateways, their attachments and route tables."""

from __future__ import annotations

from tests.scenarios.cloud.account import Account
from tests.scenarios.cloud.names import MADE_AT, Object, made_id, named


class TransitGateways(Account):
    """An account in which transit gateways can be made."""

    def transit_gateway(self, name: str) -> str:
        """Create a transit gateway with one route table, named like it."""
        gateway, table = made_id("tgw", name), made_id("tgw-rtb", name)
        self.add(
            "DescribeTransitGateways",
            TransitGatewayId=gateway,
            TransitGatewayArn=f"arn:aws:ec2:{self.region}:{self.account}:transit-gateway/{gateway}",
            State="available",
            OwnerId=self.account,
            Description="",
            CreationTime=MADE_AT,
            Options={
                "AmazonSideAsn": 64513,
                "AutoAcceptSharedAttachments": "disable",
                "DefaultRouteTableAssociation": "enable",
                "AssociationDefaultRouteTableId": table,
                "DefaultRouteTablePropagation": "enable",
                "PropagationDefaultRouteTableId": table,
                "VpnEcmpSupport": "enable",
                "DnsSupport": "enable",
                "SecurityGroupReferencingSupport": "disable",
                "MulticastSupport": "disable",
            },
            Tags=named(name),
        )
        self.transit_route_table(name, gateway, default=True)
        return gateway

    def transit_route_table(self, name: str, gateway: str, *, default: bool = False) -> str:
        """Create a transit gateway route table."""
        table = made_id("tgw-rtb", name)
        self.add(
            "DescribeTransitGatewayRouteTables",
            TransitGatewayRouteTableId=table,
            TransitGatewayId=gateway,
            State="available",
            DefaultAssociationRouteTable=default,
            DefaultPropagationRouteTable=default,
            CreationTime=MADE_AT,
            Tags=named(name),
        )
        self.transit_routes[table] = []
        return table

    def transit_vpc(self, name: str, gateway: str, vpc: str, *subnets: str, table: str) -> str:
        """Attach a VPC to a transit gateway, standing in ``subnets``, associated with a route table."""
        attachment = self._transit_attachment(name, gateway, "vpc", vpc, table)
        self.add(
            "DescribeTransitGatewayVpcAttachments",
            TransitGatewayAttachmentId=attachment,
            TransitGatewayId=gateway,
            VpcId=vpc,
            VpcOwnerId=self.account,
            State="available",
            SubnetIds=list(subnets),
            CreationTime=MADE_AT,
            Options={
                "DnsSupport": "enable",
                "SecurityGroupReferencingSupport": "enable",
                "Ipv6Support": "disable",
                "ApplianceModeSupport": "disable",
            },
            Tags=named(name),
        )
        return attachment

    def transit_vpn(self, name: str, gateway: str, vpn: str, table: str) -> str:
        """Attach a VPN connection to a transit gateway, associated with a route table."""
        return self._transit_attachment(name, gateway, "vpn", vpn, table)

    def tgw_side(self, gateway: str) -> Object:
        """Return what a link between transit gateways says of one of them."""
        return {"TransitGatewayId": gateway, "OwnerId": self.account, "Region": self.region}

    def transit_peering(
        self, name: str, gateway: str, table: str, requester: Object, accepter: Object, key: str | None = None
    ) -> str:
        """Make one end of a link between two transit gateways, associated with a route table.

        Between Regions both ends have one id, inside a Region the accepter's has a ``key`` of its own.
        """
        far = accepter if requester["TransitGatewayId"] == gateway else requester
        attachment = self._transit_attachment(name, gateway, "peering", far["TransitGatewayId"], table, key)
        self.add(
            "DescribeTransitGatewayPeeringAttachments",
            TransitGatewayAttachmentId=attachment,
            RequesterTgwInfo=requester,
            AccepterTgwInfo=accepter,
            State="available",
            CreationTime=MADE_AT,
            Tags=named(name),
        )
        return attachment

    def _transit_attachment(
        self, name: str, gateway: str, kind: str, resource: str, table: str, key: str | None = None
    ) -> str:
        attachment = key or made_id("tgw-attach", name)
        self.add(
            "DescribeTransitGatewayAttachments",
            TransitGatewayAttachmentId=attachment,
            TransitGatewayId=gateway,
            TransitGatewayOwnerId=self.account,
            ResourceOwnerId=self.account,
            ResourceType=kind,
            ResourceId=resource,
            State="available",
            Association={"TransitGatewayRouteTableId": table, "State": "associated"},
            CreationTime=MADE_AT,
            Tags=named(name),
        )
        return attachment

    def transit_route(
        self, table: str, destination: str, attachment: str | None, kind: str = "static"
    ) -> None:
        """Add a route to a transit gateway route table; without an attachment it is a blackhole."""
        route: Object = {
            "DestinationCidrBlock": destination,
            "TransitGatewayAttachments": [],
            "Type": kind,
            "State": "active" if attachment else "blackhole",
        }
        if attachment:
            found = self.find("DescribeTransitGatewayAttachments", attachment)
            route["TransitGatewayAttachments"] = [
                {key: found[key] for key in ("ResourceId", "TransitGatewayAttachmentId", "ResourceType")}
            ]
        self.transit_routes[table].append(route)
