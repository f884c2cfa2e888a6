"""How are VPC Block Public Access and its exclusions read?"""

from __future__ import annotations

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.public_access import BlockMode, ExclusionMode, PublicAccess, PublicAccessExclusion
from nlbcheck.model.facts import AccountRegion

_ALLOWED = {"allowed": True, "not-allowed": False}
_IN_FORCE = {
    "create-complete": True,
    "update-complete": True,
    "create-failed": False,
    "delete-complete": False,
    "disable-complete": False,
}


def _public_access(raw: Raw, account_region: AccountRegion) -> PublicAccess:
    # While an update is in progress either mode may be in force.
    changing = raw.get("State") == "update-in-progress"
    return PublicAccess(
        account_region=account_region,
        mode=None if changing else fields.choice(raw, "InternetGatewayBlockMode", BlockMode),
        exclusions_allowed=_ALLOWED.get(fields.text(raw, "ExclusionsAllowed") or ""),
    )


def _exclusion(raw: Raw, account_region: AccountRegion) -> PublicAccessExclusion:
    return PublicAccessExclusion(
        id=fields.needed(raw, "ExclusionId"),
        account_region=account_region,
        resource_id=fields.needed(raw, "ResourceArn").rpartition("/")[2],
        mode=fields.choice(raw, "InternetGatewayExclusionMode", ExclusionMode),
        in_force=_IN_FORCE.get(fields.text(raw, "State") or ""),
    )


PUBLIC_ACCESS = Kind(
    "VPC Block Public Access options", "ec2", "DescribeVpcBlockPublicAccessOptions",
    ("VpcBlockPublicAccessOptions",), "AwsAccountId", _public_access, {}, per_place=True,
)  # fmt: skip
PUBLIC_ACCESS_EXCLUSION = Kind(
    "VPC Block Public Access exclusion", "ec2", "DescribeVpcBlockPublicAccessExclusions",
    ("VpcBlockPublicAccessExclusions",), "ExclusionId", _exclusion, {"ExclusionIds": "exclusion-id"},
)  # fmt: skip
