"""In which subnet does an address lie?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each, owned
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.vpc import Vpc, associated_ranges
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address, Network


class InternetConnectivity(StrEnum):
    """How an Automated Internet Firewall of the VPC treats a subnet."""

    FLEXIBLE = "flexible"
    OUTBOUND_ONLY = "outbound-only"
    BIDIRECTIONAL = "bidirectional"
    EXCLUDE = "exclude"
    AZ_UNSUPPORTED = "az-unsupported"


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; its place is its owner's account."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    zone: str
    cidrs: tuple[Network, ...]
    zone_id: str | None = None
    """What the zone is called in every account."""
    connectivity: InternetConnectivity | None = None
    """None where the VPC has no Automated Internet Firewall, or the answer does not say it."""

    def contains(self, address: Address) -> bool:
        """Whether an address lies in the subnet."""
        return any(address in cidr for cidr in self.cidrs)

    def shares_zone(self, other: Subnet) -> bool | None:
        """Return whether another subnet stands in the same zone; None where that is not told.

        A zone's name may mean another place in another account, its id never does:
        https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html.
        """
        if self.zone_id and other.zone_id:
            return self.zone_id == other.zone_id
        return self.zone == other.zone if self.account_region == other.account_region else None


def _subnet(raw: Raw, account_region: AccountRegion) -> Subnet:
    ipv6 = associated_ranges(
        fields.objects_if_any(raw, "Ipv6CidrBlockAssociationSet"), "Ipv6CidrBlock", "Ipv6CidrBlockState"
    )
    ipv4 = [] if fields.flag(raw, "Ipv6Native") else [fields.needed_network(raw, "CidrBlock")]
    return Subnet(
        id=fields.needed(raw, "SubnetId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        zone=fields.needed(raw, "AvailabilityZone"),
        cidrs=(*ipv4, *ipv6),
        zone_id=fields.text(raw, "AvailabilityZoneId"),
        connectivity=fields.choice(raw, "NetworkFirewallConnectivityType", InternetConnectivity),
    )


SUBNET = Kind(
    marked("subnet"), "ec2", "DescribeSubnets", ("Subnets",), "SubnetId", _subnet,
    {"SubnetIds": "subnet-id"}, {"vpc-id": each("VpcId")},
)  # fmt: skip


class SubnetLookups(Lookups):
    """Lookups of subnets. What proves an absence is an answer to the VPC's owner: others see less."""

    def subnet(
        self, key: str, account_region: AccountRegion | None = None, *, vpc_id: str | None = None
    ) -> Subnet | Absent | NotVisible:
        """Return a subnet by its id; where its VPC is known, AWS is asked for all of that."""
        places = (account_region,) if account_region else self.asked_in
        wanted = {"vpc-id": vpc_id} if vpc_id else {}
        return self._by_id(SUBNET, key, places, wanted | {SUBNET.id_attribute: key})

    def subnets_of(self, vpc: Vpc) -> tuple[Subnet, ...] | NotVisible:
        """Return all subnets of a VPC."""
        return self.every(
            SUBNET, tell("the subnets of {vpc}", vpc=vpc.id), vpc.account_region, {"vpc-id": vpc.id}
        )

    def subnet_at(self, vpc: Vpc, address: Address) -> Subnet | Absent | NotVisible:
        """Return the subnet of a VPC that an address lies in."""
        for subnet in self.seen(SUBNET, {"vpc-id": vpc.id}):
            if subnet.contains(address):
                return subnet
        what = tell("a subnet of {vpc} with {address}", vpc=vpc.id, address=address)
        if vpc.has_all_cidrs and not vpc.contains(address):
            return Absent(what, "ec2:DescribeVpcs", vpc.account_region)
        every = self.every(SUBNET, what, vpc.account_region, {"vpc-id": vpc.id})
        return (
            every
            if isinstance(every, NotVisible)
            else Absent(what, "ec2:DescribeSubnets", vpc.account_region)
        )
