"""Who has a public address in a random network, and by what do its VPCs reach the internet?"""

from __future__ import annotations

import random

from tests.lab.agreement.network import Balancer, Draft, Machine, Site
from tests.scenarios.cloud import ANYWHERE, permission

RANGES = ("198.51.100.0/24", "203.0.113.0/24")
OUTSIDE = ("203.0.113.50", "203.0.113.51")
"""Hosts of the internet."""


def publish(draft: Draft, chance: random.Random) -> None:
    """Let some load balancers face the internet, with clients there, behind NAT gateways and beside them."""
    if chance.random() < 0.55:
        return
    draft.internet = [Machine(address) for address in OUTSIDE]
    numbers = iter(range(1, 250))
    for balancer in draft.balancers:
        if chance.random() < 0.8:
            _face(draft, balancer, numbers)
    for site in draft.sites:
        if chance.random() < 0.6:
            _open(draft, chance, site)
            for machine in draft.inside(site):
                if chance.random() < 0.4:
                    _give(draft, machine.address, f"198.51.100.{next(numbers)}")
    _admit(draft)


def _face(draft: Draft, balancer: Balancer, numbers: object) -> None:
    """Make a load balancer internet-facing, in public subnets."""
    gateway = _gateway(draft, balancer.site)
    made = next(item for item in draft.cloud.balancers if item["LoadBalancerArn"] == balancer.arn)
    made["Scheme"] = "internet-facing"
    for zone in made["AvailabilityZones"]:
        (address,) = zone["LoadBalancerAddresses"]
        address["IpAddress"] = f"198.51.100.{next(numbers)}"  # type: ignore[call-overload]
        _give(draft, address["PrivateIPv4Address"], address["IpAddress"])
        draft.public[address["IpAddress"]] = balancer
    for place in balancer.nodes.values():
        _default(draft, place.table, gateway)


def _open(draft: Draft, chance: random.Random, site: Site) -> None:
    """Give some subnets of a VPC a default route, to its internet gateway or a NAT gateway."""
    gateway = _gateway(draft, site)
    for place in site.places:
        if chance.random() < 0.6:
            _default(draft, place.table, gateway)
    if chance.random() < 0.6:
        place = chance.choice(site.places)
        _default(draft, place.table, gateway)
        number = 100 + len(draft.exits)
        nat = draft.cloud.nat_gateway(f"{site.id}-out", place.id, place.address(8), f"198.51.100.{number}")
        draft.exits[nat] = site
        for other in site.places:
            _default(draft, other.table, nat)


def _gateway(draft: Draft, site: Site) -> str:
    """Return the internet gateway of a VPC, which has but one."""
    for key, owner in draft.exits.items():
        if owner is site and key.startswith("igw-"):
            return key
    gateway = draft.cloud.internet_gateway(f"{site.id}-internet", site.id)
    draft.exits[gateway] = site
    return gateway


def _default(draft: Draft, table: str, target: str) -> None:
    routes = draft.cloud.find("DescribeRouteTables", table)["Routes"]
    if not any(route.get("DestinationCidrBlock") == ANYWHERE for route in routes):
        draft.cloud.route(table, ANYWHERE, target)


def _give(draft: Draft, private: str, public: str) -> None:
    for item in draft.cloud.objects["DescribeNetworkInterfaces"]:
        if item["PrivateIpAddress"] == private:
            item["Association"] = {"PublicIp": public, "IpOwnerId": draft.cloud.account, "PublicDnsName": ""}
            draft.addresses[public] = private


def _admit(draft: Draft) -> None:
    """Let most security groups admit who comes from the internet."""
    for number, group in enumerate(draft.cloud.objects["DescribeSecurityGroups"]):
        if number % 4:
            group["IpPermissions"].append(permission("tcp", *RANGES, port=(1, 65535)))
