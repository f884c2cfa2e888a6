"""With a baseline, does only what is new fail?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import FailOn, Report, Verdict
from nlbcheck.model.smoked import Smoke
from nlbcheck.reports import reading
from nlbcheck.reports.baseline import Baseline
from tests.formats.reports import FULL_FINDING, REPORTS, TABLE, ok, report, with_row

SMOKE = Smoke(1.5, "healthy", 4, 3, 3)
GOOD = REPORTS["all-ok"]


def baseline(folder: Path, found: Report) -> Baseline:
    file = folder / "known.json"
    file.write_text(FORMATS["json"](found, Style()))
    return Baseline.load(file)


def smoked(found: Report, *, warnings_fail: bool = False) -> Report:
    return replace(found, command="smoke", smoke=SMOKE, fail_on=FailOn.WARN if warnings_fail else FailOn.FAIL)


def test_what_is_known_to_fail_does_not_fail(tmp_path: Path) -> None:
    known = REPORTS["one-refused"]
    assert known.exit_status is ExitStatus.BROKEN
    judged = baseline(tmp_path, known).judged(smoked(known))
    assert judged.exit_status is ExitStatus.OK
    (sentence,) = judged.remarks
    assert sentence.startswith(
        f"Compared with {tmp_path / 'known.json'} of 2026-11-22T12:00:00Z: nothing newly "
    )
    assert sentence.endswith(" 2 connections fail as before.")


def test_what_is_new_fails(tmp_path: Path) -> None:
    judged = baseline(tmp_path, REPORTS["one-refused"]).judged(smoked(REPORTS["dead-zone"]))
    assert judged.exit_status is ExitStatus.BROKEN
    first, *others = judged.remarks
    assert first.endswith("of 2026-11-22T12:00:00Z: 4 newly broken. 1 connection fails as before.")
    assert "Newly broken: tg-10080[ap-northeast-1c]: ok -> timed-out" in others
    assert "Fixed: tg-10022[ap-northeast-1a]: refused -> ok" in others
    assert "Changed: tg-10022[ap-northeast-1c]: refused -> timed-out" in others


def test_a_new_row_that_fails_is_new(tmp_path: Path) -> None:
    fewer = report(lambda row, node: ok(row), replace(TABLE, rows=TABLE.rows[1:]))
    assert baseline(tmp_path, fewer).judged(smoked(GOOD)).exit_status is ExitStatus.OK
    assert baseline(tmp_path, fewer).judged(smoked(REPORTS["one-refused"])).exit_status is ExitStatus.BROKEN


def test_rows_that_are_gone_are_told(tmp_path: Path) -> None:
    fewer = report(lambda row, node: ok(row), replace(TABLE, rows=TABLE.rows[1:]))
    judged = baseline(tmp_path, GOOD).judged(smoked(fewer))
    assert judged.exit_status is ExitStatus.OK
    assert judged.remarks[1].startswith("Only in the earlier report: tg-10022 is gone. Before: TCP:10022 to ")


def test_a_new_warning_fails_where_warnings_do(tmp_path: Path) -> None:
    warned = with_row(GOOD, 0, findings=(replace(FULL_FINDING, verdict=Verdict.WARN),))
    known = baseline(tmp_path, GOOD)
    assert known.judged(smoked(warned)).exit_status is ExitStatus.OK
    assert known.judged(smoked(warned, warnings_fail=True)).exit_status is ExitStatus.BROKEN
    assert baseline(tmp_path, warned).judged(smoked(warned, warnings_fail=True)).exit_status is ExitStatus.OK
    assert baseline(tmp_path, warned).judged(smoked(GOOD, warnings_fail=True)).exit_status is ExitStatus.OK


def test_an_interrupted_run(tmp_path: Path) -> None:
    judged = baseline(tmp_path, GOOD).judged(smoked(REPORTS["interrupted"]))
    assert judged.exit_status is ExitStatus.INTERRUPTED


def test_the_document_says_what_is_new(tmp_path: Path) -> None:
    judged = baseline(tmp_path, REPORTS["one-refused"]).judged(smoked(REPORTS["dead-zone"]))
    document = json.loads(FORMATS["json"](judged, Style()))
    assert document["exit_status"] == 1
    found = document["smoke"].pop("baseline")
    assert document["smoke"] == {"waited_s": 1.5, "health": "healthy", "rounds": 4, "steady": 3, "good": 3}
    assert (found["file"], found["newly_broken"]) == (str(tmp_path / "known.json"), 4)
    assert "Fixed: tg-10022[ap-northeast-1a]: refused -> ok" in found["changes"]
    known = baseline(tmp_path, judged).judged(judged)
    again = reading.report(json.loads(FORMATS["json"](known, Style())), "file.json")
    assert (known.exit_status, again.exit_status) == (ExitStatus.OK, ExitStatus.OK)
    assert (again.smoke, again.remarks) == (known.smoke, known.remarks)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"schema": "nlbcheck.report/2"}', "neither a report nor a snapshot: expected an object with"),
        ('{"schema": "nlbcheck.drift/1"}', "neither a report nor a snapshot: expected an object with"),
        ("", "not complete JSON"),
        (json.dumps({"schema": "nlbcheck.report/1"}), "client: expected an object, found nothing"),
    ],
)
def test_another_schema(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "known.json").write_text(content)
    with pytest.raises(InputError, match=problem):
        Baseline.load(tmp_path / "known.json")
