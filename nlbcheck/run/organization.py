"""Which accounts can be asked: those of some profiles, or those that an AWS Organizations role reaches?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.errors import UnseenError
from nlbcheck.language import tell
from nlbcheck.model import Json
from nlbcheck.run.aws import Aws

_ACCOUNT = re.compile(r"\d{12}")
_PARTITION = re.compile(r"arn:(aws[a-z-]*):")


@dataclass(frozen=True, slots=True)
class AccountReach:
    """An account, and as whom it is asked."""

    name: str
    """What messages call it."""
    aws: Aws
    keys: Mapping[str, Json]
    """What a table says for its account to be asked the same way."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is left out, and why."""

    what: str
    why: str
    unseen: bool = False
    """Whether that is for want of a look at it."""

    def __str__(self) -> str:
        return tell("{what} is skipped: {reason}", what=self.what, reason=self.why)


def of_profiles(aws: Aws, profiles: Sequence[str]) -> Iterator[AccountReach]:
    """Yield the account of each profile; without any, that of the environment."""
    for profile in profiles:
        name = tell("profile {profile}", profile=profile)
        yield AccountReach(name, replace(aws, profile=profile), {"profile": profile})
    if not profiles:
        role: Mapping[str, Json] = {"role_arn": aws.role_arn} if aws.role_arn else {}
        yield AccountReach(tell("the account"), aws, role)


def of_organization(aws: Aws, role: str, region: str | None) -> Iterator[AccountReach | Skipped]:
    """Yield each account of the organization of who asks, by a role of this name in each.

    The account that asks is asked as it is: an organization's management account has no such role. Raises
    UnseenError where AWS does not list the accounts.
    """
    live = aws.live(region)
    try:
        me = live.call("sts", "GetCallerIdentity", {})
        listed = live.call("organizations", "ListAccounts", {}).get("Accounts")
    except RefusedError as refused:
        raise UnseenError(f"AWS does not list the organization's accounts: {refused.code}") from refused
    partition = _PARTITION.match(str(me.get("Arn")))
    for item in listed if isinstance(listed, list) else ():
        number = str(item.get("Id"))
        name = tell("account {account}", account=number)
        if not _ACCOUNT.fullmatch(number):
            continue
        if number == me.get("Account"):
            yield AccountReach(name, aws, {})
        elif (standing := _standing(item)) != "ACTIVE":
            yield Skipped(name, tell("it is {state}", state=standing.lower()))
        else:
            arn = f"arn:{partition[1] if partition else 'aws'}:iam::{number}:role/{role}"
            yield AccountReach(name, replace(aws, role_arn=arn), {"role_arn": arn})


def _standing(account: Mapping[str, Any]) -> str:
    """Return an account's state; ``Status`` is what AWS called it before ``State``."""
    return str(account.get("State") or account.get("Status") or tell("in an unknown state"))
