"""A node that sends from several addresses: a fault of one hits its share of connections, and says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlbcheck.model import Verdict
from tests.path.telling import walked
from tests.scenarios.article import NODES, article
from tests.scenarios.cloud import Cloud, acl_entry, permission
from tests.scenarios.mutations import named

SECOND, THIRD = "172.31.128.77", "172.31.128.78"


def with_addresses(*more: str) -> Cloud:
    """Return the article's network with secondary addresses at the node in zone a, which servers admit."""
    cloud = article()
    shown = cloud.objects["DescribeNetworkInterfaces"]
    (node,) = (item for item in shown if item["PrivateIpAddress"] == NODES["a"])
    node["PrivateIpAddresses"] += [{"Primary": False, "PrivateIpAddress": address} for address in more]
    admit(*NODES.values(), *more)(cloud)
    return cloud


def admit(*addresses: str) -> Callable[[Cloud], None]:
    def mutate(cloud: Cloud) -> None:
        ranges = [f"{address}/32" for address in addresses]
        rules = [permission("tcp", *ranges, port=port) for port in (22, 80)]
        named_group = next(
            item for item in cloud.objects["DescribeSecurityGroups"] if item["GroupName"] == "targets"
        )
        named_group["IpPermissions"] = rules

    return mutate


def summaries(cloud: Cloud) -> list[str]:
    return [item.summary for item in walked(cloud).findings if item.verdict is Verdict.FAIL]


def test_all_addresses_admitted() -> None:
    assert summaries(with_addresses(SECOND, THIRD)) == []


@pytest.mark.parametrize(
    ("admitted", "share"),
    [((NODES["a"], SECOND), "1 of the 3"), ((NODES["a"],), "2 of the 3"), ((SECOND, THIRD), "1 of the 3")],
)
def test_a_group_that_leaves_some_out(admitted: tuple[str, ...], share: str) -> None:
    cloud = with_addresses(SECOND, THIRD)
    admit(*admitted)(cloud)
    told = summaries(cloud)
    assert told
    assert all(f"This applies to {share} addresses that the node sends from" in text for text in told)


def test_a_group_that_admits_none_says_nothing_of_a_share() -> None:
    cloud = with_addresses(SECOND)
    admit("203.0.113.9")(cloud)
    told = summaries(cloud)
    assert told
    assert not any("share" in text for text in told)


def test_an_acl_that_takes_replies_of_one_address_alone() -> None:
    cloud = with_addresses(SECOND)
    subnet = named(cloud, "DescribeSubnets", "target-1a")
    entries = [acl_entry(100, False, "allow"), acl_entry(90, True, "deny", f"{SECOND}/32"),
               acl_entry(100, True, "allow")]  # fmt: skip
    cloud.network_acl("acl", subnet["VpcId"], subnet["SubnetId"], entries=entries)
    (told,) = summaries(cloud)
    assert "This applies to 1 of the 2 addresses" in told
