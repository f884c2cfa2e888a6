"""Does a diagnosis in Japanese say just what the one in English says, and find the same?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from nlbcheck import language
from nlbcheck.model import Check, Code, Finding, Observation, Report, Status
from tests.diagnosis.diagnosing import TABLE, diagnosed, everywhere, from_two, mutated, pinned, result
from tests.scenarios.mutations import attribute

_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_OF_PROBES = (
    Code.TARGET_NOT_LISTENING,
    Code.TARGET_SILENT,
    Code.WRONG_PROTOCOL,
    Code.WRONG_SERVER_ANSWERS,
    Code.SERVER_REPORTS_ERROR,
    Code.WIRE_CONTRADICTS_MODEL,
    Code.PROXY_PROTOCOL_ON,
)
"""What this room says by itself of what the probes have heard."""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.speak("en")


def some_zone(_row: object, node: object) -> Status:
    return Status.TIMED_OUT if str(node).count("1a") else Status.OK


def of_server(_row: object, _node: object) -> Observation:
    return replace(result(Check.HTTP, Status.OK), detail={"status": 503, "reason": "so"})


def other_key(_row: object, _node: object) -> Observation:
    return result(Check.SSH, Status.UNEXPECTED, fingerprint="SHA256:x", key_type="ssh-ed25519")


CASES: dict[str, Callable[[], Report]] = {
    **{
        status: partial(diagnosed, mutated(), everywhere(status))
        for status in Status
        if status not in (Status.INTERRUPTED, Status.UNCHECKED, Status.CRASHED)
    },
    "one zone": lambda: diagnosed(mutated(), some_zone),
    "an error of the server": lambda: diagnosed(mutated(), of_server, ["tg-10080"]),
    "another key": lambda: diagnosed(mutated(), other_key, ["tg-10022"], pinned(("tg-10022", "SHA256:y"))),
    "a header": lambda: diagnosed(
        mutated(attribute(10080, "proxy_protocol_v2.enabled", "true")),
        everywhere(Status.RESET),
        ["tg-10080"],
    ),
    "two places": lambda: from_two(mutated(), everywhere(Status.REFUSED), [TABLE.rows[0].name]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_diagnosis_in_japanese_is_the_english_one(case: str) -> None:
    english = CASES[case]()
    language.speak("ja")
    japanese = CASES[case]()
    assert [item.identity for item in japanese.findings] == [item.identity for item in english.findings]
    for ours, theirs in zip(japanese.findings, english.findings, strict=True):
        _same(ours, theirs)
    for one, other in zip(japanese.results, english.results, strict=True):
        meaning, known = (item.observation and item.observation.meaning for item in (one, other))
        assert meaning == known or (meaning and language.in_english(meaning) == known)
    assert [language.in_english(item) for item in japanese.remarks] == list(english.remarks)


def _same(ours: Finding, theirs: Finding) -> None:
    """Hold a finding in Japanese against the English one."""
    assert (ours.code, ours.verdict, ours.confidence) == (theirs.code, theirs.verdict, theirs.confidence)
    if ours.code in _OF_PROBES:
        assert ours.evidence == theirs.evidence
        assert language.in_english(ours.summary) == theirs.summary
        assert _JAPANESE.search(ours.summary)
        assert ours.remedy is None or _JAPANESE.search(ours.remedy.text)
