"""Which machine stands where, and what is at its network interface?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from zlib import crc32

from nlbcheck.aws.resources.security_group import SecurityGroup
from nlbcheck.aws.resources.subnet import Subnet

ON_PREMISES = "on-premises"
"""The name of the network behind all VPN connections."""
INTERNET = "internet"
"""The name of the network between all internet gateways."""
OUTSIDE = (ON_PREMISES, INTERNET)
"""The networks that are no VPC."""


class Role(StrEnum):
    """What a machine is there for."""

    HOST = "host"
    NODE = "node"
    """Of a load balancer."""
    NAT = "nat"
    FIREWALL = "firewall"
    """Behind an endpoint that routes point at."""
    ENDPOINT = "endpoint"
    """An interface endpoint's own interface."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A machine, by its one network interface."""

    name: str
    """Of its namespace."""
    addresses: tuple[IPv4Address, ...]
    site: str
    """The VPC that it stands in, by id, or a network outside."""
    subnet: Subnet | None = None
    """None outside, and where the snapshot does not show it."""
    groups: tuple[SecurityGroup, ...] | None = None
    """Its security groups; None admits everything."""
    group_ids: tuple[str, ...] = ()
    """What it is known by to rules that name security groups."""
    role: Role = Role.HOST
    interface_id: str | None = None
    passes_on: bool = False
    """Whether it may forward what is not its own: the source/destination check is off."""
    running: bool = True
    public: tuple[tuple[IPv4Address, IPv4Address], ...] = ()
    """Its private addresses that have a public one, each with that."""

    @property
    def address(self) -> IPv4Address:
        """Its first address."""
        return self.addresses[0]

    @property
    def port(self) -> str:
        """The device of its router that it hangs on."""
        return f"to-{int(self.address):08x}"


def public_pairs(found: Iterable[tuple[object, object]]) -> tuple[tuple[IPv4Address, IPv4Address], ...]:
    """Return private addresses with their public ones, of IPv4."""
    return tuple(
        (private, public)
        for private, public in found
        if isinstance(private, IPv4Address) and isinstance(public, IPv4Address)
    )


def device(kind: str, key: str) -> str:
    """Return a device's name for a link that stands for a resource; Linux allows 15 characters."""
    return f"{kind}-{crc32(key.encode()):08x}"
