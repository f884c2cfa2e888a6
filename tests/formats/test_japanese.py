"""With Japanese spoken, is every word of nlbcheck's own of a report Japanese, and are columns straight?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from nlbcheck import language
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Code, Finding, Observation, Path, Remedy, Report, Result, Status
from nlbcheck.wrapping import columns_of
from tests.diagnosis.diagnosing import diagnosed, everywhere, from_two, mutated
from tests.formats.reports import REPORTS
from tests.language.sentences import catalogues
from tests.scenarios.mutations import no_listener, peering_is, without_route

SAID = "ルートテーブル private-1a-1 に 192.168.1.214 へのルートがありません。"
FIX = "rtb-0f211e7b1f3ee3b5a に 192.168.0.0/16 へのルートを追加します"
MEANT = "この静的 IP のリスナーはどれも応答しません。"
_WORD = re.compile(r"[A-Za-z][A-Za-z']+")
_COMMANDS = re.compile(r"(?m)(^\s*|: |<code>)(aws|nlbcheck) .*")
_MARKUP = re.compile(r"&#\d+;|</?\w+>|^```\w*|^::\w+ title=|%0A", re.MULTILINE)
_FEW = frozenset({"nlbcheck", "diagnose", "probe", "smoke", "True", "False"})


@pytest.fixture(autouse=True)
def _japanese() -> Iterator[None]:
    language.speak("ja")
    yield
    language.speak(language.ENGLISH)


def in_japanese(report: Report) -> Report:
    """A report with Japanese in the place of what others say: findings, errors and meanings."""

    def of_finding(found: Finding) -> Finding:
        remedy = found.remedy and Remedy(
            FIX, found.remedy.calls, found.remedy.verified, found.remedy.together_with
        )
        return replace(found, summary=SAID, evidence={}, remedy=remedy)

    def of_path(path: Path) -> Path:
        return replace(path, hops=tuple(replace(hop, evidence={}) for hop in path.hops))

    def seen(probe: Observation | None) -> Observation | None:
        return probe and replace(probe, error=probe.error and MEANT, meaning=probe.meaning and MEANT)

    def of_result(result: Result) -> Result:
        return replace(
            result,
            observation=seen(result.observation),
            samples=tuple(filter(None, map(seen, result.samples))),
            paths=result.paths and tuple(map(of_path, result.paths)),
            findings=tuple(map(of_finding, result.findings)),
            cause=result.cause and of_finding(result.cause),
        )

    rows = (
        replace(row, findings=tuple(map(of_finding, row.findings)), cause=row.cause and of_finding(row.cause))
        for row in report.rows
    )
    return replace(report, rows=tuple(rows), results=tuple(map(of_result, report.results)), remarks=(MEANT,))


@pytest.fixture(scope="module")
def failing() -> dict[str, Report]:
    """Reports in which much fails."""
    two = mutated(no_listener, without_route("private-1a-1", "192.168.0.0/16"))
    made = {
        "two-faults": diagnosed(two, everywhere(Status.TIMED_OUT)),
        "two-vantages": from_two(
            mutated(peering_is("rejected")), everywhere(Status.OK), ["tg-10022", "tg-20022"], "172.31.137.10"
        ),
        "unknown": diagnosed(mutated(), None, ["tg-10022"], client=None),
        **{name: REPORTS[name] for name in ("one-refused", "several-targets", "other-key", "interrupted")},
    }
    return {name: in_japanese(report) for name, report in made.items()}


NAMES = (
    "two-faults",
    "two-vantages",
    "unknown",
    "one-refused",
    "several-targets",
    "other-key",
    "interrupted",
)


def data(report: Report) -> set[str]:
    """The words of a report's document that are no sentence of ours: names, addresses, codes, statuses."""
    document = json.loads(FORMATS["json"](report, Style(verbose=True)))
    keys = {"name", "id", "table", "load_balancer", "account", "region", "source", "zone", "target_group"}
    keys |= {"protocol", "target", "code", "status", "detail", "local_address", "check", "command", "vantage"}

    def values(item: Any, is_data: bool) -> Iterator[str]:
        if isinstance(item, dict):
            for key, value in item.items():
                yield from values(value, is_data or key in keys)
                yield from [key] if is_data else []
        elif isinstance(item, list):
            for value in item:
                yield from values(value, is_data)
        elif is_data and isinstance(item, str) and item != "this machine":
            yield item

    return {word for value in values(document, False) for word in _WORD.findall(value)}


def known() -> set[str]:
    """The Latin words of the translations themselves, as in ネットワーク ACL, and of codes and statuses."""
    said = [line for catalogue in catalogues("ja").values() for line in catalogue.values()]
    said += [SAID, FIX, MEANT, *Code, *Status, "wrong-server", "HTTP SSH ED25519 ECDSA RSA SHA"]
    return {word for line in said for word in _WORD.findall(re.sub(r"\{\w+\}", " ", line))}


def english(text: str, report: Report) -> set[str]:
    """The words that are left of a text without commands, data, and what Japanese has of Latin words."""
    return set(_WORD.findall(_COMMANDS.sub("", text))) - data(report) - known() - _FEW


class _Words(HTMLParser):
    """What a page says, and what it calls things for those who do not see it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.said: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._inside = tag
        self.language = self.language or given.get("lang") or ""
        named = ("aria-label", "data-copy", "data-copied", "data-selected", "title", "alt")
        self.said += [str(given[name]) for name in named if name in given]

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "script", "code"):
            self.said.append(data)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verbose", [False, True])
def test_no_english_is_left_at_a_terminal(failing: dict[str, Report], name: str, verbose: bool) -> None:
    report = failing[name]
    text = FORMATS["table"](report, Style(width=80, verbose=verbose, again=lambda _: ""))
    assert english(text, report) == set()


@pytest.mark.parametrize("name", NAMES)
def test_no_english_is_left_on_the_page(failing: dict[str, Report], name: str) -> None:
    report = failing[name]
    page = _Words(FORMATS["html"](report, Style(verbose=True)))
    assert page.language == "ja"
    assert english("\n".join(page.said), report) == set()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["markdown", "github"])
def test_no_english_is_left_for_a_forge(failing: dict[str, Report], name: str, form: str) -> None:
    text = _MARKUP.sub("\n", FORMATS[form](failing[name], Style()))
    assert english(text, failing[name]) == set()


def test_a_lost_translation_would_be_seen(failing: dict[str, Report]) -> None:
    language.speak("en")
    text = FORMATS["table"](failing["two-faults"], Style(width=80))
    assert {"The", "Plan", "order", "rows"} <= english(text, failing["two-faults"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_columns_stand_below_each_other(failing: dict[str, Report], name: str, width: int) -> None:
    text = FORMATS["table"](failing[name], Style(width=width))
    for block in text.split("\n\n"):
        lines = block.splitlines()
        rules = [number for number, line in enumerate(lines) if line.startswith("---")]
        if rules:
            starts = [match.start() for match in re.finditer("-+", lines[rules[0]])]
            assert all(_breaks_at(line, starts) for line in lines[rules[0] - 1 :])
            assert max(map(columns_of, lines)) <= width
    long = [line for line in text.splitlines() if columns_of(line) > width and "aws " not in line]
    assert all("→" in line or "SHA256:" in line for line in long)


def _breaks_at(line: str, starts: Iterable[int]) -> bool:
    """Whether a cell of a line begins in each column, or is empty there."""
    at = {columns_of(line[:number]): character for number, character in enumerate(line)}
    return all(at.get(start - 1, " ") == " " for start in starts if start)


@pytest.mark.parametrize("name", NAMES)
def test_what_programs_read_is_the_same_in_every_language(failing: dict[str, Report], name: str) -> None:
    report = failing[name]
    japanese = {form: FORMATS[form](report, Style()) for form in ("json", "junit", "openmetrics", "github")}
    language.speak("en")
    assert json.loads(japanese["json"]) == json.loads(FORMATS["json"](report, Style()))
    assert _read(japanese["junit"]) == _read(FORMATS["junit"](report, Style()))
    assert _samples(japanese["openmetrics"]) == _samples(FORMATS["openmetrics"](report, Style()))
    levels = [line.partition(" ")[0] for line in japanese["github"].splitlines()]
    assert levels == [line.partition(" ")[0] for line in FORMATS["github"](report, Style()).splitlines()]


def _read(junit: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a JUnit file with the attributes that a CI server knows them by."""
    kept = {"name", "classname", "type", "tests", "failures", "errors", "skipped", "time"}
    return [
        (element.tag, {key: value for key, value in element.attrib.items() if key in kept})
        for element in ElementTree.fromstring(junit).iter()
    ]


def _samples(metrics: str) -> list[str]:
    return [line for line in metrics.splitlines() if not line.startswith("# ") or "HELP" in line]
