"""A redacted snapshot, from AWS or from a file, is one that can be given away and diagnosed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called
from tests.cli.running import nlbcheck

NAMES = ("example-nlb", "tg-10022", "123456789012", "TargetServer")
SECRETS = (*NAMES, "35.74.10.11", "52.69.20.22", "/operator")


def diagnosed(*words: str | Path) -> list[Any]:
    """Return of each row the verdict and the codes."""
    done = called("diagnose", "--all", "--no-probe", "-q", "-f", "json", *words, env=NO_AWS)
    rows = json.loads(done.stdout)["mappings"]
    return [(row["verdict"], row["listener"], [item["code"] for item in row["findings"]]) for row in rows]


def test_what_aws_says_is_redacted_before_it_is_written(tmp_path: Path) -> None:
    plain, made, packed = (tmp_path / name for name in ("plain.json", "made.json", "made.json.gz"))
    with aws() as (_, env):
        called("snapshot", plain, "-m", TABLE, env=env)
        done = called("snapshot", "--redact", made, "-m", TABLE, env=env)
        assert called("snapshot", "--redact", packed, "-m", TABLE, env=env).returncode == 0
    assert done.returncode == 0
    assert done.stderr.endswith(" AWS responses, redacted.\n")
    assert made.stat().st_mode & 0o777 == 0o600
    text = made.read_text()
    assert all(secret in plain.read_text() for secret in NAMES)
    assert not [secret for secret in SECRETS if secret in text]
    assert "172.31.128.10" in text
    same = diagnosed("--snapshot", plain)
    assert diagnosed("--snapshot", made) == diagnosed("--snapshot", packed) == same
    assert len(same) == 5


def test_a_file_is_redacted_with_the_table_that_is_named(tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    done = nlbcheck("snapshot", "--redact", "--from", SNAPSHOT, "-m", TABLE, made, env=NO_AWS)
    assert (done.returncode, done.stdout) == (0, "")
    assert not [secret for secret in SECRETS if secret in made.read_text()]
    assert all(secret in SNAPSHOT.read_text() + TABLE.read_text() for secret in SECRETS)
    assert diagnosed("--snapshot", made) == diagnosed("--snapshot", SNAPSHOT, "-m", TABLE)
    shown = called("snapshot", "--redact", "--from", made, "-", "-q", env=NO_AWS)
    again = json.loads(shown.stdout)
    assert shown.stderr == ""
    assert again["answers"][0]["account"] != json.loads(made.read_text())["answers"][0]["account"]


def test_a_file_says_that_it_is_redacted_and_whoever_reads_it_hears_so(tmp_path: Path) -> None:
    made, again = tmp_path / "made.json", tmp_path / "again.json"
    assert called("snapshot", "--redact", "--from", SNAPSHOT, made, env=NO_AWS).returncode == 0
    assert called("snapshot", "--redact", "--from", made, again, env=NO_AWS).returncode == 0
    assert [json.loads(file.read_text())["redacted"] for file in (made, again)] == [True, True]
    done = called("diagnose", "--all", "-m", TABLE, "--snapshot", made, env=NO_AWS)
    assert f"{made} is redacted: names, account IDs and public addresses in it are replaced." in done.stderr
    plain = called("diagnose", "--all", "-m", TABLE, "--snapshot", SNAPSHOT, env=NO_AWS)
    assert "redacted" not in json.loads(SNAPSHOT.read_text())
    assert "redacted" not in plain.stderr


def test_the_probes_of_a_snapshot_can_be_shown(tmp_path: Path) -> None:
    plain, made = tmp_path / "plain.json", tmp_path / "made.json"
    with aws() as (_, env):
        called("snapshot", "--probe", "--timeout", "0.2", plain, "-m", TABLE, env=env)
    assert called("snapshot", "--redact", "--from", plain, made, env=NO_AWS).returncode == 0
    assert not [secret for secret in SECRETS if secret in made.read_text()]
    shown = [json.loads(called("report", "show", file, "-f", "json").stdout) for file in (plain, made)]
    statuses = [
        [node["probe"]["status"] for row in report["mappings"] for node in row["nodes"]] for report in shown
    ]
    assert statuses[0] == statuses[1] != []
    assert diagnosed("--snapshot", made) == diagnosed("--snapshot", plain)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            ["--from", SNAPSHOT],
            "--from: needs --redact, and cannot be combined with rows, --probe or --client",
        ),
        (["--redact", "--from", SNAPSHOT, "tg-10022"], "cannot be combined with rows"),
        (["--redact", "--from", SNAPSHOT, "--probe"], "with rows, --probe or --client"),
        (["--redact", "--from", SNAPSHOT, "--client", "10.0.0.1"], "with rows, --probe or --client"),
        (["--redact", "--from", "none.json"], "none.json: No such file"),
        (["--redact", "--from", TABLE], "neither JSON nor gzip|not complete JSON"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_written(
    tmp_path: Path, words: list[str | Path], problem: str
) -> None:
    made = tmp_path / "made.json"
    done = called("snapshot", made, *words, env=NO_AWS)
    assert done.returncode == 2
    assert any(part in done.stderr for part in problem.split("|"))
    assert not made.exists()


def test_the_file_that_is_read_is_not_written_over(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_bytes(SNAPSHOT.read_bytes())
    assert called("snapshot", "--redact", "--from", own, own, env=NO_AWS).returncode == 2
    assert own.read_bytes() == SNAPSHOT.read_bytes()


def test_nor_is_the_table(tmp_path: Path) -> None:
    table, other = tmp_path / "nlbcheck.yaml", tmp_path / "other.json"
    table.write_bytes(TABLE.read_bytes())
    other.hardlink_to(table)
    for to in (table, other):
        done = called("snapshot", "--redact", "--from", SNAPSHOT, "-m", table, to, env=NO_AWS)
        assert done.returncode == 2
        assert "would replace the mapping table" in done.stderr
    assert table.read_bytes() == TABLE.read_bytes()


def test_help_says_what_stays() -> None:
    told = " ".join(called("snapshot", "--help").stdout.split())
    assert "IDs of resources (i-0123…), private addresses, Regions, ports, states and times stay." in told
