"""What did AWS refuse to say, and which permissions are missing?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nlbcheck.language import listed, tell
from nlbcheck.model.facts import DENIED, AccountRegion


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that AWS refused to answer."""

    service: str
    operation: str
    account: str
    region: str
    error: str
    permission: str
    """The IAM action that allows the call."""

    def __str__(self) -> str:
        if not self.account:
            return tell("AWS could not be read: {error}.", error=self.error)
        return tell(
            "AWS refused {permission} in {place}: {error}.",
            permission=self.permission,
            place=AccountRegion(self.account, self.region),
            error=self.error,
        )


def refusals(gaps: Iterable[Gap]) -> tuple[str, ...]:
    """Return what AWS refused, all permissions that are missing in one account and Region at once."""
    told: dict[str, None] = {}
    denied: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        if gap.account and gap.error in DENIED:
            denied.setdefault((gap.account, gap.region), []).append(gap)
        else:
            told[str(gap)] = None
    return (*(_denial(found) for found in denied.values()), *told)


def _denial(gaps: Sequence[Gap]) -> str:
    """Return one sentence on the permissions that are missing in an account and Region."""
    errors = listed(sorted({gap.error for gap in gaps}))
    permissions = listed(sorted({gap.permission for gap in gaps}))
    return str(replace(gaps[0], error=errors, permission=permissions))
