"""In which subnets of a VPC does a transit gateway stand?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.transit_gateway import USABLE, TransitState
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible


@dataclass(frozen=True, slots=True)
class TransitVpcAttachment:
    """A VPC's attachment, with the subnets where the transit gateway stands."""

    id: str
    account_region: AccountRegion
    name: str | None
    transit_gateway_id: str
    vpc_id: str
    subnet_ids: tuple[str, ...]
    state: TransitState | None
    group_references: bool | None
    appliance_mode: bool | None
    """Whether a flow's hash chooses the subnet where packets step out, instead of the zone they came in."""


def _vpc_attachment(raw: Raw, account_region: AccountRegion) -> TransitVpcAttachment:
    options = fields.inner(raw, "Options")
    return TransitVpcAttachment(
        id=fields.needed(raw, "TransitGatewayAttachmentId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        transit_gateway_id=fields.needed(raw, "TransitGatewayId"),
        vpc_id=fields.needed(raw, "VpcId"),
        subnet_ids=fields.texts(raw, "SubnetIds"),
        state=fields.choice(raw, "State", TransitState),
        group_references=fields.flag(options, "SecurityGroupReferencingSupport"),
        appliance_mode=fields.flag(options, "ApplianceModeSupport"),
    )


TRANSIT_VPC_ATTACHMENT = Kind(
    marked("transit gateway VPC attachment"), "ec2", "DescribeTransitGatewayVpcAttachments",
    ("TransitGatewayVpcAttachments",), "TransitGatewayAttachmentId", _vpc_attachment,
    {"TransitGatewayAttachmentIds": "transit-gateway-attachment-id"},
    {"transit-gateway-id": each("TransitGatewayId"), "vpc-id": each("VpcId")},
)  # fmt: skip


class TransitVpcAttachmentLookups(Lookups):
    """Lookups of VPCs' attachments to transit gateways."""

    def transit_vpc_attachment(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitVpcAttachment | Absent | NotVisible:
        """Return a VPC attachment by its id."""
        return self.by_id(TRANSIT_VPC_ATTACHMENT, key, account_region)

    def transit_vpc_attachment_of(
        self, gateway_id: str, vpc: Vpc
    ) -> TransitVpcAttachment | Absent | NotVisible:
        """Return the attachment of a VPC to a transit gateway; one that is gone only if no other is shown."""
        what = tell("an attachment of {vpc} to {gateway}", vpc=vpc.id, gateway=gateway_id)
        wanted = {"vpc-id": vpc.id, "transit-gateway-id": gateway_id}
        for found in self.seen(TRANSIT_VPC_ATTACHMENT, wanted):
            if found.state in USABLE:
                return found
        return self.one(TRANSIT_VPC_ATTACHMENT, what, [vpc.account_region], wanted)

    def transit_vpc_attachments_of(self, vpc: Vpc) -> tuple[TransitVpcAttachment, ...] | NotVisible:
        """Return all attachments of a VPC to transit gateways, whatever their state."""
        what = tell("the transit gateway attachments of {vpc}", vpc=vpc.id)
        return self.every(TRANSIT_VPC_ATTACHMENT, what, vpc.account_region, {"vpc-id": vpc.id})

    def transit_vpcs(self, gateway_id: str) -> tuple[TransitVpcAttachment, ...]:
        """Return the VPC attachments that are seen to hang on a transit gateway, whoever sees them."""
        return self.sought(TRANSIT_VPC_ATTACHMENT, self.asked_in, {"transit-gateway-id": gateway_id})
