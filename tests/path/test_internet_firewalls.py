"""What do Automated Internet Firewalls before an internet gateway do to connections?"""

from __future__ import annotations

import pytest

from nlbcheck.path.reach import Reach
from tests.path.test_dialled import (
    ANYWHERE,
    dialled,
    facing,
    named_interface,
    own_address,
    told,
)
from tests.scenarios.article import CLIENT
from tests.scenarios.mutations import named


@pytest.mark.parametrize(
    ("connectivity", "mode", "reach"),
    [
        ("outbound-only", "enforce", Reach.BLOCKED),
        ("outbound-only", "monitor", Reach.UNKNOWN),
        ("bidirectional", "enforce", Reach.UNKNOWN),
        ("flexible", "enforce", Reach.UNKNOWN),
        ("flexible", "monitor", Reach.REACHABLE),
        ("exclude", "enforce", Reach.REACHABLE),
    ],
)
def test_an_internet_firewall(connectivity: str, mode: str, reach: Reach) -> None:
    cloud = facing()
    named(cloud, "DescribeVpcs", "vpc-2")["NetworkFirewallAssociations"] = [
        {"FirewallArn": "arn", "FirewallOnboardingStatus": "active", "FirewallMode": mode}
    ]
    for name in ("private-1a-1", "private-1c-1"):
        named(cloud, "DescribeSubnets", name)["NetworkFirewallConnectivityType"] = connectivity
    assert dialled(cloud, "198.51.100.7").reach is reach


def test_a_route_that_names_an_internet_firewall_makes_it_unknown() -> None:
    cloud = facing()
    for item in named(cloud, "DescribeRouteTables", "private-1a-1")["Routes"]:
        if item.get("DestinationCidrBlock") == ANYWHERE:
            item["IgwFirewall"] = {"FirewallArn": "arn", "Status": "active"}
    assert dialled(cloud, "198.51.100.7").reach is Reach.UNKNOWN


def test_a_firewall_that_translates_hides_who_comes() -> None:
    """In an outbound-only subnet a client without a public address comes out by the firewall's."""
    cloud = facing()
    own_address(cloud)
    del named_interface(cloud, CLIENT)["Association"]
    named(cloud, "DescribeVpcs", "vpc-1")["NetworkFirewallAssociations"] = [
        {"FirewallArn": "arn", "FirewallOnboardingStatus": "active", "FirewallMode": "enforce"}
    ]
    named(cloud, "DescribeSubnets", "client-1a")["NetworkFirewallConnectivityType"] = "outbound-only"
    found = dialled(cloud)
    assert (found.reach, told(found)) == (Reach.UNKNOWN, {("not-visible", "request")})
