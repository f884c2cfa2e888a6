"""What ip(8) says of addresses, routes and bridges, of iproute2 and of BusyBox."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.inspection import interfaces
from nlbcheck.inspection.sections import MISSING, CommandAnswer
from nlbcheck.model.inspected import RouteBack

ADDRESSES = """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 172.31.129.10/20 brd 172.31.143.255 scope global dynamic eth0\\       valid_lft 2000sec
2: eth0    inet6 fe80::432:5bff:fea5:4cb5/64 scope link tentative \\       valid_lft forever
3: docker0    inet 172.31.136.1/24 scope global docker0\\       valid_lft forever preferred_lft forever
"""
DETAILED = CommandAnswer(
    "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\\    link/loopback 00:00\n"
    "2: eth0@if7: <BROADCAST,UP> mtu 1500\\    link/ether 06:32:5b:a5:4c:b5 brd ff promiscuity 0  veth \n"
    "3: docker0: <BROADCAST,UP> mtu 1500\\    link/ether 06:32:5b:a5:4c:b5 \\    bridge forward_delay 1500\n",
    0,
)
PLAIN = CommandAnswer(
    "1: lo: <LOOPBACK>\n2: eth0@if7: <BROADCAST,UP>\n3: docker0: <UP>\n4: br-0123456789ab: <UP>\n", 0
)
PEER = ip_address("172.31.136.10")
OWN = interfaces.addresses(ADDRESSES)


def answer(text: str, status: int | None = 0) -> CommandAnswer:
    return CommandAnswer(f"{text}\n    cache\n", status)


def test_addresses_have_their_interfaces_and_ranges() -> None:
    assert [
        ("lo", ip_interface("127.0.0.1/8")),
        ("eth0", ip_interface("172.31.129.10/20")),
        ("eth0", ip_interface("fe80::432:5bff:fea5:4cb5/64")),
        ("docker0", ip_interface("172.31.136.1/24")),
    ] == OWN


def test_bridges_are_told_by_their_kind_and_without_it_by_their_names() -> None:
    assert interfaces.bridges(DETAILED, PLAIN) == {"docker0"}
    assert interfaces.bridges(CommandAnswer("ip: invalid option -- 'd'", 1), PLAIN) == {
        "docker0",
        "br-0123456789ab",
    }


@pytest.mark.parametrize(
    ("said", "route"),
    [
        (
            "172.31.136.10 from 172.31.129.10 dev eth0 uid 0 ",
            RouteBack(PEER, "eth0", holding="172.31.128.0/20"),
        ),
        (
            "172.31.136.10 from 172.31.129.10 via 172.31.128.1 dev eth0 uid 0 ",
            RouteBack(PEER, "eth0", "172.31.128.1"),
        ),
        (
            "172.31.136.10 from 172.31.129.10 dev docker0 uid 0 ",
            RouteBack(PEER, "docker0", is_bridge=True, holding="172.31.136.0/24"),
        ),
        ("local 172.31.136.10 from 172.31.129.10 dev lo uid 0 ", RouteBack(PEER, "lo")),
        ("172.31.136.10 from 172.31.129.10 dev cni0 ", RouteBack(PEER, "cni0")),
    ],
)
def test_a_route_back_has_an_interface(said: str, route: RouteBack) -> None:
    assert interfaces.route_back(PEER, answer(said), OWN, frozenset({"docker0"})) == route


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("RTNETLINK answers: Network is unreachable", "it has no route there"),
        ("ip: RTNETLINK answers: Network is unreachable", "it has no route there"),
        ("RTNETLINK answers: No route to host", "its route there is 'unreachable'"),
        ("RTNETLINK answers: Invalid argument", "its route there is a blackhole"),
    ],
)
def test_where_there_is_none_the_host_says_why(said: str, why: str) -> None:
    route = interfaces.route_back(PEER, CommandAnswer(f"{said}\n", 2), OWN, frozenset())
    assert route == RouteBack(PEER, None, said=why)


@pytest.mark.parametrize(
    "said",
    [
        CommandAnswer("", MISSING),
        CommandAnswer("ip: unknown", 1),
        answer("10.0.0.1 dev eth0"),
        CommandAnswer("", None),
    ],
)
def test_what_tells_no_route_is_not_visible(said: CommandAnswer) -> None:
    assert interfaces.route_back(PEER, said, OWN, frozenset()) is None


def test_the_higher_reverse_path_filter_counts() -> None:
    text = "".join(
        f"/proc/sys/net/ipv4/conf/{name}/rp_filter:{value}\n"
        for name, value in (("all", 0), ("eth0", 1), ("default", 2), ("eth1", 2))
    )
    found = [interfaces.reverse_path_filter(text, name) for name in ("eth0", "eth1", "eth7")]
    assert found == [1, 2, None]
    assert interfaces.reverse_path_filter("grep: /proc/sys: No such file", "eth0") is None


def test_policy_routing_by_marks_and_routes_by_chance_are_noticed() -> None:
    usual = "0:\tfrom all lookup local\n100:\tfrom 10.0.0.1 lookup 100\n32766:\tfrom all lookup main\n"
    assert not interfaces.is_ruled_by_more(usual, "default via 172.31.128.1 dev eth0\n")
    assert interfaces.is_ruled_by_more(f"{usual}99:\tfrom all fwmark 0x1 lookup 7\n", "")
    assert interfaces.is_ruled_by_more(usual, "default\n\tnexthop via 10.0.0.1 dev eth0 weight 1\n")


@given(st.text(), st.integers(0, 255) | st.none())
def test_whatever_is_said_is_read_without_an_error(text: str, status: int | None) -> None:
    said = CommandAnswer(text, status)
    interfaces.addresses(ADDRESSES.replace(" ", text))
    interfaces.bridges(said, said)
    interfaces.reverse_path_filter(text, text)
    interfaces.route_back(PEER, CommandAnswer(f"{PEER} dev {text} via {text} x", status), OWN, frozenset())
    interfaces.route_back(PEER, said, OWN, frozenset())
