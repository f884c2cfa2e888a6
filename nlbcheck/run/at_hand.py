"""Which Network Load Balancers does AWS have, for whoever has named none?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.load_balancer import BalancerType
from nlbcheck.errors import UnseenError
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.path.trail import in_words
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws


@dataclass(frozen=True, slots=True)
class BalancersAtHand:
    """The Network Load Balancers of the account and Region that the environment means."""

    account_region: AccountRegion
    names: Sequence[str]


def balancers() -> BalancersAtHand:
    """Return them as AWS lists them; UnseenError where it cannot be asked, or refuses."""
    asking = Aws().account(Table("", ()))
    place, *_ = asking.ask(lambda state: state.sources or state.asked_in)
    found = asking.ask(lambda state: state.all_load_balancers(place))
    if isinstance(found, NotVisible):
        raise UnseenError(in_words(found))
    return BalancersAtHand(place, sorted(item.name for item in found if item.type is BalancerType.NETWORK))
