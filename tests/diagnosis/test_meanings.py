"""Does each pattern of failures get the sentence that points at its cause?"""

from __future__ import annotations

import inspect
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.diagnosis import meanings
from nlbcheck.model import Check, Flow, Node, Observation, ProbeSpec, Status

STATUSES = {
    "ok": Status.OK,
    "silent": Status.TIMED_OUT,
    "refused": Status.REFUSED,
    "gone": Status.UNREACHABLE,
    "cut": Status.INTERRUPTED,
    "reset": Status.RESET,
    "bug": Status.CRASHED,
}
TARGETS = ("10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3")
"""The first two rows of a picture lead to one machine."""


def read(picture: str, targets: tuple[str, ...] = TARGETS) -> list[list[str | None]]:
    """Return the meanings of a picture: a line per row, a word per static IP."""
    rows = [[STATUSES[word] for word in line.split()] for line in picture.strip().splitlines()]
    endpoints = [
        Flow(f"tg-{r}", Node(f"zone-{n}", ip_address(f"172.31.{n}.10")), 10000 + r, targets[r])
        for r, row in enumerate(rows)
        for n in range(len(row))
    ]
    results = [Observation(Check.TCP, status) for row in rows for status in row]
    told = iter(meanings.of(endpoints, results))
    return [[next(told) for _ in row] for row in rows]


PATTERNS = [
    (
        "everything is silent",
        "silent silent \n silent silent \n silent silent",
        (0, 0),
        meanings.SILENT_EVERYWHERE,
    ),
    ("everything, one IP", "silent \n silent \n silent", (0, 0), meanings.SILENT_EVERYWHERE),
    ("a silent static IP", "ok silent \n ok silent \n ok silent", (1, 1), meanings.SILENT_NODE),
    ("a silent static IP, one row cut", "ok silent \n ok cut \n ok silent", (0, 1), meanings.SILENT_NODE),
    ("a silent static IP, others refuse", "refused silent \n ok silent", (0, 1), meanings.SILENT_NODE),
    (
        "where a dead row meets a dead IP",
        "ok silent \n ok silent \n silent silent",
        (2, 1),
        meanings.SILENT_NODE,
    ),
    (
        "beside a dead IP a dead row",
        "ok silent \n ok silent \n silent silent",
        (2, 0),
        meanings.SILENT_LISTENER,
    ),
    ("a silent target", "silent silent \n silent silent \n ok ok", (0, 0), meanings.SILENT_TARGET),
    (
        "a silent target, the rest cut",
        "silent silent \n silent silent \n cut ok",
        (1, 0),
        meanings.SILENT_TARGET,
    ),
    ("one port of a target", "silent silent \n ok ok", (0, 1), meanings.SILENT_PORT),
    ("one port, the other refuses", "silent silent \n refused refused", (0, 1), meanings.SILENT_PORT),
    ("the only listener of a target", "ok ok \n ok ok \n silent silent", (2, 0), meanings.SILENT_LISTENER),
    ("one listener, one static IP in all", "ok \n ok \n silent", (2, 0), meanings.SILENT_LISTENER),
    ("one listener on one static IP", "ok ok \n ok silent", (1, 1), meanings.SILENT_CELL),
    ("one listener on one static IP of three", "ok ok ok \n ok silent ok", (1, 1), meanings.SILENT_CELL),
    ("one row probed, one IP silent", "ok silent", (0, 1), meanings.SILENT_ZONE_OF_ROW),
    ("one row probed, all silent", "silent silent", (0, 1), meanings.SILENT_ALONE),
    ("one endpoint", "silent", (0, 0), meanings.SILENT_ALONE),
    ("one target probed, all silent", "silent silent \n silent silent", (0, 1), meanings.SILENT_ALONE),
    ("silent beside what was not tried", "silent cut \n cut cut", (0, 0), meanings.SILENT_ALONE),
    ("one refuses", "refused refused \n ok ok", (0, 0), meanings.REFUSED),
    ("one refuses, another is silent", "refused refused \n silent silent", (0, 0), meanings.REFUSED),
    ("only one target, it refuses", "refused refused \n refused refused", (0, 0), meanings.REFUSED),
    ("refused on one static IP", "refused ok", (0, 0), meanings.REFUSED_HERE),
    (
        "all refuse",
        "refused refused \n refused refused \n refused refused",
        (2, 1),
        meanings.REFUSED_EVERYWHERE,
    ),
    ("unreachable", "gone gone \n ok ok", (0, 0), meanings.UNREACHABLE),
    ("unreachable counts as silent", "ok gone \n ok silent", (1, 1), meanings.SILENT_NODE),
    ("a crash", "bug ok", (0, 0), meanings.CRASHED),
    ("a reset", "reset ok", (0, 0), meanings.RESET),
    ("nothing to say of ok", "ok silent", (0, 0), None),
    ("nothing to say of interrupted", "cut silent", (0, 0), None),
]


@pytest.mark.parametrize(
    ("picture", "place", "expected"), [p[1:] for p in PATTERNS], ids=[p[0] for p in PATTERNS]
)
def test_pattern(picture, place, expected):
    row, node = place
    assert read(picture)[row][node] == expected


@pytest.mark.parametrize(
    ("check", "status", "expected"),
    [
        (Check.SSH, Status.UNEXPECTED, meanings.UNEXPECTED_KEY),
        (Check.HTTP, Status.UNEXPECTED, meanings.UNEXPECTED_ANSWER),
        (Check.HTTPS, Status.UNEXPECTED, meanings.UNEXPECTED_ANSWER),
        (Check.SSH, Status.NO_REPLY, meanings.NO_REPLY),
        (Check.HTTP, Status.BAD_REPLY, meanings.BAD_REPLY),
    ],
)
def test_status_speaks_for_itself(check, status, expected):
    endpoint = Flow("tg-1", Node(None, ip_address("172.31.0.10")), 10000, "10.0.0.1", ProbeSpec(check))
    assert meanings.of([endpoint], [Observation(check, status)]) == [expected]


@given(st.lists(st.lists(st.sampled_from(list(Status)), min_size=2, max_size=2), min_size=1, max_size=4))
def test_exactly_the_failures_are_explained(rows):
    endpoints = [
        Flow(f"tg-{r}", Node(None, ip_address(f"172.31.{n}.10")), 10000 + r, TARGETS[r])
        for r in range(len(rows))
        for n in range(2)
    ]
    results = [Observation(Check.TCP, status) for row in rows for status in row]
    for result, meaning in zip(results, meanings.of(endpoints, results), strict=True):
        unjudged = (Status.OK, Status.INTERRUPTED, Status.UNCHECKED)
        assert (meaning is None) == (result.status in unjudged)


@given(
    st.lists(
        st.lists(st.sampled_from(("ok", "silent", "refused")), min_size=2, max_size=2), min_size=1, max_size=4
    )
)
def test_answers_are_never_called_silence(rows):
    grid = read("\n".join(" ".join(row) for row in rows))
    for row, told in zip(rows, grid, strict=True):
        for word, meaning in zip(row, told, strict=True):
            if meaning == meanings.SILENT_EVERYWHERE:
                assert all(word == "silent" for line in rows for word in line)
            if meaning in (meanings.SILENT_CELL, meanings.SILENT_ZONE_OF_ROW):
                assert word == "silent"
                assert set(row) != {"silent"}
            if meaning in (meanings.SILENT_LISTENER, meanings.SILENT_TARGET, meanings.SILENT_PORT):
                assert set(row) == {"silent"}


def test_each_is_whole_sentences_and_inference_is_worded_as_likely():
    sentences = {
        name: text for name, text in inspect.getmembers(meanings) if name.isupper() and isinstance(text, str)
    }
    assert len(sentences) == 23
    for name, text in sentences.items():
        assert text.endswith(".")
        assert all(sentence[0].isupper() for sentence in text.split(". "))
        assert "likely" in text.lower() or "Check" in text or name in ("SILENT_ALONE", "CRASHED")


@pytest.mark.parametrize(
    ("picture", "place", "meaning"),
    [
        ("ok silent ok", 1, meanings.SILENT_FOR_SOME),
        ("refused silent", 1, meanings.SILENT_FOR_SOME),
        ("ok refused", 1, meanings.REFUSED_FOR_SOME),
        ("silent silent silent", 0, meanings.SILENT_ALONE),
        ("refused refused", 0, meanings.REFUSED),
        ("silent refused", 1, meanings.REFUSED),
        ("ok gone", 1, meanings.UNREACHABLE),
    ],
)
def test_several_connections_to_one_static_ip(picture: str, place: int, meaning: str) -> None:
    flow = Flow("tg", Node("a", ip_address("172.31.0.10")), 10000, "x, y", samples=8, any_of=("x", "y"))
    assert sampled(flow, picture)[place] == meaning


def sampled(flow: Flow, picture: str) -> list[str | None]:
    words = picture.split()
    return meanings.of([flow] * len(words), [Observation(Check.TCP, STATUSES[word]) for word in words])


def test_one_target_fails_at_times() -> None:
    flow = Flow("tg", Node("a", ip_address("172.31.0.10")), 10000, "x", samples=8)
    assert sampled(flow, "ok silent")[1] == meanings.SILENT_AT_TIMES
    assert sampled(flow, "ok refused")[1] == meanings.REFUSED_AT_TIMES
