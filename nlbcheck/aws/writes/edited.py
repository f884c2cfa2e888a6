"""Which answers of a recording change when one object does?"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.inventory import selection
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.aws.sources.port import RefusedError

Object = dict[str, Any]
Parameters = Mapping[str, Any]


class EditedState:
    """A recording's answers, while calls change them; the recording itself stays as it was."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._answers = list(recording.answers)
        self._of_call: dict[tuple[str, str], list[int]] = {}
        """The numbers of the answers to each call."""
        for number, answer in enumerate(self._answers):
            self._of_call.setdefault((answer.service, answer.operation), []).append(number)

    @property
    def recording(self) -> Recording:
        """The recording as it is after the changes."""
        return replace(self._recording, answers=tuple(self._answers))

    def objects(self, kind: Kind[Any]) -> Iterator[Mapping[str, Any]]:
        """Yield every object of a kind once, as its latest answer shows it."""
        latest: dict[str, Mapping[str, Any]] = {}
        for _, answer in self._of(kind):
            latest |= {str(item.get(kind.id)): item for item in _flat(kind, answer)}
        yield from latest.values()

    def get(self, kind: Kind[Any], key: str, error: str) -> Object:
        """Return a copy of an object; ``error`` is what AWS says when there is none."""
        for item in self.objects(kind):
            if item.get(kind.id) == key:
                return copy.deepcopy(dict(item))
        raise RefusedError(error)

    def put(self, kind: Kind[Any], item: Object) -> None:
        """Show an object, new or changed, in every answer that was asked for the likes of it."""
        for index, answer in self._of(kind):
            shown = _fits(kind, answer, item)
            self._answers[index] = replace(answer, response=_with(kind, answer, item, shown))

    def amend(self, kind: Kind[Any], key: str, change: Callable[[Object], Object]) -> None:
        """Change an object where it is shown: each account and Region may show a side of its own."""
        [items] = kind.items
        for index, answer in self._of(kind):
            shown = [
                change(dict(item)) if item.get(kind.id) == key else item for item in answer.response[items]
            ]
            self._answers[index] = replace(answer, response={**answer.response, items: shown})

    def remove(self, kind: Kind[Any], key: str) -> None:
        """Show an object no more."""
        for index, answer in self._of(kind):
            response = _with(kind, answer, {kind.id: key}, shown=False)
            self._answers[index] = replace(answer, response=response)

    def response(self, kind: Kind[Any], key: str, error: str) -> Object:
        """Return a copy of the one answer about an object, for kinds that have one each."""
        found = self.recorded(kind, key)
        if found is None:
            raise RefusedError(error)
        return found

    def recorded(self, kind: Kind[Any], key: str) -> Object | None:
        """Return what ``response`` does, None where nothing was recorded of the object."""
        for _, answer in self._of(kind):
            if answer.parameters.get(kind.id) == key:
                return copy.deepcopy(dict(answer.response))
        return None

    def responses(self, kind: Kind[Any]) -> Iterator[Mapping[str, Any]]:
        """Yield all answers about objects of a kind that have one each."""
        for _, answer in self._of(kind):
            yield answer.response

    def respond(self, kind: Kind[Any], key: str, response: Object) -> None:
        """Replace the answers about one object."""
        for index, answer in self._of(kind):
            if answer.parameters.get(kind.id) == key:
                self._answers[index] = replace(answer, response=response)

    def record(self, like: Kind[Any], parameters: Object, response: Object) -> None:
        """Add an answer, from where the other answers of this service came."""
        model = next(answer for answer in self._answers if answer.service == like.service)
        self._add(replace(model, operation=like.operation, parameters=parameters, response=response))

    def _add(self, answer: AnsweredCall) -> int:
        """Add an answer and return its number."""
        number = len(self._answers)
        self._of_call.setdefault((answer.service, answer.operation), []).append(number)
        self._answers.append(answer)
        return number

    def _of(self, kind: Kind[Any]) -> Iterator[tuple[int, AnsweredCall]]:
        for index in self._of_call.get((kind.service, kind.operation), ()):
            yield index, self._answers[index]


def edit(state: EditedState, kind: Kind[Any], key: str, error: str, change: Callable[[Object], None]) -> None:
    """Change one object."""
    item = state.get(kind, key, error)
    change(item)
    state.put(kind, item)


def _flat(kind: Kind[Any], answer: AnsweredCall) -> list[Mapping[str, Any]]:
    found: list[Any] = [answer.response]
    for key in kind.items:
        lists = [item.get(key) for item in found]
        found = [inner for each in lists if isinstance(each, list) for inner in each]
    return found


def _fits(kind: Kind[Any], answer: AnsweredCall, item: Object) -> bool:
    """Whether an answer was asked so that it shows an object."""
    chosen = selection(kind, answer.parameters)
    if chosen is None:
        return any(shown.get(kind.id) == item[kind.id] for shown in _flat(kind, answer))
    for name, values in chosen.items():
        try:
            mine = {item[kind.id]} if name == kind.id_attribute else set(kind.attributes[name](item))
        except (KeyError, UnreadableError):
            return any(shown.get(kind.id) == item[kind.id] for shown in _flat(kind, answer))
        if not mine & values:
            return False
    return True


def _with(kind: Kind[Any], answer: AnsweredCall, item: Object, shown: bool) -> Mapping[str, Any]:
    """Return a response in which an object is as given, or is not."""
    *outer, inner = kind.items
    if not outer and not isinstance(answer.response.get(inner), list):
        return answer.response  # what is not known to be a list shows nothing
    if outer:
        nested = [
            {**group, inner: _replaced(kind, group[inner], item, shown, add=False)}
            for group in answer.response[outer[0]]
        ]
        return {**answer.response, outer[0]: nested}
    return {**answer.response, inner: _replaced(kind, answer.response[inner], item, shown, add=True)}


def _replaced(kind: Kind[Any], items: list[Object], item: Object, shown: bool, *, add: bool) -> list[Object]:
    key = item[kind.id]
    if not any(other.get(kind.id) == key for other in items):
        return [*items, item] if shown and add else items
    return [
        item if other.get(kind.id) == key else other for other in items if shown or other.get(kind.id) != key
    ]


def set_attributes(state: EditedState, kind: Kind[Any], key: str, error: str, parameters: Parameters) -> None:
    """Change attributes of a load balancer or target group."""
    response = state.response(kind, key, error)
    values = {item["Key"]: item["Value"] for item in response["Attributes"]}
    values |= {item["Key"]: item["Value"] for item in parameters["Attributes"]}
    attributes = [{"Key": name, "Value": value} for name, value in values.items()]
    state.respond(kind, key, {**response, "Attributes": attributes})


def digest(text: str) -> str:
    """Return the end of an ARN or id for something new, the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def new_id(prefix: str, seed: str) -> str:
    """Return an id for something new, the same for the same seed."""
    return f"{prefix}-0{digest(seed)}"
