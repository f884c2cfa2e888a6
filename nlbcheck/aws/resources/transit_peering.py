"""Which two transit gateways does a link join?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.resources.transit_attachment import TRANSIT_ATTACHMENT, TransitAttachment
from nlbcheck.aws.resources.transit_gateway import TransitState
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible


@dataclass(frozen=True, slots=True)
class TransitPeeringAttachment:
    """A link between two transit gateways."""

    id: str
    account_region: AccountRegion
    name: str | None
    requester_gateway_id: str
    requester_place: AccountRegion | None
    accepter_gateway_id: str
    accepter_place: AccountRegion | None
    accepter_attachment_id: str | None
    """Set where the accepter's end has an id of its own."""
    state: TransitState | None

    def far_side(self, gateway_id: str) -> tuple[str, AccountRegion | None]:
        """Return the transit gateway at the other end, and where it is."""
        if self.accepter_gateway_id == gateway_id:
            return self.requester_gateway_id, self.requester_place
        return self.accepter_gateway_id, self.accepter_place


def _gateway_place(raw: Raw) -> AccountRegion | None:
    account, region = fields.text(raw, "OwnerId"), fields.region(raw, "Region")
    return AccountRegion(account, region) if account and region else None


def _peering(raw: Raw, account_region: AccountRegion) -> TransitPeeringAttachment:
    requester = fields.needed_inner(raw, "RequesterTgwInfo")
    accepter = fields.needed_inner(raw, "AccepterTgwInfo")
    return TransitPeeringAttachment(
        id=fields.needed(raw, "TransitGatewayAttachmentId"),
        account_region=account_region,
        name=fields.name_tag(raw),
        requester_gateway_id=fields.needed(requester, "TransitGatewayId"),
        requester_place=_gateway_place(requester),
        accepter_gateway_id=fields.needed(accepter, "TransitGatewayId"),
        accepter_place=_gateway_place(accepter),
        accepter_attachment_id=fields.text(raw, "AccepterTransitGatewayAttachmentId"),
        state=fields.choice(raw, "State", TransitState),
    )


TRANSIT_PEERING = Kind(
    marked("transit gateway peering attachment"), "ec2", "DescribeTransitGatewayPeeringAttachments",
    ("TransitGatewayPeeringAttachments",), "TransitGatewayAttachmentId", _peering,
    {"TransitGatewayAttachmentIds": "transit-gateway-attachment-id"},
)  # fmt: skip


class TransitPeeringLookups(Lookups):
    """Lookups of links between transit gateways."""

    def transit_peering(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitPeeringAttachment | Absent | NotVisible:
        """Return a link between two transit gateways by its id."""
        return self.by_id(TRANSIT_PEERING, key, account_region)

    def transit_far_end(
        self, peering: TransitPeeringAttachment, gateway_id: str
    ) -> TransitAttachment | NotVisible:
        """Return the attachment of the other transit gateway by which it is linked with this one.

        Within a Region that has an id of its own; between Regions both ends may have the same one.
        """
        far, account_region = peering.far_side(gateway_id)
        wanted = {"transit-gateway-id": far, "resource-id": gateway_id}
        for found in self.seen(TRANSIT_ATTACHMENT, wanted):
            return found
        what = tell("the attachment of {far} that links it with {gateway}", far=far, gateway=gateway_id)
        places = (account_region,) if account_region else self.asked_in
        hidden = self._missing(TRANSIT_ATTACHMENT, what, places, wanted, also=("resource-id",))
        if isinstance(hidden, NotVisible) and hidden.unreadable:
            return hidden
        return self.unknown(what, "ec2", "DescribeTransitGatewayAttachments", account_region)
