"""What was looked up that AWS was not asked for, and in which calls is it asked?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlbcheck.aws.kind import Kind
from nlbcheck.model.facts import AccountRegion

_VALUES_PER_FILTER = 200
"""What EC2 accepts: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html"""


@dataclass(frozen=True, slots=True)
class Miss:
    """All objects of a kind that have a value (as ``also`` the other attributes); without one, simply all."""

    account_region: AccountRegion
    kind: Kind[Any]
    attribute: str = ""
    value: str = ""
    also: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadCall:
    """One read-only call."""

    account_region: AccountRegion
    service: str
    operation: str
    parameters: dict[str, Any]


def reachable(misses: Iterable[Miss], sources: Iterable[AccountRegion]) -> dict[Miss, None]:
    """Return what can be asked, each once, in order.

    What is kept in an account that cannot be asked is asked of those that can, in its Region: they may be
    shown it, as subnets and transit gateways are that it shares. That proves no absence there.
    """
    known = tuple(sources)
    found: dict[Miss, None] = {}
    for miss in misses:
        here = miss.account_region
        nearby = [item for item in known if item.region == here.region]
        for account_region in [here] if here in known else nearby:
            found[replace(miss, account_region=account_region)] = None
    return found


def next_ones(misses: Sequence[Miss]) -> list[Miss]:
    """Return what to ask first: things by name before whole lists, and last what nothing leads on from.

    So no list is read that a name makes needless, and what is asked last goes into one call, however long
    the paths are that lead there.
    """
    leading = [miss for miss in misses if miss.kind.leads_on]
    by_name = [miss for miss in leading if miss.attribute]
    return by_name or leading or list(misses)


def calls(misses: Iterable[Miss]) -> Iterator[ReadCall]:
    """Join what was missed into as few calls as AWS allows."""
    together: dict[tuple[object, ...], list[Miss]] = {}
    for miss in misses:
        together.setdefault((miss.account_region, miss.kind, miss.attribute, miss.also), []).append(miss)
    for group in together.values():
        size = 1 if _one_at_a_time(group[0]) else _VALUES_PER_FILTER
        for start in range(0, len(group), size):
            yield _call(group[start : start + size])


def _one_at_a_time(miss: Miss) -> bool:
    # ELB refuses a whole call for one unknown name or ARN, and has no filters.
    return miss.kind.service == "elbv2" or not miss.kind.items


def _call(misses: list[Miss]) -> ReadCall:
    first = misses[0]
    kind = first.kind
    if not first.attribute:
        parameters: dict[str, Any] = {}
    elif _one_at_a_time(first):
        name = next(name for name, attribute in kind.selects.items() if attribute == first.attribute)
        parameters = {name: [first.value] if name.endswith("s") else first.value}
    else:
        filters = [{"Name": first.attribute, "Values": sorted({miss.value for miss in misses})}]
        filters += [{"Name": name, "Values": [value]} for name, value in first.also]
        parameters = {kind.filters: filters}
    return ReadCall(first.account_region, kind.service, kind.operation, parameters | dict(kind.always))
