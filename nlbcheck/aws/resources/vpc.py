"""Which ranges does a VPC have, and whose is it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, owned
from nlbcheck.aws.lookups import Lookups
from nlbcheck.language import marked
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address, Network


class FirewallStatus(StrEnum):
    """Whether an Automated Internet Firewall looks at traffic yet, or still."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLING = "disabling"


class FirewallMode(StrEnum):
    """What an Automated Internet Firewall does with traffic that its policy refuses."""

    MONITOR = "monitor"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class InternetFirewall:
    """An Automated Internet Firewall between a VPC and its internet gateway."""

    arn: str | None
    status: FirewallStatus | None
    mode: FirewallMode | None


@dataclass(frozen=True, slots=True)
class Vpc:
    """A virtual private cloud; its place is its owner's account."""

    id: str
    account_region: AccountRegion
    name: str | None
    cidrs: tuple[Network, ...]
    """Every range that is associated, the primary one first."""
    has_all_cidrs: bool = True
    """Whether there are no more; answers from before 2017 tell the primary range alone."""
    firewalls: tuple[InternetFirewall, ...] = ()
    """The Automated Internet Firewalls at its internet gateway; hardly any VPC has one."""

    def contains(self, address: Address) -> bool:
        """Whether an address lies in one of the VPC's ranges."""
        return any(address in cidr for cidr in self.cidrs)


_CIDR_STATES = {"associating", "associated", "disassociating", "disassociated", "failing", "failed"}


def _vpc(raw: Raw, account_region: AccountRegion) -> Vpc:
    primary = fields.network(raw, "CidrBlock")
    whole = primary is None or raw.get("CidrBlockAssociationSet") is not None
    cidrs = [
        *(_associated(raw) if whole else (fields.needed_network(raw, "CidrBlock"),)),
        *associated_ranges(
            fields.objects_if_any(raw, "Ipv6CidrBlockAssociationSet"), "Ipv6CidrBlock", "Ipv6CidrBlockState"
        ),
    ]
    return Vpc(
        id=fields.needed(raw, "VpcId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        cidrs=tuple(sorted(cidrs, key=lambda cidr: cidr != primary)),
        has_all_cidrs=whole,
        firewalls=tuple(
            InternetFirewall(
                fields.text(item, "FirewallArn"),
                fields.choice(item, "FirewallOnboardingStatus", FirewallStatus),
                fields.choice(item, "FirewallMode", FirewallMode),
            )
            for item in fields.objects_if_any(raw, "NetworkFirewallAssociations")
        ),
    )


def _associated(raw: Raw) -> Iterable[Network]:
    return associated_ranges(fields.objects(raw, "CidrBlockAssociationSet"), "CidrBlock", "CidrBlockState")


def associated_ranges(items: Iterable[Raw], block: str, state_field: str) -> Iterable[Network]:
    """Yield the ranges that are associated with a VPC or subnet; one of unknown state hides what they are."""
    for item in items:
        state = fields.text(fields.inner(item, state_field), "State")
        if state not in _CIDR_STATES:
            raise UnreadableError(state_field, item)
        if state == "associated":
            yield fields.needed_network(item, block)


VPC = Kind(
    marked("VPC"), "ec2", "DescribeVpcs", ("Vpcs",), "VpcId", _vpc, {"VpcIds": "vpc-id"},
)  # fmt: skip


class VpcLookups(Lookups):
    """Lookups of VPCs."""

    def vpc(self, key: str, account_region: AccountRegion | None = None) -> Vpc | Absent | NotVisible:
        """Return a VPC by its id."""
        return self.by_id(VPC, key, account_region)

    def other_vpcs_with(self, address: Address, key: str) -> tuple[Vpc, ...]:
        """Return the visible VPCs, but for the one with an id, whose ranges hold an address."""
        found = self.sought(VPC, self.asked_in, {})
        return tuple(item for item in found if item.id != key and item.contains(address))
