"""Is what programs read the same in every language, and what people read in the one that they asked for?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import pytest

from nlbcheck import language
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Finding
from nlbcheck.path.reach import Trace
from nlbcheck.path.walk import Walk
from tests.aws.every_network import TRACES, Make
from tests.path.test_three_values import less, walk_of
from tests.scenarios.article import article
from tests.scenarios.article_faults import CASES
from tests.scenarios.mutations import Mutation

_ENGLISH = re.compile(r"[a-z]{3,} [a-z]{3,}")
"""Two words of a sentence; names and ids stand alone."""
_OF_AWS = re.compile("AWS の報告: [^。]*")
"""What AWS says of a target's health, in its own words."""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.speak("en")


_T = TypeVar("_T")


def in_japanese(ask: Callable[[], _T]) -> _T:
    language.speak("ja")
    try:
        return ask()
    finally:
        language.speak("en")


def wordless(findings: Sequence[Finding]) -> list[tuple[Finding, object, object]]:
    """Return findings without what is said to people, with who they are and what is called for them."""
    return [
        (
            replace(item, summary="", remedy=None, missing=None),
            item.identity,
            item.remedy and item.remedy.calls,
        )
        for item in findings
    ]


def texts(findings: Sequence[Finding]) -> list[str]:
    fixes = [item.remedy.text for item in findings if item.remedy]
    return [item.summary for item in findings] + fixes


def walks(mutate: Mutation, port: int) -> Iterator[tuple[Recording, int]]:
    """Yield a broken network, and the same with answers taken away."""
    cloud = article()
    mutate(cloud)
    recording = cloud.recording()
    yield recording, port
    for number in range(0, len(recording.answers), 9):
        yield less(recording, number, refused=bool(number % 2)), port


@pytest.mark.parametrize(("mutate", "port"), [c[1:3] for c in CASES], ids=[c[0] for c in CASES])
def test_walks_find_the_same_in_every_language(mutate: Mutation, port: int) -> None:
    for recording, asked in walks(mutate, port):
        ask = partial(walk_of, recording, asked)
        english, japanese = ask(), in_japanese(ask)
        if english and japanese:
            hold(english, japanese)


@pytest.mark.parametrize("make", list(TRACES.values())[::4], ids=list(TRACES)[::4])
def test_traces_find_the_same_in_every_language(make: Make) -> None:
    known = make()
    english, japanese = (
        known.ask(AwsState(known.whole)),
        in_japanese(lambda: known.ask(AwsState(known.whole))),
    )
    assert isinstance(english, Trace)
    assert isinstance(japanese, Trace)
    hold(english.walk, japanese.walk)


def hold(english: Walk, japanese: Walk) -> None:
    assert wordless(english.findings) == wordless(japanese.findings)
    assert english.paths == japanese.paths
    for text in texts(japanese.findings):
        assert not _ENGLISH.search(_OF_AWS.sub("", text)), text
