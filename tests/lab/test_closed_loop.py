"""Healthy, a fault, the probe fails, diagnose names it, its remedy is carried out, all is well: every fault.

What each fault must show, and which cannot be mended by calls to AWS and why, says the table of
tests/scenarios/truth.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from nlbcheck.lab.faults import FAULTS
from nlbcheck.model import Verdict
from tests.lab import closed_loop, machine
from tests.scenarios.truth import CASES, By

OWN = {("tg-30080", "target-group-port-differs")}
"""The article's second trap, which its healthy network has."""
AT_ONCE = 2
"""Labs that play the article's faults; most of the time they wait for an answer that does not come."""


class Labs:
    """Labs that play faults side by side, and what is seen in each."""

    def __init__(self, names: Sequence[str]) -> None:
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._seen: dict[str, Any] = {}
        for network, share in shares(names):
            command = [sys.executable, "-m", closed_loop.__name__, network, *share]
            lab = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self._running |= dict.fromkeys(share, lab)

    def seen(self, name: str) -> Any:
        """Return what was seen of a fault, once its lab has played it."""
        lab = self._running[name]
        while name not in self._seen:
            assert lab.stdout is not None
            assert lab.stderr is not None
            line = lab.stdout.readline()
            assert line, lab.stderr.read()
            played = json.loads(line)
            self._seen[played["fault"]] = played
        return self._seen[name]

    def close(self) -> None:
        """End the labs that still run."""
        for lab in set(self._running.values()):
            lab.terminate()
            lab.communicate()


def shares(names: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Deal faults out to labs: each network has its own, the article's several."""
    of_article = [name for name in names if CASES[name].network == "article"]
    for start in range(AT_ONCE):
        if share := of_article[start::AT_ONCE]:
            yield "article", share
    for network in dict.fromkeys(CASES[name].network for name in names if name not in of_article):
        yield network, [name for name in names if CASES[name].network == network]


@pytest.fixture(scope="module")
def labs(request: pytest.FixtureRequest) -> Iterator[Labs]:
    machine.needs_lab()
    chosen = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    labs = Labs([spec.params["name"] for spec in chosen if spec])
    yield labs
    labs.close()


def findings(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every finding with its row, but for what closes a path as the table wants it.

    Those of the table as a whole have none.
    """
    for row in report["mappings"]:
        for finding in row["findings"]:
            if finding["verdict"] != Verdict.PASS:
                yield row["name"], finding
    for finding in report["findings"]:
        yield "", finding


def is_clean(report: Mapping[str, Any], leaves: str = "") -> bool:
    """Whether nothing is said but what is true of healthy networks, and of what the calls leave."""
    left = set(leaves.split())
    return {(row, found["code"]) for row, found in findings(report) if found["code"] not in left} <= OWN


def test_every_fault_of_the_catalogue_is_tried() -> None:
    assert set(CASES) == set(FAULTS)


@pytest.mark.parametrize("name", CASES)
def test_the_loop(name: str, labs: Labs) -> None:
    case, seen = CASES[name], labs.seen(name)
    code = case.looked or FAULTS[name].finding
    healthy, broken, mended = seen["healthy"], seen["broken"], seen["mended"]
    assert set(healthy["wire"]) == {".", " "}

    if not case.by_chance:
        assert broken["wire"] == case.wire
        assert broken["unhealthy"] == case.unhealthy
    told = [finding for _, finding in findings(broken["report"]) if finding["code"] == code]
    assert told
    assert broken["report"]["gaps"] == []
    causes = {row["cause"]["code"] for row in broken["report"]["mappings"] if fails(row)}
    assert causes <= {case.cause or code, *filter(None, [case.elsewhere])}
    assert causes or set(broken["wire"]) == {".", " "}

    remedies = [finding["remedy"] for finding in told if finding["remedy"]]
    if case.mended is By.HAND:
        assert set(seen["operations"]) == set(case.beside.split())
        assert case.because
        assert all(remedy["text"] and not remedy["commands"] for remedy in remedies)
    else:
        assert seen["operations"]
    if case.mended is By.CALLS and not case.cause:
        assert any(remedy["verified"] for remedy in remedies) is not bool(case.unproven)
    if case.mended is By.BOTH:
        assert code not in {finding["code"] for _, finding in findings(seen["called"]["report"])}
        assert case.because

    assert mended["wire"] == healthy["wire"]
    assert mended["unhealthy"] == ""
    assert is_clean(mended["report"], case.leaves), [item for _, item in findings(mended["report"])]


def fails(row: Mapping[str, Any]) -> bool:
    return bool(row["verdict"] == Verdict.FAIL)
