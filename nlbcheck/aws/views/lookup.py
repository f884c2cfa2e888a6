"""Is a thing there, proven not to be there, or not visible?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar, cast

from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.inventory import Inventory
from nlbcheck.aws.kinds.kind import Kind
from nlbcheck.aws.recording import Answer, Gap, Recording
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible

Found = TypeVar("Found")


class Lookup:
    """The objects of a recording, kind by kind, each read when it is first asked for."""

    def __init__(self, recording: Recording, known: Iterable[Inventory[Any]] = ()) -> None:
        self.recording = recording
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self._gaps: dict[tuple[str, str], list[Gap]] = {}
        for answer in recording.answers:
            self._answers.setdefault((answer.service, answer.operation), []).append(answer)
        for gap in recording.gaps:
            self._gaps.setdefault((gap.service, gap.operation), []).append(gap)
        self._inventories: dict[str, Inventory[Any]] = {}
        for inventory in known:
            call = (inventory.kind.service, inventory.kind.operation)
            if inventory.is_of(self._answers.get(call, ()), self._gaps.get(call, ())):
                self._inventories[inventory.kind.noun] = inventory

    def changed_to(self, recording: Recording) -> Self:
        """Return the state of a recording that differs a little; what did not change is not read again."""
        return type(self)(recording, self._inventories.values())

    @property
    def asked_in(self) -> tuple[AccountRegion, ...]:
        """Every account and Region that the recording asked."""
        calls: tuple[Answer | Gap, ...] = (*self.recording.answers, *self.recording.gaps)
        return tuple(dict.fromkeys(AccountRegion(call.account, call.region) for call in calls))

    def unknown(
        self, fact: str, service: str, operation: str, account_region: AccountRegion | None
    ) -> NotVisible:
        """Return the statement that a fact is not visible, with AWS's refusal where there was one."""
        for gap in self._gaps.get((service, operation), ()):
            if account_region in (None, AccountRegion(gap.account, gap.region)):
                return NotVisible(fact, service, operation, account_region, gap.error)
        return NotVisible(fact, service, operation, account_region)

    def inventory(self, kind: Kind[Found]) -> Inventory[Found]:
        """Return all that the recording shows of a kind."""
        if kind.noun not in self._inventories:
            call = (kind.service, kind.operation)
            self._inventories[kind.noun] = Inventory(
                kind, self._answers.get(call, ()), self._gaps.get(call, ())
            )
        return cast("Inventory[Found]", self._inventories[kind.noun])

    def by_id(
        self, kind: Kind[Found], key: str, account_region: AccountRegion | None = None
    ) -> Found | Absent | NotVisible:
        """Return the object with an id.

        It is absent when ``place`` proves that; without a place, when every place of the recording does.
        """
        keys = self.inventory(kind).matching({kind.id_attribute: key}) if kind.per_place else [key]
        for seen in keys:
            found = self._read(kind, seen)
            if found is not None:
                return found
        places = (account_region,) if account_region else self.asked_in
        return self._missing(kind, f"{kind.noun} {key}", places, {kind.id_attribute: key})

    def one(
        self,
        kind: Kind[Found],
        what: str,
        places: Sequence[AccountRegion],
        wanted: Mapping[str, str],
        *,
        shown_there: bool = False,
    ) -> Found | Absent | NotVisible:
        """Return the first object with the wanted attributes; ``what`` names it for messages.

        With ``shown_there`` it is one that a call in one of the places has shown: names repeat elsewhere.
        """
        inventory = self.inventory(kind)
        for key in inventory.matching(wanted):
            found = self._read(kind, key)
            if found is not None and (not shown_there or inventory.place_of(key) in places):
                return found
        return self._missing(kind, what, places, wanted)

    def every(
        self, kind: Kind[Found], what: str, account_region: AccountRegion, wanted: Mapping[str, str]
    ) -> tuple[Found, ...] | NotVisible:
        """Return all objects with the wanted attributes, if the recording proves that there are no more.

        Where nothing is wanted in particular, they are all of the place.
        """
        inventory = self.inventory(kind)
        if not inventory.complete(account_region, wanted):
            return self._not_visible(kind, what, account_region, wanted)
        found = []
        for key in inventory.matching(wanted):
            if not wanted and inventory.place_of(key) != account_region:
                continue
            item = self._read(kind, key)
            if isinstance(item, NotVisible):
                return item
            if item is not None:
                found.append(item)
        return tuple(found)

    def seen(self, kind: Kind[Found], wanted: Mapping[str, str] | None = None) -> tuple[Found, ...]:
        """Return the readable objects with the wanted attributes, however many others there may be."""
        inventory = self.inventory(kind)
        keys = inventory.matching(wanted) if wanted else inventory.keys()
        items = (inventory.get(key) for key in keys)
        return tuple(item for item in items if item is not None and not isinstance(item, UnreadableError))

    def _read(self, kind: Kind[Found], key: str) -> Found | NotVisible | None:
        inventory = self.inventory(kind)
        item = inventory.get(key)
        if isinstance(item, UnreadableError):
            fact = f"{item.field} of {kind.noun} {key}"
            return NotVisible(fact, kind.service, kind.operation, inventory.place_of(key))
        return item

    def _missing(
        self, kind: Kind[Any], what: str, places: Sequence[AccountRegion], wanted: Mapping[str, str]
    ) -> Absent | NotVisible:
        inventory = self.inventory(kind)
        for account_region in places:
            if not inventory.complete(account_region, wanted) and not inventory.denied_existence(
                account_region, wanted
            ):
                return self._not_visible(kind, what, account_region, wanted)
        if not places:
            return self._not_visible(kind, what, None, wanted)
        call = f"{kind.service}:{kind.operation}"
        return Absent(what, call, places[0] if len(places) == 1 else None)

    def _not_visible(
        self, kind: Kind[Any], what: str, account_region: AccountRegion | None, wanted: Mapping[str, str]
    ) -> NotVisible:
        error = self.inventory(kind).refusal(account_region, wanted)
        return NotVisible(what, kind.service, kind.operation, account_region, error)
