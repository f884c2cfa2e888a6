"""Which namespaces, routes and links stand for a host, a load balancer node and a network's router?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nlbcheck.lab import rulesets
from nlbcheck.lab.plan import End, Link, Namespace, Route, Rule

GATEWAY = IPv4Address("169.254.1.1")
"""Where every host sends everything: its router, by an address that no network uses."""

EVERYWHERE = IPv4Network("0.0.0.0/0")

_OWN_TABLE = 100
"""The addresses of the router's own network, and nothing else."""
_NOWHERE_TABLE = 101
"""Drops everything."""


@dataclass(frozen=True, slots=True)
class Way:
    """A router's way to another network: a peering connection or a VPN."""

    device: str
    own: IPv4Interface
    """The router's address on the link."""
    next_hop: IPv4Address
    """The far router's address on the link."""
    far: IPv4Network
    """The range that lies there. Nothing else comes from there, nothing else is sent there."""


def host(address: IPv4Address) -> Namespace:
    """Return a machine with one address, whose packets all go to its router, as in a VPC."""
    return Namespace(
        name=str(address),
        addresses=(("eth0", IPv4Interface(address)),),
        routes=(Route(EVERYWHERE, "eth0", via=GATEWAY),),
    )


def node(address: IPv4Address, listeners: Mapping[int, tuple[IPv4Address, int]]) -> Namespace:
    """Return a load balancer node that forwards its listener ports to their targets."""
    plain = host(address)
    return Namespace(
        plain.name, plain.addresses, plain.routes, ruleset=rulesets.node(address, listeners), forwards=True
    )


def attachment(address: IPv4Address, router_name: str) -> Link:
    """Return the cable between a host or node and its router."""
    return Link(End(str(address), "eth0"), End(router_name, _port(address)))


def router(name: str, own: IPv4Network, hosts: Iterable[IPv4Address], ways: Iterable[Way]) -> Namespace:
    """Return the router of a network.

    What comes in by one of the ``ways`` reaches this network's own hosts only: there is no transit.
    """
    ways = tuple(ways)
    return Namespace(
        name=name,
        addresses=(("lo", IPv4Interface(GATEWAY)), *((way.device, way.own) for way in ways)),
        routes=(
            *(Route(IPv4Network(address), _port(address), table=_OWN_TABLE) for address in hosts),
            *(Route(way.far, way.device, via=way.next_hop) for way in ways),
            Route(EVERYWHERE),
            Route(EVERYWHERE, table=_NOWHERE_TABLE),
        ),
        rules=(
            Rule(100, _OWN_TABLE),
            *(Rule(200 + place, _NOWHERE_TABLE, incoming=way.device) for place, way in enumerate(ways)),
        ),
        ruleset=rulesets.router(rulesets.Passage(way.device, own, way.far) for way in ways),
        forwards=True,
    )


def _port(address: IPv4Address) -> str:
    """Return the name of the router's device towards a host; Linux allows 15 characters."""
    return f"to-{int(address):08x}"
