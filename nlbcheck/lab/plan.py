"""What is to be brought up: namespaces, the links between them, and who answers in them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nlbcheck.model import Check

MAIN_TABLE = 254
"""The kernel's own number for the table ``main``."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route: to a device, to a gateway behind it, or, without a device, into nothing."""

    destination: IPv4Network
    device: str | None = None
    """None drops silently, as AWS does; ``unreachable`` would answer."""
    via: IPv4Address | None = None
    table: int = MAIN_TABLE


@dataclass(frozen=True, slots=True)
class Rule:
    """Policy routing: which packets look up which table. The lowest number is asked first."""

    priority: int
    table: int
    incoming: str | None = None
    """The device that the packet came in by; None for any."""
    mark: int | None = None
    """The packet's firewall mark; None for any."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """One machine, router or load balancer node, and how its kernel is programmed."""

    name: str
    addresses: tuple[tuple[str, IPv4Interface], ...] = ()
    """Device and address."""
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    ruleset: str = ""
    """What nftables holds, in its own language."""
    forwards: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link."""

    namespace: str
    device: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cable between two namespaces."""

    one: End
    other: End


@dataclass(frozen=True, slots=True)
class Service:
    """A server program at a host."""

    host: str
    """The namespace it runs in."""
    address: IPv4Address
    port: int
    check: Check
    """The check that it satisfies: what it speaks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole network."""

    namespaces: tuple[Namespace, ...]
    links: tuple[Link, ...]
    services: tuple[Service, ...]
    client: str
    """The namespace that commands run in."""
