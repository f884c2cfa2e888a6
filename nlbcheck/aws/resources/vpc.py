"""Which ranges does a VPC have, and whose is it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address, Network


@dataclass(frozen=True, slots=True)
class Vpc:
    """A virtual private cloud; its place is its owner's account."""

    id: str
    account_region: AccountRegion
    name: str | None
    cidrs: tuple[Network, ...]
    """Every range that is associated, the primary one first."""

    def contains(self, address: Address) -> bool:
        """Whether an address lies in one of the VPC's ranges."""
        return any(address in cidr for cidr in self.cidrs)


_CIDR_STATES = {"associating", "associated", "disassociating", "disassociated", "failing", "failed"}


def _vpc(raw: Raw, account_region: AccountRegion) -> Vpc:
    cidrs = [
        *associated_ranges(fields.objects(raw, "CidrBlockAssociationSet"), "CidrBlock", "CidrBlockState"),
        *associated_ranges(
            fields.objects_if_any(raw, "Ipv6CidrBlockAssociationSet"), "Ipv6CidrBlock", "Ipv6CidrBlockState"
        ),
    ]
    primary = fields.network(raw, "CidrBlock")
    return Vpc(
        id=fields.needed(raw, "VpcId"),
        account_region=AccountRegion(fields.needed(raw, "OwnerId"), account_region.region),
        name=fields.name_tag(raw),
        cidrs=tuple(sorted(cidrs, key=lambda cidr: cidr != primary)),
    )


def associated_ranges(items: Iterable[Raw], block: str, state_field: str) -> Iterable[Network]:
    """Yield the ranges that are associated with a VPC or subnet; one of unknown state hides what they are."""
    for item in items:
        state = fields.text(fields.inner(item, state_field), "State")
        if state not in _CIDR_STATES:
            raise UnreadableError(state_field)
        if state == "associated":
            yield fields.needed_network(item, block)


VPC = Kind(
    "VPC", "ec2", "DescribeVpcs", ("Vpcs",), "VpcId", _vpc, {"VpcIds": "vpc-id"},
)  # fmt: skip


class VpcLookups(Lookups):
    """Lookups of VPCs."""

    def vpc(self, key: str, account_region: AccountRegion | None = None) -> Vpc | Absent | NotVisible:
        """Return a VPC by its id."""
        return self.by_id(VPC, key, account_region)
