"""A slice of every attack, always the same one, in seconds."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.attack import KINDS

SEED = 1


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_is_survived(kind: str) -> None:
    _, tries = KINDS[kind]
    attempts = list(import_module(f"tests.attack.{kind}").attack(tries, SEED))
    assert len(attempts) >= tries
    assert [attempt for attempt in attempts if attempt.fault] == []
