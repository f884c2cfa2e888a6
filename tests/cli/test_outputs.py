"""Do all commands write their files in the one careful way?"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from nlbcheck.aws import recording
from nlbcheck.cli.step_summary import VARIABLE
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called
from tests.cli.running import nlbcheck
from tests.test_files import limited

TRACE = ("trace", "--from", "192.168.1.214", "--to", "172.31.128.10:10022", "-q")
IMPORT = ("mapping", "import", "--load-balancer", "example-nlb", "-q")

Words = tuple[str | Path, ...]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    copy = tmp_path / "nlbcheck.yaml"
    copy.write_text(TABLE.read_text())
    return copy


def writers(table: Path, snapshot: Path) -> Mapping[str, Words]:
    """Return the commands that write what they have to say into a file, each without the file."""
    return {
        "diagnose": ("diagnose", "--all", "-q", "-m", table, "--snapshot", snapshot, "-o"),
        "trace": (*TRACE, "-m", table, "--snapshot", snapshot, "-o"),
        "check": ("mapping", "check", "-q", "-m", table, "--snapshot", snapshot, "-o"),
        "import": (*IMPORT, "--snapshot", snapshot, "--force", "-o"),
    }


@pytest.mark.parametrize("command", ["diagnose", "trace", "check"])
@pytest.mark.parametrize("how", ["itself", "hard link", "symbolic link"])
def test_no_command_writes_over_its_table(table: Path, command: str, how: str) -> None:
    before = table.read_bytes()
    output = table.with_name("other.yaml") if how != "itself" else table
    if how == "hard link":
        output.hardlink_to(table)
    elif how == "symbolic link":
        output.symlink_to(table.name)
    done = called(*writers(table, SNAPSHOT)[command], output, env=NO_AWS)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"nlbcheck: {output}: the report would replace the mapping table\n"
    assert table.read_bytes() == before


@pytest.mark.parametrize("command", ["diagnose", "trace", "check", "import"])
def test_no_command_writes_over_its_snapshot(table: Path, command: str) -> None:
    snapshot = table.with_name("relay.yaml")
    snapshot.write_bytes(SNAPSHOT.read_bytes())
    done = called(*writers(table, snapshot)[command], snapshot, env=NO_AWS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "would replace the snapshot" in done.stderr
    assert snapshot.read_bytes() == SNAPSHOT.read_bytes()


def test_trace_does_not_write_over_the_table_that_lies_there(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    done = called(*TRACE, "--snapshot", SNAPSHOT, "-o", "nlbcheck.yaml", env=NO_AWS)
    assert done.returncode == 2
    assert "would replace the mapping table" in done.stderr


@pytest.mark.parametrize("command", ["diagnose", "trace", "check", "import"])
def test_a_full_disk_is_one_sentence(table: Path, command: str) -> None:
    done = called(*writers(table, SNAPSHOT)[command], "/dev/full", env=NO_AWS)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nlbcheck: /dev/full: was not written: No space left on device\n"


@pytest.mark.parametrize("command", ["diagnose", "trace", "check", "import"])
def test_what_shows_an_accounts_network_is_for_its_owner_alone(table: Path, command: str) -> None:
    output = table.with_name("out.yaml")
    before = os.umask(0o022)
    try:
        called(*writers(table, SNAPSHOT)[command], output, env=NO_AWS)
    finally:
        os.umask(before)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def timeless(text: str) -> list[str]:
    """Return lines without the one that says when."""
    return [line for line in text.splitlines() if not line.startswith("Time ")]


@pytest.mark.parametrize("command", ["diagnose", "trace", "check", "import"])
@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_stdout_is_a_file_like_any(table: Path, command: str, name: str) -> None:
    words = writers(table, SNAPSHOT)[command]
    named, plain = (called(*some, env=NO_AWS) for some in ((*words, name), words[:-1]))
    assert named.stdout
    assert timeless(named.stdout) == timeless(plain.stdout)


def test_an_imported_table_replaces_another_one_only_by_force(table: Path) -> None:
    before = table.read_bytes()
    words = (*IMPORT, "--snapshot", SNAPSHOT, "-o", table)
    done = called(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"nlbcheck: {table}: already exists; --force replaces it\n"
    assert table.read_bytes() == before
    assert called(*words, "--force").returncode == 0
    assert table.read_bytes().startswith(b"# A mapping table made by")


class TestSnapshot:
    def test_a_full_disk_is_no_snapshot(self) -> None:
        with aws() as (_, env):
            done = called("snapshot", "/dev/full", "-q", "-m", TABLE, env=env)
        assert done.returncode == 2
        assert done.stderr == "nlbcheck: /dev/full: was not written: No space left on device\n"
        assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)

    def test_it_is_for_its_owner_alone_and_keeps_the_mode_that_it_had(self, tmp_path: Path) -> None:
        made = tmp_path / "made.json"
        with aws() as (_, env):
            words: Words = ("snapshot", made, "-q", "-m", TABLE)
            assert called(*words, env=env).returncode == 0
            assert stat.S_IMODE(made.stat().st_mode) == 0o600
            made.chmod(0o640)
            assert called(*words, env=env).returncode == 0
        assert stat.S_IMODE(made.stat().st_mode) == 0o640

    def test_it_goes_to_stdout_too(self) -> None:
        with aws() as (_, env):
            done = nlbcheck("snapshot", "-", "-m", TABLE, env=env)
        found = recording.parse(json.loads(done.stdout), "stdout")
        assert done.stderr == f"stdout: recorded {len(found.answers)} AWS responses.\n"

    @pytest.mark.parametrize("link", ["hard", "symbolic"])
    def test_the_table_is_not_replaced_by_another_name(self, table: Path, link: str) -> None:
        other = table.with_name("other")
        if link == "hard":
            other.hardlink_to(table)
        else:
            other.symlink_to(table)
        done = called("snapshot", other, "-m", table, env=NO_AWS)
        assert done.returncode == 2
        assert "the snapshot would replace the mapping table" in done.stderr
        assert table.read_text() == TABLE.read_text()


class TestSeveralReports:
    """What cannot be written costs the others nothing, and is told at the end."""

    def test_a_folder_and_a_full_disk_among_them(self, table: Path, tmp_path: Path) -> None:
        html, there = tmp_path / "report.html", tmp_path / "there.md"
        there.write_text("old\n")
        done = called(
            "diagnose", "--all", "-q", "-m", table, "--snapshot", SNAPSHOT,
            "-f", "table", "-f", f"junit:{tmp_path}", "-f", "openmetrics:/dev/full",
            "-f", f"html:{html}", "-f", f"markdown:{there}", env=NO_AWS,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            f"nlbcheck: {tmp_path}: was not written: it is a directory",
            "nlbcheck: /dev/full: was not written: No space left on device",
        ]
        assert "10 ok" in done.stdout
        assert html.read_text().startswith("<!doctype html>")
        assert there.read_text().startswith("### nlbcheck diagnose: 10 ok")

    def test_the_script_is_written_where_the_report_is_not_and_the_reverse(
        self, table: Path, tmp_path: Path
    ) -> None:
        script, report = tmp_path / "fix.sh", tmp_path / "report"
        words: Words = ("diagnose", "--all", "-q", "-m", table, "--snapshot", SNAPSHOT)
        done = called(*words, "-o", "/dev/full", "--fix-script", script, env=NO_AWS)
        assert (done.returncode, script.exists()) == (2, True)
        done = called(*words, "-o", report, "--fix-script", "/dev/full", env=NO_AWS)
        assert (done.returncode, report.exists()) == (2, True)

    def test_where_none_can_be_written_nothing_is_done(self, table: Path, tmp_path: Path) -> None:
        words = ("-f", f"junit:{tmp_path}", "-f", "html:/nowhere/report.html")
        done = called("diagnose", "--all", "-m", table, "--snapshot", "/nowhere", *words, env=NO_AWS)
        assert (done.returncode, done.stdout) == (2, "")


class TestStepSummary:
    """GitHub's step summary: Markdown behind what is there."""

    def run(self, table: Path, summary: Path | str, *words: str) -> CompletedProcess[str]:
        rows: Words = ("diagnose", "--all", "-q", "-m", table, "--snapshot", SNAPSHOT, "-f", "github", *words)
        return called(*rows, env={**NO_AWS, VARIABLE: str(summary)})

    def test_it_is_appended(self, table: Path, tmp_path: Path) -> None:
        summary = tmp_path / "summary"
        summary.write_text("# Before\n")
        done = self.run(table, summary)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("::warning title=target-group-port-differs::")
        assert summary.read_text().startswith("# Before\n\n### nlbcheck diagnose: 10 ok; 1 warning\n")

    @pytest.mark.parametrize("name", ["table", "markdown", "junit"])
    def test_other_formats_write_none(self, table: Path, tmp_path: Path, name: str) -> None:
        summary = tmp_path / "summary"
        words: Words = ("diagnose", "--all", "-q", "-m", table, "--snapshot", SNAPSHOT, "-f", name)
        assert called(*words, env={**NO_AWS, VARIABLE: str(summary)}).returncode == 0
        assert not summary.exists()

    @pytest.mark.parametrize(
        ("where", "why"),
        [
            ("{there}", "Is a directory"),
            ("{there}/none/summary", "No such file or directory"),
            ("/dev/full", "No space left on device"),
        ],
    )
    def test_what_cannot_be_written_is_one_sentence(
        self, table: Path, tmp_path: Path, where: str, why: str
    ) -> None:
        html = tmp_path / "report.html"
        path = where.format(there=tmp_path)
        done = self.run(table, path, "-f", f"html:{html}")
        assert done.returncode == 2
        assert done.stderr == f"nlbcheck: {VARIABLE}={path}: was not written: {why}\n"
        assert done.stdout.splitlines()[-1].startswith("::notice title=nlbcheck diagnose::10 ok")
        assert html.exists()

    def test_github_drops_what_is_too_long_so_nothing_is_added(self, table: Path, tmp_path: Path) -> None:
        summary = tmp_path / "summary"
        summary.write_bytes(b"x" * (1024 * 1024 - 10))
        done = self.run(table, summary)
        assert done.returncode == 2
        assert "GitHub takes no more than 1 MiB" in done.stderr
        assert summary.stat().st_size == 1024 * 1024 - 10

    def test_a_disk_that_fills_up_leaves_what_was_there(self, table: Path, tmp_path: Path) -> None:
        summary = tmp_path / "summary"
        summary.write_bytes(b"x" * 4000)
        with limited(4_096):
            done = self.run(table, summary)
        assert done.returncode == 2
        assert done.stderr.endswith("was not written: File too large\n")
        assert summary.read_bytes() == b"x" * 4000

    def test_a_fifo_that_nobody_reads_is_no_wait(self, table: Path, tmp_path: Path) -> None:
        fifo = tmp_path / "summary"
        os.mkfifo(fifo)
        assert self.run(table, fifo).returncode == 2

    def test_what_it_holds_is_for_its_owner_alone(self, table: Path, tmp_path: Path) -> None:
        self.run(table, tmp_path / "summary")
        assert stat.S_IMODE((tmp_path / "summary").stat().st_mode) == 0o600

    @pytest.mark.parametrize("how", ["itself", "hard link", "symbolic link"])
    def test_it_is_no_file_that_is_read_or_written_otherwise(
        self, table: Path, tmp_path: Path, how: str
    ) -> None:
        summary = table if how == "itself" else tmp_path / "summary"
        if how == "hard link":
            summary.hardlink_to(table)
        elif how == "symbolic link":
            summary.symlink_to(table)
        done = self.run(table, summary)
        assert (done.returncode, table.read_bytes()) == (2, TABLE.read_bytes())
        assert "the report would replace the mapping table" in done.stderr
        other = tmp_path / "other.md"
        assert "two reports for" in self.run(table, other, "-f", f"markdown:{other}").stderr

    def test_an_empty_name_is_none(self, table: Path) -> None:
        assert self.run(table, "").returncode == 0


def test_what_another_format_needs_is_not_imported() -> None:
    script = "import sys; from nlbcheck.cli import cli; cli.main(sys.argv[1:], standalone_mode=False); "
    script += "sys.exit(bool({'jinja2', 'prometheus_client'} & {*sys.modules}))"
    words = ("diagnose", "--all", "-q", "-m", TABLE, "--snapshot", SNAPSHOT, "-f", "table")
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0
