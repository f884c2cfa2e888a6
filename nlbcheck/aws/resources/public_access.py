"""Does an account block its VPCs' path to the internet, and which of them are excluded from that?

https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import AccountRegion, NotVisible


class BlockMode(StrEnum):
    """What VPC Block Public Access blocks in an account and Region."""

    OFF = "off"
    BIDIRECTIONAL = "block-bidirectional"
    INGRESS = "block-ingress"


class ExclusionMode(StrEnum):
    """What an exclusion allows."""

    BIDIRECTIONAL = "allow-bidirectional"
    EGRESS = "allow-egress"


@dataclass(frozen=True, slots=True)
class PublicAccess:
    """What VPC Block Public Access does in an account and Region."""

    account_region: AccountRegion
    mode: BlockMode | None
    exclusions_allowed: bool | None
    """Whether the account may make exclusions, or its organization forbids them."""


@dataclass(frozen=True, slots=True)
class PublicAccessExclusion:
    """A VPC, with all its subnets, or a subnet that is excluded."""

    id: str
    account_region: AccountRegion
    resource_id: str
    mode: ExclusionMode | None
    in_force: bool | None
    """None while it is being changed."""


_ALLOWED = {"allowed": True, "not-allowed": False}


_IN_FORCE = {
    "create-complete": True,
    "update-complete": True,
    "create-failed": False,
    "delete-complete": False,
    "disable-complete": False,
}


def _public_access(raw: Raw, account_region: AccountRegion) -> PublicAccess:
    # While an update is in progress either mode may be in force.
    changing = raw.get("State") == "update-in-progress"
    return PublicAccess(
        account_region=account_region,
        mode=None if changing else fields.choice(raw, "InternetGatewayBlockMode", BlockMode),
        exclusions_allowed=_ALLOWED.get(fields.text(raw, "ExclusionsAllowed") or ""),
    )


def _exclusion(raw: Raw, account_region: AccountRegion) -> PublicAccessExclusion:
    return PublicAccessExclusion(
        id=fields.needed(raw, "ExclusionId"),
        account_region=account_region,
        resource_id=fields.needed(raw, "ResourceArn").rpartition("/")[2],
        mode=fields.choice(raw, "InternetGatewayExclusionMode", ExclusionMode),
        in_force=_IN_FORCE.get(fields.text(raw, "State") or ""),
    )


PUBLIC_ACCESS = Kind(
    marked("VPC Block Public Access options"), "ec2", "DescribeVpcBlockPublicAccessOptions",
    ("VpcBlockPublicAccessOptions",), "AwsAccountId", _public_access, {}, per_place=True,
)  # fmt: skip
PUBLIC_ACCESS_EXCLUSION = Kind(
    marked("VPC Block Public Access exclusion"), "ec2", "DescribeVpcBlockPublicAccessExclusions",
    ("VpcBlockPublicAccessExclusions",), "ExclusionId", _exclusion, {"ExclusionIds": "exclusion-id"},
)  # fmt: skip


class PublicAccessLookups(Lookups):
    """Lookups of VPC Block Public Access."""

    def public_access(self, account_region: AccountRegion) -> PublicAccess | NotVisible:
        """Return whether VPC Block Public Access closes internet gateways in an account and Region."""
        what = tell(
            "whether VPC Block Public Access closes internet gateways in {place}", place=account_region
        )
        found = self.every(PUBLIC_ACCESS, what, account_region, {})
        if isinstance(found, NotVisible):
            return found
        unknown = self.unknown(what, PUBLIC_ACCESS.service, PUBLIC_ACCESS.operation, account_region)
        return next(iter(found), unknown)

    def public_access_exclusions(
        self, account_region: AccountRegion
    ) -> tuple[PublicAccessExclusion, ...] | NotVisible:
        """Return what is excluded from VPC Block Public Access in an account and Region."""
        return self.every(
            PUBLIC_ACCESS_EXCLUSION, tell("the exclusions from VPC Block Public Access"), account_region, {}
        )
