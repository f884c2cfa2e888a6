"""Does a diagnosis in another language leave no sentence in English, and say the same?

What the walk says is held here: gates, what mends a path, what is missing. AWS's own words stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from nlbcheck import language
from nlbcheck.aws.recording import Recording
from nlbcheck.lab.faults import FAULTS
from nlbcheck.model import Code, Finding
from tests.language.sentences import OTHERS, catalogues
from tests.scenarios.faulty import broken, report_on
from tests.scenarios.truth import CASES

WORDS = re.compile(r"(?<![\w{-])[A-Za-z][A-Za-z'-]*(?:[ ,:;]+[A-Za-z][A-Za-z'-]*){2,}")
"""Three words or more in a row, as only a sentence in English has them."""
NAMES = re.compile(
    "Application Load Balancer|Application Recovery Controller|AWS Health Dashboard|"
    "AWS Network Security Manager|Automated Internet Firewall|Network Load Balancer|Proxy Protocol v2|"
    "VPC Route Server"
)
"""What has this name in every language."""
BY_DIAGNOSIS = frozenset(
    {
        Code.BALANCER_NOT_FOUND,
        Code.CLIENT_CERTIFICATE_REQUIRED,
        Code.LISTENER_CERTIFICATE_INVALID,
        Code.LISTENER_FORWARDS_ELSEWHERE,
        Code.LISTENER_UNDECLARED,
        Code.NOT_VISIBLE,
        Code.PROXY_PROTOCOL_ON,
        Code.REACHABLE_UNWANTED,
        Code.SERVER_REPORTS_ERROR,
        Code.STATIC_IP_DIFFERS,
        Code.STATIC_IP_UNDECLARED,
        Code.TARGET_DIFFERS,
        Code.TARGET_GROUP_PORT_DIFFERS,
        Code.TARGET_NOT_LISTENING,
        Code.TARGET_NOT_SEEN,
        Code.TARGET_SILENT,
        Code.TARGET_UNDECLARED,
        Code.WIRE_CONTRADICTS_MODEL,
        Code.WRONG_PROTOCOL,
        Code.WRONG_SERVER_ANSWERS,
    }
)
"""What the table and the probes say beside the walk."""
WALKED = {FAULTS[name].finding: name for name in CASES if FAULTS[name].finding not in BY_DIAGNOSIS}
"""A fault for each finding of a walk."""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.speak(language.ENGLISH)


def told_by(findings: list[Finding]) -> Iterator[str]:
    for item in findings:
        yield item.summary
        if item.remedy:
            yield item.remedy.text


def quoted(recording: Recording) -> list[str]:
    """What AWS says in words of its own, the longest first."""
    said = re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps([answer.response for answer in recording.answers]))
    return sorted({text for text in said if WORDS.search(text)}, key=len, reverse=True)


def english(text: str, given: list[str]) -> list[str]:
    """Return what of a text is a sentence in English that nlbcheck says."""
    for item in given:
        text = text.replace(item.rstrip("."), "")
    return WORDS.findall(NAMES.sub("", text))


@pytest.mark.parametrize("spoken", OTHERS)
@pytest.mark.parametrize("name", WALKED.values())
def test_no_sentence_of_a_walk_is_left_in_english(name: str, spoken: str) -> None:
    language.speak(spoken)
    found = [item for item in report_on(CASES[name].network, name).findings if item.code not in BY_DIAGNOSIS]
    given = quoted(broken(CASES[name].network, [name]))
    assert FAULTS[name].finding in {item.code for item in found}
    assert [(text, left) for text in told_by(found) if (left := english(text, given))] == []


def sayings(name: str) -> list[tuple[object, ...]]:
    """What of a diagnosis is the same in every language."""
    return [
        (item.identity, item.verdict, item.confidence, item.remedy and item.remedy.calls, item.evidence)
        for item in report_on(CASES[name].network, name).findings
    ]


@pytest.mark.parametrize("spoken", OTHERS)
@pytest.mark.parametrize(
    "name", ["balancer-failed", "target-acl-narrow", "transit-route-elsewhere", "vpn-down"]
)
def test_a_language_changes_nothing_but_the_words(name: str, spoken: str) -> None:
    english_ones = sayings(name)
    language.speak(spoken)
    assert sayings(name) == english_ones


LIKELY = {"ja": ("可能性が高", "推定")}
"""How a language says what is likely."""


@pytest.mark.parametrize("spoken", OTHERS)
def test_what_is_likely_is_told_as_likely_and_nothing_else_is(spoken: str) -> None:
    for name, catalogue in catalogues(spoken).items():
        for sentence, other in catalogue.items():
            likely = any(word in other for word in LIKELY[spoken])
            assert likely == ("likely" in sentence.lower()), f"{name}: {sentence}"


@pytest.mark.parametrize("spoken", OTHERS)
def test_no_translation_of_what_a_walk_says_has_a_sentence_in_english(spoken: str) -> None:
    for name, catalogue in catalogues(spoken).items():
        for sentence, other in catalogue.items() if name.startswith("path") else ():
            assert english(other, []) == [], f"{name}: {sentence}"
