"""What becomes of connections and health checks from a node to one target?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.resources.peering_connection import PeeringConnection
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Direction, Finding, Leg, Path, ProbeSpec, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import (
    health_legs,
    inner_listeners,
    location,
    proven,
    source_address,
    stages,
    target_places,
)
from nlbcheck.path.decision import decide
from nlbcheck.path.gates import client_ip, peering
from nlbcheck.path.health_legs import Checks
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import Unseen, missing, unseen
from nlbcheck.path.packet import EPHEMERAL, GroupIds, Packet
from nlbcheck.path.passage import Passage
from nlbcheck.path.selected import Selected
from nlbcheck.path.trail import Journal, Trail


@dataclass(frozen=True, slots=True)
class _Leg:
    """One target as it is reached from a node."""

    state: AwsState
    balancer: LoadBalancer
    node: BalancerNode
    at_node: InVpc
    client: Location
    selected: Selected
    destination: Location
    transport: str
    """What carries connections; health checks are over TCP."""
    service: ProbeSpec | None = None
    """What a table says of the service; None where there is no table."""

    @property
    def name(self) -> str:
        return f"{self.selected.target.id}:{self.selected.target.port}"

    @property
    def resource(self) -> Resource:
        return Resource("target", self.name)


def walk_target(
    state: AwsState,
    journal: Journal,
    balancer: LoadBalancer,
    node: BalancerNode,
    at_node: InVpc,
    client: Location,
    selected: Selected,
    transport: str,
    service: ProbeSpec | None = None,
) -> tuple[Path, ...]:
    """Walk connections (where the target gets any) and health checks from a node to a target and back."""
    before = len(journal.paths)
    for destination in target_places.destinations(state, at_node, selected):
        leg = _Leg(state, balancer, node, at_node, client, selected, destination, transport, service)
        trails = _connections(leg, journal) if selected.used else []
        for trail in trails:
            trail.end()
        if selected.checked:
            _health(leg, journal, trails)
    return tuple(journal.paths[before:])


def _stops(trails: Sequence[Trail]) -> list[Finding]:
    return [finding for trail in trails for finding in trail.stops]


def _connections(leg: _Leg, journal: Journal) -> list[Trail]:
    """Walk connections to the target and back."""
    trail = Trail(journal, Leg.BACK, Direction.REQUEST, leg.name)
    selected = leg.selected
    preservation = source_address.preserved(leg.client, selected)
    nearby = _nearby(leg)
    outcome = source_address.check(leg.balancer, selected, leg.destination, preservation, nearby)
    trail.record("client-ip", leg.resource, outcome, Leg.BALANCER)
    if isinstance(leg.destination, UnknownLocation):
        trail.record("target", leg.resource, unseen(leg.destination.missing))
    if isinstance(preservation, NotVisible) or isinstance(outcome, Unseen):
        return _either(leg, journal, trail)
    keeps = preservation and nearby is True and source_address.may_keep(leg.destination)
    if isinstance(leg.destination, InVpc):
        hairpin = client_ip.check_hairpin(
            selected.group,
            selected.target,
            leg.client.address,
            leg.destination.address,
            preservation=keeps,
            machine=source_address.shared_machine(leg.client, leg.destination),
        )
        trail.record("client-ip", leg.resource, hairpin, Leg.BALANCER)
    port = selected.target.port
    inner_listeners.record(leg.state, trail, selected, leg.destination, port, leg.transport)
    trails = _walk(leg, journal, trail, port, leg.transport, keeps=keeps)
    if keeps and leg.transport == "tcp" and not _stops(trails):
        _collisions(leg, trail)
    return trails


def _collisions(leg: _Leg, trail: Trail) -> None:
    """Remark, where connections get through, that two of them may look like one."""
    outcome = source_address.check_collisions(leg.state, leg.balancer, leg.selected)
    if outcome:
        balancer = Resource("load-balancer", leg.balancer.arn, leg.balancer.name)
        trail.record("client-ip", balancer, outcome, Leg.BALANCER)


def _either(leg: _Leg, journal: Journal, trail: Trail) -> list[Trail]:
    """Walk with and without the client's address, and keep what stops the packet both times."""
    stops: list[list[Finding]] = []
    for keeps in (False, True):
        guess = Journal(journal.zone)
        request = Trail(guess, Leg.BACK, Direction.REQUEST, leg.name)
        trails = _walk(leg, guess, request, leg.selected.target.port, leg.transport, keeps=keeps)
        stops.append(_stops(trails))
    reply = Trail(journal, Leg.BACK, Direction.REPLY, leg.name)
    for finding in stops[0]:
        if any(finding.gate == other.gate for other in stops[1]):
            (reply if finding.direction is Direction.REPLY else trail).repeat(finding)
    reply.record("client-ip", leg.resource, Unseen(_unsure(leg)))
    return [trail, reply]


def _unsure(leg: _Leg) -> NotVisible:
    for fact in (client_ip.preserved(leg.selected.group, leg.selected.attributes), _nearby(leg)):
        if isinstance(fact, NotVisible):
            return fact
    return NotVisible(_path_to(leg), "", "", None)


def _path_to(leg: _Leg) -> str:
    return tell("the path to {target}", target=leg.name)


def _nearby(leg: _Leg) -> bool | NotVisible:
    """Return whether the target is in the load balancer's VPC or in a peered one of the same Region."""
    if isinstance(leg.destination, UnknownLocation):
        return leg.destination.missing
    if isinstance(leg.destination, OutsideAws):
        return False
    if leg.destination.vpc_id == leg.balancer.vpc_id:
        return True
    decision = decide(leg.state, leg.at_node, leg.destination, leg.destination.address)
    if decision.route_target is None or decision.route_target.kind is not RouteTargetKind.PEERING:
        hidden = NotVisible(_path_to(leg), "ec2", "DescribeRouteTables", leg.balancer.account_region)
        return hidden if isinstance(decision.outcome, Unseen) else False
    found = leg.state.peering(decision.route_target.id)
    return peering.references(found).inbound if isinstance(found, PeeringConnection) else missing(found)


def _walk(
    leg: _Leg, journal: Journal, request: Trail, port: int | None, protocol: str, *, keeps: bool
) -> list[Trail]:
    """Walk request and reply between the node and the target, for every address that the node may use."""
    if leg.node.interface_id is None:
        request.record("network-interface", leg.at_node.resource, _hidden_interface(leg))
    if port is None:
        fact = tell("the port of target {target}", target=leg.name)
        hidden = NotVisible(fact, "elbv2", "DescribeTargetHealth", None)
        request.record("target", leg.resource, Unseen(hidden))
    if port is None or isinstance(leg.destination, UnknownLocation):
        return [request]
    trails: list[Trail] = []
    sources: Sequence[Address | None] = [leg.client.address] if keeps else leg.node.source_addresses
    closed = [] if len(sources) == 1 else _closed(leg, request, port, protocol)
    for source in sources:
        trail, reply = (
            Trail(journal, request.leg, direction, leg.name, spare=request.spare) for direction in Direction
        )
        trail = trail if trails else request
        if 0 < len(closed) < len(sources):
            trail.share = reply.share = tell(
                "{closed} of the {count} addresses that the node sends from",
                closed=len(closed),
                count=len(sources),
            )
        among = _among(leg) if keeps else ()
        packet = Packet(source, leg.destination.address, PortRange(port, port), protocol, among=among)
        passage = _request(leg, trail, packet, keeps=keeps)
        passage.is_proven = proven.by_health(leg.selected, leg.destination, port, protocol)
        stages.walk(passage)
        if passage.seen_as is not None and not keeps:
            stages.walk_reply(leg.state, reply, leg.destination, passage.seen_as, leg.at_node, protocol)
        else:
            answer = _reply(leg, reply, source, protocol, keeps=keeps)
            answer.is_proven = passage.is_proven
            stages.walk_back(answer)
        trails += [trail, reply]
    return trails


def _closed(leg: _Leg, request: Trail, port: int, protocol: str) -> list[Address]:
    """Return the addresses of a node from which connections fail; each has its share of connections.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html
    (secondary IP addresses).
    """
    closed = []
    for source in leg.node.source_addresses:
        guess = Journal(request.journal.zone)
        node = replace(leg.node, source_addresses=(source,))
        first = Trail(guess, request.leg, Direction.REQUEST, leg.name)
        if _stops(_walk(replace(leg, node=node), guess, first, port, protocol, keeps=False)):
            closed.append(source)
    return closed


def _hidden_interface(leg: _Leg) -> Unseen:
    fact = tell(
        "the network interface of {balancer} in {zone}, and all its addresses",
        balancer=leg.balancer.name,
        zone=leg.node.zone,
    )
    return Unseen(leg.state.unknown(fact, "ec2", "DescribeNetworkInterfaces", leg.balancer.account_region))


def _request(leg: _Leg, trail: Trail, packet: Packet, *, keeps: bool) -> Passage:
    passage = Passage(leg.state, trail, packet, leg.at_node, leg.destination, leg.balancer.group_ids)
    if keeps:
        passage.hidden_groups = _groups_of(leg.client)
    elif trail.leg is Leg.BACK and source_address.hides_balancer(leg.client, leg.balancer):
        passage.start_groups, passage.hidden_groups = (), leg.balancer.group_ids
        passage.hidden_reason = source_address.HIDDEN_BALANCER
    return passage


def _among(leg: _Leg) -> tuple[Address, ...]:
    return () if isinstance(leg.client, UnknownLocation) else leg.client.among


def _groups_of(client: Location) -> GroupIds:
    if isinstance(client, InVpc):
        return client.groups
    return client.missing if isinstance(client, UnknownLocation) else ()


def _reply(leg: _Leg, trail: Trail, source: Address | None, protocol: str, *, keeps: bool) -> Passage:
    # Replies of connections that keep the client's address go back through the node, so that the target's
    # route to the node decides, not the one to the client.
    back_to = leg.at_node.address if keeps else None
    among = _among(leg) if keeps else ()
    packet = Packet(
        leg.destination.address, source, EPHEMERAL, protocol, routed_to=back_to, reply=True, among=among
    )
    return Passage(leg.state, trail, packet, leg.destination, leg.at_node)


def _health(leg: _Leg, journal: Journal, connections: Sequence[Trail]) -> None:
    """Walk the health checks, from this node, and where it matters from the others."""
    checks = Checks(leg.state, leg.balancer, leg.node, leg.selected, leg.service, partial(_check_from, leg))
    health_legs.walk(checks, journal, connections)


def _check_from(leg: _Leg, node: BalancerNode, trail: Trail, port: int | None) -> list[Trail]:
    """Walk health checks from any node to the target's port and back; they always are over TCP."""
    if node != leg.node:
        leg = replace(leg, node=node, at_node=location.of_node(leg.state, leg.balancer, node))
    if isinstance(leg.destination, UnknownLocation):
        trail.record("target", leg.resource, unseen(leg.destination.missing))
    inner_listeners.record(leg.state, trail, leg.selected, leg.destination, port, "tcp")
    return _walk(leg, trail.journal, trail, port, "tcp", keeps=False)
