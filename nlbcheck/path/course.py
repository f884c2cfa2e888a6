"""By which addresses does a connection go to what its client dials, and how does the answer come back?

Who dials a public address goes through the internet, wherever both ends stand: out by the client's own way,
and in by the internet gateway of the VPC where the address is. What answers knows the client by a public
address then, its own or a NAT gateway's:
https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import stages
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import Unseen
from nlbcheck.path.packet import Packet
from nlbcheck.path.passage import Passage
from nlbcheck.path.trail import Trail


@dataclass(frozen=True, slots=True)
class Course:
    """How the first packet of a connection has travelled."""

    client: Location
    server: Location
    dialled: Address
    protocol: str
    seen_as: Location
    """Whom the server takes for the client."""
    outside: OutsideAws | None = None
    """Who the client is in the internet, where the connection has gone there."""
    by: InVpc | None = None
    """The NAT gateway that has opened the connection in the client's place."""
    refused: bool = False
    """Whether what is dialled cannot be dialled from where the client is, so that nothing answers."""

    @property
    def public(self) -> bool:
        """Whether a public address stands for the server."""
        return _by_public_address(self.server, self.dialled)


def walk_request(
    state: AwsState,
    trail: Trail,
    client: InVpc | OutsideAws,
    server: Location,
    dialled: Address,
    ports: PortRange,
    protocol: str,
) -> Course:
    """Take a connection's first packet from its client to what is dialled."""
    if _by_public_address(server, dialled) and isinstance(server, InVpc):
        return _over_internet(state, trail, client, server, Packet(client.address, dialled, ports, protocol))
    groups = client.groups if isinstance(client, InVpc) else ()
    packet = Packet(client.address, dialled, ports, protocol, among=client.among)
    passage = Passage(state, trail, packet, client, server, groups)
    stages.walk(passage)
    if passage.emerged is not None and isinstance(server, OutsideAws):
        fact = tell(
            "what is beyond the internet gateway: no recorded interface has {address}", address=dialled
        )
        _unseen(trail, "internet", dialled, fact)
    refused = any(hop.kind == "internet" and hop.verdict is Verdict.FAIL for hop in trail.hops)
    seen_as = passage.seen_as or client
    return Course(client, server, dialled, protocol, seen_as, passage.emerged, passage.by, refused)


def walk_reply(state: AwsState, trail: Trail, course: Course, request: Trail) -> None:
    """Take the answer back to the client; where it cannot be told which way, it fares as the request did."""
    if course.refused or (course.public and isinstance(course.seen_as, UnknownLocation)):
        for finding in request.stops[:1]:
            trail.repeat(finding)
        if not request.stops:
            trail.hops += [hop for hop in request.hops if hop.verdict is Verdict.UNKNOWN][:1]
    elif course.outside is None:
        stages.walk_reply(state, trail, course.server, course.seen_as, course.client, course.protocol)
    else:
        _over_internet_back(state, trail, course)


def _over_internet_back(state: AwsState, trail: Trail, course: Course) -> None:
    """Take the answer out to the internet, unless the server is there, and in again to the client."""
    if course.public:
        stages.walk_reply(state, trail, course.server, course.seen_as, course.seen_as, course.protocol)
    inner = course.by or course.client
    if isinstance(inner, InVpc) and course.outside is not None:
        packet = Packet(course.dialled, inner.address, stages.opened_from(inner), course.protocol, reply=True)
        server = OutsideAws(course.dialled, in_internet=True)
        stages.walk(Passage(state, trail, packet, server, inner, dialled=course.outside.address))
        if course.by is not None:
            onward = Packet(
                course.dialled,
                course.client.address,
                stages.opened_from(course.client),
                course.protocol,
                reply=True,
            )
            stages.walk(Passage(state, trail, onward, course.by, course.client))


def _by_public_address(server: Location, dialled: Address) -> bool:
    return isinstance(server, InVpc) and server.address != dialled


def _over_internet(
    state: AwsState, trail: Trail, client: InVpc | OutsideAws, server: InVpc, packet: Packet
) -> Course:
    """Take a packet out to the internet, and in again to the one whose public address it is."""
    dialled = packet.destination or server.address
    outside, by = _outside(state, trail, client, packet, dialled)
    if isinstance(outside, UnknownLocation):
        return Course(client, server, dialled, packet.protocol, outside, by=by)
    inward = Packet(outside.address, server.address, packet.ports, packet.protocol, among=outside.among)
    groups = client.groups if isinstance(client, InVpc) and not isinstance(client.groups, NotVisible) else ()
    stages.walk(Passage(state, trail, inward, outside, server, groups, dialled=dialled))
    return Course(client, server, dialled, packet.protocol, outside, outside, by)


def _outside(
    state: AwsState, trail: Trail, client: InVpc | OutsideAws, packet: Packet, dialled: Address
) -> tuple[OutsideAws | UnknownLocation, InVpc | None]:
    """Walk a client's way to the internet; return who it is there, and the NAT gateway on its way."""
    fact = tell("which public address {address} has in the internet", address=client.address)
    hidden = NotVisible(fact, "", "", None)
    if isinstance(client, OutsideAws):
        if routable(client.address):
            return replace(client, in_internet=True), None
        _unseen(trail, "client", client.address, hidden.fact)
        return UnknownLocation(None, hidden), None
    passage = Passage(state, trail, packet, client, OutsideAws(dialled, in_internet=True), client.groups)
    stages.walk(passage)
    if passage.emerged is not None:
        return passage.emerged, passage.by
    if all(hop.verdict not in (Verdict.FAIL, Verdict.UNKNOWN) for hop in trail.hops):
        fact = tell(
            "how packets from {client} to {address} reach the internet",
            client=client.address,
            address=dialled,
        )
        _unseen(trail, "internet", dialled, fact)
    return UnknownLocation(None, hidden), passage.by


def _unseen(trail: Trail, kind: str, address: Address, fact: str) -> None:
    trail.record(kind, Resource("address", str(address)), Unseen(NotVisible(fact, "", "", None)))
