"""Where does a NAT gateway stand, and which addresses does it give?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address


class NatGatewayState(StrEnum):
    """Where a NAT gateway is in its life."""

    PENDING = "pending"
    FAILED = "failed"
    AVAILABLE = "available"
    DELETING = "deleting"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class NatAddress:
    """An address that a NAT gateway gives."""

    private: Address | None
    """None at a regional NAT gateway, which has no interface in the VPC."""
    public: Address | None
    """What the internet sees connections come from; None at a private NAT gateway."""
    zone: str | None
    """The zone whose connections it is for; None at a zonal one: all."""


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
    regional: bool | None
    route_table_id: str | None
    """The table of a regional one itself; zonal ones use their subnet's."""
    addresses: tuple[NatAddress, ...]
    """Those in use."""
    proxied: bool
    """Whether an appliance looks at what it carries."""

    def addresses_for(self, zone: str | None) -> tuple[NatAddress, ...]:
        """Return the addresses of which connections from a zone get one; of any zone where it is None."""
        return tuple(item for item in self.addresses if zone is None or item.zone in (zone, None))

    @property
    def private_addresses(self) -> tuple[Address, ...]:
        """The addresses of its own interface."""
        return tuple(item.private for item in self.addresses if item.private is not None)


_REGIONAL = {"regional": True, "zonal": False, None: False}
_UNUSED = ("assigning", "unassigning", "associating", "disassociating", "failed")
_PUBLIC = {"public": True, "private": False}


def _nat_gateway(raw: Raw, account_region: AccountRegion) -> NatGateway:
    return NatGateway(
        id=fields.needed(raw, "NatGatewayId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        subnet_id=fields.text(raw, "SubnetId"),
        state=fields.choice(raw, "State", NatGatewayState),
        public=_PUBLIC.get(fields.text(raw, "ConnectivityType") or ""),
        # Answers from before November 2025 have no AvailabilityMode.
        regional=_REGIONAL.get(fields.text(raw, "AvailabilityMode")),
        route_table_id=fields.text(raw, "RouteTableId"),
        addresses=tuple(_addresses(raw)),
        proxied=any(
            fields.text(item, "AttachmentState") not in ("detached", "attach-failed")
            for item in fields.objects_if_any(raw, "AttachedAppliances")
        ),
    )


def _addresses(raw: Raw) -> Iterable[NatAddress]:
    """Yield the addresses in use, the primary one first."""
    items = fields.objects_if_any(raw, "NatGatewayAddresses")
    for item in sorted(items, key=lambda item: fields.flag(item, "IsPrimary") is not True):
        if fields.text(item, "Status") not in _UNUSED:
            yield NatAddress(
                fields.address(item, "PrivateIp"),
                fields.address(item, "PublicIp"),
                fields.text(item, "AvailabilityZone"),
            )


NAT_GATEWAY = Kind(
    marked("NAT gateway"), "ec2", "DescribeNatGateways", ("NatGateways",), "NatGatewayId", _nat_gateway,
    {"NatGatewayIds": "nat-gateway-id"}, {"vpc-id": each("VpcId")}, filters="Filter",
)  # fmt: skip


class NatGatewayLookups(Lookups):
    """Lookups of NAT gateways."""

    def nat_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> NatGateway | Absent | NotVisible:
        """Return a NAT gateway by its id."""
        return self.by_id(NAT_GATEWAY, key, account_region)

    def nat_gateways_in(self, vpc_id: str) -> tuple[NatGateway, ...]:
        """Return the NAT gateways of a VPC that are visible."""
        return self.sought(NAT_GATEWAY, self.asked_in, {"vpc-id": vpc_id})

    def nat_gateways_of(self, vpc: Vpc) -> tuple[NatGateway, ...] | NotVisible:
        """Return the NAT gateways of a VPC, in whatever state."""
        what = tell("the NAT gateways of {vpc}", vpc=vpc.id)
        return self.every(NAT_GATEWAY, what, vpc.account_region, {"vpc-id": vpc.id})
