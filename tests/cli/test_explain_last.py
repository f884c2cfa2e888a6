"""Does ``explain --last`` explain the findings of the last report, with its own ids and fixes?"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.relay import SNAPSHOT, TABLE, written
from tests.cli.running import nlbcheck
from tests.scenarios.mutations import without_route
from tests.test_skill import revoked

GROUP = "sg-01527e3e580558ce4"


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """The environment of a user with a state folder of their own."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def broken(tmp_path: Path, state: dict[str, str]) -> Path:
    """What is kept of a diagnosis that found that all SSH rules of the targets are gone."""
    calls = tmp_path / "calls.json"
    calls.write_text(json.dumps([revoked(json.loads(SNAPSHOT.read_text()))]))
    done = nlbcheck(
        "diagnose", "--all", "-q", "-m", TABLE, "--snapshot", SNAPSHOT, "--apply", calls, env=state
    )
    assert done.returncode == 1
    return tmp_path / "state" / "nlbcheck" / "last.json"


def test_only_the_user_may_read_what_is_kept(broken: Path) -> None:
    assert stat.S_IMODE(broken.stat().st_mode) == 0o600
    assert stat.S_IMODE(broken.parent.stat().st_mode) == 0o700


def test_a_page_has_the_ids_and_the_fix_of_the_report(broken: Path, state: dict[str, str]) -> None:
    done = nlbcheck("explain", "--last", "sg-denies", env=state)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Last report (diagnose, ")
    assert f"      aws ec2 authorize-security-group-ingress --group-id {GROUP} " in done.stdout
    assert "tg-10022, tg-20022: fail: sg-denies: " in done.stdout
    assert f"Name=group-id,Values={GROUP}" in done.stdout
    assert "describe-load-balancers --names example-nlb" in done.stdout
    assert "--group-id TARGET_SG_ID" in done.stdout, "the page's own fix names no id by itself"


def test_without_a_code_every_finding_has_its_page(broken: Path, state: dict[str, str]) -> None:
    kept = json.loads(broken.read_text())
    codes = list(dict.fromkeys(finding["code"] for finding in kept["findings"]))
    assert len(codes) > 1
    found = json.loads(nlbcheck("explain", "--last", "-f", "json", env=state).stdout)["findings"]
    assert [page["code"] for page in found] == codes
    assert found[0]["last"][0]["commands"]
    printed = nlbcheck("explain", "--last", env=state).stdout
    assert printed.count("Last report (diagnose, ") == len(codes)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_missing_route_s_page_has_the_id_of_its_route_table(
    tmp_path: Path, state: dict[str, str], language: str
) -> None:
    broken = written(tmp_path / "s.json", without_route("private-1a-1", "192.168.0.0/16"))
    diagnosed = nlbcheck("diagnose", "--all", "-q", "-m", TABLE, "--snapshot", broken, env=state)
    assert diagnosed.returncode == 1
    (table,) = set(re.findall(r"create-route --route-table-id (\S+)", diagnosed.stdout))
    done = nlbcheck("explain", "--last", "route-missing", "--lang", language, env=state)
    assert f"aws ec2 describe-route-tables --route-table-ids {table} " in done.stdout


def test_a_code_that_it_has_not_is_one_sentence(broken: Path, state: dict[str, str]) -> None:
    done = nlbcheck("explain", "--last", "vpn-down", env=state)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nlbcheck: the last report has no finding vpn-down: it has sg-denies")


def test_without_a_last_report_it_is_one_sentence(state: dict[str, str]) -> None:
    done = nlbcheck("explain", "--last", env=state)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nlbcheck: there is no last report: diagnose and smoke keep theirs\n"


@pytest.mark.parametrize(
    "kept", ["", "[]", "{}", '{"schema": "nlbcheck.last/1"}', "[" * 100_000, '{"schema": 1}']
)
def test_what_is_no_report_is_one_sentence(tmp_path: Path, state: dict[str, str], kept: str) -> None:
    file = tmp_path / "state" / "nlbcheck" / "last.json"
    file.parent.mkdir(parents=True)
    file.write_text(kept)
    done = nlbcheck("explain", "--last", env=state)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"nlbcheck: {file}: ")
    assert done.stderr.count("\n") == 1


def test_a_report_without_findings_is_said_to_have_none(state: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "state" / "nlbcheck" / "last.json"
    file.parent.mkdir(parents=True)
    empty = {
        "schema": "nlbcheck.last/1",
        "command": "smoke",
        "started_at": "2026-11-28T00:00:00Z",
        "findings": [],
    }
    file.write_text(json.dumps(empty))
    done = nlbcheck("explain", "--last", env=state)
    assert (done.returncode, done.stdout) == (0, "The last report has no findings.\n")


@pytest.mark.parametrize(
    "environment",
    [
        {"XDG_STATE_HOME": "/proc/none"},
        {"XDG_STATE_HOME": "", "HOME": ""},
        {"XDG_STATE_HOME": "relative", "HOME": "/proc"},
    ],
)
def test_where_nothing_can_be_kept_nothing_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    words = ("diagnose", "--all", "-q", "-m", TABLE, "--snapshot", SNAPSHOT)
    done = nlbcheck(*words, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_probe_keeps_nothing(tmp_path: Path, state: dict[str, str]) -> None:
    assert nlbcheck("probe", "-m", tmp_path / "none.yaml", env=state).returncode == 2
    assert not (tmp_path / "state").exists()


def _linked(file: Path, elsewhere: Path) -> None:
    file.symlink_to(elsewhere)


def _linked_hard(file: Path, elsewhere: Path) -> None:
    file.hardlink_to(elsewhere)


def _fifo(file: Path, _elsewhere: Path) -> None:
    os.mkfifo(file)


@pytest.mark.parametrize("planted", [_linked, _linked_hard, _fifo])
def test_what_somebody_planted_is_neither_written_nor_waited_for_nor_read(
    tmp_path: Path, state: dict[str, str], broken: Path, planted: Callable[[Path, Path], None]
) -> None:
    """Nobody pointed at the file: whoever runs nlbcheck as root in another's home writes nothing else."""
    precious = tmp_path / "precious"
    precious.write_text(broken.read_text())
    broken.unlink()
    planted(broken, precious)
    before = precious.read_bytes()
    done = nlbcheck("diagnose", "--all", "--no-probe", "-m", TABLE, "--snapshot", SNAPSHOT, env=state)
    assert done.returncode == 0
    assert precious.read_bytes() == before
    read = nlbcheck("explain", "--last", env=state)
    assert (read.returncode, read.stdout) == (2, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_leaves_nothing_in_the_home_of_another(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    state = {"XDG_STATE_HOME": "", "HOME": str(home)}
    done = nlbcheck("diagnose", "--all", "--no-probe", "-m", TABLE, "--snapshot", SNAPSHOT, env=state)
    assert done.returncode == 0
    assert list(home.iterdir()) == []


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": "", "HOME": str(tmp_path / "nonexistent")}
    done = nlbcheck("diagnose", "--all", "--no-probe", "-m", TABLE, "--snapshot", SNAPSHOT, env=state)
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])
