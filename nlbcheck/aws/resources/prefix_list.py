"""Which ranges does a prefix list hold?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups
from nlbcheck.language import marked
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Network


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A managed prefix list's entries."""

    id: str
    account_region: AccountRegion
    entries: tuple[Network, ...]


def _prefix_list(raw: Raw, account_region: AccountRegion) -> PrefixList:
    return PrefixList(
        id=fields.needed(raw, "PrefixListId"),
        account_region=account_region,
        entries=tuple(fields.needed_network(item, "Cidr") for item in fields.objects(raw, "Entries")),
    )


PREFIX_LIST = Kind(
    marked("prefix list"), "ec2", "GetManagedPrefixListEntries", (), "PrefixListId", _prefix_list,
    {"PrefixListId": "prefix-list-id"},
)  # fmt: skip


class PrefixListLookups(Lookups):
    """Lookups of managed prefix lists."""

    def prefix_list(
        self, key: str, account_region: AccountRegion | None = None
    ) -> PrefixList | Absent | NotVisible:
        """Return a prefix list with its entries by its id."""
        return self.by_id(PREFIX_LIST, key, account_region)
