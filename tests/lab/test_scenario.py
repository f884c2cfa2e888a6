"""Does a table's network hold all that the table says, and are tables refused that have no place?"""

from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck import mapping
from nlbcheck.errors import InputError
from nlbcheck.lab import scenario
from nlbcheck.lab.plan import Plan, Service
from nlbcheck.mapping import Row, Table
from nlbcheck.model import Check, Node, Port

ARTICLE = mapping.load(scenario.TABLE)


def row(
    listener: int = 10022, target: str | None = "172.31.129.10", port: int = 22, check: Check = Check.SSH
) -> Row:
    return replace(
        ARTICLE.rows[0],
        name=f"tg-{listener}",
        listener=Port("TCP", listener),
        target_group=f"tg-{listener}",
        target_port=Port("TCP", port),
        target="Server",
        target_address=target,
        check=check,
    )


def table(*rows: Row, nodes: tuple[str, ...] = ("172.31.128.10",), client: str | None = None) -> Table:
    return replace(ARTICLE, rows=rows, static_ips=tuple(Node(None, node) for node in nodes), client=client)


def problems(bad: Table) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        scenario.plan(bad)
    return caught.value.problems


def attached(plan: Plan) -> dict[str, str]:
    return {link.one.namespace: link.other.namespace for link in plan.links if link.one.device == "eth0"}


def test_the_built_in_table_is_the_sample() -> None:
    sample = Path(__file__).parents[2] / "sample_configs" / "nlbcheck.yaml"
    assert scenario.TABLE.read_bytes() == sample.read_bytes()


def test_the_article_has_its_hosts_where_it_says() -> None:
    plan = scenario.plan(ARTICLE)
    assert plan.client == "192.168.1.214"
    assert attached(plan) == {
        "192.168.1.214": "vpc-1",
        "172.31.128.10": "vpc-2",
        "172.31.136.10": "vpc-2",
        "172.31.129.10": "vpc-2",
        "172.31.137.10": "vpc-2",
        "10.0.0.10": "on-premises",
    }
    assert {(service.host, service.port): service.check for service in plan.services} == {
        ("172.31.129.10", 22): Check.SSH,
        ("172.31.129.10", 80): Check.HTTP,
        ("172.31.137.10", 22): Check.SSH,
        ("172.31.137.10", 80): Check.HTTP,
        ("10.0.0.10", 80): Check.HTTP,
    }


@given(st.integers(1, 60), st.integers(0, 2**16 - 1), st.randoms(use_true_random=False))
def test_any_table_whose_addresses_fit_has_a_network(size: int, start: int, chance: random.Random) -> None:
    first = [int(IPv4Address(text)) for text in ("172.31.0.0", "10.0.0.0")]
    nodes = ("172.31.0.1", "172.31.255.1")
    places = {
        str(IPv4Address(chance.choice(first) + (start + number) % 2**16)): number for number in range(size)
    }
    rows = [row(1024 + n, address, check=Check.TCP) for address, n in places.items() if address not in nodes]
    plan = scenario.plan(table(*rows, nodes=nodes))
    names = [namespace.name for namespace in plan.namespaces]
    ends = [end for link in plan.links for end in (link.one, link.other)]
    assert len(set(names)) == len(names)
    assert len(set(ends)) == len(ends)
    assert {end.namespace for end in ends} == set(names)
    assert all(len(end.device) <= 15 for end in ends)
    for namespace in plan.namespaces:
        devices = {end.device for end in ends if end.namespace == namespace.name} | {"lo", None}
        assert {route.device for route in namespace.routes} <= devices
    assert {service.host for service in plan.services} == {each.target_address for each in rows}


def test_one_port_may_have_several_listeners() -> None:
    plan = scenario.plan(table(row(1), row(2, check=Check.TCP), row(3)))
    address = IPv4Address("172.31.129.10")
    assert plan.services == (Service(str(address), address, 22, Check.SSH),)


def test_a_port_cannot_speak_two_protocols() -> None:
    assert problems(table(row(1), row(2, check=Check.HTTP))) == (
        "tg-2: 172.31.129.10:22 cannot speak http and ssh at once",
    )


def test_every_row_and_address_without_a_place_is_named() -> None:
    clients, relay = "192.168.0.0/16 (vpc-1)", "172.31.0.0/16 (vpc-2)"
    on_premises = "10.0.0.0/16 (on-premises)"
    udp = replace(row(53), listener=Port("UDP", 53))
    bad = table(
        row(1, "192.168.1.10"),
        row(2, None),
        udp,
        row(4, "172.31.128.10"),
        row(5),
        nodes=("172.31.128.10", "10.0.0.1"),
        client="203.0.113.9",
    )
    assert problems(bad) == (
        "static_ips: 10.0.0.1 has no place in the lab: its nodes lie in 172.31.0.0/16",
        f"tg-1: the target 192.168.1.10 has no place in the lab: {relay} or {on_premises} was expected",
        "tg-2: the lab needs an address for the target Server",
        "tg-53: UDP:53 has no place in the lab, which carries TCP",
        "tg-4: the target 172.31.128.10 is a static IP of the load balancer",
        f"client: 203.0.113.9 has no place in the lab: {clients} or {relay} or {on_premises} was expected",
    )


def test_a_table_without_static_ips_is_refused() -> None:
    assert problems(table(row(), nodes=())) == (
        "static_ips: the lab needs the addresses of the load balancer's nodes",
    )


@pytest.mark.parametrize(
    ("written", "address", "network"),
    [
        (None, "192.168.1.214", "vpc-1"),
        ("i-0123456789abcdef0", "192.168.1.214", "vpc-1"),
        ("192.168.7.7", "192.168.7.7", "vpc-1"),
        ("172.31.129.10", "172.31.129.10", "vpc-2"),
        ("10.0.9.9", "10.0.9.9", "on-premises"),
    ],
)
def test_the_client_is_where_the_table_says(written: str | None, address: str, network: str) -> None:
    plan = scenario.plan(table(row(), client=written))
    assert plan.client == address
    assert attached(plan)[address] == network
