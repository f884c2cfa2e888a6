"""Does a packet get through between a VPC and the internet?"""

from __future__ import annotations

from nlbcheck.aws.gateways import InternetGateway
from nlbcheck.aws.network import Subnet, Vpc
from nlbcheck.aws.sight import NotVisible
from nlbcheck.model import Resource
from nlbcheck.way.carriers import Carrier
from nlbcheck.way.ends import Spot
from nlbcheck.way.gates import internet_gateway, public_access
from nlbcheck.way.outcome import Unseen, unseen
from nlbcheck.way.passage import Passage


def cross(passage: Passage, carrier: Carrier, start: Spot) -> None:
    """Meet the internet gateway of a spot's VPC, in either direction, and what may close it."""
    resource = Resource("internet-gateway", carrier.id)
    found = passage.world.internet_gateway(carrier.id)
    if not isinstance(found, InternetGateway):
        passage.meet("internet-gateway", resource, unseen(found))
        return
    resource = Resource("internet-gateway", found.id, found.name)
    if start.public_address is None and isinstance(start.interface, NotVisible):
        passage.meet("internet-gateway", resource, Unseen(start.interface))
    else:
        outcome = internet_gateway.check(found, start.vpc_id, start.address, start.public_address)
        passage.meet("internet-gateway", resource, outcome)
    _public_access(passage, start)


def _public_access(passage: Passage, start: Spot) -> None:
    """Meet VPC Block Public Access, which belongs to the VPC's owner."""
    resource = Resource("vpc", start.vpc_id, start.vpc.name if isinstance(start.vpc, Vpc) else None)
    if not isinstance(start.vpc, Vpc):
        passage.meet("public-access", resource, unseen(start.vpc))
        return
    if not isinstance(start.subnet, Subnet):
        passage.meet("public-access", resource, unseen(start.subnet))
        return
    place = start.vpc.place
    outcome = public_access.check(
        passage.world.public_access(place),
        passage.world.public_access_exclusions(place),
        start.vpc_id,
        start.subnet.id,
        outbound=passage.request == isinstance(passage.start, Spot),
        by_nat=start.by_nat,
    )
    passage.meet("public-access", resource, outcome)
