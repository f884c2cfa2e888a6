"""Which objects of one kind does a recording show, and of which does it prove that there are no more?"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic

from nlbcheck.aws import fields
from nlbcheck.aws.fields import AfterApply, Raw, UnreadableError
from nlbcheck.aws.kind import Item, Kind
from nlbcheck.aws.recording import AnsweredCall, RefusedCall
from nlbcheck.model.facts import DENIED, AccountRegion

Selection = Mapping[str, frozenset[str]]
"""What a call was restricted to: attribute to accepted values; an empty one means no restriction."""

_HARMLESS = frozenset({"MaxResults", "PageSize", "IncludeManagedResources", "Include"})
"""Parameters that take nothing away from an answer whose pages are merged."""
_MORE = ("NextToken", "NextMarker", "AdditionalRoutesAvailable")
"""Fields of a response that say that it is not all."""


class _Shown:
    """What the whole answers of one place show: of thousands, most are restricted by one attribute."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] = defaultdict(set)
        """By the only attribute that a call was restricted by, the values that it accepted."""
        self._others: list[Selection] = []

    def add(self, chosen: Selection) -> None:
        """Take in a call that was restricted to ``chosen``."""
        if len(chosen) == 1:
            ((name, values),) = chosen.items()
            self._values[name] |= values
        elif chosen not in self._others:
            self._others.append(chosen)

    def covers(self, wanted: Mapping[str, str]) -> bool:
        """Whether one of the calls shows all that is wanted."""
        return any(wanted.get(name) in values for name, values in self._values.items()) or any(
            _covers(chosen, wanted) for chosen in self._others
        )


class Inventory(Generic[Item]):
    """Every object of one kind in a recording, read when it is asked for, found by its attributes."""

    def __init__(
        self, kind: Kind[Item], answers: Iterable[AnsweredCall], gaps: Iterable[RefusedCall]
    ) -> None:
        self.kind = kind
        self._answers: list[AnsweredCall] = []
        self._gaps: list[RefusedCall] = []
        self._complete: dict[AccountRegion, _Shown] = {}
        self._raw: dict[str, tuple[Raw, AccountRegion]] = {}
        self._parsed: dict[str, Item | UnreadableError] = {}
        self._unreadable: list[tuple[AccountRegion, Selection, UnreadableError]] = []
        """Of answers that cannot be told to be whole: what was asked, and why."""
        self._indexes: dict[str, tuple[dict[str, set[str]], dict[str, UnreadableError]]] = {}
        self.learn([*answers, *gaps])

    def learn(self, items: Iterable[AnsweredCall | RefusedCall]) -> None:
        """Take in more answers and gaps; what is shown again is as it is shown last."""
        for item in items:
            if isinstance(item, RefusedCall):
                self._gaps.append(item)
            else:
                self._answers.append(item)
                self._add(item)

    def is_of(self, answers: Sequence[AnsweredCall], gaps: Sequence[RefusedCall]) -> bool:
        """Whether these very answers and gaps were read."""
        mine, others = (*self._answers, *self._gaps), (*answers, *gaps)
        return len(mine) == len(others) and all(map(operator.is_, mine, others))

    def _add(self, answer: AnsweredCall) -> None:
        account_region = AccountRegion(answer.account, answer.region)
        chosen = selection(self.kind, answer.parameters)
        try:
            items = _items(self.kind, answer, chosen)
            whole = chosen is not None and not any(answer.response.get(key) for key in _MORE)
        except UnreadableError as error:
            self._unreadable.append((account_region, chosen or {}, error))
            return
        nameless = None
        for item in items:
            key = item.get(self.kind.id)
            if isinstance(key, str) and key:
                self._put(f"{key} in {account_region}" if self.kind.per_place else key, item, account_region)
            else:
                nameless = nameless or item
        if nameless is not None:
            without_id = UnreadableError(self.kind.id, nameless)
            self._unreadable.append((account_region, chosen or {}, without_id))
        elif whole and chosen is not None:
            self._complete.setdefault(account_region, _Shown()).add(chosen)

    def _put(self, key: str, item: Raw, account_region: AccountRegion) -> None:
        if key not in self._raw or self._raw[key] != (item, account_region):
            self._parsed.pop(key, None)
            self._indexes.clear()
            self._raw[key] = (item, account_region)

    @property
    def asked_in(self) -> tuple[AccountRegion, ...]:
        """Where this kind was asked for, whatever came of it."""
        asked = list(self._complete)
        asked += [account_region for _, account_region in self._raw.values()]
        asked += [AccountRegion(gap.account, gap.region) for gap in self._gaps]
        asked += [account_region for account_region, *_ in self._unreadable]
        return tuple(dict.fromkeys(asked))

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all objects that were seen: their ids, with the place where that is needed."""
        return tuple(self._raw)

    def get(self, key: str) -> Item | UnreadableError | None:
        """Return an object by its key; the error when it cannot be read, None when it was not seen."""
        if key not in self._parsed and key in self._raw:
            raw, account_region = self._raw[key]
            try:
                self._parsed[key] = self.kind.parse(raw, account_region)
            except UnreadableError as error:
                self._parsed[key] = error
        return self._parsed.get(key)

    def place_of(self, key: str) -> AccountRegion:
        """Return where the call was made that showed an object."""
        return self._raw[key][1]

    def matching(self, wanted: Mapping[str, str]) -> list[str]:
        """Return the keys of the objects that have every wanted attribute, in the order they were seen."""
        if not wanted:
            return list(self._raw)
        sure = set.intersection(*(self._index(name)[0].get(value, set()) for name, value in wanted.items()))
        return [key for key in self._raw if key in sure] if len(sure) > 1 else list(sure)

    def complete(self, account_region: AccountRegion, wanted: Mapping[str, str]) -> bool:
        """Whether every object with the wanted attributes would have been seen and told apart."""
        shown = self._complete.get(account_region)
        if shown is None or not shown.covers(wanted):
            return False
        if not wanted:
            return True
        return len(self._possible(wanted)) == len(self.matching(wanted))

    def _possible(self, wanted: Mapping[str, str]) -> set[str]:
        """Return the keys of the objects that have every wanted attribute, or may have it."""
        indexes = [(self._index(name), value) for name, value in wanted.items()]
        return set.intersection(
            *(found.get(value, set()).union(unread) for (found, unread), value in indexes)
        )

    def unreadable(self, account_region: AccountRegion | None, wanted: Mapping[str, str]) -> str | None:
        """Return the field for which the wanted objects cannot be told, though they were asked for."""
        for where, chosen, error in self._unreadable:
            if account_region in (None, where) and _covers(chosen, wanted):
                return self.place_of_field(error)
        for key in self._possible(wanted).difference(self.matching(wanted)) if wanted else ():
            unread = (self._index(name)[1].get(key) for name in wanted)
            return next(self.place_of_field(error) for error in unread if error)
        return None

    def place_of_field(self, error: UnreadableError) -> str:
        """Return where in its answer a field is that cannot be read: ``Subnets[3].CidrBlock``.

        Of one that is known only after an apply, where its value is to come from.
        """
        if isinstance(later := error.of.get(error.field), AfterApply):
            return str(later)
        places = (error.place_in(answer.response) for answer in reversed(self._answers))
        return next((place for place in places if place), error.field)

    def refusal(self, account_region: AccountRegion | None, wanted: Mapping[str, str]) -> str | None:
        """Return the error code with which AWS refused to show the wanted objects, if it was asked."""
        gaps = [gap for gap in self._gaps if account_region in (None, AccountRegion(gap.account, gap.region))]
        for gap in gaps:
            chosen = selection(self.kind, gap.parameters)
            if chosen is None or _covers(chosen, wanted):
                return gap.error
        # Permissions are for the call, whatever it is restricted to.
        return next((gap.error for gap in gaps if gap.error in DENIED), None)

    def denied_existence(self, account_region: AccountRegion, wanted: Mapping[str, str]) -> bool:
        """Whether AWS answered a call for just the wanted object with a NotFound error."""
        for gap in self._gaps:
            chosen = selection(self.kind, gap.parameters)
            if (
                "NotFound" in gap.error
                and account_region == AccountRegion(gap.account, gap.region)
                and chosen
            ):
                # Of several ids, the error does not say which one is missing.
                alone = all(len(values) == 1 for values in chosen.values())
                if alone and _covers(chosen, wanted):
                    return True
        return False

    def _index(self, name: str) -> tuple[dict[str, set[str]], dict[str, UnreadableError]]:
        """Return the keys by an attribute's value, and those of which the value cannot be told, and why."""
        if name not in self._indexes:
            found: dict[str, set[str]] = defaultdict(set)
            unread: dict[str, UnreadableError] = {}
            values = None if name == self.kind.id_attribute else self.kind.attributes[name]
            for key, (raw, _) in self._raw.items():
                try:
                    for value in [raw[self.kind.id]] if values is None else values(raw):
                        found[value].add(key)
                except UnreadableError as error:
                    unread[key] = error
            self._indexes[name] = found, unread
        return self._indexes[name]


def selection(kind: Kind[Any], parameters: Mapping[str, Any]) -> Selection | None:
    """Return what a call was restricted to; None when that is not understood, or when it was one page."""
    chosen: dict[str, frozenset[str]] = {}
    for name, value in parameters.items():
        pairs: list[tuple[Any, Any]]
        if name in kind.selects:
            values = [value] if isinstance(value, str) else value
            pairs = [(kind.selects[name], values)]
        elif name in ("Filters", "Filter") and isinstance(value, (list, tuple)):
            if not all(isinstance(item, Mapping) for item in value):
                return None
            pairs = [(item.get("Name"), item.get("Values")) for item in value]
        elif name in _HARMLESS:
            continue
        else:
            return None
        for attribute, texts in pairs:
            if not isinstance(attribute, str) or not isinstance(texts, (list, tuple)):
                return None
            accepted = frozenset(text for text in texts if isinstance(text, str))
            chosen[attribute] = chosen.get(attribute, accepted) & accepted
    return chosen


def _covers(chosen: Selection, wanted: Mapping[str, str]) -> bool:
    """Whether a call restricted to ``chosen`` shows all that is wanted."""
    return all(wanted.get(name) in values for name, values in chosen.items())


def _items(kind: Kind[Any], answer: AnsweredCall, chosen: Selection | None) -> list[Raw]:
    """Return the objects of a response; those that are one response each only when it is a whole one."""
    if not kind.items:
        if chosen is None or any(answer.response.get(key) for key in _MORE):
            return []
        return [{**answer.response, kind.id: answer.parameters.get(kind.id)}]
    found: list[Raw] = [answer.response]
    for key in kind.items:
        found = [inner for item in found for inner in fields.object_or_objects(item, key)]
    return found
