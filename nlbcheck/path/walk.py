"""What becomes of a connection to one listener port at one node of a load balancer?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.listener import Listener, Protocol
from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer
from nlbcheck.aws.resources.target_group import Target, TargetGroup
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import (
    THIS_MACHINE,
    Direction,
    Finding,
    Leg,
    Path,
    Resource,
    TargetsReached,
    Verdict,
    position,
    worst,
)
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import course as courses
from nlbcheck.path import (
    entrances,
    inner_balancers,
    location,
    privatelink,
    selection,
    shares,
    source_address,
    stages,
    target_legs,
    target_places,
)
from nlbcheck.path.course import Course
from nlbcheck.path.entrances import Entrance
from nlbcheck.path.finished import finished
from nlbcheck.path.inner_balancers import Onward
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import Unseen, missing
from nlbcheck.path.packet import Packet, transport
from nlbcheck.path.passage import Passage
from nlbcheck.path.selected import Intent, Selected
from nlbcheck.path.trail import Journal, Trail


@dataclass(frozen=True, slots=True)
class TargetWalk:
    """What becomes of connections to one registered target."""

    group: TargetGroup
    target: Target
    address: Address | None
    used: bool
    """Whether the node sends connections to it now."""
    verdict: Verdict
    """The gravest of its paths, the health check's included."""
    preserves_client: bool = False
    """Whether it is seen that packets come to it with the client's address."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Everything that one walk found, in the order in which packets meet it."""

    paths: tuple[Path, ...]
    findings: tuple[Finding, ...]
    targets: tuple[TargetWalk, ...] = ()
    listener: Protocol | None = None
    """The protocol of the listener that takes the connection; None where none is seen."""
    reached: TargetsReached | None = None
    """For which targets the path is open; None where the node uses none."""

    @property
    def verdict(self) -> Verdict:
        """The gravest of all paths and findings: a connection may land on any of the targets."""
        return worst([*(path.verdict for path in self.paths), *(item.verdict for item in self.findings)])


def client_end(state: AwsState, client: str | None, balancer: LoadBalancer) -> Location:
    """Return where a client is, as a user names it; raises InputError when it makes no sense."""
    if client is None or client == THIS_MACHINE:
        fact = tell("where the client is: name it by its instance, interface or address")
        return UnknownLocation(None, NotVisible(fact, "", "", None))
    vpc = state.vpc(balancer.vpc_id)
    return location.of_source(state, client, vpc if isinstance(vpc, Vpc) else missing(vpc))


def walk_row(
    state: AwsState,
    balancer: LoadBalancer,
    node: BalancerNode,
    listener_port: int,
    protocol: str | None,
    client: Location | str | None,
    intent: Intent | None = None,
    by: Entrance | None = None,
    dialled: Address | None = None,
) -> Walk:
    """Walk every leg and direction of connections to a listener port at a node.

    ``protocol`` is the table's, such as ``TCP``, or None for any over TCP; of ``TCP_UDP`` the TCP half is
    walked. ``client`` is an instance id, an interface id, an address, or None when it is not known.
    ``intent`` is what the listener and its group are meant to hold; where they do not, the walk goes on
    through that. ``by`` is the interface endpoint through which the client comes, where it may do that;
    ``dialled`` is the node's address that the client connects to, by default the public one.
    """
    here = client if isinstance(client, Location) else client_end(state, client, balancer)
    here = location.of_its_family(here, node.address)
    journal = Journal(node.zone)
    at_node = location.of_node(state, balancer, node)
    carried = transport(protocol)
    request = Trail(journal, Leg.FRONT, Direction.REQUEST)
    ports = PortRange(listener_port, listener_port)
    to = dialled or node.public_address or node.address
    at_node = replace(at_node, address=to) if to in node.source_addresses else at_node
    packet = Packet(here.address, at_node.address, ports, carried)
    course: Course | None = None
    if by and isinstance(here, (InVpc, OutsideAws)):
        seen_as: Location = privatelink.enter(state, request, here, by, at_node, packet)
    else:
        course = _front(state, request, here, at_node, to, packet)
        seen_as = course.seen_as
    selected = selection.select(state, request, balancer, node, listener_port, protocol, intent)
    request.end()
    service = intent.service if intent else None
    onward = Onward(state, journal, carried)
    here_first = ((balancer.arn, node.zone, listener_port),)
    walked, targets = [], []
    for item in selected:
        paths = target_legs.walk_target(
            state, journal, balancer, node, at_node, seen_as, item, carried, service
        )
        beyond = onward.walk(at_node, item, here_first)
        targets.append(_target_walk(state, seen_as, item, paths + beyond))
        walked.append((item, paths + beyond if inner_balancers.is_closed(beyond) else paths))
    reply = Trail(journal, Leg.FRONT, Direction.REPLY)
    if course is not None:
        _front_reply(state, reply, course, request)
    elif by and isinstance(here, (InVpc, OutsideAws)):
        privatelink.leave(state, reply, here, by, carried)
    reply.end()
    findings = finished(state, _ordered(journal.findings))
    listener = state.listener_on(balancer, listener_port)
    kind = listener.protocol if isinstance(listener, Listener) else None
    return Walk(_in_order(journal.paths), findings, tuple(targets), kind, shares.reached(walked))


def entrance(
    state: AwsState, balancer: LoadBalancer, node: BalancerNode, client: Location
) -> Entrance | None:
    """Return by which endpoint a client likely comes to a node that its own network does not lead to."""
    return entrances.entrance(state, client, balancer, location.of_node(state, balancer, node))


def as_consumer(state: AwsState, balancer: LoadBalancer, node: BalancerNode, client: Location) -> Location:
    """Return a client, as one that is nowhere to be seen if it may come through an endpoint."""
    return entrances.as_consumer(state, client, balancer, location.of_node(state, balancer, node))


def _front(
    state: AwsState, trail: Trail, client: Location, at_node: InVpc, dialled: Address, packet: Packet
) -> Course:
    """Walk from the client to the node, and say by which addresses."""
    if isinstance(client, UnknownLocation):
        name = str(client.address) if client.address else "this machine"
        trail.record("client", Resource("client", name), Unseen(client.missing))
        address = client.address if client.address and client.address.version == dialled.version else None
        # Whoever has a private address may come by a NAT gateway, which gives another one.
        seen_as = client if address is None or routable(address) else replace(client, address=None)
        if address is not None and (dialled == at_node.address or routable(address)):
            passage = Passage(state, trail, replace(packet, source=seen_as.address), client, at_node)
            passage.start_groups = client.missing
            stages.enter_groups(passage)
        return Course(client, at_node, dialled, packet.protocol, seen_as)
    return courses.walk_request(state, trail, client, at_node, dialled, packet.ports, packet.protocol)


def _front_reply(state: AwsState, trail: Trail, course: Course, request: Trail) -> None:
    if isinstance(course.client, UnknownLocation):
        name = str(course.client.address) if course.client.address else "this machine"
        trail.record("client", Resource("client", name), Unseen(course.client.missing))
    else:
        courses.walk_reply(state, trail, course, request)


def _target_walk(state: AwsState, client: Location, selected: Selected, paths: Sequence[Path]) -> TargetWalk:
    address = target_places.address_of(state, selected)
    return TargetWalk(
        selected.group,
        selected.target,
        None if isinstance(address, NotVisible) else address,
        selected.used,
        worst(path.verdict for path in paths),
        source_address.preserved(client, selected) is True,
    )


def _in_order(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(sorted(paths, key=lambda path: position(path.leg, path.direction)))


def _ordered(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda item: position(item.leg, item.direction))
