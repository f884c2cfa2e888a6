"""Which language is spoken, and what does it say?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nlbcheck import language


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.speak("en")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP.eucJP"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_environment_says_which_language(environment: dict[str, str], expected: str) -> None:
    assert language.of(environment) == expected


def test_a_part_is_put_into_the_sentence_as_it_is() -> None:
    assert language.tell("{name} is closed.", name="{odd} %s") == "{odd} %s is closed."


@pytest.mark.parametrize(("count", "expected"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows")])
def test_one_thing_and_several(count: int, expected: str) -> None:
    assert language.plural(count, "{count} row", "{count} rows") == expected


def test_what_has_no_translation_is_said_in_english() -> None:
    language.speak("ja")
    assert language.tell("no sentence of nlbcheck") == "no sentence of nlbcheck"


def test_what_is_said_in_another_language_knows_the_english_sentence() -> None:
    language.speak("ja")
    fact = language.tell("what connects {vpc} with other networks", vpc="vpc-1")
    told = language.tell("Not visible: {fact}.", fact=fact)
    assert told != language.in_english(told) == "Not visible: what connects vpc-1 with other networks."
    assert language.in_english("vpc-1") == "vpc-1"
