"""Which made-up public address stands for a real one, so that every prefix that held it still does?

The map is that of Crypto-PAn (Xu, Fan, Ammar, Moon, 2002): whether a bit is flipped depends on a key and on
the bits before it. Here no bit is flipped on the way to a special-purpose range. So each of those stays as it
is, an address that is public stays public, and of one beside a special-purpose range the first bits stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

_Network = IPv4Network | IPv6Network

# https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast and what is reserved
_SPECIAL_4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
)  # fmt: skip
# https://www.iana.org/assignments/iana-ipv6-special-registry; only 2000::/3 is global unicast
_SPECIAL_6 = (
    "::/3", "4000::/2", "8000::/1",
    "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)  # fmt: skip
_SPECIAL: dict[int, tuple[_Network, ...]] = {
    4: tuple(IPv4Network(text) for text in _SPECIAL_4),
    6: tuple(IPv6Network(text) for text in _SPECIAL_6),
}
_EMBEDDING = {"::ffff:0:0/96": 96, "64:ff9b::/96": 96, "2002::/16": 16}
"""Ranges whose addresses carry an IPv4 address, from which bit on."""


def _above(special: _Network) -> Iterator[tuple[int, int]]:
    """Yield the nodes of the tree of prefixes that lead to a range: their depths and bits."""
    value, width = int(special.network_address), special.max_prefixlen
    return ((depth, value >> (width - depth)) for depth in range(special.prefixlen))


_LEADING = {
    version: frozenset(n for item in items for n in _above(item)) for version, items in _SPECIAL.items()
}


class PublicAddresses:
    """One map of addresses, as its key makes it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._flips: dict[tuple[int, int, int], int] = {}

    def of(self, text: str) -> str | None:
        """Return what stands for an address or a CIDR block; None for a text that is none."""
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            return None
        if "%" in text:  # a scope's name is free text
            return None
        address, _, length = text.partition("/")
        if length and not length.isdecimal():
            return None
        whole = type(network.network_address)(address)
        is_block = whole == network.network_address
        mapped = self._address(whole, network.prefixlen if is_block else network.max_prefixlen)
        return text if mapped == whole else f"{mapped}/{length}" if length else str(mapped)

    def _address(self, address: IPv4Address | IPv6Address, length: int) -> IPv4Address | IPv6Address:
        """Return an address with its first ``length`` bits mapped."""
        if isinstance(address, IPv4Address):
            return IPv4Address(self._mapped(4, int(address), length))
        return IPv6Address(self._with_embedded(address, length))

    def _with_embedded(self, address: IPv6Address, length: int) -> int:
        value = int(address)
        for text, start in _EMBEDDING.items():
            if address in IPv6Network(text):
                below = 96 - start
                inner = value >> below & 0xFFFFFFFF
                mapped = self._mapped(4, inner, max(0, min(32, length - start)))
                return value ^ ((inner ^ mapped) << below)
        return self._mapped(6, value, length)

    def _mapped(self, version: int, value: int, length: int) -> int:
        width = 32 if version == 4 else 128
        if any(int(item.network_address) == value & int(item.netmask) for item in _SPECIAL[version]):
            return value
        return value ^ sum(
            self._flip(version, depth, value >> (width - depth)) << (width - 1 - depth)
            for depth in range(length)
        )

    def _flip(self, version: int, depth: int, prefix: int) -> int:
        """Return 1 where the bit after a prefix is flipped."""
        if (depth, prefix) in _LEADING[version]:
            return 0
        node = (version, depth, prefix)
        if node not in self._flips:
            said = f"{version} {depth} {prefix}".encode()
            self._flips[node] = blake2b(said, key=self._key, digest_size=1).digest()[0] & 1
        return self._flips[node]
