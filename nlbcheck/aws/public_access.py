"""Does an account block its VPCs' path to the internet, and which of them are excluded from that?

https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.model.facts import AccountRegion


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
