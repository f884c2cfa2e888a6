"""Can one machine open a TCP connection to an address and port, through a load balancer or not?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.load_balancer import BalancerNode, BalancerType, LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import ExitStatus
from nlbcheck.language import tell
from nlbcheck.model import Code, Direction, Finding, Leg, Path, Resource, Verdict, ending, worst
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import course as courses
from nlbcheck.path import destinations, entrances, front_doors, location, privatelink, remedy
from nlbcheck.path.entrances import Entrance
from nlbcheck.path.finished import finished
from nlbcheck.path.front_doors import FrontDoor
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import Unseen, missing
from nlbcheck.path.trail import Journal, Trail
from nlbcheck.path.walk import Walk, client_end, entrance, walk_row


class Reach(StrEnum):
    """Whether a connection can be opened."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    """The request does not arrive."""
    REPLY_BLOCKED = "reply-blocked"
    """The answer does not come back, whether or not it is visible that the request arrives."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer, and the walk that gives it."""

    reach: Reach
    walk: Walk

    @property
    def paths(self) -> tuple[Path, ...]:
        """What the packets meet, leg by leg."""
        return self.walk.paths

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong or not visible, in the packets' order."""
        return self.walk.findings

    @property
    def exit_status(self) -> ExitStatus:
        """How a command ends: as a diagnosis of the same connection, which looks at health checks, too."""
        found = {finding.verdict for finding in self.findings}
        return ending(found | {path.verdict for path in self.paths})


def trace(state: AwsState, source: str, destination: Address, port: int) -> Trace:
    """Walk a TCP connection from an instance id, interface id or address, request and reply.

    Raises InputError when the source makes no sense or is proven not to exist.
    """
    start = location.of_source(state, source)
    found = _node_at(state, start, destination)
    if found is not None:
        balancer, node = found
        if isinstance(start, (OutsideAws, UnknownLocation)):
            start = client_end(state, source, balancer)
        walk = walk_row(state, balancer, node, port, None, start, dialled=destination)
        if destination != node.public_address:
            walk = _with_endpoint(walk, entrance(state, balancer, node, start))
    else:
        if isinstance(start, OutsideAws):
            target_location = location.of_address(state, destination, None)
            start = location.of_source(state, source, _near(target_location))
        walk = _by_endpoint(state, start, destination, port) or _direct(state, start, destination, port)
    return Trace(reach(walk.paths), walk)


def _near(target: Location) -> Vpc | NotVisible | None:
    """Return the VPC of whoever is connected to."""
    if not isinstance(target, InVpc):
        return None
    return target.vpc if isinstance(target.vpc, Vpc) else missing(target.vpc)


def reach(paths: Iterable[Path]) -> Reach:
    """Return what the paths of the client's connection say; health checks are none of it."""
    legs = [path for path in paths if path.leg in (Leg.FRONT, Leg.BACK)]
    there = worst(path.verdict for path in legs if path.direction is Direction.REQUEST)
    back = worst(path.verdict for path in legs if path.direction is Direction.REPLY)
    if there is Verdict.FAIL:
        return Reach.BLOCKED
    if back is Verdict.FAIL:
        return Reach.REPLY_BLOCKED
    return Reach.UNKNOWN if Verdict.UNKNOWN in (there, back) else Reach.REACHABLE


def _node_at(state: AwsState, start: Location, address: Address) -> tuple[LoadBalancer, BalancerNode] | None:
    """Return the load balancer's node that an address means, seen from where the connection starts."""
    for balancer in state.balancers_at(address):
        if balancer.type is not BalancerType.NETWORK:
            continue
        nodes = state.nodes(balancer)
        for node in () if isinstance(nodes, NotVisible) else nodes:
            if address not in (*node.source_addresses, node.public_address):
                continue
            own = isinstance(start, InVpc) and isinstance(start.vpc, Vpc) and start.vpc.contains(address)
            if not own or (isinstance(start, InVpc) and start.vpc_id == balancer.vpc_id):
                return balancer, node
    return None


def _by_endpoint(state: AwsState, start: Location, destination: Address, port: int) -> Walk | None:
    """Walk through an interface endpoint, where the destination is one and what it leads to is visible."""
    at = _meant(state, start, destination)
    if front_doors.at(at) is not FrontDoor.ENDPOINT or not isinstance(at, InVpc):
        return None
    found = entrances.behind(state, at)
    if isinstance(found, NotVisible):
        return None
    return walk_row(state, found.balancer, found.node, port, None, start, by=found.by)


def _with_endpoint(walk: Walk, by: Entrance | None) -> Walk:
    """Return a walk to a node that nothing leads to, with the endpoint that is to be dialled instead."""
    if by is None:
        return walk
    fix = remedy.advice(
        tell(
            "Connect to the interface endpoint {endpoint} ({address}), if it leads to the load balancer.",
            endpoint=by.endpoint_id,
            address=by.at.address,
        )
    )
    return replace(
        walk,
        findings=tuple(
            replace(item, remedy=fix) if item.code is Code.VPCS_NOT_CONNECTED else item
            for item in walk.findings
        ),
    )


def _direct(state: AwsState, start: Location, destination: Address, port: int) -> Walk:
    journal = Journal(None)
    request = Trail(journal, Leg.FRONT, Direction.REQUEST)
    reply = Trail(journal, Leg.FRONT, Direction.REPLY)
    start = location.of_its_family(start, destination)
    target_location = _meant(state, start, destination)
    if isinstance(start, UnknownLocation) or (
        isinstance(start, OutsideAws) and isinstance(target_location, OutsideAws)
    ):
        missing = (
            start.missing if isinstance(start, UnknownLocation) else _between(start.address, destination)
        )
        request.record("client", Resource("client", str(start.address)), Unseen(missing))
        reply.record("client", Resource("client", str(start.address)), Unseen(missing))
    else:
        ports = PortRange(port, port)
        course = courses.walk_request(state, request, start, target_location, destination, ports, "tcp")
        _hidden_balancer(state, request, target_location)
        courses.walk_reply(state, reply, course, request)
    request.end()
    reply.end()
    return Walk(tuple(journal.paths), finished(state, journal.findings))


def _meant(state: AwsState, start: Location, destination: Address) -> Location:
    if isinstance(start, InVpc):
        return destinations.meant_by(state, start, destination)
    return location.of_address(state, destination, None)


def _between(source: Address, destination: Address) -> NotVisible:
    fact = tell(
        "the path from {client} to {address}: both are outside every VPC", client=source, address=destination
    )
    return NotVisible(fact, "", "", None)


def _hidden_balancer(state: AwsState, trail: Trail, target_location: Location) -> None:
    """Say so when a load balancer stands at the destination that this walk does not see inside."""
    if not isinstance(target_location, InVpc) or not isinstance(target_location.interface, NetworkInterface):
        return
    if front_doors.at(target_location) is FrontDoor.ENDPOINT:
        beyond = entrances.behind(state, target_location)
        if isinstance(beyond, NotVisible):
            privatelink.stay(state, trail, target_location, beyond)
    if target_location.interface.type == "network_load_balancer":
        fact = tell(
            "the load balancer of {interface} ({description})",
            interface=target_location.interface.id,
            description=target_location.interface.description,
        )
        missing = NotVisible(fact, "elbv2", "DescribeLoadBalancers", target_location.interface.account_region)
        trail.record("load-balancer", target_location.resource, Unseen(missing))
