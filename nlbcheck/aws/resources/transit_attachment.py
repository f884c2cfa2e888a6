"""What hangs on a transit gateway, and which route table decides about what comes from it?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, each, maybe
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.transit_gateway import TransitGateway, TransitState
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible


class TransitResource(StrEnum):
    """What hangs on a transit gateway."""

    VPC = "vpc"
    VPN = "vpn"
    VPN_CONCENTRATOR = "vpn-concentrator"
    DIRECT_CONNECT = "direct-connect-gateway"
    CONNECT = "connect"
    PEERING = "peering"
    TGW_PEERING = "tgw-peering"
    NETWORK_FUNCTION = "network-function"
    CLIENT_VPN = "client-vpn"


class AssociationState(StrEnum):
    """Whether an attachment uses a route table."""

    ASSOCIATING = "associating"
    ASSOCIATED = "associated"
    DISASSOCIATING = "disassociating"
    DISASSOCIATED = "disassociated"


@dataclass(frozen=True, slots=True)
class TransitAssociation:
    """The route table that decides about packets that come from an attachment."""

    route_table_id: str
    state: AssociationState | None


@dataclass(frozen=True, slots=True)
class TransitAttachment:
    """Anything that hangs on a transit gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    transit_gateway_id: str
    transit_gateway_owner: str | None
    resource_type: TransitResource | None
    resource_id: str | None
    resource_owner: str | None
    state: TransitState | None
    association: TransitAssociation | None
    """As far as this answer says; ask ``AwsState.transit_association`` instead."""
    policy_table_id: str | None
    """Set where a policy table decides about what comes from it, instead of a route table."""
    translates: bool
    """Whether it gives packets that come from it other source addresses; only the gateway's owner is told."""


def _attachment(raw: Raw, account_region: AccountRegion) -> TransitAttachment:
    return TransitAttachment(
        id=fields.needed(raw, "TransitGatewayAttachmentId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        transit_gateway_id=fields.needed(raw, "TransitGatewayId"),
        transit_gateway_owner=fields.text(raw, "TransitGatewayOwnerId"),
        resource_type=fields.choice(raw, "ResourceType", TransitResource),
        resource_id=fields.text(raw, "ResourceId"),
        resource_owner=fields.text(raw, "ResourceOwnerId"),
        state=fields.choice(raw, "State", TransitState),
        association=_association(raw),
        policy_table_id=fields.text(fields.inner(raw, "Association"), "TransitGatewayPolicyTableId"),
        translates=raw.get("NatGatewaySupport") not in (None, "disabled"),
    )


def _association(raw: Raw) -> TransitAssociation | None:
    """Return an attachment's association; one that is there and names no table is not the same as none."""
    if "Association" not in raw:
        return None
    found = fields.needed_inner(raw, "Association")
    table = fields.text(found, "TransitGatewayRouteTableId")
    if not table and not fields.text(found, "TransitGatewayPolicyTableId"):
        raise UnreadableError("TransitGatewayRouteTableId", found)
    return TransitAssociation(table, fields.choice(found, "State", AssociationState)) if table else None


TRANSIT_ATTACHMENT = Kind(
    marked("transit gateway attachment"), "ec2", "DescribeTransitGatewayAttachments",
    ("TransitGatewayAttachments",), "TransitGatewayAttachmentId", _attachment,
    {"TransitGatewayAttachmentIds": "transit-gateway-attachment-id"},
    {
        "transit-gateway-id": each("TransitGatewayId"),
        "resource-id": each("ResourceId"),
        "association.transit-gateway-route-table-id": maybe("Association", "TransitGatewayRouteTableId"),
    },
    per_place=True,  # both ends of a link between Regions have one id
)  # fmt: skip


class TransitAttachmentLookups(Lookups):
    """Lookups of all that hangs on transit gateways. Associations are shown to the gateway's owner only."""

    def transit_attachment(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitAttachment | Absent | NotVisible:
        """Return an attachment of any kind by its id."""
        return self.by_id(TRANSIT_ATTACHMENT, key, account_region)

    def transit_attachments_of(self, gateway: TransitGateway) -> tuple[TransitAttachment, ...] | NotVisible:
        """Return everything that hangs on a transit gateway."""
        what = tell("the attachments of {gateway}", gateway=gateway.id)
        found = self.every(
            TRANSIT_ATTACHMENT, what, gateway.account_region, {"transit-gateway-id": gateway.id}
        )
        if isinstance(found, NotVisible):
            return found
        return tuple(item for item in found if item.account_region == gateway.account_region)

    def transit_association(
        self, attachment_id: str, gateway_id: str | None = None
    ) -> TransitAssociation | Absent | NotVisible:
        """Return the route table for packets that come from an attachment, at its transit gateway.

        An attachment has a route table or a policy table:
        https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables-concepts.html.
        """
        wanted = {"transit-gateway-attachment-id": attachment_id}
        if gateway_id:
            wanted["transit-gateway-id"] = gateway_id
        what = tell("a route table for {attachment}", attachment=attachment_id)
        operation = "DescribeTransitGatewayAttachments"
        account_region = None
        for attachment in self.seen(TRANSIT_ATTACHMENT, wanted):
            if attachment.association is not None:
                return attachment.association
            if attachment.policy_table_id is not None:
                fact = tell(
                    "where policy table {policy} sends packets from {attachment}",
                    policy=attachment.policy_table_id,
                    attachment=attachment_id,
                )
                return NotVisible(fact, "", "", None)
            owner = attachment.transit_gateway_owner
            account_region = AccountRegion(owner, attachment.account_region.region) if owner else None
            if account_region == attachment.account_region:
                return Absent(what, f"ec2:{operation}", account_region)
        places = (account_region,) if account_region else self.asked_in
        hidden = self._missing(TRANSIT_ATTACHMENT, what, places, wanted)
        if isinstance(hidden, NotVisible) and hidden.unreadable:
            return hidden
        return self.unknown(what, "ec2", operation, account_region)

    def transit_translation(self, attachment_id: str, gateway_id: str) -> bool:
        """Whether an attachment is seen to translate the addresses of packets."""
        wanted = {"transit-gateway-attachment-id": attachment_id, "transit-gateway-id": gateway_id}
        return any(item.translates for item in self.seen(TRANSIT_ATTACHMENT, wanted))

    def transit_links(self, gateway_id: str) -> tuple[TransitAttachment, ...]:
        """Return what is seen to hang on a transit gateway, whoever sees it."""
        return self.sought(TRANSIT_ATTACHMENT, self.asked_in, {"transit-gateway-id": gateway_id})
