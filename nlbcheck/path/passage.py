"""What is known of one packet while it travels between two ends?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nlbcheck.aws.network import NetworkAcl, Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Confidence, Resource
from nlbcheck.path import references
from nlbcheck.path.gates import network_acl
from nlbcheck.path.locations import InVpc, Location
from nlbcheck.path.outcome import Outcome, Problem, Stopped, unseen
from nlbcheck.path.packet import SEEN, GroupIds, Packet, References
from nlbcheck.path.routing import Decision, decide
from nlbcheck.path.trail import Trail


@dataclass(slots=True)
class Passage:
    """One packet on its way between two ends."""

    state: AwsState
    trail: Trail
    packet: Packet
    start: Location
    destination: Location
    start_groups: GroupIds = ()
    """The security groups by which rules know whoever sends."""
    hidden_groups: GroupIds = ()
    """The security groups of a client whose address is preserved, but not its identity."""
    request: bool = True
    decision: Decision | None = None
    """What the route table of the start's subnet does; None inside one subnet or from outside."""
    references: References = SEEN
    seen_as: Location | None = None
    """Whom the receiver takes for the sender, where a NAT gateway has stepped in."""

    def meet(self, kind: str, resource: Resource, outcome: Outcome) -> None:
        """Note what a gate did.

        Whether routes decide about answers to a client whose address is preserved, AWS does not say; it
        documents their network ACL rules alone:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html.
        """
        if self.packet.routed_to and kind != "network-acl" and isinstance(outcome, Stopped):
            outcome = replace(outcome, problem=_inferred(outcome.problem))
        self.trail.meet(kind, resource, outcome)

    def meet_acl(self, subnet: Subnet, *, egress: bool) -> None:
        """Ask the network ACL of a subnet on the way."""
        acl = self.state.network_acl_of(subnet)
        if isinstance(acl, NetworkAcl):
            outcome = network_acl.check(self.packet, acl, egress=egress)
            self.meet("network-acl", Resource("network-acl", acl.id, acl.name), outcome)
        else:
            self.meet("network-acl", Resource("network-acl", f"of {subnet.id}"), unseen(acl))

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

    def aim(self) -> None:
        """Look up the route, and with it what becomes of security group references on the way."""
        address = self.packet.bound_for
        start = self.start
        if (
            isinstance(start, InVpc)
            and not start.is_nowhere
            and not self.inside_subnet
            and address is not None
        ):
            self.decision = decide(self.state, start, self.destination, address, reply=not self.request)
        route_target = self.decision.route_target if self.decision else None
        self.references = references.between(self.state, self.start, self.destination, route_target)


def _inferred(problem: Problem) -> Problem:
    summary = f"{problem.summary} Answers to clients whose addresses are preserved likely take this way, too."
    return replace(problem, summary=summary, confidence=Confidence.LIKELY)
