"""What does a packet meet between a VPC and the internet?"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.aws.resources.public_access import BlockMode
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.forwarding.positions import AtRouteTarget, Forwarded, Met
from nlbcheck.path.gates import internet_gateway, public_access
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Unseen, unseen
from nlbcheck.path.packet import Packet


def into_internet(state: AwsState, packet: Packet, position: AtRouteTarget) -> Forwarded:
    """Send a packet to the internet."""
    met = internet_gateway_between(state, position.target.id, position.sent_from, outbound=not packet.reply)
    return Forwarded(tuple(met))


def internet_gateway_between(
    state: AwsState, gateway_id: str, inside: InVpc, *, outbound: bool
) -> Iterator[Met]:
    """Yield what is met at the internet gateway of a VPC, in either direction, and what may close it.

    ``outbound`` says that the connection was opened from inside.
    """
    found = state.internet_gateway(gateway_id)
    if not isinstance(found, InternetGateway):
        yield Met("internet-gateway", Resource("internet-gateway", gateway_id), unseen(found))
        return
    resource = Resource("internet-gateway", found.id, found.name)
    if inside.public_address is None and isinstance(inside.interface, NotVisible):
        yield Met("internet-gateway", resource, Unseen(inside.interface))
    else:
        outcome = internet_gateway.check(found, inside.vpc_id, inside.address, inside.public_address)
        yield Met("internet-gateway", resource, outcome)
    yield _public_access(state, inside, outbound=outbound)


def _public_access(state: AwsState, inside: InVpc, *, outbound: bool) -> Met:
    """Ask VPC Block Public Access, which belongs to the VPC's owner."""
    resource = Resource("vpc", inside.vpc_id, inside.vpc.name if isinstance(inside.vpc, Vpc) else None)
    if not isinstance(inside.vpc, Vpc):
        return Met("public-access", resource, unseen(inside.vpc))
    if not isinstance(inside.subnet, Subnet):
        return Met("public-access", resource, unseen(inside.subnet))
    account_region = inside.vpc.account_region
    access = state.public_access(account_region)
    open_to_all = isinstance(access, NotVisible) or access.mode is BlockMode.OFF
    outcome = public_access.check(
        access,
        () if open_to_all else state.public_access_exclusions(account_region),
        inside.vpc_id,
        inside.subnet.id,
        outbound=outbound,
        by_nat=inside.by_nat,
    )
    return Met("public-access", resource, outcome)
