"""Is the script of the fixes written where it is wanted, for its owner alone, and over nothing else?"""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, called, written
from tests.scenarios.mutations import no_listener, without_route


def diagnosed(snapshot: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    offline = ("--all", "--no-probe", "-q", "-m", TABLE, "--snapshot", snapshot)
    return called("diagnose", *offline, *arguments, env=NO_AWS)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return written(tmp_path / "s.json", no_listener, without_route("private-1a-1", "192.168.0.0/16"))


def test_the_script_has_the_plan_s_commands_in_its_order(broken: Path, tmp_path: Path) -> None:
    script = tmp_path / "fix.sh"
    done = diagnosed(broken, "--fix-script", script)
    assert (done.returncode, done.stderr) == (1, "")
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[1] == "# Load balancer example-nlb, account 123456789012, ap-northeast-1"
    commands = [line for line in lines if line.startswith("aws ")]
    assert [command.split()[2] for command in commands] == ["create-listener", "create-route"]
    plan = done.stdout.partition("Plan, in the order of the path")[2]
    assert [line.strip() for line in plan.splitlines() if line.strip().startswith("aws ")] == commands
    assert stat.S_IMODE(script.stat().st_mode) == 0o600


def test_a_script_that_stood_there_keeps_its_mode(broken: Path, tmp_path: Path) -> None:
    script = tmp_path / "fix.sh"
    diagnosed(broken, "--fix-script", script)
    made = script.read_text()
    script.write_text(f"{made}old")
    script.chmod(0o640)
    diagnosed(broken, "--fix-script", script)
    assert script.read_text().splitlines()[3:] == made.splitlines()[3:]
    assert stat.S_IMODE(script.stat().st_mode) == 0o640


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("form", ["aws", "terraform"])
def test_it_replaces_its_own_scripts_and_empty_files_alone(
    broken: Path, tmp_path: Path, form: str, language: str
) -> None:
    script = tmp_path / "fix"
    script.touch()
    words = ("--fix-as", form, "--fix-script", script, "--lang", language)
    for _ in range(2):
        assert diagnosed(broken, *words).returncode == 1
        assert script.read_text()
    for text in (
        "#!/bin/sh\n# deploys with nlbcheck 1.0\nset -e\n",
        "dear diary\n",
        f"\n{script.read_text()}",
    ):
        script.write_text(text)
        done = diagnosed(broken, *words)
        assert (done.returncode, done.stdout, script.read_text()) == (2, "", text)
        assert f"{script}: is not a fix script of nlbcheck: expected a new file" in done.stderr


def test_it_replaces_nothing_that_a_command_reads_or_writes(broken: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    told = {
        broken: "would replace the snapshot",
        TABLE: "would replace the mapping table",
        report: "two reports",
    }
    for taken, problem in told.items():
        done = diagnosed(broken, "-f", f"json:{report}", "--fix-script", taken)
        assert done.returncode == 2
        assert problem in done.stderr
    assert broken.read_text().startswith("{")


def test_a_script_may_go_to_stdout(broken: Path, tmp_path: Path) -> None:
    done = diagnosed(broken, "-o", tmp_path / "report.txt", "--fix-script", "-")
    assert done.stdout.startswith("#!/bin/sh")
    assert diagnosed(broken, "--fix-script", "-").returncode == 2


def test_a_script_that_cannot_be_written_is_said_first(tmp_path: Path) -> None:
    done = diagnosed(SNAPSHOT, "--fix-script", tmp_path / "no" / "fix.sh")
    assert done.returncode == 2
    assert "was not written" in done.stderr
    assert done.stdout == ""
