"""Does a packet get through between a VPC and the internet?"""

from __future__ import annotations

from nlbcheck.aws.gateways import InternetGateway
from nlbcheck.aws.network import Subnet, Vpc
from nlbcheck.aws.public_access import BlockMode
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.gates import internet_gateway, public_access
from nlbcheck.path.locations import InVpc
from nlbcheck.path.outcome import Unseen, unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.route_targets import RouteTarget


def cross(passage: Passage, route_target: RouteTarget, start: InVpc) -> None:
    """Meet the internet gateway of a spot's VPC, in either direction, and what may close it."""
    resource = Resource("internet-gateway", route_target.id)
    found = passage.state.internet_gateway(route_target.id)
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


def _public_access(passage: Passage, start: InVpc) -> None:
    """Meet VPC Block Public Access, which belongs to the VPC's owner."""
    resource = Resource("vpc", start.vpc_id, start.vpc.name if isinstance(start.vpc, Vpc) else None)
    if not isinstance(start.vpc, Vpc):
        passage.meet("public-access", resource, unseen(start.vpc))
        return
    if not isinstance(start.subnet, Subnet):
        passage.meet("public-access", resource, unseen(start.subnet))
        return
    account_region = start.vpc.account_region
    access = passage.state.public_access(account_region)
    open_to_all = isinstance(access, NotVisible) or access.mode is BlockMode.OFF
    outcome = public_access.check(
        access,
        () if open_to_all else passage.state.public_access_exclusions(account_region),
        start.vpc_id,
        start.subnet.id,
        outbound=passage.request == isinstance(passage.start, InVpc),
        by_nat=start.by_nat,
    )
    passage.meet("public-access", resource, outcome)
