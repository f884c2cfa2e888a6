"""What is an address, a range, a socket's address, and which range fits an address best?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple, TypeVar

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_Item = TypeVar("_Item")


class SocketAddress(NamedTuple):
    """An IP address of either family, and a port; written ``192.0.2.1:443`` or ``[2001:db8::1]:443``."""

    address: str
    port: int

    def __str__(self) -> str:
        if ":" in self.address:
            return f"[{self.address}]:{self.port}"
        return f"{self.address}:{self.port}"


def single(address: Address) -> Network:
    """Return the range that holds one address alone: its /32 or /128."""
    return ip_network(address)


def longest_matches(
    items: Iterable[_Item], address: Address, network: Callable[[_Item], Network | None]
) -> list[_Item]:
    """Return the items with the longest ranges that hold an address: all of one length, or none.

    ``network`` tells an item's range; an item without one holds nothing. It is the longest-prefix match of
    every table; how items of one length are told apart is the table's own rule.
    """
    holding = [(item, found) for item in items if (found := network(item)) is not None and address in found]
    longest = max((found.prefixlen for _, found in holding), default=0)
    return [item for item, found in holding if found.prefixlen == longest]


def longest_match(networks: Iterable[Network], address: Address) -> Network | None:
    """Return the longest range that holds an address; None when none does."""
    return next(iter(longest_matches(networks, address, lambda network: network)), None)
