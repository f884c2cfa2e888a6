"""Whatever is missing from a recording or strange in it: never a crash, never another answer."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.aws.resources.listener import Action
from nlbcheck.aws.resources.security_group import SecurityRule
from nlbcheck.aws.resources.vpn_connection import Tunnel
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import NotVisible
from tests.aws.lookups import asked
from tests.scenarios.article import article

RECORDING = article().recording()
FULL = asked(AwsState(RECORDING))

MEANT = frozenset({"SecurityGroups", "LoadBalancerAddresses", "PrivateIPv4Address", "PropagatingVgws"})
"""Fields whose absence has a meaning of its own."""


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every field and list item."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*here, key)
        yield from paths(inner, (*here, key))


FIELDS = [
    (number, path)
    for number, answer in enumerate(RECORDING.answers)
    for path in paths(answer.response)
    if isinstance(path[-1], str)
]


def changed(number: int, path: tuple[Any, ...], *value: object) -> Recording:
    """Return the recording with one field replaced by a value, or without it."""
    answer = RECORDING.answers[number]
    response = copy.deepcopy(dict(answer.response))
    place: Any = response
    for key in path[:-1]:
        place = place[key]
    if value:
        place[path[-1]] = value[0]
    else:
        del place[path[-1]]
    return with_answer(number, dataclasses.replace(answer, response=response))


def with_answer(number: int, *answers: AnsweredCall) -> Recording:
    found = RECORDING.answers
    return dataclasses.replace(RECORDING, answers=(*found[:number], *answers, *found[number + 1 :]))


def is_anything(item: object) -> bool:
    """Whether one of several stands for what cannot be read, and may be."""
    return (isinstance(item, SecurityRule) and item.peer is None) or item in (
        Action(None, ()),
        Tunnel(None, None, None, None),
    )


def weaker(found: Any, full: Any) -> bool:
    """Whether an answer says what the full recording says, or less."""
    if found is None or isinstance(found, NotVisible) or found == full:
        return True
    if isinstance(found, tuple) and isinstance(full, tuple):
        if any(map(is_anything, found)):
            return True
        return len(found) == len(full) and all(map(weaker, found, full))
    if dataclasses.is_dataclass(found) and type(found) is type(full):
        return all(
            field.name in ("values", "description", "name", "has_all_cidrs")
            or weaker(getattr(found, field.name), getattr(full, field.name))
            for field in dataclasses.fields(found)
        )
    return False


def assert_weaker(recording: Recording) -> None:
    for name, found in asked(AwsState(recording)).items():
        assert weaker(found, FULL[name]), f"{name}: {found} instead of {FULL[name]}"


@pytest.mark.parametrize("number", range(len(RECORDING.answers)))
def test_without_one_answer(number: int) -> None:
    assert_weaker(with_answer(number))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([item for item in FIELDS if item[1][-1] not in MEANT]))
def test_without_one_field(field: tuple[int, tuple[Any, ...]]) -> None:
    assert_weaker(changed(*field))


STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just([1]), st.just({})
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FIELDS), STRANGE)
def test_a_strange_value_is_never_a_crash(field: tuple[int, tuple[Any, ...]], value: object) -> None:
    asked(AwsState(changed(*field, value)))


ENUMS = frozenset(
    {"State", "Status", "Code", "Origin", "RuleAction", "Protocol", "Type", "Scheme", "IpProtocol"}
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([(n, path) for n, path in FIELDS if path[-1] in ENUMS]))
def test_a_word_not_known_here_is_not_visible(field: tuple[int, tuple[Any, ...]]) -> None:
    number, path = field
    value: Any = RECORDING.answers[number].response
    for key in path:
        value = value[key]
    if isinstance(value, str) and path[-1] not in ("Protocol", "IpProtocol"):
        assert_weaker(changed(number, path, "a-new-word"))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([(n, path) for n, path in FIELDS]))
def test_new_fields_are_ignored(field: tuple[int, tuple[Any, ...]]) -> None:
    number, path = field
    recording = changed(number, (*path[:-1], "NewInTheNextYear"), {"Some": ["thing"]})
    assert asked(AwsState(recording)) == FULL
