"""Does ``diagnose --plan`` foretell what packets meet once the plan is carried out?"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from nlbcheck.aws import recording
from nlbcheck.model import Report, Verdict
from nlbcheck.relays import load
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from tests.lab import machine
from tests.scenarios.article import article
from tests.scenarios.truth_networks import of_article
from tests.terraform import foretelling
from tests.terraform.planning import plan
from tests.terraform.plans import CASES


@pytest.fixture
def foretold(tmp_path: Path, request: pytest.FixtureRequest) -> Report:
    """Return what is foretold of a case."""
    case, made = CASES[request.getfixturevalue("name")], of_article()
    (tmp_path / "plan.json").write_text(json.dumps(plan(*case.changes(made.cloud))))
    (tmp_path / "nlbcheck.yaml").write_text(made.document)
    recording.write(tmp_path / "snapshot.json", article().recording())
    aws = Aws(snapshot=tmp_path / "snapshot.json", plan=tmp_path / "plan.json")
    return diagnose(load(tmp_path / "nlbcheck.yaml"), aws=aws)


def picture(report: Report) -> str:
    """Return where a report says that connections fail."""
    rows = [group.results for group in report.by_row()]
    own = {row.name: any(item.verdict is Verdict.FAIL for item in row.findings) for row in report.rows}
    letters = [
        ["x" if item.verdict is Verdict.FAIL or own[item.flow.row] else "." for item in results]
        for results in rows
    ]
    return " ".join("".join(words) for words in zip(*letters, strict=True))


@cache
def wires() -> dict[str, str]:
    """Return what probes see after each plan: one lab plays them all."""
    command = [sys.executable, "-m", foretelling.__name__, *CASES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {line["name"]: line["wire"] for line in map(json.loads, done.stdout.splitlines())}


def test_there_is_a_plan_for_fifteen_kinds_of_fault_and_more() -> None:
    kinds = {name for case in CASES.values() for name in [case.by.partition("[")[0]]}
    assert len(CASES) >= 20
    assert len(kinds) >= 15


@pytest.mark.parametrize("name", CASES)
def test_what_a_plan_breaks_is_foretold_and_named(name: str, foretold: Report) -> None:
    case = CASES[name]
    assert picture(foretold) == case.breaks
    told = [item for item in foretold.findings if "changes" in item.evidence]
    if not case.code:
        assert not told
        return
    assert case.code in {item.code for item in told}
    assert all(item.evidence["changes"] == [case.by] for item in told)
    assert all(case.by in item.summary for item in told)


@pytest.mark.parametrize("name", CASES)
def test_the_lab_shows_what_is_foretold(name: str) -> None:
    machine.needs_lab()
    assert wires()[name] == CASES[name].breaks
