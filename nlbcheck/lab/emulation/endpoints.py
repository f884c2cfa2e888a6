"""Which interface endpoints lead to the lab's load balancers, and what does one do with a connection?

An endpoint hands what its security groups admit to the load balancer's node of its own zone. No route of
either VPC leads there, so that both may have the same addresses; here it is a cable of its own. The node sees
the client's address, for its inbound rules, and targets see the node's, whatever their group preserves:
https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from nlbcheck.aws.resources.endpoint_service import EndpointService
from nlbcheck.aws.resources.network_interface import INTERFACE, NetworkInterface
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc_endpoint import (
    ENDPOINT_INTERFACE,
    VpcEndpoint,
    VpcEndpointState,
    endpoint_of,
)
from nlbcheck.aws.state import AwsState
from nlbcheck.lab import rulesets
from nlbcheck.lab.emulation import groups, nft, routers
from nlbcheck.lab.emulation.relays import Relay
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import Role, Seat, device
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute, Rule
from nlbcheck.model.facts import NotVisible

_SERVICE = "service"
"""An endpoint's end of the cable to its node."""
_RULES = "by_endpoint"
"""A node's inbound rules for what comes through endpoints."""
_FIRST = 2000
"""Cables are numbered from here, as the mark and conntrack zone of connections and the table of replies."""


@dataclass(frozen=True, slots=True)
class EndpointLink:
    """An endpoint's interface, and the node that it leads to."""

    seat: Seat
    node: Seat
    number: int
    is_open: bool
    """Whether the endpoint is in use."""
    asks_rules: bool
    """Whether the load balancer's inbound rules apply to what comes through it."""

    @property
    def device(self) -> str:
        """The node's end of the cable."""
        return device("vpce", self.seat.name)

    @property
    def link(self) -> Link:
        """The cable between both."""
        return Link(LinkEnd(self.seat.name, _SERVICE), LinkEnd(self.node.name, self.device))


@dataclass(frozen=True, slots=True)
class _Lead:
    service: EndpointService
    relay: Relay
    state: VpcEndpointState | None


def interfaces(state: AwsState, relays: Iterable[Relay]) -> tuple[NetworkInterface, ...]:
    """Return the interfaces of all endpoints that lead to a load balancer."""
    relays = tuple(relays)
    found = (item for item in state.seen(INTERFACE) if item.type == ENDPOINT_INTERFACE)
    ours = (item for item in found if _leads(state, item, relays))
    return tuple(item for item in ours if any(isinstance(own, IPv4Address) for own in item.addresses))


def links(
    state: AwsState, seats: Sequence[Seat], relays: Sequence[Relay], remarks: Remarks
) -> tuple[EndpointLink, ...]:
    """Return where the lab's endpoints lead to; what the others take is dropped, and said."""
    found: list[EndpointLink] = []
    for seat in seats:
        if seat.role is Role.ENDPOINT:
            made = _link(state, seat, seats, relays, _FIRST + len(found))
            if isinstance(made, EndpointLink):
                found.append(made)
            else:
                remarks.say(f"the interface endpoint at {seat.address} {made}: the lab drops what it takes")
    return tuple(found)


def _link(
    state: AwsState, seat: Seat, seats: Sequence[Seat], relays: Sequence[Relay], number: int
) -> EndpointLink | str:
    interface = state.interface(seat.interface_id or "")
    leads = _leads(state, interface, relays) if isinstance(interface, NetworkInterface) else []
    if not leads:
        return "leads to nothing that the snapshot shows"
    lead = leads[0]
    if len(lead.service.balancer_arns) > 1:
        return f"leads to one of {len(lead.service.balancer_arns)} load balancers"
    own = {address for node in lead.relay.nodes for address in node.source_addresses}
    nodes = [item for item in seats if item.role is Role.NODE and not own.isdisjoint(item.addresses)]
    near = [item for item in nodes if item.site == lead.relay.balancer.vpc_id and _beside(seat, item)]
    if not near:
        return f"is in no zone of {lead.relay.balancer.name}"
    is_open = lead.state is VpcEndpointState.AVAILABLE
    return EndpointLink(seat, near[0], number, is_open, lead.relay.balancer.rules_for_endpoints is not False)


def _leads(state: AwsState, interface: NetworkInterface, relays: Iterable[Relay]) -> list[_Lead]:
    """Return the load balancers that an endpoint may lead to, as its owner or the provider sees it."""
    key = endpoint_of(interface)
    endpoint = state.vpc_endpoint(key) if key else None
    found = []
    for relay in relays:
        services = state.endpoint_services_of(relay.balancer)
        for service in () if isinstance(services, NotVisible) else services:
            if isinstance(endpoint, VpcEndpoint):
                named = endpoint.service_name == service.service_name
                found += [_Lead(service, relay, endpoint.state)] if named else []
                continue
            connections = state.endpoint_connections(service)
            for connection in () if isinstance(connections, NotVisible) else connections:
                found += [_Lead(service, relay, connection.state)] if connection.endpoint_id == key else []
    return found


def _beside(one: Seat, other: Seat) -> bool:
    """Whether two machines stand in one zone; its name means another place in another account."""
    first, second = one.subnet, other.subnet
    if not isinstance(first, Subnet) or not isinstance(second, Subnet):
        return False
    if first.zone_id and second.zone_id:
        return first.zone_id == second.zone_id
    return (first.account_region, first.zone) == (second.account_region, second.zone)


def machine(
    seat: Seat, leads: EndpointLink | None, who: groups.Acquaintance, prefixes: groups.Prefixes
) -> Namespace:
    """Return an endpoint's interface; one that is not in use drops everything."""
    if leads is None or not leads.is_open:
        return groups.machine(seat, rulesets.SILENCE)
    at = groups.machine(seat, _ruleset(leads, who, prefixes))
    onward = PlannedRoute(routers.EVERYWHERE, _SERVICE, leads.number)
    return replace(at, routes=(*at.routes, onward), rules=(Rule(10, leads.number, leads.number),))


def _ruleset(leads: EndpointLink, who: groups.Acquaintance, prefixes: groups.Prefixes) -> str:
    own = f'iifname "eth0" ip daddr {nft.networks(leads.seat.addresses)}'
    hook = "type {} hook {} priority {}; policy {};"
    taken = 'iifname "eth0" ct status dnat'
    return nft.table(
        "endpoint",
        [
            groups.admitting("ingress", leads.seat, who, prefixes, egress=False),
            nft.chain(
                "onward",
                [hook.format("filter", "prerouting", "mangle", "accept"),
                 f"{own} meta mark set {leads.number}"],
            ),
            nft.chain(
                "service",
                [hook.format("nat", "prerouting", "dstnat", "accept"),
                 f"{own} ip protocol tcp dnat to {leads.node.address}"],
            ),
            nft.chain(
                "forward",
                [
                    hook.format("filter", "forward", "filter", "drop"),
                    "ct state established,related accept",
                    f"{taken} jump ingress",
                    f"{taken} accept",
                ],
            ),
            nft.chain("input", [hook.format("filter", "input", "filter", "drop"), 'iifname "lo" accept']),
            nft.chain("output", [hook.format("filter", "output", "filter", "drop"), 'oifname "lo" accept']),
        ],
    )  # fmt: skip


def joined(node: Namespace, by: Iterable[EndpointLink]) -> Namespace:
    """Return a node that sends what came through an endpoint back there, whatever its client's address."""
    backs = tuple(PlannedRoute(routers.EVERYWHERE, item.device, item.number) for item in by)
    rules = tuple(Rule(10, back.table, back.table) for back in backs)
    return replace(node, routes=(*node.routes, *backs), rules=(*node.rules, *rules))


def arrivals(node: Seat, by: Sequence[EndpointLink], prefixes: groups.Prefixes) -> list[str]:
    """Return a node's chains for what comes through endpoints: its rules, and which endpoint it came through.

    Nobody is known by a security group there. Clients of two endpoints may have one address: conntrack's
    zones keep their connections apart.
    """
    if not by:
        return []
    zones = [f'iifname "{item.device}" ct original zone set {item.number}' for item in by]
    marks = [f'iifname "{item.device}" ct state new ct mark set {item.number}' for item in by]
    backs = [f"ct direction reply ct mark {item.number} meta mark set {item.number}" for item in by]
    return [
        groups.admitting(_RULES, node, groups.STRANGERS, prefixes, egress=False),
        nft.chain("apart", ["type filter hook prerouting priority raw; policy accept;", *zones]),
        nft.chain(
            "arrivals", ["type filter hook prerouting priority mangle; policy accept;", *marks, *backs]
        ),
        # What a node answers itself, where it ends TLS, goes back there, too.
        nft.chain("returns", ["type route hook output priority mangle; policy accept;", *backs]),
    ]


def admission(by: Iterable[EndpointLink]) -> Iterable[str]:
    """Return the statements that ask a node's inbound rules of what comes through endpoints."""
    for item in by:
        if item.asks_rules:
            yield f'iifname "{item.device}" ct state new jump {_RULES}'
        yield f'iifname "{item.device}" accept'


def departures(by: Iterable[EndpointLink]) -> Iterable[str]:
    """Return the statements that hide a node's groups from targets, where its rules are not asked."""
    for item in by:
        if not item.asks_rules:
            yield f"ct direction original ct mark {item.number} ip dscp set {groups.NAMELESS}"
