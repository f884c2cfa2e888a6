"""VPCs, and what is inside them: subnets, route tables, network ACLs, security groups, prefix lists."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from tests.scenarios.cloud.account import Account
from tests.scenarios.cloud.names import Object, made_id, named
from tests.scenarios.cloud.rules import ANYWHERE, acl_entry, permission

_ZONE_IDS = {"a": 4, "b": 3, "c": 1, "d": 2}


class Vpcs(Account):
    """An account in which VPCs can be made."""

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
        self.add(
            "DescribeVpcs",
            VpcId=vpc,
            OwnerId=self.account,
            InstanceTenancy="default",
            CidrBlockAssociationSet=associations,
            CidrBlock=cidrs[0],
            DhcpOptionsId=made_id("dopt", "default"),
            IsDefault=False,
            State="available",
            Tags=named(name),
        )
        self.route_table(f"{name}-main", vpc, main=True)
        self.add(
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
        self.add(
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
            Tags=named(name),
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
        self.add(
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
            Tags=named(name),
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
        self.add(
            "DescribeNetworkAcls",
            NetworkAclId=acl,
            VpcId=vpc,
            OwnerId=self.account,
            IsDefault=False,
            Associations=[],
            Entries=[*entries, acl_entry(32767, True, "deny"), acl_entry(32767, False, "deny")],
            Tags=named(name),
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
        self.add(
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
