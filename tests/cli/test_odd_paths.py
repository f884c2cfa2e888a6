"""Whatever file an option names: one sentence that names it, and exit status 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from nlbcheck.cli import cli
from tests.cli.relay import SNAPSHOT, TABLE, called

WALK = ("--from", "192.168.1.214", "--to", "10.0.0.2:22")
AT_AWS = ("-m", TABLE, "--snapshot", SNAPSHOT)
READING = [
    ("probe", "-m", "@"),
    ("smoke", "-m", "@"),
    ("smoke", "-m", TABLE, "--baseline", "@"),
    ("diagnose", "--all", "-m", "@", "--snapshot", SNAPSHOT),
    ("diagnose", "--all", "-m", TABLE, "--snapshot", "@"),
    ("diagnose", "--all", *AT_AWS, "--plan", "@"),
    ("diagnose", "--all", *AT_AWS, "--apply", "@"),
    ("inspect", "tg-10022", "-m", "@"),
    ("inspect", "tg-10022", "-m", TABLE, "--snapshot", "@"),
    ("trace", *WALK, "--snapshot", "@"),
    ("trace", *WALK, "--snapshot", SNAPSHOT, "--plan", "@"),
    ("trace", *WALK, "--snapshot", SNAPSHOT, "--apply", "@"),
    ("snapshot", "o.json", "--from", "@", "--redact"),
    ("snapshot", "o.json", "-m", "@"),
    ("mapping", "show", "-m", "@"),
    ("mapping", "check", "-m", "@", "--snapshot", SNAPSHOT),
    ("mapping", "check", "-m", TABLE, "--snapshot", "@"),
    ("mapping", "check", "-m", TABLE, "--terraform", "@"),
    ("mapping", "import", "@"),
    ("mapping", "import", "--load-balancer", "x", "--snapshot", "@"),
    ("mapping", "import", "--load-balancer", "x", "--terraform", "@"),
    ("mapping", "import", "--all", "-o", "tables", "--snapshot", "@"),
    ("report", "show", "@"),
    ("report", "diff", "@", "@"),
    ("report", "merge", "@"),
    ("lab", "run", "--snapshot", "@", "--", "true"),
    ("lab", "run", "--apply", "@", "--", "true"),
    ("lab", "run", "--services", "@", "--", "true"),
    ("lab", "run", "-m", "@", "--", "true"),
    ("export", "prometheus", "files", "-m", "@"),
]
WRITING = [
    ("diagnose", "--all", *AT_AWS, "-f", "json:@"),
    ("diagnose", "--all", *AT_AWS, "-o", "@"),
    ("diagnose", "--all", *AT_AWS, "--fix-script", "@"),
    ("trace", *WALK, "--snapshot", SNAPSHOT, "-o", "@"),
    ("inspect", "tg-10022", "-m", TABLE, "-o", "@"),
    ("snapshot", "@", "--from", SNAPSHOT, "--redact"),
    ("mapping", "check", *AT_AWS, "-o", "@"),
    ("mapping", "import", TABLE, "-o", "@"),
    ("mapping", "import", "--load-balancer", "example-nlb", "--snapshot", SNAPSHOT, "-o", "@"),
    ("mapping", "import", "--all", "--snapshot", SNAPSHOT, "-o", "@"),
    ("report", "diff", SNAPSHOT, SNAPSHOT, "-o", "@"),
    ("export", "prometheus", "@", "-m", TABLE),
]

Words = tuple[str | Path, ...]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(words: Words, name: str) -> str:
    """Run a command with a file of that name; return its last line on stderr, of the status 2."""
    done = called(*(str(word).replace("@", name) for word in words))
    assert done.returncode == 2, done.stderr
    assert "stdout" not in done.stderr
    assert name in done.stderr
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("words", [*READING, *WRITING], ids=lambda words: " ".join(map(str, words[:2])))
def test_links_in_a_ring(words: Words) -> None:
    Path("ring.json").symlink_to("ring.json")
    refused(words, "ring.json")


@pytest.mark.parametrize("words", [*READING, *WRITING], ids=lambda words: " ".join(map(str, words[:2])))
def test_a_name_that_is_too_long(words: Words) -> None:
    refused(words, "a" * 300 + ".json")


@pytest.mark.parametrize("words", READING, ids=lambda words: " ".join(map(str, words[:2])))
def test_lists_in_lists(words: Words) -> None:
    deep = "[" * 900 + "]" * 900
    Path("deep.json").write_text(f'{{"schema": "nlbcheck.report/1", "services": {deep}, "mappings": {deep}}}')
    refused(words, "deep.json")


@pytest.mark.parametrize("kind", ["[]", "{}"])
def test_a_snapshot_that_is_nested_too_deeply_somewhere(kind: str) -> None:
    opening = "[" if kind == "[]" else '{"a":'
    deep = opening * 900 + "1" + kind[1] * 900
    document = {**json.loads(SNAPSHOT.read_text()), "more": "@"}
    Path("deep.json").write_text(json.dumps(document).replace('"@"', deep))
    told = "deep.json: is nested too deeply: expected at most 100 lists or objects deep"
    assert refused(("snapshot", "o.json", "--from", "@", "--redact"), "deep.json") == f"nlbcheck: {told}"
    assert not Path("o.json").exists()


def test_a_table_that_a_folder_only_has_a_link_to_is_missed() -> None:
    """It would have been left out without a word."""
    Path("tables").mkdir()
    Path("tables/here.yaml").write_bytes(TABLE.read_bytes())
    Path("tables/ring.yaml").symlink_to("ring.yaml")
    Path("tables/gone.yaml").symlink_to("nothing.yaml")
    done = called("diagnose", "--all", "-m", "tables", "--snapshot", SNAPSHOT)
    assert done.returncode == 2
    assert "nlbcheck: tables/ring.yaml: cannot be read (Too many levels of symbolic links)" in done.stderr
    assert "nlbcheck: tables/gone.yaml: " in done.stderr


@pytest.mark.parametrize("words", [("mapping", "show"), ("inspect", "tg-10022")])
def test_a_folder_where_one_table_is_expected(words: tuple[str, ...]) -> None:
    Path("tables").mkdir()
    told = refused((*words, "-m", "@"), "tables")
    assert told == "nlbcheck: tables: is a folder: expected the file of one mapping table"


def commands(command: click.Command, *words: str) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return [words]
    context = click.Context(command)
    found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [each for name, inner in found if inner for each in commands(inner, *words, name)]


def takes_a_file(words: tuple[str, ...]) -> bool:
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found
        command = found
    return any(isinstance(parameter.type, click.Path) for parameter in command.params)


def test_every_command_that_takes_a_file_is_tried() -> None:
    tried = {" ".join(map(str, words)) for words in [*READING, *WRITING]}
    missing = [
        " ".join(words)
        for words in commands(cli)
        if takes_a_file(words) and not any(each.startswith(" ".join(words)) for each in tried)
    ]
    assert missing == ["lab shell", "mcp"]  # as lab run; a server, which tells whoever asks


def test_a_working_directory_that_is_gone_is_what_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    script = f"mkdir {gone}; cd {gone}; rmdir {gone}; exec {sys.executable} -m nlbcheck"
    words = f"probe -m {TABLE} --static-ip 127.0.0.1 -o report"
    done = subprocess.run(["sh", "-c", f"{script} {words}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nlbcheck: the working directory: No such file or directory\n"
