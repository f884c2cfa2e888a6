from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws.redaction.public_addresses import PublicAddresses

KEY = b"k" * 32
MADE = PublicAddresses(KEY)
V4 = st.ip_addresses(v=4)
V6 = st.one_of(
    st.ip_addresses(v=6),
    st.integers(min_value=0x2 << 124, max_value=(0x4 << 124) - 1).map(IPv6Address),
    st.integers(min_value=0x2600 << 112, max_value=(0x2601 << 112) - 1).map(IPv6Address),
)
PAIRS = st.one_of(st.tuples(V4, V4), st.tuples(V6, V6))
CLASSES = ("is_global", "is_private", "is_reserved", "is_multicast", "is_loopback", "is_link_local")


def mapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    found = MADE.of(str(address))
    assert found is not None
    return ip_address(found)


def common(one: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address) -> int:
    """Return how many leading bits two addresses share."""
    return one.max_prefixlen - (int(one) ^ int(other)).bit_length()


def near(address: IPv4Address | IPv6Address, bit: int) -> IPv4Address | IPv6Address:
    return type(address)(int(address) ^ (1 << bit % address.max_prefixlen))


@given(PAIRS, st.integers(min_value=0, max_value=127))
def test_addresses_share_as_many_leading_bits_as_before(
    pair: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address], bit: int
) -> None:
    for other in (pair[1], near(pair[0], bit)):
        assert common(mapped(pair[0]), mapped(other)) == common(pair[0], other)


@given(st.one_of(V4, V6))
def test_public_stays_public_and_special_stays_as_it_is(address: IPv4Address | IPv6Address) -> None:
    there = mapped(address)
    embeds = isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour)
    for name in CLASSES:
        assert getattr(there, name) == getattr(address, name)
    assert there == address or address.is_global or embeds


@given(st.one_of(V4, V6), st.integers(min_value=0, max_value=128))
@settings(max_examples=200)
def test_a_block_holds_the_addresses_that_it_held(address: IPv4Address | IPv6Address, length: int) -> None:
    length = min(length, address.max_prefixlen)
    block = ip_network(f"{address}/{length}", strict=False)
    there = MADE.of(str(block))
    assert there is not None
    assert mapped(address) in ip_network(there)
    assert ip_network(there).prefixlen == length
    with_host_bits = MADE.of(f"{address}/{length}")
    assert with_host_bits is not None
    assert ip_network(with_host_bits, strict=False) == ip_network(there)


@pytest.mark.parametrize(
    "text", ["10.1.2.3", "0.0.0.0/0", "::/0", "0.0.0.0/1", "172.16.0.0/12", "203.0.113.7", "fd00::1/64",
             "169.254.169.254", "FE80::1", "2000::/3", "2001:DB8::1", "100.64.0.1/32"],
)  # fmt: skip
def test_what_is_special_or_holds_it_stays_as_written(text: str) -> None:
    assert MADE.of(text) == text


@pytest.mark.parametrize(
    "text", ["", "a", "1.2.3", "1.2.3.4/33", "1.2.3.4/255.255.255.0", "fe80::1%name", "1.2.3.4/", "054.1.2.3"]
)
def test_other_texts_are_none(text: str) -> None:
    assert MADE.of(text) is None


@pytest.mark.parametrize("text", ["::ffff:54.1.2.3", "64:ff9b::54.1.2.3", "2002:3601:203::1"])
def test_an_embedded_address_is_mapped_as_it_is_alone(text: str) -> None:
    alone = int(mapped(ip_address("54.1.2.3")))
    there = int(mapped(ip_address(text)))
    shift = 80 if text.startswith("2002") else 0
    assert there >> shift & 0xFFFFFFFF == alone


def test_another_key_makes_another_map() -> None:
    made = {PublicAddresses(bytes([number]) * 32).of("54.1.2.3") for number in range(20)}
    assert len(made) == 20
    assert "54.1.2.3" not in made
