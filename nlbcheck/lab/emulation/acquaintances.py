"""Whom do the security group rules of a machine recognize by their groups?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.lab.emulation.groups import Acquaintance
from nlbcheck.lab.emulation.relays import Relay
from nlbcheck.lab.emulation.seats import Seat
from nlbcheck.lab.emulation.survey import Machines
from nlbcheck.lab.emulation.vpcs import Surroundings


def of(seat: Seat, survey: Machines, around: Surroundings, relays: Sequence[Relay]) -> Acquaintance:
    """Return whom a machine recognizes.

    A group is known inside its VPC and over active peering connections of the Region, for rules in both
    directions (https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html); across
    a transit gateway for inbound rules, where that is switched on
    (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html).
    """
    peers = {
        item.far(seat.site)
        for item in around.peerings
        if seat.site in item.sites and item.active and item.same_region
    }
    behind = {
        site
        for transit in around.transits
        if transit.references and seat.site in (sites := transit.referencing)
        for site in sites
    }
    marks: dict[str, tuple[int, ...]] = {}
    for mark, relay in enumerate(relays, start=1):
        for group_id in relay.balancer.group_ids:
            marks[group_id] = (*marks.get(group_id, ()), mark)
    return Acquaintance(
        survey.known_by,
        lambda other: other.site == seat.site or other.site in peers | behind,
        lambda other: other.site == seat.site or other.site in peers,
        marks,
    )


def relay_of(node: Seat, relays: Sequence[Relay]) -> tuple[Relay, int]:
    """Return the load balancer of a node, and what packets carry that it sends in a client's name."""
    for mark, relay in enumerate(relays, start=1):
        if node.site == relay.balancer.vpc_id and any(item.address in node.addresses for item in relay.nodes):
            return relay, mark
    raise LookupError(node.name)
