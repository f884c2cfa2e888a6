"""From which of its addresses, and through which of its interfaces, does a host connect to an address?"""

from __future__ import annotations

import errno
import os
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.host import Host
from nlbcheck.model.net import longest_match

_SECONDS = 10.0
_MARK = "-- nlbcheck --"
_UNREACHABLE = {
    "network is unreachable": errno.ENETUNREACH,
    "no route to host": errno.EHOSTUNREACH,
    "host is unreachable": errno.EHOSTUNREACH,
    "permission denied": errno.EACCES,
}
"""What the kernel answers where it has no route, or one that says no."""
_UP, _GATEWAY, _REJECT = 0x1, 0x2, 0x200
"""Flags of routes: ``linux/route.h``."""


@dataclass(frozen=True, slots=True)
class HostRoute:
    """What a host's kernel chooses for connections to an address."""

    address: str | None = None
    """Their source; None where that is not seen."""
    device: str | None = None
    error: int | None = None
    """The ``errno`` of connections, where there is no way at all."""


class HostRoutes:
    """The routes of a host, as that says itself when it is asked first."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._found: dict[str, HostRoute] = {}

    def towards(self, address: str) -> HostRoute:
        """Return the route to an address; one of which nothing is known where the host does not say."""
        if address not in self._found:
            self._found[address] = self._asked(address)
        return self._found[address]

    def error(self, address: str) -> OSError | None:
        """Return the error of connections to an address, where it is known that there is no route."""
        number = self.towards(address).error
        return OSError(number, os.strerror(number)) if number else None

    def _asked(self, address: str) -> HostRoute:
        to = ip_address(address)
        mark = f"echo '{_MARK}'"
        script = f"ip route get {to} 2>&1; {mark}; cat /proc/net/route; {mark}; cat /proc/net/fib_trie"
        try:
            said = self._host.run(script, _SECONDS).output
        except UnseenError:
            return HostRoute()
        asked, routes, addresses = [*said.split(f"{_MARK}\n"), "", "", ""][:3]
        found = by_iproute(asked)
        if found is None and isinstance(to, IPv4Address):
            found = by_tables(routes, addresses, to)
        return found or HostRoute()


def by_iproute(said: str) -> HostRoute | None:
    """Return what ``ip route get`` says; None where there is no such program, or it says something else."""
    if said.startswith(("broadcast ", "multicast ")):  # to which the kernel connects nobody
        return HostRoute(error=errno.ENETUNREACH)
    source, device = re.search(r"\bsrc (\S+)", said), re.search(r"\bdev (\S+)", said)
    if source and device:
        with suppress(ValueError):
            return HostRoute(str(ip_address(source[1])), device[1])
    for words, number in _UNREACHABLE.items():
        if f"answers: {words}" in said.lower():
            return HostRoute(error=number)
    return None


def by_tables(routes: str, addresses: str, to: IPv4Address) -> HostRoute | None:
    """Return the route that ``/proc/net/route`` and ``/proc/net/fib_trie`` show; None where they show none.

    Rules of ``ip rule`` do not show there, so that no way is nothing that is said for certain.
    """
    known = list(_routes(routes))
    best = longest_match((network for network, _, _ in known), to)
    device = next((name for network, name, _ in known if network == best), None)
    if device is None:
        return None
    own = [network for network, name, direct in known if name == device and direct]
    for address in _local_addresses(addresses):
        if any(address in network for network in own):
            return HostRoute(str(address), device)
    return HostRoute(None, device)


def _routes(text: str) -> Iterator[tuple[IPv4Network, str, bool]]:
    """Yield the networks of the main table, each with its interface, and whether it is right there."""
    for line in text.splitlines():
        with suppress(ValueError, IndexError):
            fields = line.split()
            flags, to, mask = int(fields[3], 16), _address(fields[1]), _address(fields[7])
            if flags & _UP and not flags & _REJECT:
                yield IPv4Network(f"{to}/{mask}"), fields[0], not flags & _GATEWAY


def _address(word: str) -> IPv4Address:
    return IPv4Address(struct.pack("<I", int(word, 16)))


def _local_addresses(text: str) -> Iterator[IPv4Address]:
    """Yield the host's own addresses."""
    for found in re.finditer(r"\|-- (\S+)\n\s+/32 host LOCAL", text):
        with suppress(ValueError):
            yield IPv4Address(found[1])
