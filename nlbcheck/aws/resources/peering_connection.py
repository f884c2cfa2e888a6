"""Which two VPCs does a peering connection join, and does it carry traffic?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Network


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
    has_all_cidrs: bool = True
    """Whether there are no more; answers from before 2017 tell the primary range alone."""


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


def _peering_side(raw: Raw) -> PeeringSide:
    account, region = fields.text(raw, "OwnerId"), fields.region(raw, "Region")
    whole = raw.get("CidrBlockSet") is not None
    blocks = fields.objects(raw, "CidrBlockSet") if whole else (raw,) if raw.get("CidrBlock") else ()
    ipv4 = [fields.needed_network(item, "CidrBlock") for item in blocks]
    ipv6 = [
        fields.needed_network(item, "Ipv6CidrBlock")
        for item in fields.objects_if_any(raw, "Ipv6CidrBlockSet")
    ]
    return PeeringSide(
        vpc_id=fields.needed(raw, "VpcId"),
        account_region=AccountRegion(account, region) if account and region else None,
        cidrs=(*ipv4, *ipv6) if whole or ipv4 else None,
        has_all_cidrs=whole,
    )


def _peering(raw: Raw, account_region: AccountRegion) -> PeeringConnection:
    status = fields.inner(raw, "Status")
    return PeeringConnection(
        id=fields.needed(raw, "VpcPeeringConnectionId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        status=fields.choice(status, "Code", PeeringStatus),
        message=fields.text(status, "Message"),
        requester=_peering_side(fields.needed_inner(raw, "RequesterVpcInfo")),
        accepter=_peering_side(fields.needed_inner(raw, "AccepterVpcInfo")),
    )


PEERING = Kind(
    marked("peering connection"), "ec2", "DescribeVpcPeeringConnections", ("VpcPeeringConnections",),
    "VpcPeeringConnectionId", _peering, {"VpcPeeringConnectionIds": "vpc-peering-connection-id"},
    {
        "requester-vpc-info.vpc-id": each("RequesterVpcInfo", "VpcId"),
        "accepter-vpc-info.vpc-id": each("AccepterVpcInfo", "VpcId"),
    },
)  # fmt: skip


class PeeringConnectionLookups(Lookups):
    """Lookups of VPC peering connections."""

    def peering(
        self, key: str, account_region: AccountRegion | None = None
    ) -> PeeringConnection | Absent | NotVisible:
        """Return a peering connection by its id."""
        return self.by_id(PEERING, key, account_region)

    def peerings_of(self, vpc: Vpc) -> tuple[PeeringConnection, ...] | NotVisible:
        """Return all peering connections of a VPC, whatever their state."""
        what = tell("the peering connections of {vpc}", vpc=vpc.id)
        requested = self.every(PEERING, what, vpc.account_region, {"requester-vpc-info.vpc-id": vpc.id})
        accepted = self.every(PEERING, what, vpc.account_region, {"accepter-vpc-info.vpc-id": vpc.id})
        if isinstance(requested, NotVisible):
            return requested
        return accepted if isinstance(accepted, NotVisible) else tuple(dict.fromkeys(requested + accepted))
