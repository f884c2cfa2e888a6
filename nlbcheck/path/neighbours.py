"""What joins a VPC with other networks, whatever its route tables say?"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.lookups import unread
from nlbcheck.aws.resources.gateway_attachment import ATTACHED
from nlbcheck.aws.resources.peering_connection import PEERING, PeeringSide, PeeringStatus
from nlbcheck.aws.resources.transit_attachment import (
    TRANSIT_ATTACHMENT,
    TransitAttachment,
    TransitResource,
)
from nlbcheck.aws.resources.transit_gateway import USABLE, TransitGateway
from nlbcheck.aws.resources.transit_vpc_attachment import TRANSIT_VPC_ATTACHMENT, TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_connection import VpnConnection
from nlbcheck.aws.resources.vpn_gateway import GatewayState, VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, longest_match
from nlbcheck.path.outcome import missing

PEERINGS = (TransitResource.PEERING, TransitResource.TGW_PEERING)


def ranges(state: AwsState, side: PeeringSide) -> tuple[Network, ...]:
    """Return the ranges of one side of a peering connection, from wherever they are shown."""
    if side.cidrs is not None and side.has_all_cidrs:
        return side.cidrs
    vpc = state.vpc(side.vpc_id)
    return vpc.cidrs if isinstance(vpc, Vpc) else side.cidrs or ()


def peered_with(state: AwsState, vpc: Vpc, address: Address) -> tuple[PeeringSide, ...] | NotVisible:
    """Return the VPCs peered with one whose ranges hold an address, each once."""
    peerings = state.peerings_of(vpc)
    if isinstance(peerings, NotVisible):
        return peerings
    sides: dict[str, PeeringSide] = {}
    hidden: NotVisible | None = None
    for peering in peerings:
        side = peering.far_side(vpc.id)
        if side is None or side.vpc_id == vpc.id:
            continue
        if any(address in cidr for cidr in ranges(state, side)):
            sides.setdefault(side.vpc_id, side)
        elif peering.status is PeeringStatus.ACTIVE and _may_have_more(state, side):
            what = tell("all CIDR blocks of {vpc}", vpc=side.vpc_id)
            hidden = unread(PEERING, "CidrBlockSet", what, peering.account_region)
    return hidden if hidden and not sides else tuple(sides.values())


def _may_have_more(state: AwsState, side: PeeringSide) -> bool:
    """Whether a peered VPC may have ranges that are shown nowhere."""
    if side.cidrs is not None and side.has_all_cidrs:
        return False
    vpc = state.vpc(side.vpc_id)
    return not isinstance(vpc, Vpc) or not vpc.has_all_cidrs


def is_peered_ipv6(state: AwsState, vpc: Vpc | NotVisible, address: Address | None) -> bool | NotVisible:
    """Return whether an IPv6 address outside a VPC is one of a VPC that is peered with it."""
    if address is None or address.version == 4 or not isinstance(vpc, Vpc) or vpc.contains(address):
        return False
    found = peered_with(state, vpc, address)
    return found if isinstance(found, NotVisible) else bool(found)


def joined(state: AwsState, vpc: Vpc) -> Iterator[str]:
    """Yield the VPCs that are peered with one, or attached to the same transit gateway or to its peers."""
    peerings = state.peerings_of(vpc)
    for peering in () if isinstance(peerings, NotVisible) else peerings:
        side = peering.far_side(vpc.id)
        if side and peering.status is PeeringStatus.ACTIVE:
            yield side.vpc_id
    attached = state.transit_vpc_attachments_of(vpc)
    for own in () if isinstance(attached, NotVisible) else attached:
        key = own.transit_gateway_id
        for gateway in (key, *(item.resource_id for item in transit_peers(state, key))):
            for other in state.transit_vpcs(str(gateway)):
                if other.vpc_id != vpc.id and other.state in USABLE:
                    yield other.vpc_id


def transit_gateways(state: AwsState, vpc: Vpc) -> list[str] | NotVisible:
    """Return the transit gateways that a VPC is attached to."""
    attachments = state.transit_vpc_attachments_of(vpc)
    if isinstance(attachments, NotVisible):
        return attachments
    for item in attachments:
        if item.state is None:
            what = tell("the state of {name}", name=item.id)
            return unread(TRANSIT_VPC_ATTACHMENT, "State", what, item.account_region)
    usable = (item.transit_gateway_id for item in attachments if item.state in USABLE)
    return list(dict.fromkeys(usable))


def shared_gateways(state: AwsState, vpc: Vpc, other: Vpc | NotVisible) -> list[str] | NotVisible:
    """Return the transit gateways of a VPC by which another one may be reached: its own or peers of them."""
    here = transit_gateways(state, vpc)
    if isinstance(here, NotVisible) or not here:
        return here
    there = transit_gateways(state, other) if isinstance(other, Vpc) else other
    if isinstance(there, NotVisible):
        return there
    links = {key: [item.resource_id for item in transit_peers(state, key)] for key in here}
    shared = [key for key in here if not {key, *links[key]}.isdisjoint(there)]
    hidden = (_hidden_links(state, key) for key in here if there and not shared)
    return next((fact for fact in hidden if fact), shared)


def _hidden_links(state: AwsState, gateway_id: str) -> NotVisible | None:
    """Return what is missing where a transit gateway may have links to others that are not seen."""
    gateway = state.transit_gateway(gateway_id)
    if not isinstance(gateway, TransitGateway):
        return missing(gateway)
    found = state.transit_attachments_of(gateway)
    if isinstance(found, NotVisible):
        return found
    for item in found:
        if item.resource_type is None or (item.resource_type in PEERINGS and not item.resource_id):
            what = tell("whether {attachment} leads to another transit gateway", attachment=item.id)
            return unread(TRANSIT_ATTACHMENT, "ResourceType", what, item.account_region)
    return None


def hidden_way(state: AwsState, gateway_id: str, vpc: Vpc) -> NotVisible | None:
    """Return what is missing where a transit gateway may lead to a VPC that is attached to another one."""
    far = (state.transit_vpc_attachment_of(str(item.resource_id), vpc)
           for item in transit_peers(state, gateway_id))  # fmt: skip
    hidden = next((item for item in far if isinstance(item, NotVisible)), None)
    return hidden or _hidden_links(state, gateway_id)


def transit_peers(state: AwsState, gateway_id: str) -> tuple[TransitAttachment, ...]:
    """Return the attachments of a transit gateway, as far as they are seen, that lead to another one."""
    found = state.transit_links(gateway_id)
    return tuple(item for item in found if item.resource_type in PEERINGS and item.resource_id)


def transit_links(state: AwsState, gateway_id: str, vpc: Vpc) -> list[str]:
    """Return the attachments of a transit gateway that lead to one where a VPC is attached."""
    return [
        item.id
        for item in transit_peers(state, gateway_id)
        if isinstance(state.transit_vpc_attachment_of(str(item.resource_id), vpc), TransitVpcAttachment)
    ]


def attachment_down(state: AwsState, gateway_id: str, vpc: Vpc) -> bool:
    """Whether a VPC's attachment to a transit gateway is proven not to work."""
    found = state.transit_vpc_attachment_of(gateway_id, vpc)
    if isinstance(found, TransitVpcAttachment):
        return found.state not in (*USABLE, None)
    return not isinstance(found, NotVisible)


def is_attached(gateway: VpnGateway, vpc_id: str) -> bool:
    """Whether a virtual private gateway may be attached to a VPC."""
    return any(item.vpc_id == vpc_id and item.state in (*ATTACHED, None) for item in gateway.attachments)


def vpn_connections(state: AwsState, gateway: VpnGateway) -> tuple[VpnConnection, ...] | NotVisible:
    """Return the VPN connections of a gateway that are not deleted."""
    found = state.vpn_connections_of(gateway)
    if isinstance(found, NotVisible):
        return found
    return tuple(item for item in found if item.state is not GatewayState.DELETED)


def static_prefix(state: AwsState, gateway: VpnGateway, address: Address) -> Network | None:
    """Return the longest static VPN route of a gateway for an address."""
    connections = vpn_connections(state, gateway)
    if isinstance(connections, NotVisible):
        return None
    return longest_match((route.destination for item in connections for route in item.routes), address)
