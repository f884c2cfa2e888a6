"""What does a recording hold, all answers to one call taken together?

It is taken for the whole of AWS: what an account's recorded lists do not show is not there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall
from nlbcheck.lab.endpoint.models import NESTED, Operation
from nlbcheck.lab.endpoint.question import ApiQuestion, id_field, sort_out
from nlbcheck.model.facts import AccountRegion

ResponseItem = Mapping[str, Any]


class Catalogue:
    """A recording, with its answers and refusals found by place and call."""

    def __init__(self, recording: Recording) -> None:
        self._answers: dict[tuple[AccountRegion, str, str], list[AnsweredCall]] = defaultdict(list)
        self._gaps: dict[tuple[AccountRegion, str, str], list[RefusedCall]] = defaultdict(list)
        for answer in recording.answers:
            self._answers[_key(answer)].append(answer)
        for gap in recording.gaps:
            self._gaps[_key(gap)].append(gap)
        self._places = {
            account_region for account_region, service, _ in (*self._answers, *self._gaps) if service != "sts"
        }

    def knows(self, account_region: AccountRegion) -> bool:
        """Whether anything was asked in this account and Region."""
        return account_region in self._places

    def answers(self, account_region: AccountRegion, service: str, operation: str) -> Sequence[AnsweredCall]:
        """Return the recorded answers to a call."""
        return self._answers.get((account_region, service, operation), ())

    def identities(self, account: str) -> list[ResponseItem]:
        """Return who the caller was, as recorded in any Region of an account."""
        return [
            answer.response
            for (account_region, _, operation), answers in self._answers.items()
            for answer in answers
            if account_region.account == account and operation == "GetCallerIdentity"
        ]

    def refusal(
        self, account_region: AccountRegion, operation: Operation, parameters: Mapping[str, Any]
    ) -> str | None:
        """Return the error code with which AWS refused this call, or every one like it."""
        gaps = self._gaps.get((account_region, operation.service, operation.name), [])
        same = [gap.error for gap in gaps if gap.parameters == parameters]
        if not same and not self.answers(account_region, operation.service, operation.name):
            same = [gap.error for gap in gaps if "NotFound" not in gap.error]
        return same[-1] if same else None

    def told(
        self, account_region: AccountRegion, operation: Operation, question: ApiQuestion
    ) -> list[AnsweredCall]:
        """Return the answers that tell about a question's subject and parent."""
        return [
            answer
            for answer in self.answers(account_region, operation.service, operation.name)
            if _tells(operation, answer, question)
        ]


def _key(item: AnsweredCall | RefusedCall) -> tuple[AccountRegion, str, str]:
    return AccountRegion(item.account, item.region), item.service, item.operation


def _tells(operation: Operation, answer: AnsweredCall, question: ApiQuestion) -> bool:
    recorded = sort_out(operation, answer.parameters)
    if recorded.subject != question.subject and (question.subject or operation.items is None):
        return False
    return all(recorded.parent.get(name, value) == value for name, value in question.parent.items())


def merged(operation: Operation, answers: Sequence[AnsweredCall]) -> list[ResponseItem]:
    """Return the items of several answers, each once, as the last answer shows it."""
    lists = [_flat(operation, answer.response.get(operation.items or "", [])) for answer in answers]
    if len(lists) == 1:
        return lists[0]
    field = id_field(operation)
    found: dict[str, ResponseItem] = {}
    for item in (item for items in lists for item in items):
        key = seen(operation, item).get(field) if field else None
        found[key if isinstance(key, str) else json.dumps(item, sort_keys=True)] = item
    return list(found.values())


def seen(operation: Operation, item: ResponseItem) -> ResponseItem:
    """Return an item as filters and ids look at it: the inner resource with the outer one's fields."""
    inner = NESTED.get(operation.name)
    return {**item, **item[inner][0]} if inner else item


def _flat(operation: Operation, items: Sequence[ResponseItem]) -> list[ResponseItem]:
    """Return nested resources with one inner resource each."""
    inner = NESTED.get(operation.name)
    if inner is None:
        return list(items)
    return [{**item, inner: [one]} for item in items for one in item.get(inner, [])]


def gathered(operation: Operation, items: Iterable[ResponseItem]) -> list[ResponseItem]:
    """Return nested resources put together again; the reverse of what ``merged`` did to them."""
    inner = NESTED.get(operation.name)
    if inner is None:
        return list(items)
    found: dict[str, ResponseItem] = {}
    for item in items:
        outer = json.dumps({key: value for key, value in item.items() if key != inner}, sort_keys=True)
        known = found.get(outer, {inner: []})
        found[outer] = {**item, inner: [*known[inner], *item[inner]]}
    return list(found.values())
