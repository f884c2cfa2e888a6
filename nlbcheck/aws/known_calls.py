"""Which calls does a recording have to hold an answer to, and is one there under a name that is none?"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from nlbcheck.aws.kind import Kind
from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError


@cache
def kinds() -> tuple[Kind[Any], ...]:
    """Return every kind of resource that a state can be asked for."""
    modules = dict.fromkeys(sys.modules[lookups.__module__] for lookups in AwsState.__bases__)
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Kind))
    return tuple(dict.fromkeys(found))


def check(recording: Recording, source: str) -> None:
    """Raise InputError for what a recording holds under names by which nothing is looked up.

    Calls that nlbcheck does not make are no mistake; answers and refusals of those that it makes are to
    be found.
    """
    of_answers = _strangers("answers", recording.answers)
    problems = [*of_answers, *_strangers("gaps", recording.gaps)]
    if problems:
        raise InputError(*(f"{source}: {problem}" for problem in problems))


def _strangers(key: str, calls: tuple[AnsweredCall | RefusedCall, ...]) -> Iterator[str]:
    known = {(kind.service, kind.operation) for kind in kinds()}
    for number, call in enumerate(calls):
        meant = None if (call.service, call.operation) in known else _meant(call)
        if meant:
            yield (
                f"{key}[{number}]: expected service {meant.service} and operation {meant.operation}, "
                f"found {call.service} and {call.operation}"
            )


def _meant(call: AnsweredCall | RefusedCall) -> Kind[Any] | None:
    """Return the kind whose call is misspelt, or whose objects are shown by a call that is another one."""
    word = _folded(call.operation)
    misspelt = (kind for kind in kinds() if kind.service == call.service and _folded(kind.operation) == word)
    response = call.response if isinstance(call, AnsweredCall) else {}
    return next(misspelt, None) or next((kind for kind in kinds() if _shows(response, kind)), None)


def _folded(operation: str) -> str:
    """Return an operation's name without what is easily written in another way."""
    return operation.lower().removesuffix("s")


def _shows(response: Mapping[str, Any], kind: Kind[Any]) -> bool:
    found: list[Any] = [response]
    for key in kind.items:
        found = [inner for item in found if isinstance(item, Mapping) for inner in _list(item.get(key))]
    return bool(kind.items) and any(isinstance(item, Mapping) and kind.id in item for item in found)


def _list(value: object) -> list[Any]:
    return [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
