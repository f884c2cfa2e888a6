"""What is another way in one recording of AWS than in an earlier one: which route, rule, target, listener?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nlbcheck.aws import known_calls
from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.inventory import Inventory
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.state import AwsState
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import NotVisible
from nlbcheck.reports.state_words import fields_of, label, of_field

_FOR_GOOD = {"vpc-id": "vpc_id", "transit-gateway-id": "transit_gateway_id"}
"""Attributes that a resource never changes, each with the field that tells it.

By them a call is known to have been one that would have shown the resource.
"""


@dataclass(frozen=True, slots=True)
class StateChange:
    """One thing that is another way in AWS, as far as both recordings show it."""

    type: str
    """``route table``, ``security group`` …"""
    id: str
    label: str
    """Its name and id."""
    part: str | None
    """What of it: ``route 10.0.0.0/16``; None for all of it."""
    before: str | None
    """What it was like; None where it was not there."""
    after: str | None
    """What it is like; None where it is not there."""

    def __str__(self) -> str:
        thing = f"{self.type} {self.label}"
        if self.part is not None and self.before is not None and self.after is not None:
            return tell(
                "{part} of {thing}: was {before}, is now {after}",
                part=self.part,
                thing=thing,
                before=self.before,
                after=self.after,
            )
        is_gone = self.after is None
        if self.part is None:
            return tell("{thing} is gone" if is_gone else "{thing} is new", thing=thing)
        like = self.before or self.after
        part = f"{self.part} {like}" if like else self.part
        said = marked("{part} in {thing} is gone") if is_gone else marked("{part} in {thing} is new")
        return tell(said, part=part, thing=thing)


@dataclass(frozen=True, slots=True)
class StateComparison:
    """What changed in AWS, and of what nobody can say."""

    changes: tuple[StateChange, ...]
    uncompared: tuple[str, ...]
    """Sentences on what one recording shows and the other one was not asked for."""


def compare_states(before: Recording, after: Recording) -> StateComparison:
    """Return what changed in AWS between two recordings.

    What one of them shows and the other one does not is gone, or new, only where the other one has an answer
    that would have shown it.
    """
    was, now = AwsState(before), AwsState(after)
    changes: list[StateChange] = []
    uncompared: Counter[str] = Counter()
    for kind in known_calls.kinds():
        for found in _of_kind(kind, was.inventory(kind), now.inventory(kind)):
            if isinstance(found, str):
                uncompared[found] += 1
            else:
                changes.append(found)
    sentences = [
        tell("Not compared: {count} {things}.", count=count, things=what)
        for what, count in uncompared.items()
    ]
    return StateComparison(tuple(changes), tuple(sentences))


def _of_kind(kind: Kind[Any], before: Inventory[Any], after: Inventory[Any]) -> Iterator[StateChange | str]:
    """Yield what changed of a kind, and for what cannot be compared why that is so."""
    for key in dict.fromkeys([*before.keys(), *after.keys()]):
        was, now = before.get(key), after.get(key)
        if isinstance(was, UnreadableError) or isinstance(now, UnreadableError):
            yield tell("{thing} that cannot be read", thing=kind.noun)
        elif was is not None and now is not None:
            yield from _parts(kind, key, was, now)
        elif kind.items and not kind.per_place:  # else it is another thing's, which is told of
            yield _alone(kind, key, before, after)


def _parts(kind: Kind[Any], key: str, before: object, after: object) -> Iterator[StateChange]:
    """Yield which parts of a thing are another way; of what one of the recordings does not say, nothing."""
    was, now = fields_of(before), fields_of(after)
    for name in (name for name in was if name in now):
        values = was[name], now[name]
        if any(isinstance(value, NotVisible) for value in values) or values[0] == values[1]:
            continue
        old, new = (of_field(name, value) for value in values)
        for part in dict.fromkeys([*old, *new]):
            if old.get(part) != new.get(part):
                type_ = kind.noun.rpartition(" of ")[2]
                yield StateChange(type_, key, label(key, after), part, old.get(part), new.get(part))


def _alone(kind: Kind[Any], key: str, before: Inventory[Any], after: Inventory[Any]) -> StateChange | str:
    """Return what is to be said of a thing that one of two recordings shows."""
    is_new = after.get(key) is not None
    shown, other = (after, before) if is_new else (before, after)
    item, place = shown.get(key), shown.place_of(key)
    wanted = {kind.id_attribute: key, **_attributes(kind, key, item)}
    if not other.complete(place, wanted) and not other.denied_existence(place, wanted):
        only = marked("{thing} that only the later recording was asked for")
        if not is_new:
            only = marked("{thing} that only the earlier recording was asked for")
        return tell(only, thing=kind.noun)
    was, now = (None, "") if is_new else ("", None)
    return StateChange(kind.noun, key, label(key, item), None, was, now)


def _attributes(kind: Kind[Any], key: str, item: object) -> dict[str, str]:
    """Return what a thing can be looked up by for as long as it exists."""
    known = {name: getattr(item, field, None) for name, field in _FOR_GOOD.items()}
    if isinstance(item, Listener):
        known["load-balancer-arn"] = key.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
    return {name: value for name, value in known.items() if value and name in kind.attributes}
