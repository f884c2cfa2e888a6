"""What has to be asked of AWS, and in which calls?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nlbcheck.aws.kinds.kind import Kind
from nlbcheck.model.facts import AccountRegion

_VALUES_PER_FILTER = 200
"""What EC2 accepts: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html"""


@dataclass(frozen=True, slots=True)
class Need:
    """All objects of a kind that have a value, as ``also`` the other attributes; without one, simply all."""

    account_region: AccountRegion
    kind: Kind[Any]
    attribute: str = ""
    value: str = ""
    also: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> tuple[object, ...]:
        """Two needs are the same when this is."""
        return (self.account_region, self.kind.noun, self.attribute, self.value, self.also)


@dataclass(frozen=True, slots=True)
class Call:
    """One read-only call."""

    account_region: AccountRegion
    service: str
    operation: str
    parameters: dict[str, Any]


def calls(needs: Iterable[Need]) -> Iterator[Call]:
    """Join needs into as few calls as AWS allows."""
    together: dict[tuple[object, ...], list[Need]] = {}
    for need in needs:
        together.setdefault((need.account_region, need.kind.noun, need.attribute, need.also), []).append(need)
    for group in together.values():
        size = 1 if _one_at_a_time(group[0]) else _VALUES_PER_FILTER
        for start in range(0, len(group), size):
            yield _call(group[start : start + size])


def _one_at_a_time(need: Need) -> bool:
    # ELB refuses a whole call for one unknown name or ARN, and has no filters.
    return need.kind.service == "elbv2" or not need.kind.items


def _call(needs: list[Need]) -> Call:
    first = needs[0]
    kind = first.kind
    if not first.attribute:
        parameters: dict[str, Any] = {}
    elif _one_at_a_time(first):
        name = next(name for name, attribute in kind.selects.items() if attribute == first.attribute)
        parameters = {name: [first.value] if name.endswith("s") else first.value}
    else:
        filters = [{"Name": first.attribute, "Values": sorted({need.value for need in needs})}]
        filters += [{"Name": name, "Values": [value]} for name, value in first.also]
        parameters = {"Filter" if kind.operation == "DescribeNatGateways" else "Filters": filters}
    return Call(first.account_region, kind.service, kind.operation, parameters | dict(kind.always))
