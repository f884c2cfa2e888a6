"""Does a gateway hang on a VPC?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw


class AttachmentState(StrEnum):
    """Whether a gateway hangs on a VPC."""

    ATTACHING = "attaching"
    ATTACHED = "attached"
    DETACHING = "detaching"
    DETACHED = "detached"
    AVAILABLE = "available"
    """What EC2 really answers for an attached internet gateway."""


ATTACHED = (AttachmentState.ATTACHED, AttachmentState.AVAILABLE)
"""The states in which a gateway carries packets of its VPC."""


@dataclass(frozen=True, slots=True)
class GatewayAttachment:
    """A gateway's link to a VPC."""

    vpc_id: str
    state: AttachmentState | None


def gateway_attachments(raw: Raw, key: str) -> tuple[GatewayAttachment, ...]:
    """Return the VPCs that a gateway hangs on."""
    return tuple(
        GatewayAttachment(fields.needed(item, "VpcId"), fields.choice(item, "State", AttachmentState))
        for item in fields.objects(raw, key)
    )
