"""Take any field away from all objects of a kind, or write it otherwise: the verdict stays, or is unknown."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from nlbcheck.aws.recording import Recording
from tests.aws.test_hostile import MEANT, paths
from tests.diagnosis.diagnosing import diagnosed, mutated
from tests.diagnosis.test_three_values import ARTICLE, assert_weaker, proven
from tests.scenarios.article_faults import CASES

EACH = "[]"
"""A step of a path that means every item of a list."""
Path = tuple[str, ...]


def _deleted(around: dict[str, Any], key: str) -> None:
    del around[key]


def _null(around: dict[str, Any], key: str) -> None:
    around[key] = None


def _of_another_type(around: dict[str, Any], key: str) -> None:
    around[key] = {"odd": 1} if isinstance(around[key], (str, int, list)) else "odd"


NONE = {
    "missing": MEANT | {"Attachment", "InstanceId"},
    "null": frozenset({"Attachment", "InstanceId"}),
    "of another type": frozenset[str](),
}
"""Fields that AWS leaves out where there is no such thing, and others write as null."""
WRITTEN: dict[str, Callable[[dict[str, Any], str], None]] = {
    "missing": _deleted,
    "null": _null,
    "of another type": _of_another_type,
}


def fields_of(found: Recording, operation: str) -> list[Path]:
    """Return the paths of all fields in the answers to an operation, without those within lists of lists."""
    return sorted(
        {
            tuple(step if isinstance(step, str) else EACH for step in path)
            for answer in found.answers
            if answer.operation == operation
            for path in paths(answer.response)
            if isinstance(path[-1], str)
        }
    )


def written(found: Recording, operation: str, path: Path, how: str) -> Recording:
    """Return a recording in which a field is written in another way in every answer to an operation."""
    answers = []
    for answer in found.answers:
        response = answer.response
        if answer.operation == operation:
            response = copy.deepcopy(dict(response))
            _write(response, path, WRITTEN[how])
        answers.append(replace(answer, response=response))
    return replace(found, answers=tuple(answers))


def _write(value: Any, path: Sequence[str], change: Callable[[dict[str, Any], str], None]) -> None:
    first, *rest = path
    if first == EACH:
        for item in value:
            _write(item, rest, change)
    elif first in value:
        if rest:
            _write(value[first], rest, change)
        else:
            change(value, first)


OPERATIONS = sorted({answer.operation for answer in ARTICLE.answers})


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_where_all_is_in_order(operation: str, how: str) -> None:
    rows = ("tg-10022", "tg-30080")
    before = dict(proven(diagnosed(ARTICLE, names=rows)))
    for path in fields_of(ARTICLE, operation):
        if path[-1] not in NONE[how]:
            assert_weaker(before, diagnosed(written(ARTICLE, operation, path, how), names=rows))


@pytest.mark.parametrize(("mutate", "port"), [c[1:3] for c in CASES[::6]], ids=[c[0] for c in CASES[::6]])
def test_where_something_is_broken(mutate: Any, port: int) -> None:
    broken = mutated(mutate)
    before = dict(proven(diagnosed(broken, names=[str(port)])))
    for number, operation in enumerate(OPERATIONS):
        how = list(WRITTEN)[number % len(WRITTEN)]
        for path in fields_of(broken, operation)[::4]:
            if path[-1] not in NONE[how]:
                assert_weaker(before, diagnosed(written(broken, operation, path, how), names=[str(port)]))
