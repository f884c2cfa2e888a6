"""What do a VPC and the rules inside it look like: subnets, route tables, network ACLs, security groups?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Address, Network


@dataclass(frozen=True, slots=True)
class Vpc:
    """A virtual private cloud; its place is its owner's account."""

    id: str
    account_region: AccountRegion
    name: str | None
    cidrs: tuple[Network, ...]
    """Every range that is associated, the primary one first."""

    def contains(self, address: Address) -> bool:
        """Whether an address lies in one of the VPC's ranges."""
        return any(address in cidr for cidr in self.cidrs)


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; its place is its owner's account."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    zone: str
    cidrs: tuple[Network, ...]

    def contains(self, address: Address) -> bool:
        """Whether an address lies in the subnet."""
        return any(address in cidr for cidr in self.cidrs)


class RouteTargetKind(StrEnum):
    """What a route points at."""

    LOCAL = "local"
    INTERNET_GATEWAY = "internet-gateway"
    EGRESS_ONLY_GATEWAY = "egress-only-internet-gateway"
    VPN_GATEWAY = "vpn-gateway"
    NAT_GATEWAY = "nat-gateway"
    TRANSIT_GATEWAY = "transit-gateway"
    PEERING = "vpc-peering-connection"
    NETWORK_INTERFACE = "network-interface"
    VPC_ENDPOINT = "vpc-endpoint"
    LOCAL_GATEWAY = "local-gateway"
    CARRIER_GATEWAY = "carrier-gateway"
    CORE_NETWORK = "core-network"


class RouteState(StrEnum):
    """Whether a route can be used."""

    ACTIVE = "active"
    BLACKHOLE = "blackhole"
    FILTERED = "filtered"


class RouteOrigin(StrEnum):
    """How a route came into its table."""

    CREATE_ROUTE_TABLE = "CreateRouteTable"
    CREATE_ROUTE = "CreateRoute"
    ENABLE_VGW_ROUTE_PROPAGATION = "EnableVgwRoutePropagation"
    ADVERTISEMENT = "Advertisement"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a VPC route table; None in a field means that the answer does not say it."""

    destination: Network | None
    prefix_list_id: str | None
    """The destination is this prefix list's entries; then ``destination`` is None."""
    target_kind: RouteTargetKind | None
    """None also for kinds of target that are not known here."""
    target_id: str | None
    """``pcx-0…``, ``vgw-0…``, ``local`` …"""
    state: RouteState | None
    origin: RouteOrigin | None


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A VPC route table."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    main: bool
    """Whether subnets without an association of their own use it."""
    subnet_ids: tuple[str, ...]
    """The subnets that are associated explicitly."""
    routes: tuple[Route, ...]
    propagating_vgw_ids: tuple[str, ...]
    """Gateways that may add routes; what they added is in ``routes``."""


@dataclass(frozen=True, slots=True)
class PortRange:
    """The ports from ``first`` to ``last``, both included."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


ALL_PORTS = PortRange(0, 65535)


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One numbered rule of a network ACL; None in a field means that the answer does not say it."""

    number: int
    egress: bool
    protocol: str | None
    """``tcp``, ``udp``, ``icmp``, ``all``, or another protocol's number as text."""
    cidr: Network | None
    ports: PortRange | None
    allow: bool | None


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL with its entries in the order of their numbers."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    default: bool | None
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True, slots=True)
class PrefixListReference:
    """A rule's other side, named by a prefix list."""

    id: str


@dataclass(frozen=True, slots=True)
class GroupReference:
    """A rule's other side, named by a security group."""

    id: str
    account: str | None
    """The group's account, where AWS says it."""
    vpc_id: str | None
    peering_id: str | None
    peering_status: str | None
    """Set for a group of a peered VPC: ``active``, ``deleted`` …"""


Peer = Network | PrefixListReference | GroupReference


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """One source or destination that a security group admits; None means that the answer does not say it."""

    protocol: str | None
    ports: PortRange | None
    peer: Peer | None


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group."""

    id: str
    account_region: AccountRegion
    name: str
    vpc_id: str | None
    ingress: tuple[SecurityRule, ...]
    egress: tuple[SecurityRule, ...]


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A managed prefix list's entries."""

    id: str
    account_region: AccountRegion
    entries: tuple[Network, ...]
