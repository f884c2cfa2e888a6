"""Who walks the rows of a table, from where, and to which addresses of the load balancer?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.drift import listeners, static_ips
from nlbcheck.diagnosis.drift.finding import of_balancer
from nlbcheck.model import (
    THIS_MACHINE,
    Address,
    Client,
    Direction,
    Hop,
    Leg,
    Node,
    Verdict,
)
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import entrances
from nlbcheck.path.entrances import Entrance
from nlbcheck.path.location import Location, UnknownLocation
from nlbcheck.path.selected import Intent
from nlbcheck.path.walk import Walk, as_consumer, client_end, entrance, walk_row
from nlbcheck.relays.table import Row


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks rows in one state, as one client."""

    state: AwsState
    balancer: LoadBalancer
    client: Location
    nodes: tuple[BalancerNode | None, ...]
    dialled: tuple[Address, ...]
    """What clients dial at each node."""
    endpoints: tuple[Entrance | None, ...]
    """The endpoint of the load balancer's service that is dialled there instead; None where none is."""

    def walks(self, row: Row) -> tuple[Walk | None, ...]:
        """Walk a row at every node."""
        intent = self._intent(row)
        return tuple(self._walk(row, number, intent) for number in range(len(self.nodes)))

    def walk(self, row: Row, number: int) -> Walk | None:
        """Walk a row at one node; None where the load balancer has none there."""
        return self._walk(row, number, self._intent(row))

    def _walk(self, row: Row, number: int, intent: Intent) -> Walk | None:
        port, protocol, node = row.listener.number, row.listener.protocol, self.nodes[number]
        if node is None:
            return None
        address, endpoint = self.dialled[number], self.endpoints[number]
        has_it = address in balancers.dialled(node)
        public = has_it and address == node.public_address
        told = public or endpoint is not None
        client = self.client if told else as_consumer(self.state, self.balancer, node, self.client)
        whose = None if has_it or told else entrances.hidden(self.state, self.balancer, address)
        client = UnknownLocation(None, whose) if whose else client
        by = endpoint or (None if public else entrance(self.state, self.balancer, node, client))
        to = address if has_it else None
        walk = walk_row(self.state, self.balancer, node, port, protocol, client, intent, by, to)
        known = has_it or endpoint is not None or static_ips.may_have(self.state, self.balancer, address)
        return walk if known else _nowhere(walk, self.balancer, address)

    def _intent(self, row: Row) -> Intent:
        group = listeners.meant(self.state, self.balancer, row)
        addresses = [item.address for item in row.targets if item.address]
        return Intent(
            group if isinstance(group, TargetGroup) else None,
            tuple(addresses) if len(addresses) == len(row.targets) else (),
            row.target_port.number,
            row.spec,
        )


def walker(state: AwsState, balancer: LoadBalancer, client: str | None, nodes: Sequence[Node]) -> Walker:
    """Return who walks to ``nodes`` from a ``client``, as a user names it; InputError if there is none."""
    known = state.nodes(balancer)
    there = () if isinstance(known, NotVisible) else known
    at = tuple(_at(there, node) for node in nodes)
    own = {address for node in there for address in balancers.dialled(node)}
    endpoints = (
        None if node.address in own else entrances.dialled(state, balancer, node.address) for node in nodes
    )
    addresses = tuple(node.address for node in nodes)
    return Walker(state, balancer, client_end(state, client, balancer), at, addresses, tuple(endpoints))


def _nowhere(walk: Walk, balancer: LoadBalancer, address: Address) -> Walk:
    """Return a walk whose path is closed at the node: no node has the address that clients dial."""
    closed = Hop("load-balancer", of_balancer(balancer), Verdict.FAIL, {"dialled": str(address)})
    paths = list(walk.paths)
    for number, path in enumerate(paths):
        if (path.leg, path.direction) == (Leg.FRONT, Direction.REQUEST):
            first = next((at for at, hop in enumerate(path.hops) if hop.kind == closed.kind), len(path.hops))
            hops = (*path.hops[:first], closed, *path.hops[first + 1 :])
            paths[number] = replace(path, hops=hops)
    return replace(walk, paths=tuple(paths))


def source_of(state: AwsState, client: Client) -> str | None:
    """Return what to walk from; None where that is not known.

    A vantage point is walked from as its interface where AWS shows that, else by its address where that is
    one interface's, or the internet's.
    """
    if client.source != THIS_MACHINE and not client.is_name:
        return client.source
    if client.interface and isinstance(state.interface(client.interface), NetworkInterface):
        return client.interface
    if client.instance and isinstance(state.instance(client.instance), Instance):
        return client.instance
    if client.address is None:
        return None
    address = ip_address(client.address)
    found = state.interfaces_with(address)
    known = not isinstance(found, NotVisible) and (len(found) == 1 or (not found and routable(address)))
    return client.address if known else None


def _at(nodes: Sequence[BalancerNode], wanted: Node) -> BalancerNode | None:
    """Return the node with an address; else the one that stands in the zone."""
    at = [node for node in nodes if wanted.address in balancers.dialled(node)]
    return next(iter(at or [node for node in nodes if node.zone == wanted.zone]), None)
