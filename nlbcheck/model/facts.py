"""What of a thing that is not in front of us: is it not there, or may we not look?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.language import in_english, tell
from nlbcheck.model.permissions import action

DENIED = frozenset({"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"})
"""Error codes with which AWS says that a permission is missing.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html
"""

THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException"})
"""Error codes with which AWS says that it was asked too often.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
"""


NOT_YET = "is not known before the apply"
"""How a value of Terraform is told that only an apply will bring."""


@dataclass(frozen=True, slots=True)
class AccountRegion:
    """The account and Region where AWS keeps a resource, or where a call was made."""

    account: str
    region: str

    def __str__(self) -> str:
        return tell("account {account}, {region}", account=self.account, region=self.region)


@dataclass(frozen=True, slots=True)
class Absent:
    """AWS was asked in a way that would have shown the thing, and did not show it."""

    what: str
    """What is not there: ``a route table of subnet-0…``."""
    call: str
    """The call that would have shown it: ``ec2:DescribeRouteTables``."""
    account_region: AccountRegion | None
    """Where it was looked for; None when in every place of the recording."""


@dataclass(frozen=True, slots=True)
class NotVisible:
    """A fact that the recording does not hold: never asked, refused, or said in a way not known here."""

    fact: str
    """What is missing: ``the routes of rtb-0…``."""
    service: str
    operation: str
    """The call that would tell it: ``ec2``, ``DescribeRouteTables``."""
    account_region: AccountRegion | None
    """Where that call is to be made; None when not even that is known."""
    error: str | None = None
    """The code of AWS's refusal; None when the call was never made or its answer lacks the fact."""
    unreadable: str | None = None
    """The field of a recorded answer that would tell it and cannot be read: ``Subnets[3].CidrBlock``."""

    def __str__(self) -> str:
        """Say what tells it from others, the same in every language."""
        fact = in_english(self.fact)
        return f"{fact} ({self.call})" if self.operation else fact

    @property
    def was_asked(self) -> bool:
        """Whether AWS was asked for it, and refused it or answered in a way that cannot be read."""
        return self.error is not None or self.unreadable is not None

    @property
    def is_yet_to_come(self) -> bool:
        """Whether only an apply of Terraform will bring it."""
        return self.unreadable is not None and self.unreadable.endswith(NOT_YET)

    @property
    def call(self) -> str:
        """The call as service and operation: ``elbv2:DescribeTargetHealth``."""
        return f"{self.service}:{self.operation}"

    @property
    def permission(self) -> str:
        """The IAM action that allows the call: ``elasticloadbalancing:DescribeTargetHealth``."""
        return action(self.service, self.operation)
