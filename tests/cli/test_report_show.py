"""Does a stored report look as it did when it was made, in every format, with the same exit status?"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.formats import FORMATS
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, edited, written
from tests.cli.running import nlbcheck
from tests.scenarios.mutations import overlapping_target

DIAGNOSE = ("diagnose", "--all", "--no-probe", "-m", TABLE)


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a report, and the same one in every format."""
    folder = tmp_path_factory.mktemp("diagnosed")
    snapshot = written(folder / "snapshot.json", overlapping_target)
    files = [f"-f{name}:{folder / name}" for name in FORMATS]
    done = nlbcheck(*DIAGNOSE, "--snapshot", snapshot, *files, env=NO_AWS)
    assert done.returncode == 1
    return folder


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_what_it_was(diagnosed: Path, name: str) -> None:
    done = nlbcheck("report", "show", diagnosed / "json", "-f", name)
    assert (done.returncode, done.stdout) == (1, (diagnosed / name).read_text())


def test_several_formats_at_once(diagnosed: Path, tmp_path: Path) -> None:
    packed = tmp_path / "report.json.gz"
    packed.write_bytes(gzip.compress((diagnosed / "json").read_bytes()))
    files = [f"-f{name}:{tmp_path / name}" for name in ("junit", "markdown")]
    done = nlbcheck("report", "show", packed, *files)
    assert (done.returncode, done.stdout) == (1, "")
    assert (tmp_path / "junit").read_text() == (diagnosed / "junit").read_text()
    assert (tmp_path / "markdown").read_text() == (diagnosed / "markdown").read_text()


def test_a_snapshot_shows_the_report_that_it_holds(diagnosed: Path, tmp_path: Path) -> None:
    report = json.loads((diagnosed / "json").read_text())
    snapshot = edited(tmp_path / "s.json", lambda document: document.update(report=report))
    done = nlbcheck("report", "show", snapshot)
    assert (done.returncode, done.stdout) == (1, (diagnosed / "table").read_text())


def test_remarks_of_the_run_are_told_again(tmp_path: Path) -> None:
    def refused(document: dict[str, Any]) -> None:
        answers = document["answers"]
        document["answers"] = [item for item in answers if item["operation"] != "DescribeNetworkAcls"]
        [gone] = [item for item in answers if item["operation"] == "DescribeNetworkAcls"]
        del gone["response"]
        document["gaps"].append({**gone, "error": "UnauthorizedOperation"})

    report = tmp_path / "report.json"
    snapshot = edited(tmp_path / "s.json", refused)
    made = nlbcheck(*DIAGNOSE, "--snapshot", snapshot, "-f", f"json:{report}", env=NO_AWS)
    done = nlbcheck("report", "show", report)
    assert (done.returncode, made.stderr.endswith(f"\n{done.stderr}")) == (3, True)
    assert "AWS refused ec2:DescribeNetworkAcls" in done.stderr
    assert nlbcheck("report", "show", report, "-q").stderr == ""


def test_with_v_it_shows_what_was_written_with_v(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    words = (*DIAGNOSE, "--snapshot", SNAPSHOT, "-v")
    made = nlbcheck(*words, "-f", "table", "-f", f"json:{report}", env=NO_AWS)
    done = nlbcheck("report", "show", report, "-v")
    assert (made.returncode, done.returncode) == (0, 0)
    assert done.stdout == made.stdout


def test_a_snapshot_without_a_report_says_how_to_get_one() -> None:
    done = nlbcheck("report", "show", SNAPSHOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{SNAPSHOT}: this snapshot holds no report: 'nlbcheck diagnose --all --snapshot" in done.stderr


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "r.json:1: not complete JSON"),
        (b"\x1f\x8b\x00", "r.json: not a complete gzip file"),
        (b"[]", 'r.json: neither a report nor a snapshot: expected an object with "schema": "nlbcheck.r'),
        (b'{"schema": "nlbcheck.trace/1"}', "r.json: neither a report nor a snapshot: expected an object"),
        (b'{"schema": ["nlbcheck.report/1"]}', "r.json: neither a report nor a snapshot: expected an obj"),
        (b'{"schema": "nlbcheck.report/1"}', "r.json: client: expected an object, found nothing"),
        (b'{"schema": "nlbcheck.report/1", "version": NaN}', "r.json: has a number that JSON cannot hold"),
        (b'{"schema": "nlbcheck.report/1", "version": 1e999}', "r.json: has a number that JSON cannot hold"),
    ],
)
def test_what_is_no_report_is_one_sentence(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "r.json").write_bytes(content)
    done = nlbcheck("report", "show", tmp_path / "r.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert problem in done.stderr


def test_an_exit_status_that_no_run_has(diagnosed: Path, tmp_path: Path) -> None:
    document = json.loads((diagnosed / "json").read_text())
    (tmp_path / "r.json").write_text(json.dumps({**document, "exit_status": 4}))
    done = nlbcheck("report", "show", tmp_path / "r.json")
    assert done.returncode == 2
    assert done.stderr.endswith("r.json: exit_status: expected one of 0, 1, 2, 3, 70, 130, found 4\n")


def test_the_report_is_not_written_over(diagnosed: Path) -> None:
    done = nlbcheck("report", "show", diagnosed / "json", "-o", diagnosed / "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the report would replace the report that is read" in done.stderr
