"""Do all commands write their files in the one careful way?"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from nlbcheck.aws import recording
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called
from tests.cli.running import nlbcheck

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
    assert done.stderr == f"nlbcheck: {table}: exists already; --force replaces it\n"
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
        assert done.stderr == f"stdout: {len(found.answers)} answers of AWS.\n"

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
