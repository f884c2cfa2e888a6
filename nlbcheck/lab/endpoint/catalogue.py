"""What does a recording hold, all answers to one call taken together?

It is taken for the whole of AWS: what an account's recorded lists do not show is not there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nlbcheck.aws.recording import Answer, Gap, Recording
from nlbcheck.aws.sight import Place
from nlbcheck.lab.endpoint.models import NESTED, Operation
from nlbcheck.lab.endpoint.question import Question, id_field, sort_out

Item = Mapping[str, Any]


class Catalogue:
    """A recording, with its answers and refusals found by place and call."""

    def __init__(self, recording: Recording) -> None:
        self._answers: dict[tuple[Place, str, str], list[Answer]] = defaultdict(list)
        self._gaps: dict[tuple[Place, str, str], list[Gap]] = defaultdict(list)
        for answer in recording.answers:
            self._answers[_key(answer)].append(answer)
        for gap in recording.gaps:
            self._gaps[_key(gap)].append(gap)
        self._places = {place for place, service, _ in (*self._answers, *self._gaps) if service != "sts"}

    def knows(self, place: Place) -> bool:
        """Whether anything was asked in this account and Region."""
        return place in self._places

    def answers(self, place: Place, service: str, operation: str) -> Sequence[Answer]:
        """Return the recorded answers to a call."""
        return self._answers.get((place, service, operation), ())

    def identities(self, account: str) -> list[Item]:
        """Return who the caller was, as recorded in any Region of an account."""
        return [
            answer.response
            for (place, _, operation), answers in self._answers.items()
            for answer in answers
            if place.account == account and operation == "GetCallerIdentity"
        ]

    def refusal(self, place: Place, operation: Operation, parameters: Mapping[str, Any]) -> str | None:
        """Return the error code with which AWS refused this call, or every one like it."""
        gaps = self._gaps.get((place, operation.service, operation.name), [])
        same = [gap.error for gap in gaps if gap.parameters == parameters]
        if not same and not self.answers(place, operation.service, operation.name):
            same = [gap.error for gap in gaps if "NotFound" not in gap.error]
        return same[-1] if same else None

    def told(self, place: Place, operation: Operation, question: Question) -> list[Answer]:
        """Return the answers that tell about a question's subject and parent."""
        return [
            answer
            for answer in self.answers(place, operation.service, operation.name)
            if _tells(operation, answer, question)
        ]


def _key(item: Answer | Gap) -> tuple[Place, str, str]:
    return Place(item.account, item.region), item.service, item.operation


def _tells(operation: Operation, answer: Answer, question: Question) -> bool:
    recorded = sort_out(operation, answer.parameters)
    if recorded.subject != question.subject and (question.subject or operation.items is None):
        return False
    return all(recorded.parent.get(name, value) == value for name, value in question.parent.items())


def merged(operation: Operation, answers: Sequence[Answer]) -> list[Item]:
    """Return the items of several answers, each once, as the last answer shows it."""
    lists = [_flat(operation, answer.response.get(operation.items or "", [])) for answer in answers]
    if len(lists) == 1:
        return lists[0]
    field = id_field(operation)
    found: dict[str, Item] = {}
    for item in (item for items in lists for item in items):
        key = seen(operation, item).get(field) if field else None
        found[key if isinstance(key, str) else json.dumps(item, sort_keys=True)] = item
    return list(found.values())


def seen(operation: Operation, item: Item) -> Item:
    """Return an item as filters and ids look at it: the inner resource with the outer one's fields."""
    inner = NESTED.get(operation.name)
    return {**item, **item[inner][0]} if inner else item


def _flat(operation: Operation, items: Sequence[Item]) -> list[Item]:
    """Return nested resources with one inner resource each."""
    inner = NESTED.get(operation.name)
    if inner is None:
        return list(items)
    return [{**item, inner: [one]} for item in items for one in item.get(inner, [])]


def gathered(operation: Operation, items: Iterable[Item]) -> list[Item]:
    """Return nested resources put together again; the reverse of what ``merged`` did to them."""
    inner = NESTED.get(operation.name)
    if inner is None:
        return list(items)
    found: dict[str, Item] = {}
    for item in items:
        outer = json.dumps({key: value for key, value in item.items() if key != inner}, sort_keys=True)
        known = found.get(outer, {inner: []})
        found[outer] = {**item, inner: [*known[inner], *item[inner]]}
    return list(found.values())
