"""What does a packet meet from one end to the other, in which order?

The stages of a request and of a reply are explicit lists. A stage asks gates and notes what they say; a
closed gate is assumed open, so that one walk finds everything that is in the way.
"""

from __future__ import annotations

from collections.abc import Callable

from nlbcheck.aws.interfaces import Instance, NetworkInterface
from nlbcheck.aws.network import SecurityGroup, Subnet
from nlbcheck.aws.sight import Absent, NotVisible
from nlbcheck.aws.world import World
from nlbcheck.model import Resource
from nlbcheck.way import arriving, crossing, overlap
from nlbcheck.way.ends import End, Outside, Spot, Unlocated, instance_of
from nlbcheck.way.gates import interface, security_group
from nlbcheck.way.outcome import Passed, unseen
from nlbcheck.way.packet import EPHEMERAL, GroupIds, Packet
from nlbcheck.way.passage import Passage
from nlbcheck.way.trail import Trail

Stage = Callable[[Passage], None]


def leave_machine(passage: Passage) -> None:
    """Ask for the sender itself: does it exist and run?"""
    if isinstance(passage.start, Spot) and passage.start.balancer is None:
        _machine(passage, passage.start)


def leave_groups(passage: Passage) -> None:
    """Ask the security groups of the sender."""
    if isinstance(passage.start, Spot):
        other = passage.goal.groups if isinstance(passage.goal, Spot) else ()
        _groups(passage, passage.start, passage.start.groups, other, egress=True)


def leave_acl(passage: Passage) -> None:
    """Ask the network ACL of the sender's subnet, on the way out."""
    if isinstance(passage.start, Spot) and not passage.inside_subnet:
        _acl(passage, passage.start, egress=True)


def cross(passage: Passage) -> None:
    """Take the packet from its sender's subnet to its receiver's, or to where that is reached from."""
    nobody = isinstance(passage.goal, Spot) and passage.goal.is_nowhere
    if passage.inside_subnet or (isinstance(passage.start, Outside) and nobody):
        return
    if isinstance(passage.start, Outside):
        arriving.arrive(passage, passage.start)
    elif passage.decision:
        passage.meet("route-table", passage.decision.resource, passage.decision.outcome)
        if passage.decision.carrier and isinstance(passage.start, Spot):
            crossing.carry(passage, passage.decision.carrier, passage.start)


def enter_acl(passage: Passage) -> None:
    """Ask the network ACL of the receiver's subnet, on the way in."""
    if isinstance(passage.goal, Spot) and not passage.inside_subnet:
        _acl(passage, passage.goal, egress=False)


def enter_machine(passage: Passage) -> None:
    """Ask for the receiver: is there one, and does it run?"""
    if isinstance(passage.goal, Spot) and passage.goal.balancer is None:
        _machine(passage, passage.goal)


def enter_groups(passage: Passage) -> None:
    """Ask the security groups of the receiver."""
    if isinstance(passage.goal, Spot) and not isinstance(passage.goal.interface, Absent):
        _groups(passage, passage.goal, passage.goal.groups, passage.start_groups, egress=False)
    elif isinstance(passage.goal, Unlocated):
        passage.meet("address", Resource("address", str(passage.goal.address)), unseen(passage.goal.missing))


def _groups(passage: Passage, spot: Spot, ids: GroupIds, other: GroupIds, *, egress: bool) -> None:
    if isinstance(ids, NotVisible):
        passage.meet("security-group", spot.resource, unseen(ids))
        return
    if not ids:
        if spot.balancer:
            nothing = Passed({"groups": [], "meaning": "without security groups everything is admitted"})
            passage.meet("security-group", spot.resource, nothing)
        return
    groups = [passage.world.security_group(key) for key in ids]
    first = groups[0]
    name = first.name if isinstance(first, SecurityGroup) else None
    outcome = security_group.check(
        passage.packet,
        groups,
        other,
        passage.references,
        passage.world.prefix_list,
        egress=egress,
        hidden=() if egress else passage.hidden_groups,
    )
    passage.meet("security-group", Resource("security-group", ids[0], name), outcome)


def _acl(passage: Passage, spot: Spot, *, egress: bool) -> None:
    if spot.is_nowhere:
        return
    if not isinstance(spot.subnet, Subnet):
        passage.meet("network-acl", Resource("network-acl", f"of {spot.address}"), unseen(spot.subnet))
        return
    passage.meet_acl(spot.subnet, egress=egress)


def _machine(passage: Passage, spot: Spot) -> None:
    outcome = interface.check(spot.interface, spot.address, spot.vpc_id)
    if isinstance(spot.interface, Absent):
        outcome = overlap.check(passage.world, spot) or outcome
    kind = "network-interface"
    if isinstance(spot.interface, NetworkInterface):
        passage.meet(kind, spot.resource, outcome)
    else:
        passage.meet(kind, Resource("address", str(spot.address)), outcome)
    found = instance_of(passage.world, spot)
    if isinstance(found, Instance):
        passage.meet("instance", Resource("instance", found.id, found.name), interface.check_instance(found))
    elif isinstance(found, NotVisible) and isinstance(spot.interface, NetworkInterface):
        name = spot.interface.instance_id or spot.interface.id
        passage.meet("instance", Resource("instance", name), unseen(found))


REQUEST: tuple[Stage, ...] = (
    leave_machine,
    leave_groups,
    leave_acl,
    cross,
    enter_acl,
    enter_machine,
    enter_groups,
)
"""What the first packet of a connection meets."""

REPLY: tuple[Stage, ...] = (leave_acl, cross, enter_acl)
"""What its answer meets: security groups admit the replies of what they have admitted."""


def walk(passage: Passage) -> None:
    """Take a packet from one end to the other."""
    passage.aim()
    for stage in REQUEST if passage.request else REPLY:
        stage(passage)


def walk_reply(
    world: World, trail: Trail, sender: End, seen_as: End, client: End, protocol: str = "tcp"
) -> None:
    """Take the answer to a connection from ``sender`` back to the client.

    Where a NAT gateway has stepped in, the answer goes to that (``seen_as``) first, and on from there.
    """
    answer = Packet(sender.address, seen_as.address, EPHEMERAL, protocol)
    walk(Passage(world, trail, answer, sender, seen_as, request=False))
    if seen_as is not client:
        onward = Packet(sender.address, client.address, EPHEMERAL, protocol)
        walk(Passage(world, trail, onward, seen_as, client, request=False))
