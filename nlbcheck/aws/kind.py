"""Which call tells of a kind of resource, and how is one read from its answer?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.model.facts import AccountRegion

Item = TypeVar("Item", covariant=True)

Values = Callable[[Raw], Iterable[str]]
"""The values of an attribute that one object has; raises UnreadableError where they cannot be told."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[Item]):
    """A kind of resource; each is one of its own, whatever its fields.

    An attribute is what a call can select by, named as in the call's ``Filters``: ``vpc-id``. It is read
    from the parameters of calls (what was asked) and from the objects (what was found) alike.
    """

    noun: str
    """For messages, in English: ``route table``."""
    service: str
    operation: str
    items: tuple[str, ...]
    """Where the objects are in the response, list within list; an object stands for a list of one.
    Empty where one response tells about one object only: then the object is the response together with the
    call's parameters."""
    id: str
    """The field that holds an object's id."""
    parse: Callable[[Raw, AccountRegion], Item]
    """Reads one object; the place is that of the call."""
    selects: Mapping[str, str]
    """The call's parameters that select objects, each with the attribute that it selects by."""
    attributes: Mapping[str, Values] = field(default_factory=dict)
    """What objects can be looked up by, besides the id."""
    always: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that the call cannot do without."""
    per_place: bool = False
    """Whether each account and Region sees a side of its own under one id."""
    filters: str = "Filters"
    """What the call's parameter with the filters is called."""
    leads_on: bool = True
    """Whether something else is looked up for it; where that is seldom so, it is asked for last."""

    @property
    def id_attribute(self) -> str:
        """The attribute that selects by id."""
        return next(iter(self.selects.values()))


def each(*path: str) -> Values:
    """Return the values at a path of fields; every field but the last holds a list or an object.

    A list may be empty; a missing list or field could hold anything, and makes the object unreadable.
    """

    def values(raw: Raw) -> Iterable[str]:
        found: list[Raw] = [raw]
        for key in path[:-1]:
            found = [inner for item in found for inner in fields.object_or_objects(item, key)]
        return [fields.needed(item, path[-1]) for item in found]

    return values


def maybe(*path: str) -> Values:
    """Return the value at a path of fields that AWS leaves out when there is none."""
    inside = each(*path)

    def values(raw: Raw) -> Iterable[str]:
        try:
            return inside(raw)
        except UnreadableError:
            return []

    return values


def owned(raw: Raw, account_region: AccountRegion) -> AccountRegion:
    """Return where an object is kept: in its owner's account, in the Region of the call.

    Whose it is has to be told: the caller's own answers prove nothing of what another account shares.
    """
    return AccountRegion(fields.needed(raw, "OwnerId"), account_region.region)
