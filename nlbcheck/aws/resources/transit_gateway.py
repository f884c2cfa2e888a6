"""Whose is a transit gateway, and does it pass traffic?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, owned
from nlbcheck.aws.lookups import Lookups
from nlbcheck.language import marked
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible


class TransitState(StrEnum):
    """Where a transit gateway or attachment is in its life; ``available`` and ``modifying`` pass traffic."""

    INITIATING = "initiating"
    INITIATING_REQUEST = "initiatingRequest"
    PENDING_ACCEPTANCE = "pendingAcceptance"
    ROLLING_BACK = "rollingBack"
    PENDING = "pending"
    AVAILABLE = "available"
    MODIFYING = "modifying"
    DELETING = "deleting"
    DELETED = "deleted"
    FAILED = "failed"
    REJECTED = "rejected"
    REJECTING = "rejecting"
    FAILING = "failing"


GONE = (
    TransitState.DELETING,
    TransitState.DELETED,
    TransitState.FAILING,
    TransitState.FAILED,
    TransitState.REJECTING,
    TransitState.REJECTED,
)
"""The states from which an attachment never comes back; for a while it is shown all the same."""
USABLE = (TransitState.AVAILABLE, TransitState.MODIFYING)
"""The states in which an attachment passes traffic."""


@dataclass(frozen=True, slots=True)
class TransitGateway:
    """A transit gateway."""

    id: str
    account_region: AccountRegion
    name: str | None
    owner: str | None
    """The account that it belongs to, and that alone may read its route tables."""
    state: TransitState | None
    group_references: bool | None
    """Whether security group references work across it."""


def _gateway(raw: Raw, account_region: AccountRegion) -> TransitGateway:
    return TransitGateway(
        id=fields.needed(raw, "TransitGatewayId"),
        account_region=owned(raw, account_region),
        name=fields.name_tag(raw),
        owner=fields.text(raw, "OwnerId"),
        state=fields.choice(raw, "State", TransitState),
        group_references=fields.flag(fields.inner(raw, "Options"), "SecurityGroupReferencingSupport"),
    )


TRANSIT_GATEWAY = Kind(
    marked("transit gateway"), "ec2", "DescribeTransitGateways", ("TransitGateways",), "TransitGatewayId",
    _gateway, {"TransitGatewayIds": "transit-gateway-id"},
)  # fmt: skip


class TransitGatewayLookups(Lookups):
    """Lookups of transit gateways."""

    def transit_gateway(
        self, key: str, account_region: AccountRegion | None = None
    ) -> TransitGateway | Absent | NotVisible:
        """Return a transit gateway by its id."""
        return self.by_id(TRANSIT_GATEWAY, key, account_region)
