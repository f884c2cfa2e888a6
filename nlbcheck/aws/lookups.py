"""Is a thing there, proven not to be there, or not visible?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar, cast

from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.inventory import Inventory
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.misses import Miss
from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall
from nlbcheck.language import tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible

_Found = TypeVar("_Found")


class Lookups:
    """The objects of a recording, kind by kind, each read when it is first asked for.

    What is looked up and was not asked of AWS is noted in ``missed``, with the call that would show it.
    """

    def __init__(
        self,
        recording: Recording,
        known: Iterable[Inventory[Any]] = (),
        sources: Sequence[AccountRegion] = (),
        missed: dict[Miss, None] | None = None,
    ) -> None:
        """Read ``recording``; ``sources`` are those who can be asked for more, the load balancer's first.

        ``known`` is what was read of its answers already.
        """
        self.recording = recording
        self.sources = tuple(sources)
        self.missed: dict[Miss, None] = {} if missed is None else missed
        self._answers: dict[tuple[str, str], list[AnsweredCall]] = {}
        self._gaps: dict[tuple[str, str], list[RefusedCall]] = {}
        self._answered_in: dict[tuple[str, str], frozenset[AccountRegion]] = {}
        self._asked_in = dict.fromkeys(self.sources)
        self._lists: dict[object, tuple[Any, ...]] = {}
        for answer in recording.answers:
            self._answers.setdefault((answer.service, answer.operation), []).append(answer)
        for gap in recording.gaps:
            self._gaps.setdefault((gap.service, gap.operation), []).append(gap)
        items: tuple[AnsweredCall | RefusedCall, ...] = (*recording.answers, *recording.gaps)
        for item in items:
            self._asked_in[AccountRegion(item.account, item.region)] = None
        self._inventories: dict[str, Inventory[Any]] = {}
        for inventory in known:
            call = (inventory.kind.service, inventory.kind.operation)
            if inventory.is_of(self._answers.get(call, ()), self._gaps.get(call, ())):
                self._inventories[inventory.kind.noun] = inventory

    def changed(self, recording: Recording) -> Self:
        """Return the state of a recording that differs a little; what did not change is not read again.

        What that state misses is missed here.
        """
        return type(self)(recording, self._inventories.values(), self.sources, self.missed)

    def learned(self, items: Sequence[AnsweredCall | RefusedCall]) -> Self:
        """Return the state with what AWS has answered since, in place of this one."""
        answers = tuple(item for item in items if isinstance(item, AnsweredCall))
        gaps = tuple(item for item in items if isinstance(item, RefusedCall))
        known = self.recording
        for inventory in self._inventories.values():
            call = (inventory.kind.service, inventory.kind.operation)
            inventory.learn([item for item in items if (item.service, item.operation) == call])
        return self.changed(replace(known, answers=(*known.answers, *answers), gaps=(*known.gaps, *gaps)))

    @property
    def asked_in(self) -> tuple[AccountRegion, ...]:
        """Every account and Region that the recording asked, and those that can be asked."""
        return tuple(self._asked_in)

    def answered_in(self, service: str, operation: str) -> frozenset[AccountRegion]:
        """Return where a call has any recorded answer, whatever it was asked with."""
        call = (service, operation)
        if call not in self._answered_in:
            places = (AccountRegion(item.account, item.region) for item in self._answers.get(call, ()))
            self._answered_in[call] = frozenset(places)
        return self._answered_in[call]

    def unknown(
        self, fact: str, service: str, operation: str, account_region: AccountRegion | None
    ) -> NotVisible:
        """Return the statement that a fact is not visible, with AWS's refusal where there was one."""
        for gap in self._gaps.get((service, operation), ()):
            where = AccountRegion(gap.account, gap.region)
            here = account_region in (None, where)
            if here and "NotFound" not in gap.error:  # which is an answer, to another question
                return NotVisible(fact, service, operation, where, gap.error)
        return NotVisible(fact, service, operation, account_region)

    def inventory(self, kind: Kind[_Found]) -> Inventory[_Found]:
        """Return all that the recording shows of a kind."""
        if kind.noun not in self._inventories:
            call = (kind.service, kind.operation)
            self._inventories[kind.noun] = Inventory(
                kind, self._answers.get(call, ()), self._gaps.get(call, ())
            )
        return cast("Inventory[_Found]", self._inventories[kind.noun])

    def by_id(
        self, kind: Kind[_Found], key: str, account_region: AccountRegion | None = None
    ) -> _Found | Absent | NotVisible:
        """Return the object with an id.

        It is absent when ``place`` proves that; without a place, when every place of the recording does.
        """
        places = (account_region,) if account_region else self.asked_in
        return self._by_id(kind, key, places, {kind.id_attribute: key})

    def _by_id(
        self, kind: Kind[_Found], key: str, places: Sequence[AccountRegion], wanted: Mapping[str, str]
    ) -> _Found | Absent | NotVisible:
        """Return the object with an id; ``wanted`` is by what it is asked for where it was not seen."""
        keys = self.inventory(kind).matching({kind.id_attribute: key}) if kind.per_place else [key]
        for seen in keys:
            found = self._read(kind, seen)
            if found is not None:
                return found
        return self._missing(kind, _named(kind, key), places, wanted)

    def one(
        self,
        kind: Kind[_Found],
        what: str,
        places: Sequence[AccountRegion],
        wanted: Mapping[str, str],
        *,
        also: Collection[str] = (),
        shown_there: bool = False,
    ) -> _Found | Absent | NotVisible:
        """Return the first object with the wanted attributes; ``what`` names it for messages.

        With ``shown_there`` it is one that a call in one of the places has shown: names repeat elsewhere.
        AWS is asked by the first attribute, and those that it is to be asked by, ``also``.
        """
        inventory = self.inventory(kind)
        for key in inventory.matching(wanted):
            found = self._read(kind, key)
            if found is not None and (not shown_there or inventory.place_of(key) in places):
                return found
        return self._missing(kind, what, places, wanted, also)

    def every(
        self,
        kind: Kind[_Found],
        what: str,
        account_region: AccountRegion,
        wanted: Mapping[str, str],
        also: Collection[str] = (),
    ) -> tuple[_Found, ...] | NotVisible:
        """Return all objects with the wanted attributes, if the recording proves that there are no more.

        Where nothing is wanted in particular, they are all of the place. AWS is asked as by ``one``.
        """
        asked = (kind, account_region, tuple(wanted.items()))
        if asked in self._lists:
            return cast("tuple[_Found, ...]", self._lists[asked])
        inventory = self.inventory(kind)
        if not inventory.complete(account_region, wanted):
            return self._not_visible(kind, what, account_region, wanted, also)
        found = []
        for key in inventory.matching(wanted):
            if not wanted and inventory.place_of(key) != account_region:
                continue
            item = self._read(kind, key)
            if isinstance(item, NotVisible):
                return item
            if item is not None:
                found.append(item)
        self._lists[asked] = tuple(found)
        return tuple(found)

    def sought(
        self, kind: Kind[_Found], places: Iterable[AccountRegion], wanted: Mapping[str, str]
    ) -> tuple[_Found, ...]:
        """Return the readable objects with the wanted attributes; AWS is to be asked for all of them."""
        for account_region in places:
            if not self.inventory(kind).complete(account_region, wanted):
                self._miss(kind, account_region, wanted)
        return self.seen(kind, wanted)

    def seen(self, kind: Kind[_Found], wanted: Mapping[str, str] | None = None) -> tuple[_Found, ...]:
        """Return the readable objects with the wanted attributes that happen to be recorded.

        AWS is not asked for more: whoever calls this has other reasons to know that there are none, or
        looks at whole recordings.
        """
        inventory = self.inventory(kind)
        keys = inventory.matching(wanted) if wanted else inventory.keys()
        items = (inventory.get(key) for key in keys)
        return tuple(item for item in items if item is not None and not isinstance(item, UnreadableError))

    def _read(self, kind: Kind[_Found], key: str) -> _Found | NotVisible | None:
        inventory = self.inventory(kind)
        item = inventory.get(key)
        if isinstance(item, UnreadableError):
            where = inventory.place_of(key)
            field = inventory.place_of_field(item)
            return NotVisible(
                _named(kind, key),
                kind.service,
                kind.operation,
                where,
                unreadable=field,
            )
        return item

    def _missing(
        self,
        kind: Kind[Any],
        what: str,
        places: Sequence[AccountRegion],
        wanted: Mapping[str, str],
        also: Collection[str] = (),
    ) -> Absent | NotVisible:
        inventory = self.inventory(kind)
        for account_region in places:
            if not inventory.complete(account_region, wanted) and not inventory.denied_existence(
                account_region, wanted
            ):
                return self._not_visible(kind, what, account_region, wanted, also)
        if not places:
            return self._not_visible(kind, what, None, wanted)
        call = f"{kind.service}:{kind.operation}"
        return Absent(what, call, places[0] if len(places) == 1 else None)

    def _not_visible(
        self,
        kind: Kind[Any],
        what: str,
        account_region: AccountRegion | None,
        wanted: Mapping[str, str],
        also: Collection[str] = (),
    ) -> NotVisible:
        if account_region is not None:
            self._miss(kind, account_region, wanted, also)
        inventory = self.inventory(kind)
        error = inventory.refusal(account_region, wanted)
        field = None if error else inventory.unreadable(account_region, wanted)
        return NotVisible(what, kind.service, kind.operation, account_region, error, field)

    def _miss(
        self,
        kind: Kind[Any],
        account_region: AccountRegion,
        wanted: Mapping[str, str],
        also: Collection[str] = (),
    ) -> None:
        """Note what would show the wanted objects: the first of their attributes, and some others."""
        attribute = next(iter(wanted), "")
        more = tuple((name, wanted[name]) for name in also)
        self.missed[Miss(account_region, kind, attribute, wanted.get(attribute, ""), more)] = None


def part_of(found: _Found | Absent | NotVisible) -> _Found | NotVisible:
    """Turn the absence of a part that every such resource has into something not visible."""
    if isinstance(found, Absent):
        service, _, operation = found.call.partition(":")
        return NotVisible(found.what, service, operation, found.account_region)
    return found


def unread(kind: Kind[Any], field: str, what: str, account_region: AccountRegion) -> NotVisible:
    """Return the statement that an object says nothing of one question; ``field`` would answer it."""
    place = f"{kind.items[-1]}[].{field}" if kind.items else field
    return NotVisible(what, kind.service, kind.operation, account_region, unreadable=place)


def _named(kind: Kind[Any], key: str) -> str:
    return tell("{noun} {id}", noun=tell(kind.noun), id=key)
