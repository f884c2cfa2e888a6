"""A recording's answers while the resources of Terraform are laid over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from nlbcheck.aws.apply import CHANGES
from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters
from nlbcheck.model.facts import AccountRegion

_ALREADY = ("Duplicate", "AlreadyExists", "AlreadyAssociated", "InvalidStateTransition")
"""Error codes of AWS for what is there already."""
_UNSEEN = "NotFound"
"""Error codes of AWS for what is not there; here, for what nobody has asked AWS for."""


class Overlay(EditedState):
    """Answers that change; objects that are new are shown to whoever looks them up by their id."""

    def __init__(self, recording: Recording, where: AccountRegion, *, alone: bool = False) -> None:
        """Lay changes over ``recording``; ``alone``: only Terraform's resources are there."""
        super().__init__(recording)
        self.where = where
        self.alone = alone
        self._shown_at: dict[str, int] = {}

    def arn(self, service: str, path: str) -> str:
        """Return the ARN of something new, as AWS would write it."""
        return f"arn:aws:{service}:{self.where.region}:{self.where.account}:{path}"

    def find(self, kind: Kind[Any], key: object) -> Object | None:
        """Return an object; None where nothing shows it."""
        if not isinstance(key, str):
            return None
        try:
            return self.get(kind, key, _UNSEEN)
        except RefusedError:
            return None

    def create(self, kind: Kind[Any], item: Object) -> None:
        """Show a new object in every answer that was asked for the likes of it, and to its own id."""
        key = str(item[kind.id])
        self.put(kind, item)
        *outer, inner = kind.items
        shown = {outer[0]: [{inner: [item]}]} if outer else {inner: [item]}
        name = next(iter(kind.selects))
        at = self._shown_at.get(kind.noun)
        if at is None:
            self._shown_at[kind.noun] = self.answer(kind, {name: [key]}, shown)
            return
        answer = self._answers[at]
        parameters = {name: [*answer.parameters[name], key]}
        response = {items: [*answer.response[items], *more] for items, more in shown.items()}
        self._answers[at] = replace(answer, parameters=parameters, response=response)

    def record(self, like: Kind[Any], parameters: Object, response: Object) -> None:
        """Add the answer about one new object."""
        self.answer(like, {**parameters, **like.always}, response)

    def answer(self, kind: Kind[Any], parameters: Object, response: Object) -> int:
        """Add an answer to a kind's call; return its number."""
        place = (self.where.account, self.where.region, kind.service, kind.operation)
        return self._add(AnsweredCall(*place, parameters, response))

    def call(self, service: str, operation: str, parameters: Parameters) -> None:
        """Make a call on the answers, as AWS would carry it out."""
        CHANGES[service, operation](self, parameters)

    def hide(self, kind: Kind[Any], names: Iterable[str], why: AfterApply) -> None:
        """Let fields of every object of a kind be unknown that ``why`` may speak of.

        That may be an object that is there: Terraform reads some of them only during the apply.
        """
        hidden = dict.fromkeys(names, why)
        if not kind.items:
            for number, answer in list(self._of(kind)):
                if not why.may_be or answer.parameters.get(kind.id) in why.may_be:
                    self._answers[number] = replace(answer, response={**answer.response, **hidden})
            return
        for item in list(self.objects(kind)):
            if not why.may_be or item.get(kind.id) in why.may_be:
                self.put(kind, {**item, **hidden})

    def hide_lists(self, kind: Kind[Any], parameter: str, why: AfterApply) -> None:
        """Let the lists of what belongs to one object be unknown: ``why`` may be in any of them."""
        for number, answer in list(self._of(kind)):
            if not why.may_be or answer.parameters.get(parameter) in why.may_be:
                self._answers[number] = replace(answer, response={kind.items[0]: why})


def tolerant(edit: Callable[[], None]) -> str | None:
    """Make a change; return AWS's error code where it refuses it.

    What is there already is none, and neither is what was not recorded: nobody has looked at that.
    """
    try:
        edit()
    except RefusedError as refused:
        harmless = _UNSEEN in refused.code or any(word in refused.code for word in _ALREADY)
        return None if harmless else refused.code
    except (KeyError, TypeError, ValueError, AttributeError):
        return "the recorded answer lacks what the change needs"
    return None
