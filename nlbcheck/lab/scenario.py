"""What network does a mapping table describe, laid out as in the article it was made for?

Clients sit in one VPC, the load balancer in another that is peered with it, and what lies in the
on-premises range is reached from there through a VPN.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.lab import parts
from nlbcheck.lab.plan import End, Link, Namespace, Plan, Service
from nlbcheck.mapping import Row, Table
from nlbcheck.model import Check

TABLE = Path(__file__).with_name("table") / "nlbcheck.yaml"
"""The article's table, alone in its folder."""


@dataclass(frozen=True, slots=True)
class Site:
    """One of the three networks."""

    name: str
    range: IPv4Network


CLIENTS = Site("vpc-1", IPv4Network("192.168.0.0/16"))
RELAY = Site("vpc-2", IPv4Network("172.31.0.0/16"))
ON_PREMISES = Site("on-premises", IPv4Network("10.0.0.0/16"))
SITES = (CLIENTS, RELAY, ON_PREMISES)

_CLIENT = IPv4Address("192.168.1.214")
_PEERING = (IPv4Interface("169.254.2.0/31"), IPv4Interface("169.254.2.1/31"))
_VPN = (IPv4Interface("169.254.2.2/31"), IPv4Interface("169.254.2.3/31"))


def plan(table: Table) -> Plan:
    """Return the network that ``table`` describes.

    Raises InputError that lists every row and address that has no place in it.
    """
    problems: list[str] = []
    nodes = _nodes(table, problems)
    listeners: dict[int, tuple[IPv4Address, int]] = {}
    services: dict[tuple[IPv4Address, int], Check] = {}
    for row in table.rows:
        target = _target(row, nodes, problems)
        if target is not None:
            listeners[row.listener.number] = (target, row.target_port.number)
            _serve(row, target, services, problems)
    client = _client(table, nodes, problems)
    if problems:
        raise InputError(*problems)
    hosts = dict.fromkeys([client, *(address for address, _ in services)])
    return Plan(
        namespaces=(
            *(parts.host(address) for address in hosts),
            *(parts.node(address, listeners) for address in nodes),
            *_routers([*hosts, *nodes]),
        ),
        links=(
            *(
                parts.attachment(address, site.name)
                for site in SITES
                for address in _within(site, [*hosts, *nodes])
            ),
            Link(End(CLIENTS.name, "peering"), End(RELAY.name, "peering")),
            Link(End(RELAY.name, "vpn"), End(ON_PREMISES.name, "vpn")),
        ),
        services=tuple(
            Service(str(address), address, port, check) for (address, port), check in services.items()
        ),
        client=str(client),
    )


def _routers(addresses: list[IPv4Address]) -> tuple[Namespace, ...]:
    """Return the three networks' routers, and the ways between them."""

    def way(device: str, ends: tuple[IPv4Interface, IPv4Interface], far: Site) -> parts.Way:
        own, other = ends
        return parts.Way(device, own, other.ip, far.range)

    return (
        parts.router(
            CLIENTS.name, CLIENTS.range, _within(CLIENTS, addresses), [way("peering", _PEERING, RELAY)]
        ),
        parts.router(
            RELAY.name,
            RELAY.range,
            _within(RELAY, addresses),
            [way("peering", _PEERING[::-1], CLIENTS), way("vpn", _VPN, ON_PREMISES)],
        ),
        parts.router(
            ON_PREMISES.name,
            ON_PREMISES.range,
            _within(ON_PREMISES, addresses),
            [way("vpn", _VPN[::-1], RELAY)],
        ),
    )


def _nodes(table: Table, problems: list[str]) -> tuple[IPv4Address, ...]:
    if not table.static_ips:
        problems.append("static_ips: the lab needs the addresses of the load balancer's nodes")
    nodes = []
    for static_ip in table.static_ips:
        address = _address(static_ip.address)
        if address is None or address not in RELAY.range:
            problems.append(
                f"static_ips: {static_ip.address} has no place in the lab: its nodes lie in {RELAY.range}"
            )
        else:
            nodes.append(address)
    return tuple(dict.fromkeys(nodes))


def _client(table: Table, nodes: tuple[IPv4Address, ...], problems: list[str]) -> IPv4Address:
    """Return the client's address: the table's, where that names one."""
    address = _address(table.client) if table.client else None
    if address is None:
        return _CLIENT
    if _site(address, SITES) is None or address in nodes:
        problems.append(f"client: {address} has no place in the lab: {_ranges(SITES)} was expected")
    return address


def _target(row: Row, nodes: tuple[IPv4Address, ...], problems: list[str]) -> IPv4Address | None:
    """Return the address of the row's target, or note why the lab cannot have it."""
    sites = (RELAY, ON_PREMISES)
    for port in (row.listener, row.target_port):
        if port.protocol != "TCP":
            problems.append(f"{row.name}: {port} has no place in the lab, which carries TCP")
            return None
    if row.target_address is None:
        problems.append(f"{row.name}: the lab needs an address for the target {row.target}")
        return None
    address = _address(row.target_address)
    if address is None or _site(address, sites) is None:
        problems.append(
            f"{row.name}: the target {row.target_address} has no place in the lab: "
            f"{_ranges(sites)} was expected"
        )
        return None
    if address in nodes:
        problems.append(f"{row.name}: the target {address} is a static IP of the load balancer")
        return None
    return address


def _serve(
    row: Row, target: IPv4Address, services: dict[tuple[IPv4Address, int], Check], problems: list[str]
) -> None:
    """Note what the row's target speaks on its port; any server satisfies a check by TCP alone."""
    place = (target, row.target_port.number)
    present = services.get(place, Check.TCP)
    if Check.TCP not in (present, row.check) and present != row.check:
        problems.append(f"{row.name}: {target}:{place[1]} cannot speak {row.check} and {present} at once")
    services[place] = row.check if present == Check.TCP else present


def _within(site: Site, addresses: list[IPv4Address]) -> list[IPv4Address]:
    return [address for address in addresses if address in site.range]


def _site(address: IPv4Address, sites: tuple[Site, ...]) -> Site | None:
    return next((site for site in sites if address in site.range), None)


def _ranges(sites: tuple[Site, ...]) -> str:
    return " or ".join(f"{site.range} ({site.name})" for site in sites)


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None
