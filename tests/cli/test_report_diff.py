"""Does the command line say what changed between two files, and end accordingly?"""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, written
from tests.cli.running import nlbcheck
from tests.scenarios.cloud import Cloud, made_id


def closed(cloud: Cloud) -> None:
    """Take the rules away that admit the nodes to the targets."""
    cloud.find("DescribeSecurityGroups", made_id("sg", "targets"))["IpPermissions"] = []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a good and a bad snapshot, and the report on each."""
    folder = tmp_path_factory.mktemp("diff")
    for name, snapshot in (("good", SNAPSHOT), ("bad", written(folder / "bad-snapshot.json", closed))):
        report = f"-fjson:{folder / name}.json"
        options = ("--all", "--no-probe", "-q", "-m", TABLE, "--snapshot", snapshot)
        assert nlbcheck("diagnose", *options, report, env=NO_AWS).returncode == int(name == "bad")
    return folder


def diff(*words: str | Path) -> CompletedProcess[str]:
    done = nlbcheck("report", "diff", *words)
    assert "Traceback" not in done.stderr
    return done


def test_what_is_newly_broken(folder: Path) -> None:
    done = diff(folder / "good.json", folder / "bad.json")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Newly broken\n" in done.stdout
    assert "tg-10022[ap-northeast-1a]" in done.stdout
    assert "sg-denies of tg-10022" in " ".join(done.stdout.split())


def test_what_is_fixed(folder: Path) -> None:
    done = diff(folder / "bad.json", folder / "good.json")
    assert done.returncode == 0
    assert "\nFixed\n" in done.stdout
    assert "Newly broken" not in done.stdout


def test_what_is_the_same(folder: Path) -> None:
    done = diff(folder / "good.json", folder / "good.json")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "nothing changed"


def test_what_changed_in_aws(folder: Path, tmp_path: Path) -> None:
    done = diff(SNAPSHOT, folder / "bad-snapshot.json", "-o", tmp_path / "diff.txt")
    assert (done.returncode, done.stdout) == (0, "")
    text = " ".join((tmp_path / "diff.txt").read_text().split())
    group = f"security group targets ({made_id('sg', 'targets')})"
    assert f"inbound rule tcp 22 from 172.31.128.10/32 in {group} is gone" in text
    assert (tmp_path / "diff.txt").stat().st_mode & 0o077 == 0


def test_json(folder: Path) -> None:
    done = diff(folder / "good.json", folder / "bad.json", "-f", "json")
    document = json.loads(done.stdout)
    assert (document["schema"], document["exit_status"], done.returncode) == ("nlbcheck.diff/1", 1, 1)
    assert "state" not in document


def test_a_report_against_a_recording_of_aws(folder: Path) -> None:
    done = diff(folder / "good.json", SNAPSHOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing can be compared: one holds a report alone, and the other one a recording" in done.stderr


def test_no_file(folder: Path) -> None:
    done = diff(folder / "good.json", folder / "none.json")
    assert (done.returncode, done.stderr) == (
        2,
        f"nlbcheck: {folder / 'none.json'}: No such file or directory\n",
    )


def test_no_input_is_written_over(folder: Path) -> None:
    for name in ("good", "bad"):
        done = diff(folder / "good.json", folder / "bad.json", "-o", folder / f"{name}.json")
        assert done.returncode == 2
        assert "that is read" in done.stderr
