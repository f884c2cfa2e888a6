"""Peering connections, gateways and VPN connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.scenarios.cloud.machines import Machines
from tests.scenarios.cloud.names import MADE_AT, Object, made_id, named
from tests.scenarios.cloud.rules import ANYWHERE


class Gateways(Machines):
    """An account in which ways out of VPCs can be made."""

    def peering(self, name: str, requester: str, accepter: str, status: str = "active") -> str:
        """Join two VPCs of this account and Region."""
        peering = made_id("pcx", name)
        self.add(
            "DescribeVpcPeeringConnections",
            AccepterVpcInfo=self._peering_side(accepter),
            RequesterVpcInfo=self._peering_side(requester),
            Status={"Code": status, "Message": status.replace("-", " ").capitalize()},
            Tags=named(name),
            VpcPeeringConnectionId=peering,
        )
        return peering

    def _peering_side(self, vpc: str) -> Object:
        cidrs = [block["CidrBlock"] for block in self.find("DescribeVpcs", vpc)["CidrBlockAssociationSet"]]
        return {
            "CidrBlock": cidrs[0],
            "CidrBlockSet": [{"CidrBlock": cidr} for cidr in cidrs],
            "OwnerId": self.account,
            "PeeringOptions": {
                "AllowDnsResolutionFromRemoteVpc": False,
                "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                "AllowEgressFromLocalVpcToRemoteClassicLink": False,
            },
            "VpcId": vpc,
            "Region": self.region,
        }

    def internet_gateway(self, name: str, vpc: str) -> str:
        """Create an internet gateway and attach it."""
        gateway = made_id("igw", name)
        self.add(
            "DescribeInternetGateways",
            Attachments=[{"State": "available", "VpcId": vpc}],
            InternetGatewayId=gateway,
            OwnerId=self.account,
            Tags=named(name),
        )
        return gateway

    def exclude(self, kind: str, resource: str, mode: str, state: str = "create-complete") -> None:
        """Exclude a ``vpc`` or ``subnet`` from VPC Block Public Access."""
        self.exclusions.append(
            {
                "ExclusionId": made_id("vpcbpa-exclude", resource),
                "InternetGatewayExclusionMode": mode,
                "ResourceArn": f"arn:aws:ec2:{self.region}:{self.account}:{kind}/{resource}",
                "State": state,
            }
        )

    def nat_gateway(self, name: str, subnet: str, address: str, public: str = "203.0.113.7") -> str:
        """Create a public NAT gateway with its interface."""
        gateway = made_id("nat", name)
        interface = self.interface(
            f"{name}-eni",
            subnet,
            address,
            Description=f"Interface for NAT Gateway {gateway}",
            InterfaceType="nat_gateway",
            RequesterManaged=True,
            SourceDestCheck=False,
            Association={"PublicIp": public, "IpOwnerId": self.account, "PublicDnsName": ""},
        )
        self.add(
            "DescribeNatGateways",
            CreateTime=MADE_AT,
            AvailabilityMode="zonal",
            NatGatewayAddresses=[
                {
                    "AllocationId": made_id("eipalloc", name),
                    "NetworkInterfaceId": interface,
                    "PrivateIp": address,
                    "PublicIp": public,
                    "IsPrimary": True,
                    "Status": "succeeded",
                }
            ],
            NatGatewayId=gateway,
            State="available",
            SubnetId=subnet,
            VpcId=self.find("DescribeSubnets", subnet)["VpcId"],
            ConnectivityType="public",
            Tags=named(name),
        )
        return gateway

    def firewall_endpoint(self, name: str, subnet: str, address: str) -> str:
        """Create a Gateway Load Balancer's or Network Firewall's endpoint, with its interface."""
        endpoint = made_id("vpce", name)
        self.interface(
            f"{name}-eni",
            subnet,
            address,
            Description=f"VPC Endpoint Interface {endpoint}",
            InterfaceType="gateway_load_balancer_endpoint",
            RequesterManaged=True,
            SourceDestCheck=False,
        )
        return endpoint

    def regional_nat_gateway(
        self, name: str, vpc: str, table: str, public: Mapping[str, Sequence[str]]
    ) -> str:
        """Create a regional NAT gateway, with public addresses for each zone."""
        gateway = made_id("nat", name)
        addresses = [
            {
                "AllocationId": made_id("eipalloc", f"{name}-{address}"),
                "PublicIp": address,
                "Status": "succeeded",
                "AvailabilityZone": f"{self.region}{zone}",
            }
            for zone, own in public.items()
            for address in own
        ]
        self.add(
            "DescribeNatGateways",
            CreateTime=MADE_AT,
            AvailabilityMode="regional",
            AutoProvisionZones="disabled",
            NatGatewayAddresses=addresses,
            NatGatewayId=gateway,
            RouteTableId=table,
            State="available",
            VpcId=vpc,
            ConnectivityType="public",
            Tags=named(name),
        )
        return gateway

    def vpn_gateway(self, name: str, vpc: str) -> str:
        """Create a virtual private gateway and attach it."""
        gateway = made_id("vgw", name)
        self.add(
            "DescribeVpnGateways",
            AmazonSideAsn=64512,
            VpnGatewayId=gateway,
            State="available",
            Type="ipsec.1",
            VpcAttachments=[{"VpcId": vpc, "State": "attached"}],
            Tags=named(name),
        )
        return gateway

    def vpn_connection(self, name: str, gateway: str, *prefixes: str, bgp: bool = False) -> str:
        """Connect a gateway with on-premises, both tunnels up; with ``bgp`` it learns its routes."""
        connection, customer = made_id("vpn", name), made_id("cgw", name)
        self.add(
            "DescribeCustomerGateways",
            CustomerGatewayId=customer,
            State="available",
            Type="ipsec.1",
            IpAddress="203.0.113.12",
            BgpAsn="65000",
            Tags=named(f"{name}-router"),
        )
        tunnels = [("35.74.10.11", "169.254.44.0/30"), ("52.69.20.22", "169.254.180.4/30")]
        self.add(
            "DescribeVpnConnections",
            Category="VPN",
            GatewayAssociationState="associated",
            Options={
                "EnableAcceleration": False,
                "StaticRoutesOnly": not bgp,
                "LocalIpv4NetworkCidr": ANYWHERE,
                "RemoteIpv4NetworkCidr": ANYWHERE,
                "OutsideIpAddressType": "PublicIpv4",
                "TunnelInsideIpVersion": "ipv4",
                "TunnelOptions": [
                    {"OutsideIpAddress": outside, "TunnelInsideCidr": inside} for outside, inside in tunnels
                ],
            },
            Routes=[
                {"DestinationCidrBlock": prefix, "Source": "Static", "State": "available"}
                for prefix in (() if bgp else prefixes)
            ],
            Tags=named(name),
            VgwTelemetry=[
                {
                    "AcceptedRouteCount": len(prefixes),
                    "LastStatusChange": MADE_AT,
                    "OutsideIpAddress": outside,
                    "Status": "UP",
                    "StatusMessage": f"{len(prefixes)} BGP ROUTES" if bgp else "",
                }
                for outside, _ in tunnels
            ],
            VpnConnectionId=connection,
            State="available",
            Type="ipsec.1",
            CustomerGatewayId=customer,
            **{"TransitGatewayId" if gateway.startswith("tgw-") else "VpnGatewayId": gateway},
        )
        return connection
