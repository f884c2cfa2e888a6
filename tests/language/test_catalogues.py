"""Is every sentence there in every language, with the same parts in it?"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.language.sentences import OTHERS, catalogues, fields, lacking, said


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_sentence(language: str) -> None:
    assert lacking(language) == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_parts_of_the_sentence(language: str) -> None:
    for name, catalogue in catalogues(language).items():
        for sentence, other in catalogue.items():
            assert fields(other) == fields(sentence), f"{name}: {sentence}"
            assert other.strip(), f"{name}: {sentence}"


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over_or_there_twice(language: str) -> None:
    times = Counter(sentence for catalogue in catalogues(language).values() for sentence in catalogue)
    assert [sentence for sentence, count in times.items() if count > 1] == []
    assert times.keys() <= {item.sentence for item in said()}


def test_a_sentence_has_room_for_what_is_put_into_it() -> None:
    for item in said():
        if item.parts is not None:
            assert fields(item.sentence) <= item.parts, f"{item}: {item.sentence}"
