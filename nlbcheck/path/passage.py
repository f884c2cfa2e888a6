"""What is known of one packet while it travels between two ends?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.language import in_english, marked, tell
from nlbcheck.model import Address, Code, Confidence, Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.forwarding.positions import Decision, Met
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.packet import SEEN, GroupIds, Inspection, Packet, References, TransitGateways
from nlbcheck.path.routes import RouteTarget
from nlbcheck.path.trail import DraftTrail, Trail


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
    hidden_reason: str = marked(
        "A reference to the client's group likely does not match: the load balancer preserves the client's "
        "address, not its group."
    )
    """Why rules do not know those, in a sentence that is marked to be told."""
    decision: Decision | None = None
    """What the route table of the start's subnet does; None inside one subnet or from outside."""
    references: References = SEEN
    seen_as: InVpc | UnknownLocation | None = None
    """Whom the receiver takes for the sender, where an address was translated."""
    dialled: Address | None = None
    """The public address that stands for the destination in the internet, where it comes from there."""
    emerged: OutsideAws | None = None
    """Who the sender is in the internet, once the packet is there."""
    returned_by: RouteTarget | None = None
    """What takes a reply to a NAT gateway back, whatever the routes say."""
    passed: TransitGateways = ()
    """The transit gateways that it has come to."""
    inspections: tuple[Inspection, ...] = ()
    """The firewalls that it has passed, in order."""
    delivered_from: frozenset[str] = frozenset()
    """The subnets from which the destination's VPC delivers it: one of them."""
    is_proven: bool | None = False
    """Whether health checks pass that take the same path; None where that is not told."""
    is_sure: bool = True
    """Whether the routes of its path are seen and open, as far as it was followed."""

    @property
    def by(self) -> InVpc | None:
        """The NAT gateway that has stepped in, where one has."""
        return self.seen_as if isinstance(self.seen_as, InVpc) else None

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
        if self.is_proven is not False and not self.passed and isinstance(outcome, Stopped):
            outcome = _carried(outcome, is_proven=self.is_proven)
        if kind in ROUTING and not isinstance(outcome, Passed):
            self.is_sure = False
            if self.is_proven and isinstance(outcome, Unseen) and not outcome.missing.operation:
                fact = in_english(outcome.missing.fact)
                meaning = f"not visible is {fact}; the target's health checks pass it"
                outcome = Passed({"meaning": meaning})
        self.trail.record(kind, resource, outcome)

    def record_all(self, met: Iterable[Met]) -> None:
        """Note what several gates did."""
        for item in met:
            self.record(item.kind, item.resource, item.outcome)

    def translate(self, packet: Packet, sender: InVpc) -> None:
        """Go on with another source address: the receiver takes ``sender`` for who sends."""
        self.packet, self.seen_as, self.start_groups = packet, sender, ()

    def lose_sender(self, fact: NotVisible) -> None:
        """Go on with a source address that is not known."""
        self.packet, self.start_groups = replace(self.packet, source=None), fact
        self.seen_as = UnknownLocation(None, fact)

    def inspect(self, endpoint: str, by_zone: str | None) -> None:
        """Note that the packet passes a firewall, across which no rule knows a security group any more.

        https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html: the rules of both ends
        must name addresses.
        """
        self.inspections = (*self.inspections, Inspection(frozenset({endpoint}), by_zone))
        reason = marked("A reference does not match behind a firewall on the path.")
        self.references = replace(self.references, inbound=False, reason=reason)

    def draft(self) -> Passage:
        """Return the same packet on a path that is perhaps its own."""
        return replace(self, trail=DraftTrail(self.trail))

    def take(self, drafts: Sequence[Passage]) -> None:
        """Go on as the first of several packets has done, of which it is one."""
        first = drafts[0]
        self.packet, self.seen_as, self.start_groups = first.packet, first.seen_as, first.start_groups
        self.references, self.passed = first.references, first.passed
        self.delivered_from = frozenset().union(*(item.delivered_from for item in drafts))
        self.is_sure = self.is_sure and all(item.is_sure for item in drafts)
        counts = {len(item.inspections) for item in drafts}
        self.is_sure = self.is_sure and len(counts) == 1
        self.inspections = tuple(
            _one_of(group) for group in zip(*(item.inspections for item in drafts), strict=False)
        )

    @property
    def inside_subnet(self) -> bool:
        """Whether both ends are in one subnet, where neither routes nor network ACLs apply."""
        start, end = self.start, self.destination
        here = start.subnet if isinstance(start, InVpc) else None
        if not isinstance(here, Subnet):
            return False
        if isinstance(end, UnknownLocation):
            return end.address is not None and any(end.address in cidr for cidr in here.cidrs)
        return isinstance(end, InVpc) and isinstance(end.subnet, Subnet) and end.subnet.id == here.id


ROUTING = (
    "route-table",
    "transit-gateway",
    "transit-gateway-attachment",
    "transit-gateway-route-table",
    "vpc-peering-connection",
    "vpn-gateway",
    "core-network",
    "nat-gateway",
    "internet-gateway",
    "appliance",
    "outside",
)
"""The kinds of gates that decide where a packet goes."""


def _one_of(found: Sequence[Inspection]) -> Inspection:
    return replace(found[0], endpoints=frozenset().union(*(item.endpoints for item in found)))


def _inferred(problem: Problem) -> Problem:
    summary = tell(
        "{problem} Replies to clients whose IP addresses are preserved likely take this path, too.",
        problem=problem.summary,
    )
    return replace(problem, summary=summary, confidence=Confidence.LIKELY)


def _carried(stopped: Stopped, *, is_proven: bool | None) -> Outcome:
    """Say that something else carries packets of a virtual private gateway whose tunnels are down, or may.

    The target's health checks pass, or perhaps do. Direct Connect may carry them, whose routes the gateway
    prefers to those of a VPN connection, and which is not read:
    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html.
    """
    problem = stopped.problem
    if problem.code is not Code.VPN_DOWN:
        return stopped
    if is_proven is None:
        fact = tell("whether the target's health checks pass, though every tunnel on their path is down")
        return Unseen(NotVisible(fact, "elbv2", "DescribeTargetHealth", None), stopped.evidence)
    summary = tell(
        "{problem} The target's health checks pass nevertheless. Something else carries them, perhaps "
        "Direct Connect, which nlbcheck does not read.",
        problem=problem.summary,
    )
    return Passed(stopped.evidence, replace(problem, summary=summary, verdict=Verdict.WARN))
