"""What leads out of a VPC: peerings, internet, NAT and virtual private gateways, VPN connections?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network

from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Address, Network


class PeeringStatus(StrEnum):
    """Where a peering connection is in its life; only an active one carries traffic."""

    INITIATING_REQUEST = "initiating-request"
    PENDING_ACCEPTANCE = "pending-acceptance"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DELETING = "deleting"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class PeeringSide:
    """One of the two VPCs that a peering connection joins."""

    vpc_id: str
    account_region: AccountRegion | None
    """The VPC's account and Region, where AWS says both."""
    cidrs: tuple[Network, ...] | None
    """The VPC's ranges; None when AWS does not show them, as before a peering is accepted."""


@dataclass(frozen=True, slots=True)
class PeeringConnection:
    """A VPC peering connection."""

    id: str
    account_region: AccountRegion
    name: str | None
    status: PeeringStatus | None
    message: str | None
    requester: PeeringSide
    accepter: PeeringSide

    def far_side(self, vpc_id: str) -> PeeringSide | None:
        """Return the side that is not ``vpc_id``; None when the peering does not join that VPC."""
        if vpc_id == self.requester.vpc_id:
            return self.accepter
        return self.requester if vpc_id == self.accepter.vpc_id else None


class AttachmentState(StrEnum):
    """Whether a gateway hangs on a VPC."""

    ATTACHING = "attaching"
    ATTACHED = "attached"
    DETACHING = "detaching"
    DETACHED = "detached"
    AVAILABLE = "available"
    """What EC2 really answers for an attached internet gateway."""


ATTACHED = (AttachmentState.ATTACHED, AttachmentState.AVAILABLE)
"""The states in which a gateway carries packets of its VPC."""


@dataclass(frozen=True, slots=True)
class GatewayAttachment:
    """A gateway's link to a VPC."""

    vpc_id: str
    state: AttachmentState | None


_PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"))
)


def routable(address: Address) -> bool:
    """Whether an address is one that internet gateways carry packets to.

    https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (IGW_…)
    """
    return not any(address in cidr for cidr in _PRIVATE)


@dataclass(frozen=True, slots=True)
class InternetGateway:
    """An internet gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    attachments: tuple[GatewayAttachment, ...]


class NatGatewayState(StrEnum):
    """Where a NAT gateway is in its life."""

    PENDING = "pending"
    FAILED = "failed"
    AVAILABLE = "available"
    DELETING = "deleting"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    subnet_id: str | None
    """None for a regional NAT gateway."""
    state: NatGatewayState | None
    public: bool | None
    private_addresses: tuple[Address, ...]
    public_address: Address | None
    """What the internet sees its connections come from."""


class GatewayState(StrEnum):
    """Where a virtual private gateway or a VPN connection is in its life."""

    PENDING = "pending"
    AVAILABLE = "available"
    DELETING = "deleting"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class VpnGateway:
    """A virtual private gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    state: GatewayState | None
    attachments: tuple[GatewayAttachment, ...]


class TunnelStatus(StrEnum):
    """Whether a tunnel carries traffic; with BGP that takes a BGP session as well."""

    UP = "UP"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class Tunnel:
    """One of a VPN connection's two tunnels."""

    outside_address: Address | None
    status: TunnelStatus | None
    message: str | None
    accepted_routes: int | None


@dataclass(frozen=True, slots=True)
class VpnRoute:
    """A static route of a VPN connection: a prefix that the gateway knows."""

    destination: Network
    state: GatewayState | None


@dataclass(frozen=True, slots=True)
class VpnConnection:
    """A Site-to-Site VPN connection; it ends at a virtual private gateway or at a transit gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    state: GatewayState | None
    transit_gateway_id: str | None
    static: bool | None
    """True with static routes only, False with BGP."""
    routes: tuple[VpnRoute, ...]
    on_premises_cidr: Network | None
    """The customer's side of the negotiated ranges; 0.0.0.0/0 by default."""
    aws_cidr: Network | None
    """AWS's side of the negotiated ranges; 0.0.0.0/0 by default."""
    tunnels: tuple[Tunnel, ...]
