"""How is a namespace's program told to iproute2, as lines for ``ip -batch``?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Network

from nlbcheck.lab.plan import Link, Namespace, PlannedRoute, Rule

_MAC = "02:00:00:00:00:01"
"""Both ends of every link have it, so that all that is sent arrives and nobody has to ask for addresses."""


def cable(link: Link, networks: Mapping[str, int]) -> str:
    """Return the line that lays a link; ``networks`` are file descriptors that ``ip`` inherits."""
    one, other = link.one, link.other
    return (
        f"link add name {one.device} address {_MAC} netns /proc/self/fd/{networks[one.namespace]} type veth "
        f"peer name {other.device} address {_MAC} netns /proc/self/fd/{networks[other.namespace]}"
    )


def plug(devices: Iterable[str]) -> list[str]:
    """Return the lines that switch on new ends of links; ``lo`` is one in a fresh namespace."""
    return [f"link set dev {device} {'' if device == 'lo' else 'arp off '}up" for device in devices]


def unplug(devices: Iterable[str]) -> list[str]:
    """Return the lines that take links away, whose other ends go with them."""
    return [f"link delete dev {device}" for device in devices]


def bridges(before: Namespace, after: Namespace) -> list[str]:
    """Return the lines that turn one program's bridges into another's."""
    gone = [item for item in before.bridges if item not in after.bridges]
    new = [item for item in after.bridges if item not in before.bridges]
    return [
        *unplug(name for name, _ in gone),
        *(f"link add name {name} type bridge" for name, _ in new),
        *(f"address add {ip} dev {name}" for name, ip in new),
        *(f"link set dev {name} up" for name, _ in new),
    ]


def change(before: Namespace, after: Namespace, gone: Collection[str] = ()) -> list[str]:
    """Return the lines that turn one program's addresses, routes and rules into another's.

    Devices that are ``gone`` have taken their addresses and routes with them.
    """
    there = [route for route in before.routes if route.device is None or route.device not in gone]
    kept = {_key(route) for route in after.routes}
    addresses = [item for item in before.addresses if item[0] not in gone]
    return [
        *(f"rule delete {_rule(rule)}" for rule in before.rules if rule not in after.rules),
        # The last address of a device takes its routes along: the new one comes first, and routes go before.
        *(
            f"address add {ip} dev {device}"
            for device, ip in after.addresses
            if (device, ip) not in addresses
        ),
        *(f"route delete {_place(route)}" for route in there if _key(route) not in kept),
        *(
            f"address delete {ip} dev {device}"
            for device, ip in addresses
            if (device, ip) not in after.addresses
        ),
        *(f"route replace {_route(route)}" for route in after.routes if route not in there),
        *(f"rule add {_rule(rule)}" for rule in after.rules if rule not in before.rules),
    ]


def _key(route: PlannedRoute) -> tuple[int, IPv4Network, int]:
    """Return what the kernel tells routes apart by."""
    return route.table, route.destination, route.metric


def _place(route: PlannedRoute) -> str:
    return f"{route.destination} table {route.table} metric {route.metric}"


def _route(route: PlannedRoute) -> str:
    if route.device is None:
        return f"{'throw' if route.onward else 'blackhole'} {_place(route)}"
    return f"{route.destination} dev {route.device} table {route.table} metric {route.metric}"


def _rule(rule: Rule) -> str:
    mark = f"fwmark {rule.mark} " if rule.mark is not None else ""
    return f"priority {rule.priority} {mark}lookup {rule.table}"
