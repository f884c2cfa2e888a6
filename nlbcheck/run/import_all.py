"""Which tables do all Network Load Balancers of an account and Region stand for, or of many accounts?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.load_balancer import BalancerType, LoadBalancer
from nlbcheck.diagnosis import imported
from nlbcheck.diagnosis.imported import Imported
from nlbcheck.errors import NlbcheckError, UnseenError
from nlbcheck.language import tell
from nlbcheck.model import Json
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.path.trail import in_words
from nlbcheck.relays import writing
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import AskingNow
from nlbcheck.run.organization import AccountReach, Skipped
from nlbcheck.run.progress import SILENT, Progress

_NAME = re.compile(r"[A-Za-z0-9-]{1,32}")
"""Names that AWS gives to load balancers; of another one no file is called."""
_PLACE = re.compile(r"\d{12} [a-z]{2}(-[a-z]+)+-\d")
"""An account and its Region, as AWS writes them; a snapshot file may hold anything."""
_TITLE = "A mapping table made by nlbcheck mapping import --all."


@dataclass(frozen=True, slots=True)
class TableMade:
    """The table of one load balancer."""

    balancer: str
    account_region: AccountRegion
    text: str
    remarks: tuple[str, ...]
    complete: bool
    """Whether nothing was left out for want of a look at it."""


def tables(
    reached: Iterable[AccountReach | Skipped], region: str | None, progress: Progress = SILENT
) -> Iterator[TableMade | Skipped]:
    """Yield the table of each Network Load Balancer of each account, and what is skipped, with why."""
    for reach in reached:
        if isinstance(reach, Skipped):
            yield reach
            continue
        try:
            asking = reach.aws.account(Table("", (), region=region), progress)
            places = asking.ask(lambda state: state.sources or state.asked_in)
            for place in places:
                yield from _of_place(asking, place, reach.keys)
        except UnseenError as error:
            yield Skipped(reach.name, str(error), unseen=True)


def _of_place(
    asking: AskingNow, place: AccountRegion, keys: Mapping[str, Json]
) -> Iterator[TableMade | Skipped]:
    found = asking.ask(lambda state: state.all_load_balancers(place))
    if isinstance(found, NotVisible):
        yield Skipped(str(place), in_words(found), unseen=True)
        return
    for balancer in sorted(found, key=lambda balancer: balancer.name):
        yield _made(asking, balancer, keys)


def _made(asking: AskingNow, balancer: LoadBalancer, keys: Mapping[str, Json]) -> TableMade | Skipped:
    what = tell("{balancer} in {place}", balancer=balancer.name, place=balancer.account_region)
    if balancer.type is not BalancerType.NETWORK:
        why = tell(
            "it is not a Network Load Balancer, but of type {type}"
            if balancer.type
            else "it is not known to be a Network Load Balancer",
            type=balancer.type,
        )
        return Skipped(what, why)
    place = balancer.account_region
    if not (_NAME.fullmatch(balancer.name) and _PLACE.fullmatch(f"{place.account} {place.region}")):
        return Skipped(what, tell("its name cannot be the name of a file"))
    try:
        made = asking.ask(lambda state: imported.table(state, balancer))
        made = replace(made, head={**made.head, **keys})
        text = writing.text(made.head, made.entries, _TITLE)
    except NlbcheckError as error:
        return Skipped(what, str(error).partition("\n")[0], unseen=isinstance(error, UnseenError))
    return _table(made, text, balancer)


def _table(made: Imported, text: str, balancer: LoadBalancer) -> TableMade:
    return TableMade(balancer.name, balancer.account_region, text, made.remarks, made.complete)
