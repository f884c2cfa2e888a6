"""What would AWS answer about a network that was put together like this?

A ``Cloud`` is filled with the verbs of the AWS console and then recorded: one unrestricted answer for every
call that nlbcheck makes. Ids follow from names, so that they are the same in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from nlbcheck import __version__
from nlbcheck.aws.recording import Answer, Recording

Object = dict[str, Any]

ANYWHERE = "0.0.0.0/0"
_ZONE_IDS = {"a": 4, "b": 3, "c": 1, "d": 2}
_MADE_AT = "2026-04-01T09:30:00Z"
_LISTS = {
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


class Cloud:
    """One account in one Region, to be filled; ``objects`` holds what each call lists."""

    def __init__(self, account: str = "123456789012", region: str = "ap-northeast-1") -> None:
        self.account = account
        self.region = region
        self.objects: dict[str, list[Object]] = {operation: [] for operation in _LISTS}
        self.balancers: list[Object] = []
        self.listeners: dict[str, list[Object]] = {}
        self.groups: list[Object] = []
        self.attributes: dict[str, dict[str, str]] = {}
        self.targets: dict[str, list[Object]] = {}
        self.transit_routes: dict[str, list[Object]] = {}
        self.prefix_lists: dict[str, list[str]] = {}

    # --- VPCs -----------------------------------------------------------------------------------------

    def vpc(self, name: str, *cidrs: str) -> str:
        """Create a VPC with its main route table, default network ACL and default security group."""
        vpc = made_id("vpc", name)
        associations = [
            {
                "AssociationId": made_id("vpc-cidr-assoc", name + cidr),
                "CidrBlock": cidr,
                "CidrBlockState": {"State": "associated"},
            }
            for cidr in cidrs
        ]
        self._add(
            "DescribeVpcs",
            VpcId=vpc,
            OwnerId=self.account,
            InstanceTenancy="default",
            CidrBlockAssociationSet=associations,
            CidrBlock=cidrs[0],
            DhcpOptionsId=made_id("dopt", "default"),
            IsDefault=False,
            State="available",
            Tags=_named(name),
        )
        self.route_table(f"{name}-main", vpc, main=True)
        self._add(
            "DescribeNetworkAcls",
            NetworkAclId=made_id("acl", f"{name}-default"),
            VpcId=vpc,
            OwnerId=self.account,
            IsDefault=True,
            Associations=[],
            Entries=[
                *(acl_entry(100, egress, "allow") for egress in (True, False)),
                *(acl_entry(32767, egress, "deny") for egress in (True, False)),
            ],
            Tags=[],
        )
        default = self.security_group("default", vpc, identity=f"{name}-default")
        self.find("DescribeSecurityGroups", default)["IpPermissions"] = [
            permission("-1", groups=[{"GroupId": default, "UserId": self.account}])
        ]
        return vpc

    def subnet(self, name: str, vpc: str, cidr: str, zone: str) -> str:
        """Create a subnet in the zone ``a``, ``c`` …; it uses the VPC's default network ACL."""
        subnet = made_id("subnet", name)
        self._add(
            "DescribeSubnets",
            AvailabilityZoneId=f"apne1-az{_ZONE_IDS[zone]}",
            MapCustomerOwnedIpOnLaunch=False,
            OwnerId=self.account,
            AssignIpv6AddressOnCreation=False,
            Ipv6CidrBlockAssociationSet=[],
            SubnetArn=f"arn:aws:ec2:{self.region}:{self.account}:subnet/{subnet}",
            EnableDns64=False,
            Ipv6Native=False,
            SubnetId=subnet,
            State="available",
            VpcId=vpc,
            CidrBlock=cidr,
            AvailableIpAddressCount=ip_network(cidr).num_addresses - 6,
            AvailabilityZone=self.region + zone,
            DefaultForAz=False,
            MapPublicIpOnLaunch=False,
            Tags=_named(name),
        )
        acls = self.objects["DescribeNetworkAcls"]
        default = next(acl for acl in acls if acl["VpcId"] == vpc and acl["IsDefault"])
        self.use_acl(subnet, default["NetworkAclId"])
        return subnet

    def route_table(self, name: str, vpc: str, *subnets: str, main: bool = False) -> str:
        """Create a route table with the local routes, and make ``subnets`` use it."""
        table = made_id("rtb", name)
        associations: list[Object] = [
            {
                "Main": subnet is None,
                "RouteTableAssociationId": made_id("rtbassoc", name + (subnet or "")),
                "RouteTableId": table,
                **({"SubnetId": subnet} if subnet else {}),
                "AssociationState": {"State": "associated"},
            }
            for subnet in ([None] if main else []) + list(subnets)
        ]
        self._add(
            "DescribeRouteTables",
            Associations=associations,
            PropagatingVgws=[],
            RouteTableId=table,
            Routes=[
                {
                    "DestinationCidrBlock": block["CidrBlock"],
                    "GatewayId": "local",
                    "Origin": "CreateRouteTable",
                    "State": "active",
                }
                for block in self.find("DescribeVpcs", vpc)["CidrBlockAssociationSet"]
            ],
            Tags=_named(name),
            VpcId=vpc,
            OwnerId=self.account,
        )
        return table

    def route(self, table: str, destination: str, target: str, state: str = "active") -> None:
        """Add a static route; the id of the target says what it is."""
        kind = {"pcx": "VpcPeeringConnectionId", "tgw": "TransitGatewayId", "nat": "NatGatewayId",
                "eni": "NetworkInterfaceId"}.get(target.partition("-")[0], "GatewayId")  # fmt: skip
        to = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
        route = {to: destination, kind: target, "Origin": "CreateRoute", "State": state}
        self.find("DescribeRouteTables", table)["Routes"].append(route)

    def propagate(self, table: str, gateway: str) -> None:
        """Let a virtual private gateway put the prefixes that it knows into a route table."""
        found = self.find("DescribeRouteTables", table)
        found["PropagatingVgws"].append({"GatewayId": gateway})
        for vpn in self.objects["DescribeVpnConnections"]:
            for route in vpn["Routes"] if vpn.get("VpnGatewayId") == gateway else ():
                found["Routes"].append(
                    {
                        "DestinationCidrBlock": route["DestinationCidrBlock"],
                        "GatewayId": gateway,
                        "Origin": "EnableVgwRoutePropagation",
                        "State": "active",
                    }
                )

    def network_acl(self, name: str, vpc: str, *subnets: str, entries: Iterable[Object] = ()) -> str:
        """Create a network ACL with these entries and the two last ones that deny; subnets use it."""
        acl = made_id("acl", name)
        self._add(
            "DescribeNetworkAcls",
            NetworkAclId=acl,
            VpcId=vpc,
            OwnerId=self.account,
            IsDefault=False,
            Associations=[],
            Entries=[*entries, acl_entry(32767, True, "deny"), acl_entry(32767, False, "deny")],
            Tags=_named(name),
        )
        for subnet in subnets:
            self.use_acl(subnet, acl)
        return acl

    def use_acl(self, subnet: str, acl: str) -> None:
        """Replace the network ACL of a subnet."""
        for other in self.objects["DescribeNetworkAcls"]:
            other["Associations"] = [item for item in other["Associations"] if item["SubnetId"] != subnet]
        self.find("DescribeNetworkAcls", acl)["Associations"].append(
            {
                "NetworkAclAssociationId": made_id("aclassoc", subnet),
                "NetworkAclId": acl,
                "SubnetId": subnet,
            }
        )

    def security_group(
        self,
        name: str,
        vpc: str,
        ingress: Iterable[Object] = (),
        egress: Iterable[Object] | None = None,
        identity: str | None = None,
    ) -> str:
        """Create a security group; without ``egress`` all may go out."""
        group = made_id("sg", identity or name)
        self._add(
            "DescribeSecurityGroups",
            GroupId=group,
            IpPermissionsEgress=[permission("-1", ANYWHERE)] if egress is None else list(egress),
            VpcId=vpc,
            SecurityGroupArn=f"arn:aws:ec2:{self.region}:{self.account}:security-group/{group}",
            OwnerId=self.account,
            GroupName=name,
            Description=f"{name} of {vpc}",
            IpPermissions=list(ingress),
            Tags=[],
        )
        return group

    def prefix_list(self, name: str, *cidrs: str) -> str:
        """Create a managed prefix list."""
        prefix_list = made_id("pl", name)
        self.prefix_lists[prefix_list] = list(cidrs)
        return prefix_list

    # --- machines -------------------------------------------------------------------------------------

    def instance(self, name: str, subnet: str, address: str, *groups: str) -> str:
        """Start an instance with one interface."""
        instance = made_id("i", name)
        place = self.find("DescribeSubnets", subnet)
        interface = self.interface(
            f"{name}-eth0",
            subnet,
            address,
            *groups,
            Attachment={
                "AttachTime": _MADE_AT,
                "AttachmentId": made_id("eni-attach", name),
                "DeleteOnTermination": True,
                "DeviceIndex": 0,
                "NetworkCardIndex": 0,
                "InstanceId": instance,
                "InstanceOwnerId": self.account,
                "Status": "attached",
            },
        )
        self._add(
            "DescribeInstances",
            ReservationId=made_id("r", name),
            OwnerId=self.account,
            Groups=[],
            Instances=[
                {
                    "InstanceId": instance,
                    "ImageId": made_id("ami", "al2023"),
                    "State": {"Code": 16, "Name": "running"},
                    "PrivateDnsName": _dns_name(address, self.region),
                    "PublicDnsName": "",
                    "InstanceType": "t3.micro",
                    "LaunchTime": _MADE_AT,
                    "Placement": {"Tenancy": "default", "AvailabilityZone": place["AvailabilityZone"]},
                    "Monitoring": {"State": "disabled"},
                    "SubnetId": subnet,
                    "VpcId": place["VpcId"],
                    "PrivateIpAddress": address,
                    "NetworkInterfaces": [
                        {
                            "NetworkInterfaceId": interface,
                            "PrivateIpAddress": address,
                            "SubnetId": subnet,
                            "VpcId": place["VpcId"],
                            "OwnerId": self.account,
                            "Status": "in-use",
                            "SourceDestCheck": True,
                            "InterfaceType": "interface",
                        }
                    ],
                    "SecurityGroups": self._groups(groups),
                    "SourceDestCheck": True,
                    "Tags": _named(name),
                }
            ],
        )
        return instance

    def interface(self, name: str, subnet: str, address: str, *groups: str, **fields: Any) -> str:
        """Create a network interface; ``fields`` replace what it has in common with all others."""
        interface = made_id("eni", name)
        place = self.find("DescribeSubnets", subnet)
        assert ip_address(address) in ip_network(place["CidrBlock"]), f"{address} is not in {subnet}"
        common: Object = {
            "AvailabilityZone": place["AvailabilityZone"],
            "Description": "",
            "Groups": self._groups(groups),
            "InterfaceType": "interface",
            "Ipv6Addresses": [],
            "MacAddress": _mac(name),
            "NetworkInterfaceId": interface,
            "OwnerId": self.account,
            "PrivateDnsName": _dns_name(address, self.region),
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [
                {
                    "Primary": True,
                    "PrivateDnsName": _dns_name(address, self.region),
                    "PrivateIpAddress": address,
                }
            ],
            "RequesterManaged": False,
            "SourceDestCheck": True,
            "Status": "in-use",
            "SubnetId": subnet,
            "TagSet": [],
            "VpcId": place["VpcId"],
        }
        self._add("DescribeNetworkInterfaces", **(common | fields))
        return interface

    # --- ways out -------------------------------------------------------------------------------------

    def peering(self, name: str, requester: str, accepter: str, status: str = "active") -> str:
        """Join two VPCs of this account and Region."""
        peering = made_id("pcx", name)
        self._add(
            "DescribeVpcPeeringConnections",
            AccepterVpcInfo=self._peering_side(accepter),
            RequesterVpcInfo=self._peering_side(requester),
            Status={"Code": status, "Message": status.replace("-", " ").capitalize()},
            Tags=_named(name),
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
        self._add(
            "DescribeInternetGateways",
            Attachments=[{"State": "available", "VpcId": vpc}],
            InternetGatewayId=gateway,
            OwnerId=self.account,
            Tags=_named(name),
        )
        return gateway

    def nat_gateway(self, name: str, subnet: str, address: str) -> str:
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
        )
        self._add(
            "DescribeNatGateways",
            CreateTime=_MADE_AT,
            NatGatewayAddresses=[
                {
                    "AllocationId": made_id("eipalloc", name),
                    "NetworkInterfaceId": interface,
                    "PrivateIp": address,
                    "PublicIp": "203.0.113.7",
                    "IsPrimary": True,
                    "Status": "succeeded",
                }
            ],
            NatGatewayId=gateway,
            State="available",
            SubnetId=subnet,
            VpcId=self.find("DescribeSubnets", subnet)["VpcId"],
            ConnectivityType="public",
            Tags=_named(name),
        )
        return gateway

    def vpn_gateway(self, name: str, vpc: str) -> str:
        """Create a virtual private gateway and attach it."""
        gateway = made_id("vgw", name)
        self._add(
            "DescribeVpnGateways",
            AmazonSideAsn=64512,
            VpnGatewayId=gateway,
            State="available",
            Type="ipsec.1",
            VpcAttachments=[{"VpcId": vpc, "State": "attached"}],
            Tags=_named(name),
        )
        return gateway

    def vpn_connection(self, name: str, gateway: str, *prefixes: str, bgp: bool = False) -> str:
        """Connect a gateway with on-premises, both tunnels up; with ``bgp`` it learns its routes."""
        connection, customer = made_id("vpn", name), made_id("cgw", name)
        self._add(
            "DescribeCustomerGateways",
            CustomerGatewayId=customer,
            State="available",
            Type="ipsec.1",
            IpAddress="203.0.113.12",
            BgpAsn="65000",
            Tags=_named(f"{name}-router"),
        )
        tunnels = [("35.74.10.11", "169.254.44.0/30"), ("52.69.20.22", "169.254.180.4/30")]
        self._add(
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
            Tags=_named(name),
            VgwTelemetry=[
                {
                    "AcceptedRouteCount": len(prefixes),
                    "LastStatusChange": _MADE_AT,
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

    def transit_gateway(self, name: str) -> str:
        """Create a transit gateway with one route table, named like it."""
        gateway, table = made_id("tgw", name), made_id("tgw-rtb", name)
        self._add(
            "DescribeTransitGateways",
            TransitGatewayId=gateway,
            TransitGatewayArn=f"arn:aws:ec2:{self.region}:{self.account}:transit-gateway/{gateway}",
            State="available",
            OwnerId=self.account,
            Description="",
            CreationTime=_MADE_AT,
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
            Tags=_named(name),
        )
        self.transit_route_table(name, gateway)
        return gateway

    def transit_route_table(self, name: str, gateway: str) -> str:
        """Create a transit gateway route table."""
        table = made_id("tgw-rtb", name)
        self._add(
            "DescribeTransitGatewayRouteTables",
            TransitGatewayRouteTableId=table,
            TransitGatewayId=gateway,
            State="available",
            DefaultAssociationRouteTable=True,
            DefaultPropagationRouteTable=True,
            CreationTime=_MADE_AT,
            Tags=_named(name),
        )
        self.transit_routes[table] = []
        return table

    def transit_vpc(self, name: str, gateway: str, vpc: str, *subnets: str, table: str) -> str:
        """Attach a VPC to a transit gateway, standing in ``subnets``, associated with a route table."""
        attachment = self._transit_attachment(name, gateway, "vpc", vpc, table)
        self._add(
            "DescribeTransitGatewayVpcAttachments",
            TransitGatewayAttachmentId=attachment,
            TransitGatewayId=gateway,
            VpcId=vpc,
            VpcOwnerId=self.account,
            State="available",
            SubnetIds=list(subnets),
            CreationTime=_MADE_AT,
            Options={
                "DnsSupport": "enable",
                "SecurityGroupReferencingSupport": "enable",
                "Ipv6Support": "disable",
                "ApplianceModeSupport": "disable",
            },
            Tags=_named(name),
        )
        return attachment

    def transit_vpn(self, name: str, gateway: str, vpn: str, table: str) -> str:
        """Attach a VPN connection to a transit gateway, associated with a route table."""
        return self._transit_attachment(name, gateway, "vpn", vpn, table)

    def _transit_attachment(self, name: str, gateway: str, kind: str, resource: str, table: str) -> str:
        attachment = made_id("tgw-attach", name)
        self._add(
            "DescribeTransitGatewayAttachments",
            TransitGatewayAttachmentId=attachment,
            TransitGatewayId=gateway,
            TransitGatewayOwnerId=self.account,
            ResourceOwnerId=self.account,
            ResourceType=kind,
            ResourceId=resource,
            State="available",
            Association={"TransitGatewayRouteTableId": table, "State": "associated"},
            CreationTime=_MADE_AT,
            Tags=_named(name),
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

    # --- load balancers -------------------------------------------------------------------------------

    def load_balancer(
        self, name: str, nodes: Mapping[str, str], groups: Sequence[str] = (), *, cross_zone: bool = True
    ) -> str:
        """Create an internal NLB; ``nodes`` maps each subnet to the node's address in it."""
        path = f"net/{name}/{_digest(name, 16)}"
        zones = []
        for subnet, address in nodes.items():
            place = self.find("DescribeSubnets", subnet)
            zones.append(
                {
                    "ZoneName": place["AvailabilityZone"],
                    "SubnetId": subnet,
                    "LoadBalancerAddresses": [{"PrivateIPv4Address": address}],
                }
            )
            self.interface(
                f"{name}-{subnet}",
                subnet,
                address,
                *groups,
                Attachment={
                    "AttachTime": _MADE_AT,
                    "AttachmentId": made_id("ela-attach", f"{name}-{subnet}"),
                    "DeleteOnTermination": False,
                    "DeviceIndex": 1,
                    "NetworkCardIndex": 0,
                    "InstanceOwnerId": "amazon-aws",
                    "Status": "attached",
                },
                Description=f"ELB {path}",
                InterfaceType="network_load_balancer",
                RequesterId="amazon-elb",
                RequesterManaged=True,
                SourceDestCheck=False,
            )
        arn = self._elb_arn(f"loadbalancer/{path}")
        self.balancers.append(
            {
                "LoadBalancerArn": arn,
                "DNSName": f"{name}-{_digest(name, 16)}.elb.{self.region}.amazonaws.com",
                "CanonicalHostedZoneId": "Z31USIVHYNEOWT",
                "CreatedTime": _MADE_AT,
                "LoadBalancerName": name,
                "Scheme": "internal",
                "VpcId": self.find("DescribeSubnets", next(iter(nodes)))["VpcId"],
                "State": {"Code": "active"},
                "Type": "network",
                "AvailabilityZones": zones,
                **({"SecurityGroups": list(groups)} if groups else {}),
                "IpAddressType": "ipv4",
            }
        )
        self.listeners[arn] = []
        self.attributes[arn] = {
            "access_logs.s3.enabled": "false",
            "access_logs.s3.bucket": "",
            "access_logs.s3.prefix": "",
            "deletion_protection.enabled": "true",
            "dns_record.client_routing_policy": "any_availability_zone",
            "load_balancing.cross_zone.enabled": str(cross_zone).lower(),
            "zonal_shift.config.enabled": "false",
        }
        return arn

    def target_group(self, name: str, vpc: str, port: int, **fields: Any) -> str:
        """Create a target group of type ip and protocol TCP; ``fields`` replace its others."""
        arn = self._elb_arn(f"targetgroup/{name}/{_digest(name, 16)}")
        common: Object = {
            "TargetGroupArn": arn,
            "TargetGroupName": name,
            "Protocol": "TCP",
            "Port": port,
            "VpcId": vpc,
            "HealthCheckProtocol": "TCP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckEnabled": True,
            "HealthCheckIntervalSeconds": 30,
            "HealthCheckTimeoutSeconds": 10,
            "HealthyThresholdCount": 3,
            "UnhealthyThresholdCount": 3,
            "LoadBalancerArns": [],
            "TargetType": "ip",
            "IpAddressType": "ipv4",
        }
        self.groups.append(common | fields)
        self.targets[arn] = []
        self.attributes[arn] = {
            "stickiness.enabled": "false",
            "stickiness.type": "source_ip",
            "deregistration_delay.timeout_seconds": "300",
            "deregistration_delay.connection_termination.enabled": "false",
            "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
            "preserve_client_ip.enabled": "false",
            "proxy_protocol_v2.enabled": "false",
            "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
            "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
            "target_health_state.unhealthy.connection_termination.enabled": "true",
            "target_health_state.unhealthy.draining_interval_seconds": "0",
        }
        return arn

    def register(self, group: str, target: str, port: int, zone: str, state: str = "healthy") -> None:
        """Register a target in a zone or in ``all``."""
        health: Object = {"State": state}
        if state == "unhealthy":
            health |= {"Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
        self.targets[group].append(
            {
                "Target": {
                    "Id": target,
                    "Port": port,
                    "AvailabilityZone": zone if zone == "all" else self.region + zone,
                },
                "HealthCheckPort": str(port),
                "TargetHealth": health,
                "AdministrativeOverride": {
                    "State": "no_override",
                    "Reason": "AdministrativeOverride.NoOverride",
                    "Description": "No override is currently active on target",
                },
            }
        )

    def listener(self, balancer: str, port: int, *groups: str, protocol: str = "TCP") -> str:
        """Create a listener that forwards to target groups, with equal weights."""
        path = balancer.partition(":loadbalancer/")[2]
        arn = self._elb_arn(f"listener/{path}/{_digest(f'{path}:{port}', 16)}")
        forward: Object = {"Type": "forward"}
        if len(groups) == 1:
            forward["TargetGroupArn"] = groups[0]
        forward["Order"] = 1
        forward["ForwardConfig"] = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1} for arn in groups]}
        self.listeners[balancer].append(
            {
                "ListenerArn": arn,
                "LoadBalancerArn": balancer,
                "Port": port,
                "Protocol": protocol,
                "DefaultActions": [forward],
            }
        )
        for group in self.groups:
            if group["TargetGroupArn"] in groups and balancer not in group["LoadBalancerArns"]:
                group["LoadBalancerArns"].append(balancer)
        return arn

    # --- the recording --------------------------------------------------------------------------------

    def find(self, operation: str, key: str) -> Object:
        """Return the object with an id among those that a call lists."""
        return next(item for item in self.objects[operation] if key in item.values())

    def recording(self, taken_at: datetime = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)) -> Recording:
        """Return AWS's answers about all this."""
        identity = {
            "UserId": "AIDACKCEVSQ6C2EXAMPLE",
            "Account": self.account,
            "Arn": f"arn:aws:iam::{self.account}:user/operator",
        }
        answers = [self._answer("sts", "GetCallerIdentity", {}, identity)]
        for operation, items in self.objects.items():
            answers.append(self._answer("ec2", operation, {}, {_LISTS[operation]: items}))
        answers += self._routing_answers()
        answers += self._balancer_answers()
        return Recording(taken_at, __version__, tuple(answers))

    def _routing_answers(self) -> Iterable[Answer]:
        for table, routes in self.transit_routes.items():
            usable = {"Name": "state", "Values": ["active", "blackhole"]}
            yield self._answer(
                "ec2",
                "SearchTransitGatewayRoutes",
                {"TransitGatewayRouteTableId": table, "Filters": [usable]},
                {"Routes": routes, "AdditionalRoutesAvailable": False},
            )
        for prefix_list, cidrs in self.prefix_lists.items():
            yield self._answer(
                "ec2",
                "GetManagedPrefixListEntries",
                {"PrefixListId": prefix_list},
                {"Entries": [{"Cidr": cidr} for cidr in cidrs]},
            )

    def _balancer_answers(self) -> Iterable[Answer]:
        def elb(operation: str, parameters: Object, **response: Any) -> Answer:
            return self._answer("elbv2", operation, parameters, response)

        def attributes(arn: str) -> list[Object]:
            return [{"Key": key, "Value": value} for key, value in self.attributes[arn].items()]

        yield elb("DescribeLoadBalancers", {}, LoadBalancers=self.balancers)
        yield elb("DescribeTargetGroups", {}, TargetGroups=self.groups)
        for arn, listeners in self.listeners.items():
            which = {"LoadBalancerArn": arn}
            yield elb("DescribeLoadBalancerAttributes", which, Attributes=attributes(arn))
            yield elb("DescribeListeners", which, Listeners=listeners)
            for listener in listeners:
                yield elb(
                    "DescribeRules", {"ListenerArn": listener["ListenerArn"]}, Rules=[_default(listener)]
                )
        for arn, targets in self.targets.items():
            which = {"TargetGroupArn": arn}
            yield elb("DescribeTargetGroupAttributes", which, Attributes=attributes(arn))
            yield elb("DescribeTargetHealth", which, TargetHealthDescriptions=targets)

    def _answer(self, service: str, operation: str, parameters: Object, response: Object) -> Answer:
        return Answer(self.account, self.region, service, operation, parameters, response)

    def _add(self, operation: str, **fields: Any) -> None:
        self.objects[operation].append(fields)

    def _groups(self, groups: Sequence[str]) -> list[Object]:
        return [
            {"GroupId": group, "GroupName": self.find("DescribeSecurityGroups", group)["GroupName"]}
            for group in groups
        ]

    def _elb_arn(self, path: str) -> str:
        return f"arn:aws:elasticloadbalancing:{self.region}:{self.account}:{path}"


def made_id(prefix: str, name: str) -> str:
    """Return the id of a resource that was created with this name."""
    return f"{prefix}-0{_digest(prefix + name, 16)}"


def permission(
    protocol: str,
    *cidrs: str,
    port: int | tuple[int, int] | None = None,
    groups: Iterable[Object] = (),
    prefix_lists: Iterable[str] = (),
) -> Object:
    """Return one permission of a security group."""
    first, last = port if isinstance(port, tuple) else (port, port)
    return {
        "IpProtocol": protocol,
        **({} if port is None else {"FromPort": first, "ToPort": last}),
        "UserIdGroupPairs": list(groups),
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs],
        "Ipv6Ranges": [],
        "PrefixListIds": [{"PrefixListId": item} for item in prefix_lists],
    }


def acl_entry(
    number: int,
    egress: bool,
    action: str,
    cidr: str = ANYWHERE,
    ports: tuple[int, int] | None = None,
    protocol: str | None = None,
) -> Object:
    """Return one entry of a network ACL; for TCP when it names ports, else for every protocol."""
    return {
        "CidrBlock": cidr,
        "Egress": egress,
        **({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}),
        "Protocol": protocol or ("6" if ports else "-1"),
        "RuleAction": action,
        "RuleNumber": number,
    }


def _default(listener: Object) -> Object:
    return {
        "RuleArn": listener["ListenerArn"].replace(":listener/", ":listener-rule/")
        + "/"
        + _digest("rule", 16),
        "Priority": "default",
        "Conditions": [],
        "Actions": listener["DefaultActions"],
        "IsDefault": True,
    }


def _named(name: str) -> list[Object]:
    return [{"Key": "Name", "Value": name}]


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _mac(name: str) -> str:
    digest = _digest(name, 10)
    return ":".join(["06", *(digest[index : index + 2] for index in range(0, 10, 2))])


def _dns_name(address: str, region: str) -> str:
    return f"ip-{address.replace('.', '-')}.{region}.compute.internal"
