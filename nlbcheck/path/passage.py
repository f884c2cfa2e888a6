"""What is known of one packet while it travels between two ends?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Address, Confidence, Resource
from nlbcheck.path.forwarding.positions import Decision, Met
from nlbcheck.path.location import InVpc, Location, OutsideAws
from nlbcheck.path.outcome import Outcome, Problem, Stopped
from nlbcheck.path.packet import SEEN, GroupIds, Packet, References
from nlbcheck.path.routes import RouteTarget
from nlbcheck.path.trail import Trail


@dataclass(slots=True)
class Passage:
    """One packet on its path between two ends."""

    state: AwsState
    trail: Trail
    packet: Packet
    start: Location
    destination: Location
    start_groups: GroupIds = ()
    """The security groups by which rules know whoever sends."""
    hidden_groups: GroupIds = ()
    """The security groups of a client whose address is preserved, but not its identity."""
    hidden_reason: str = "belongs to the client: the load balancer likely keeps its address, not its group"
    """Why rules do not know those, in words that continue 'the rule names a group, which …'."""
    decision: Decision | None = None
    """What the route table of the start's subnet does; None inside one subnet or from outside."""
    references: References = SEEN
    seen_as: InVpc | None = None
    """Whom the receiver takes for the sender, where a NAT gateway has stepped in."""
    dialled: Address | None = None
    """The public address that stands for the destination in the internet, where it comes from there."""
    emerged: OutsideAws | None = None
    """Who the sender is in the internet, once the packet is there."""
    returned_by: RouteTarget | None = None
    """What takes a reply to a NAT gateway back, whatever the routes say."""

    @property
    def request(self) -> bool:
        """Whether it is a connection's first packet."""
        return not self.packet.reply

    def record(self, kind: str, resource: Resource, outcome: Outcome) -> None:
        """Note what a gate did.

        Whether routes decide about answers to a client whose address is preserved, AWS does not say; it
        documents their network ACL rules alone:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html.
        """
        if self.packet.routed_to and kind != "network-acl" and isinstance(outcome, Stopped):
            outcome = replace(outcome, problem=_inferred(outcome.problem))
        self.trail.record(kind, resource, outcome)

    def record_all(self, met: Iterable[Met]) -> None:
        """Note what several gates did."""
        for item in met:
            self.record(item.kind, item.resource, item.outcome)

    def translate(self, packet: Packet, sender: InVpc) -> None:
        """Go on with another source address: the receiver takes ``sender`` for who sends."""
        self.packet, self.seen_as, self.start_groups = packet, sender, ()

    @property
    def inside_subnet(self) -> bool:
        """Whether both ends are in one subnet, where neither routes nor network ACLs apply."""
        return (
            isinstance(self.start, InVpc)
            and isinstance(self.destination, InVpc)
            and isinstance(self.start.subnet, Subnet)
            and isinstance(self.destination.subnet, Subnet)
            and self.start.subnet.id == self.destination.subnet.id
        )


def _inferred(problem: Problem) -> Problem:
    summary = (
        f"{problem.summary} Answers to clients whose addresses are preserved likely take this path, too."
    )
    return replace(problem, summary=summary, confidence=Confidence.LIKELY)
