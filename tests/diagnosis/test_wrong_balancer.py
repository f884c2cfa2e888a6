"""Is it told when a table is for another load balancer than those in sight, and only then?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import wrong_balancer
from nlbcheck.errors import InputError
from nlbcheck.model import Node
from nlbcheck.relays import Table
from tests.scenarios.article import article

ARTICLE = article().recording()
OWN, OTHER = ("172.31.128.10", "172.31.136.10"), ("172.30.0.10", "172.30.1.10")


def refused(found: Recording, name: str | None, addresses: Sequence[str], region: str | None = None) -> str:
    """Return what is said of a table; nothing where it may be for what a recording shows."""
    nodes = tuple(Node(None, ip_address(address)) for address in addresses)
    try:
        wrong_balancer.refuse(AwsState(found), Table("t.yaml", (), name, region, static_ips=nodes))
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("example-nlb", OWN),
        ("example-nlb", OTHER),  # its nodes moved: the table differs
        ("other", OWN),  # it was named otherwise
        ("other", (OWN[0], OTHER[1])),
        (None, OWN),
        (None, (OTHER[0], OWN[1])),
        ("other", ()),  # nothing would be dialled
    ],
)
def test_what_fits_by_name_or_one_address_may_differ(name: str | None, addresses: Sequence[str]) -> None:
    assert refused(ARTICLE, name, addresses) == ""


@pytest.mark.parametrize("name", ["other", None])
def test_what_fits_by_neither_is_for_another(name: str | None) -> None:
    said = refused(ARTICLE, name, OTHER)
    assert said.startswith(
        "t.yaml: the table is for another load balancer than those that are visible. There is no load "
        "balancer "
    )


def test_one_in_another_region_is_in_sight() -> None:
    there = tuple(
        replace(item, region="us-east-1", response={"LoadBalancers": []})
        for item in ARTICLE.answers
        if item.operation == "DescribeLoadBalancers"
    )
    both = replace(ARTICLE, answers=(*ARTICLE.answers, *there))
    assert refused(both, "example-nlb", OTHER, "us-east-1") == ""
    assert refused(both, "other", OTHER, "us-east-1") != ""


def test_what_may_not_be_seen_may_be_there() -> None:
    hidden = tuple(item for item in ARTICLE.answers if item.operation != "DescribeLoadBalancers")
    assert refused(replace(ARTICLE, answers=hidden), "other", OTHER) == ""
