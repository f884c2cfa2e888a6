"""How is a namespace's program told to iproute2, as lines for ``ip -batch``?"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.lab.plan import Link, Namespace, Route, Rule


def cable(link: Link, networks: Mapping[str, int]) -> str:
    """Return the line that lays a link; ``networks`` are file descriptors that ``ip`` inherits."""
    one, other = link.one, link.other
    return (
        f"link add name {one.device} netns /proc/self/fd/{networks[one.namespace]} type veth "
        f"peer name {other.device} netns /proc/self/fd/{networks[other.namespace]}"
    )


def bring_up(namespace: Namespace, devices: tuple[str, ...]) -> list[str]:
    """Return the lines that program a fresh namespace whose links are laid."""
    return [
        *(f"address add {address} dev {device}" for device, address in namespace.addresses),
        *(f"link set dev {device} up" for device in ("lo", *devices)),
        *change(Namespace(namespace.name), namespace),
    ]


def change(before: Namespace, after: Namespace) -> list[str]:
    """Return the lines that turn the routes and rules of one program into another's."""
    kept = {(route.table, route.destination) for route in after.routes}
    return [
        *(f"rule del {_rule(rule)}" for rule in before.rules if rule not in after.rules),
        *(
            f"route del {route.destination} table {route.table}"
            for route in before.routes
            if (route.table, route.destination) not in kept
        ),
        *(f"route replace {_route(route)}" for route in after.routes if route not in before.routes),
        *(f"rule add {_rule(rule)}" for rule in after.rules if rule not in before.rules),
    ]


def _route(route: Route) -> str:
    if route.device is None:
        return f"blackhole {route.destination} table {route.table}"
    via = f"via {route.via} " if route.via else ""
    # onlink: a gateway is a neighbour by definition here, whatever the addresses say.
    return f"{route.destination} {via}dev {route.device} table {route.table}{' onlink' if via else ''}"


def _rule(rule: Rule) -> str:
    incoming = f"iif {rule.incoming} " if rule.incoming else ""
    mark = f"fwmark {rule.mark} " if rule.mark is not None else ""
    return f"priority {rule.priority} {incoming}{mark}lookup {rule.table}"
