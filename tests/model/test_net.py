"""Which range fits an address best, and how is a socket's address written?"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from nlbcheck.model.net import Network, SocketAddress, longest_match, longest_matches, single

ADDRESS = ip_address("10.1.2.3")
RANGES: list[Network] = [ip_network(cidr) for cidr in ("0.0.0.0/0", "10.1.0.0/16", "10.0.0.0/8", "::/0")]


def test_the_longest_range_that_holds_the_address() -> None:
    assert longest_match(RANGES, ADDRESS) == ip_network("10.1.0.0/16")
    assert longest_match(RANGES, ip_address("192.0.2.1")) == ip_network("0.0.0.0/0")
    assert longest_match(RANGES, ip_address("2001:db8::1")) == ip_network("::/0")
    assert longest_match([], ADDRESS) is None


def test_items_of_one_length_are_left_to_their_table() -> None:
    named = [("a", RANGES[1]), ("b", RANGES[2]), ("c", RANGES[1]), ("d", None)]
    assert [name for name, _ in longest_matches(named, ADDRESS, lambda item: item[1])] == ["a", "c"]


def test_a_range_for_one_address() -> None:
    assert str(single(ADDRESS)) == "10.1.2.3/32"
    assert str(single(ip_address("2001:db8::1"))) == "2001:db8::1/128"


def test_a_socket_s_address_prints_itself() -> None:
    assert str(SocketAddress("192.0.2.1", 443)) == "192.0.2.1:443"
    assert str(SocketAddress("2001:db8::1", 443)) == "[2001:db8::1]:443"
