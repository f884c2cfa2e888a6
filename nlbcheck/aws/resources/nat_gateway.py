"""Where does a NAT gateway stand, and which address does it give?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups
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


_PUBLIC = {"public": True, "private": False}


def _nat_gateway(raw: Raw, account_region: AccountRegion) -> NatGateway:
    addresses = fields.objects_if_any(raw, "NatGatewayAddresses")
    private = (fields.address(item, "PrivateIp") for item in addresses)
    public = (fields.address(item, "PublicIp") for item in addresses)
    return NatGateway(
        id=fields.needed(raw, "NatGatewayId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        vpc_id=fields.needed(raw, "VpcId"),
        subnet_id=fields.text(raw, "SubnetId"),
        state=fields.choice(raw, "State", NatGatewayState),
        public=_PUBLIC.get(fields.text(raw, "ConnectivityType") or ""),
        private_addresses=tuple(address for address in private if address is not None),
        public_address=next((address for address in public if address is not None), None),
    )


NAT_GATEWAY = Kind(
    "NAT gateway", "ec2", "DescribeNatGateways", ("NatGateways",), "NatGatewayId", _nat_gateway,
    {"NatGatewayIds": "nat-gateway-id"}, filters="Filter",
)  # fmt: skip


class NatGatewayLookups(Lookups):
    """Lookups of NAT gateways."""

    def nat_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> NatGateway | Absent | NotVisible:
        """Return a NAT gateway by its id."""
        return self.by_id(NAT_GATEWAY, key, account_region)
