"""Instances and network interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from tests.scenarios.cloud.account import Account
from tests.scenarios.cloud.names import MADE_AT, Object, dns_name, mac, made_id, named


class Machines(Account):
    """An account in which machines can be started."""

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
                "AttachTime": MADE_AT,
                "AttachmentId": made_id("eni-attach", name),
                "DeleteOnTermination": True,
                "DeviceIndex": 0,
                "NetworkCardIndex": 0,
                "InstanceId": instance,
                "InstanceOwnerId": self.account,
                "Status": "attached",
            },
        )
        self.add(
            "DescribeInstances",
            ReservationId=made_id("r", name),
            OwnerId=self.account,
            Groups=[],
            Instances=[
                {
                    "InstanceId": instance,
                    "ImageId": made_id("ami", "al2023"),
                    "State": {"Code": 16, "Name": "running"},
                    "PrivateDnsName": dns_name(address, self.region),
                    "PublicDnsName": "",
                    "InstanceType": "t3.micro",
                    "LaunchTime": MADE_AT,
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
                    "Tags": named(name),
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
            "MacAddress": mac(name),
            "NetworkInterfaceId": interface,
            "OwnerId": self.account,
            "PrivateDnsName": dns_name(address, self.region),
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [
                {
                    "Primary": True,
                    "PrivateDnsName": dns_name(address, self.region),
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
        self.add("DescribeNetworkInterfaces", **(common | fields))
        return interface

    def _groups(self, groups: Sequence[str]) -> list[Object]:
        return [
            {"GroupId": group, "GroupName": self.find("DescribeSecurityGroups", group)["GroupName"]}
            for group in groups
        ]
