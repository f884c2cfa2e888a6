"""What does a packet meet from one end to the other, in which order?

The stages of a request and of a reply are explicit lists. A stage asks gates and notes what they say; a
closed gate is assumed open, so that one walk finds everything that blocks the path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.security_group import SecurityGroup
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import arrival, crossing, out_of_sight, overlap, returning
from nlbcheck.path.among import for_each
from nlbcheck.path.forwarding.positions import network_acl_of
from nlbcheck.path.gates import interface, middlebox, security_group
from nlbcheck.path.location import InVpc, Location, OutsideAws, UnknownLocation, instance_of
from nlbcheck.path.outcome import Outcome, Passed, Stopped, Unseen, unseen
from nlbcheck.path.packet import CLIENT_PORTS, EPHEMERAL, GroupIds, Packet
from nlbcheck.path.passage import Passage
from nlbcheck.path.trail import Trail


def leave_machine(passage: Passage) -> None:
    """Ask for the sender itself: does it exist and run?"""
    if isinstance(passage.start, InVpc) and passage.start.balancer is None:
        _machine(passage, passage.start)


def leave_groups(passage: Passage) -> None:
    """Ask the security groups of the sender."""
    if isinstance(passage.start, InVpc):
        other = passage.destination.groups if isinstance(passage.destination, InVpc) else ()
        _groups(passage, passage.start, passage.start.groups, other, egress=True)


def leave_acl(passage: Passage) -> None:
    """Ask the network ACL of the sender's subnet, as the packet leaves."""
    if isinstance(passage.start, InVpc) and not passage.inside_subnet:
        _acl(passage, passage.start, egress=True)


def cross(passage: Passage) -> None:
    """Take the packet from its sender's subnet to its receiver's, or to where that is reached from."""
    nobody = isinstance(passage.destination, InVpc) and passage.destination.is_nowhere
    if passage.inside_subnet or (isinstance(passage.start, OutsideAws) and nobody):
        return
    before = len(passage.trail.hops)
    if isinstance(passage.start, OutsideAws):
        crossing.cross(passage, arrival.arrive(passage, passage.start))
    elif passage.decision and isinstance(passage.start, InVpc):
        crossing.cross(passage, passage.start)
    out_of_sight.lose(passage, passage.trail.hops[before:])


def enter_acl(passage: Passage) -> None:
    """Ask the network ACL of the receiver's subnet, as the packet enters.

    What a transit gateway hands over in that same subnet does not:
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html.
    """
    end = passage.destination
    if not isinstance(end, InVpc) or passage.inside_subnet:
        return
    own = isinstance(end.subnet, Subnet) and end.subnet.id in passage.delivered_from
    if not own:
        _acl(passage, end, egress=False)
    elif len(passage.delivered_from) > 1:
        _acl_of_some(passage, end)


def enter_machine(passage: Passage) -> None:
    """Ask for the receiver: is there one, and does it run?"""
    if isinstance(passage.destination, InVpc) and passage.destination.balancer is None:
        _machine(passage, passage.destination)


def enter_groups(passage: Passage) -> None:
    """Ask the security groups of the receiver."""
    if isinstance(passage.destination, InVpc) and not isinstance(passage.destination.interface, Absent):
        _groups(passage, passage.destination, passage.destination.groups, passage.start_groups, egress=False)
    elif isinstance(passage.destination, UnknownLocation):
        passage.record(
            "address",
            Resource("address", str(passage.destination.address)),
            unseen(passage.destination.missing),
        )


def _groups(passage: Passage, end: InVpc, ids: GroupIds, other: GroupIds, *, egress: bool) -> None:
    if isinstance(ids, NotVisible):
        passage.record("security-group", end.resource, unseen(ids))
        return
    if not ids:
        if end.balancer:
            nothing = Passed({"groups": [], "meaning": "without security groups all traffic is allowed"})
            passage.record("security-group", end.resource, nothing)
        return
    groups = [passage.state.security_group(key) for key in ids]
    check = partial(
        security_group.check,
        groups=groups,
        other_groups=other,
        references=passage.references,
        prefix_list=passage.state.prefix_list,
        egress=egress,
        hidden=() if egress else passage.hidden_groups,
        hidden_reason=passage.hidden_reason,
    )
    outcome = for_each(passage.packet, check)
    passage.record("security-group", _shown(groups, ids, outcome), outcome)


def _shown(
    groups: Sequence[SecurityGroup | Absent | NotVisible], ids: Sequence[str], outcome: Outcome
) -> Resource:
    """Return the security group that admits; of several that do not, the first."""
    key = outcome.evidence.get("group") if isinstance(outcome, Passed) else None
    names = {item.id: item.name for item in groups if isinstance(item, SecurityGroup)}
    shown = key if isinstance(key, str) else ids[0]
    return Resource("security-group", shown, names.get(shown))


def _acl(passage: Passage, end: InVpc, *, egress: bool) -> None:
    if end.is_nowhere:
        return
    if not isinstance(end.subnet, Subnet):
        passage.record("network-acl", Resource("network-acl", f"of {end.address}"), unseen(end.subnet))
        return
    passage.record_all([network_acl_of(passage.state, passage.packet, end.subnet, egress=egress)])


def _acl_of_some(passage: Passage, end: InVpc) -> None:
    """Ask the network ACL of the receiver's subnet, where the packet is perhaps in that already."""
    draft = passage.draft()
    _acl(draft, end, egress=False)
    if not draft.trail.stops:
        _acl(passage, end, egress=False)
        return
    stop = draft.trail.stops[0]
    fact = tell(
        "whether the packet comes to {address} from another subnet: {reason}",
        address=end.address,
        reason=stop.summary.rstrip(".。"),
    )
    passage.record("network-acl", stop.resource or end.resource, unseen(NotVisible(fact, "", "", None)))


def _machine(passage: Passage, end: InVpc) -> None:
    outcome = interface.check(end.interface, end.address, end.vpc_id)
    if isinstance(end.interface, Absent):
        outcome = overlap.check(passage.state, end, outcome)
    kind = "network-interface"
    if isinstance(end.interface, NetworkInterface):
        passage.record(kind, end.resource, outcome)
    else:
        passage.record(kind, Resource("address", str(end.address)), outcome)
    found = instance_of(passage.state, end)
    if isinstance(found, Instance):
        passage.record(
            "instance", Resource("instance", found.id, found.name), interface.check_instance(found)
        )
    elif isinstance(found, NotVisible) and isinstance(end.interface, NetworkInterface):
        name = end.interface.instance_id or end.interface.id
        passage.record("instance", Resource("instance", name), unseen(found))


REQUEST: Sequence[Callable[[Passage], None]] = (
    leave_machine,
    leave_groups,
    leave_acl,
    cross,
    enter_acl,
    enter_machine,
    enter_groups,
)
"""What the first packet of a connection meets."""

REPLY: Sequence[Callable[[Passage], None]] = (leave_acl, cross, enter_acl)
"""What its answer meets: security groups admit the replies of what they have admitted."""


def walk(passage: Passage) -> None:
    """Take a packet from one end to the other."""
    crossing.aim(passage)
    for stage in REQUEST if passage.request else REPLY:
        stage(passage)
    if passage.request:
        trail = passage.trail
        inspected = passage.inspections if passage.is_sure else None
        trail.journal.inspected[trail.leg, trail.target] = inspected


def walk_back(*replies: Passage) -> None:
    """Take a reply back, by one passage or by several, and hold it against what its request has passed."""
    for passage in replies:
        walk(passage)
    trail = replies[0].trail
    request = trail.journal.inspected.get((trail.leg, trail.target))
    inspected = tuple(item for passage in replies for item in passage.inspections)
    if request is None or not all(passage.is_sure for passage in replies) or not (request or inspected):
        return
    endpoint = sorted((inspected or request)[0].endpoints)[0]
    outcome: Outcome = middlebox.check(request, inspected)
    proven = {passage.is_proven for passage in replies}
    if isinstance(outcome, Stopped) and True in proven:
        outcome = Passed({**outcome.evidence, "meaning": "the target's health checks pass it"})
    elif isinstance(outcome, Stopped) and None in proven:
        fact = tell(
            "whether the target's health checks pass, whose replies pass other firewalls than they do"
        )
        outcome = Unseen(NotVisible(fact, "elbv2", "DescribeTargetHealth", None), outcome.evidence)
    trail.record("firewall-endpoint", Resource("vpc-endpoint", endpoint), outcome)


def walk_reply(
    state: AwsState,
    trail: Trail,
    sender: Location,
    seen_as: Location,
    client: Location,
    protocol: str = "tcp",
) -> None:
    """Take the answer to a connection from ``sender`` back to the client.

    Where a NAT gateway has stepped in, the answer goes to that (``seen_as``) first, and on from there.
    """
    among = () if isinstance(seen_as, UnknownLocation) else seen_as.among
    ports = opened_from(seen_as)
    answer = Packet(sender.address, seen_as.address, ports, protocol, reply=True, among=among)
    passages = [Passage(state, trail, answer, sender, seen_as)]
    passages[0].returned_by = returning.to_nat_gateway(state, sender, seen_as)
    if isinstance(seen_as, UnknownLocation) and seen_as is not client:
        trail.record("address", Resource("address", "of the client"), unseen(seen_as.missing))
        passages[0].is_sure = False
    if seen_as is not client:
        onward = Packet(sender.address, client.address, opened_from(client), protocol, reply=True)
        passages.append(Passage(state, trail, onward, seen_as, client))
    walk_back(*passages)


def opened_from(opener: Location) -> PortRange:
    """Return the ports that a location opens connections from."""
    own = isinstance(opener, InVpc) and (opener.by_nat or opener.balancer is not None)
    own = own or (isinstance(opener, OutsideAws) and opener.by_nat)
    return EPHEMERAL if own else CLIENT_PORTS
