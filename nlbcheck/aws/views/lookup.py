"""Is a thing there, proven not to be there, or not visible?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.kinds.kind import Kind
from nlbcheck.aws.recording import Answer, Gap, Recording
from nlbcheck.aws.shelf import Shelf
from nlbcheck.aws.sight import Absent, NotVisible, Place

Found = TypeVar("Found")


class Lookup:
    """The objects of a recording, kind by kind, each read when it is first asked for."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self._gaps: dict[tuple[str, str], list[Gap]] = {}
        for answer in recording.answers:
            self._answers.setdefault((answer.service, answer.operation), []).append(answer)
        for gap in recording.gaps:
            self._gaps.setdefault((gap.service, gap.operation), []).append(gap)
        self._shelves: dict[str, Shelf[Any]] = {}

    @property
    def places(self) -> tuple[Place, ...]:
        """Every account and Region that the recording asked."""
        calls: tuple[Answer | Gap, ...] = (*self.recording.answers, *self.recording.gaps)
        return tuple(dict.fromkeys(Place(call.account, call.region) for call in calls))

    def unknown(self, fact: str, service: str, operation: str, place: Place | None) -> NotVisible:
        """Return the statement that a fact is not visible, with AWS's refusal where there was one."""
        for gap in self._gaps.get((service, operation), ()):
            if place in (None, Place(gap.account, gap.region)):
                return NotVisible(fact, service, operation, place, gap.error)
        return NotVisible(fact, service, operation, place)

    def shelf(self, kind: Kind[Found]) -> Shelf[Found]:
        """Return all that the recording shows of a kind."""
        if kind.noun not in self._shelves:
            call = (kind.service, kind.operation)
            self._shelves[kind.noun] = Shelf(kind, self._answers.get(call, ()), self._gaps.get(call, ()))
        return cast("Shelf[Found]", self._shelves[kind.noun])

    def by_id(self, kind: Kind[Found], key: str, place: Place | None = None) -> Found | Absent | NotVisible:
        """Return the object with an id.

        It is absent when ``place`` proves that; without a place, when every place of the recording does.
        """
        keys = self.shelf(kind).matching({kind.id_attribute: key}) if kind.per_place else [key]
        for seen in keys:
            found = self._read(kind, seen)
            if found is not None:
                return found
        places = (place,) if place else self.places
        return self._missing(kind, f"{kind.noun} {key}", places, {kind.id_attribute: key})

    def one(
        self,
        kind: Kind[Found],
        what: str,
        places: Sequence[Place],
        wanted: Mapping[str, str],
        *,
        shown_there: bool = False,
    ) -> Found | Absent | NotVisible:
        """Return the first object with the wanted attributes; ``what`` names it for messages.

        With ``shown_there`` it is one that a call in one of the places has shown: names repeat elsewhere.
        """
        shelf = self.shelf(kind)
        for key in shelf.matching(wanted):
            found = self._read(kind, key)
            if found is not None and (not shown_there or shelf.place_of(key) in places):
                return found
        return self._missing(kind, what, places, wanted)

    def every(
        self, kind: Kind[Found], what: str, place: Place, wanted: Mapping[str, str]
    ) -> tuple[Found, ...] | NotVisible:
        """Return all objects with the wanted attributes, if the recording proves that there are no more.

        Where nothing is wanted in particular, they are all of the place.
        """
        shelf = self.shelf(kind)
        if not shelf.complete(place, wanted):
            return self._not_visible(kind, what, place, wanted)
        found = []
        for key in shelf.matching(wanted):
            if not wanted and shelf.place_of(key) != place:
                continue
            item = self._read(kind, key)
            if isinstance(item, NotVisible):
                return item
            if item is not None:
                found.append(item)
        return tuple(found)

    def seen(self, kind: Kind[Found], wanted: Mapping[str, str] | None = None) -> tuple[Found, ...]:
        """Return the readable objects with the wanted attributes, however many others there may be."""
        shelf = self.shelf(kind)
        keys = shelf.matching(wanted) if wanted else shelf.keys()
        items = (shelf.get(key) for key in keys)
        return tuple(item for item in items if item is not None and not isinstance(item, UnreadableError))

    def _read(self, kind: Kind[Found], key: str) -> Found | NotVisible | None:
        shelf = self.shelf(kind)
        item = shelf.get(key)
        if isinstance(item, UnreadableError):
            fact = f"{item.field} of {kind.noun} {key}"
            return NotVisible(fact, kind.service, kind.operation, shelf.place_of(key))
        return item

    def _missing(
        self, kind: Kind[Any], what: str, places: Sequence[Place], wanted: Mapping[str, str]
    ) -> Absent | NotVisible:
        shelf = self.shelf(kind)
        for place in places:
            if not shelf.complete(place, wanted) and not shelf.denied_existence(place, wanted):
                return self._not_visible(kind, what, place, wanted)
        if not places:
            return self._not_visible(kind, what, None, wanted)
        call = f"{kind.service}:{kind.operation}"
        return Absent(what, call, places[0] if len(places) == 1 else None)

    def _not_visible(
        self, kind: Kind[Any], what: str, place: Place | None, wanted: Mapping[str, str]
    ) -> NotVisible:
        error = self.shelf(kind).refusal(place, wanted)
        return NotVisible(what, kind.service, kind.operation, place, error)
