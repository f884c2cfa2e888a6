"""Does a diagnosis in another language leave no sentence in English, and say the same?

AWS's own words stay as they are, and so does what a probe has heard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from nlbcheck import language
from nlbcheck.aws.recording import Recording
from nlbcheck.lab.faults import FAULTS
from nlbcheck.model import Report
from tests.language.sentences import OTHERS, catalogues
from tests.scenarios.faulty import broken, report_on
from tests.scenarios.truth import CASES

WORDS = re.compile(r"(?<![\w{-])[A-Za-z][A-Za-z'-]*(?:[ ,:;]+[A-Za-z][A-Za-z'-]*){2,}")
"""Three words or more in a row, as only a sentence in English has them."""
NAMES = re.compile(
    "Application Load Balancer|Application Recovery Controller|AWS Health Dashboard|"
    "AWS Network Security Manager|Automated Internet Firewall|Network Load Balancer|Proxy Protocol v2|"
    'VPC Route Server|nlbcheck [a-z]+ [a-z]+|`[^`]*`|"no route to host"'
)
"""What is called so in every language, and commands."""
OF_EACH = {FAULTS[name].finding: name for name in CASES}
"""A fault for each finding."""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.speak(language.ENGLISH)


def told_by(report: Report) -> Iterator[str]:
    for item in (*report.findings, *report.table):
        yield item.summary
        if item.remedy:
            yield item.remedy.text


def quoted(recording: Recording, report: Report) -> list[str]:
    """What AWS and the probes say in words of their own, the longest first."""
    said = re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps([answer.response for answer in recording.answers]))
    said += [item.observation.error for item in report.results if item.observation and item.observation.error]
    return sorted({text for text in said if WORDS.search(text)}, key=len, reverse=True)


def english(text: str, given: list[str]) -> list[str]:
    """Return what of a text is a sentence in English that nlbcheck says."""
    for item in given:
        text = text.replace(item.rstrip("."), "")
    return WORDS.findall(NAMES.sub("", text))


@pytest.mark.parametrize("spoken", OTHERS)
@pytest.mark.parametrize("name", OF_EACH.values())
def test_no_sentence_of_a_diagnosis_is_left_in_english(name: str, spoken: str) -> None:
    network = CASES[name].network
    language.speak(spoken)
    report = report_on(network, name)
    given = quoted(broken(network, [name]), report)
    assert FAULTS[name].finding in {item.code for item in report.findings}
    assert [(text, left) for text in told_by(report) if (left := english(text, given))] == []


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
