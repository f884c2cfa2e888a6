"""Which VPC does a virtual private gateway serve?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.gateway_attachment import ATTACHED, GatewayAttachment, gateway_attachments
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible


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


def _vpn_gateway(raw: Raw, account_region: AccountRegion) -> VpnGateway:
    return VpnGateway(
        id=fields.needed(raw, "VpnGatewayId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        state=fields.choice(raw, "State", GatewayState),
        attachments=gateway_attachments(raw, "VpcAttachments"),
    )


VPN_GATEWAY = Kind(
    marked("virtual private gateway"), "ec2", "DescribeVpnGateways", ("VpnGateways",), "VpnGatewayId",
    _vpn_gateway, {"VpnGatewayIds": "vpn-gateway-id"},
    {"attachment.vpc-id": each("VpcAttachments", "VpcId")},
)  # fmt: skip


class VpnGatewayLookups(Lookups):
    """Lookups of virtual private gateways."""

    def vpn_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> VpnGateway | Absent | NotVisible:
        """Return a virtual private gateway by its id."""
        return self.by_id(VPN_GATEWAY, key, account_region)

    def vpn_gateway_of(self, vpc: Vpc) -> VpnGateway | Absent | NotVisible:
        """Return the virtual private gateway of a VPC; the attachment's state may be any."""
        what = tell("a virtual private gateway at {vpc}", vpc=vpc.id)
        for found in self.seen(VPN_GATEWAY, {"attachment.vpc-id": vpc.id}):
            if any(item.vpc_id == vpc.id and item.state in ATTACHED for item in found.attachments):
                return found  # another one may have been there before
        return self.one(VPN_GATEWAY, what, [vpc.account_region], {"attachment.vpc-id": vpc.id})
