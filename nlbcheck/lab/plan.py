"""What is to be brought up: namespaces, the links between them, and who answers in them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nlbcheck.model import Check

MAIN_TABLE = 254
"""The kernel's own number for the table ``main``."""


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """One route: to a device, into nothing, or on to the next rule's table."""

    destination: IPv4Network
    device: str | None = None
    """None drops silently, as AWS does; ``unreachable`` would answer."""
    table: int = MAIN_TABLE
    metric: int = 1
    """Of two routes for one destination, the one with the lower metric wins; 0 would mean any."""
    onward: bool = False
    """Leave the table and ask the next rule's; then there is no device."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Policy routing: which packets look up which table. The lowest number is asked first."""

    priority: int
    table: int
    mark: int | None = None
    """The packet's firewall mark; None for any."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """One machine, router or load balancer node, and how its kernel is programmed."""

    name: str
    addresses: tuple[tuple[str, IPv4Interface], ...] = ()
    """Device and address."""
    routes: tuple[PlannedRoute, ...] = ()
    rules: tuple[Rule, ...] = ()
    ruleset: str = ""
    """What nftables holds, in its own language."""
    forwards: bool = False
    bridges: tuple[tuple[str, IPv4Interface], ...] = ()
    """Bridges that nothing hangs on, as those of containers, each with its address and range."""
    strict: bool = False
    """Whether it drops what comes in by another interface than the answer leaves by (rp_filter 1)."""


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One end of a link."""

    namespace: str
    device: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cable between two namespaces."""

    one: LinkEnd
    other: LinkEnd


@dataclass(frozen=True, slots=True)
class TlsEnd:
    """How a load balancer's node ends TLS, before it hands on what was said inside."""

    names: tuple[str | IPv4Address, ...]
    """Whom the certificate is for."""
    expired: bool = False
    """Whether the certificate's time is over."""
    verifies: bool = False
    """Whether clients need a certificate; the lab admits none."""
    encrypts: bool = False
    """Whether the node speaks TLS with the target, too."""


@dataclass(frozen=True, slots=True)
class Service:
    """A server program at a host, or at a load balancer's node."""

    host: str
    """The namespace it runs in."""
    address: IPv4Address
    port: int
    check: Check
    """The check that it satisfies: what it speaks."""
    header_sent: bool = False
    """Whether the load balancer sends a proxy protocol header ahead of what the client says."""
    header_expected: bool = False
    """Whether the server wants one."""
    keys_of: IPv4Address | None = None
    """Whose keys it shows, if not its own."""
    fails: bool = False
    """Whether its web server answers 503."""
    tls_end: TlsEnd | None = None
    """For a TLS listener at a node; what it hands on, the kernel sends to a target."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole network."""

    namespaces: tuple[Namespace, ...]
    links: tuple[Link, ...]
    services: tuple[Service, ...]
    client: str
    """The namespace that commands run in."""
