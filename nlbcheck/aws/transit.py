"""What does a transit gateway join, and where does it send a packet?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Network


class TransitState(StrEnum):
    """Where a transit gateway or attachment is in its life; ``available`` and ``modifying`` pass traffic."""

    INITIATING = "initiating"
    INITIATING_REQUEST = "initiatingRequest"
    PENDING_ACCEPTANCE = "pendingAcceptance"
    ROLLING_BACK = "rollingBack"
    PENDING = "pending"
    AVAILABLE = "available"
    MODIFYING = "modifying"
    DELETING = "deleting"
    DELETED = "deleted"
    FAILED = "failed"
    REJECTED = "rejected"
    REJECTING = "rejecting"
    FAILING = "failing"


USABLE = (TransitState.AVAILABLE, TransitState.MODIFYING)
"""The states in which an attachment passes traffic."""


@dataclass(frozen=True, slots=True)
class TransitGateway:
    """A transit gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    owner: str | None
    """The account that it belongs to, and that alone may read its route tables."""
    state: TransitState | None
    group_references: bool | None
    """Whether security group references work across it."""


class TransitResource(StrEnum):
    """What hangs on a transit gateway."""

    VPC = "vpc"
    VPN = "vpn"
    VPN_CONCENTRATOR = "vpn-concentrator"
    DIRECT_CONNECT = "direct-connect-gateway"
    CONNECT = "connect"
    PEERING = "peering"
    TGW_PEERING = "tgw-peering"
    NETWORK_FUNCTION = "network-function"
    CLIENT_VPN = "client-vpn"


class AssociationState(StrEnum):
    """Whether an attachment uses a route table."""

    ASSOCIATING = "associating"
    ASSOCIATED = "associated"
    DISASSOCIATING = "disassociating"
    DISASSOCIATED = "disassociated"


@dataclass(frozen=True, slots=True)
class TransitAssociation:
    """The route table that decides about packets that come from an attachment."""

    route_table_id: str
    state: AssociationState | None


@dataclass(frozen=True, slots=True)
class TransitAttachment:
    """Anything that hangs on a transit gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    transit_gateway_id: str
    transit_gateway_owner: str | None
    resource_type: TransitResource | None
    resource_id: str | None
    resource_owner: str | None
    state: TransitState | None
    association: TransitAssociation | None
    """As far as this answer says; ask ``World.transit_association`` instead."""


@dataclass(frozen=True, slots=True)
class TransitVpcAttachment:
    """A VPC's attachment, with the subnets where the transit gateway stands."""

    id: str
    account_region: AccountRegion
    name: str | None
    transit_gateway_id: str
    vpc_id: str
    subnet_ids: tuple[str, ...]
    state: TransitState | None
    group_references: bool | None


@dataclass(frozen=True, slots=True)
class TransitPeeringAttachment:
    """A link between two transit gateways."""

    id: str
    account_region: AccountRegion
    name: str | None
    requester_gateway_id: str
    requester_place: AccountRegion | None
    accepter_gateway_id: str
    accepter_place: AccountRegion | None
    accepter_attachment_id: str | None
    """Set where the accepter's end has an id of its own."""
    state: TransitState | None

    def far_side(self, gateway_id: str) -> tuple[str, AccountRegion | None]:
        """Return the transit gateway at the other end, and where it is."""
        if self.accepter_gateway_id == gateway_id:
            return self.requester_gateway_id, self.requester_place
        return self.accepter_gateway_id, self.accepter_place


class TransitRouteState(StrEnum):
    """Whether a transit gateway route can be used."""

    PENDING = "pending"
    ACTIVE = "active"
    BLACKHOLE = "blackhole"
    DELETING = "deleting"
    DELETED = "deleted"


class TransitRouteType(StrEnum):
    """How a route came into a transit gateway route table."""

    STATIC = "static"
    PROPAGATED = "propagated"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class TransitHop:
    """An attachment that a route leads to; several only for VPN with equal-cost paths."""

    attachment_id: str
    resource_type: TransitResource | None
    resource_id: str | None


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """One line of a transit gateway route table."""

    destination: Network | None
    prefix_list_id: str | None
    type: TransitRouteType | None
    state: TransitRouteState | None
    hops: tuple[TransitHop, ...]


@dataclass(frozen=True, slots=True)
class TransitRouteTable:
    """A transit gateway route table, without its routes."""

    id: str
    account_region: AccountRegion
    name: str | None
    transit_gateway_id: str
