"""Does the command that a report ends with look at the same things as the one that made it?"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from nlbcheck.cli import again, cli
from tests.cli.relay import NO_AWS, TABLE, called, written
from tests.cli.running import nlbcheck
from tests.scenarios.mutations import no_listener, without_route


def options(*arguments: str) -> str:
    """What ``diagnose`` takes of a command line."""
    with patch.object(sys, "argv", ["nlbcheck", *arguments]):
        context = cli.make_context("nlbcheck", [*arguments])
        name, command, rest = cli.resolve_command(context, [*arguments])
        assert command is not None
        found = again.options_of(command.make_context(name, rest, parent=context))
    assert found is not None
    return found("diagnose")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("probe", ""),
        ("probe -m relay.yaml tg-10022", " -m relay.yaml"),
        ("probe tg-1 --mapping 'my relay.yaml' -v -f json:x.json", " -m 'my relay.yaml'"),
        ("probe -m a.yaml -m b.yaml --static-ip a=10.0.0.1", " -m a.yaml -m b.yaml --static-ip a=10.0.0.1"),
        ("probe --watch 5 --timeout 2", " --timeout 2"),
        ("probe --via one=ssh://host --via local", " --via one=ssh://host --via local"),
        ("diagnose --all --no-probe --snapshot s.json", " --snapshot s.json --no-probe"),
        ("diagnose tg-1 --fix-as terraform --client i-1", " --client i-1"),
    ],
)
def test_what_was_typed_is_typed_again(typed: str, expected: str) -> None:
    found = options(*shlex.split(typed))
    assert sorted(shlex.split(found)) == sorted(shlex.split(expected))


@pytest.mark.parametrize("secret", ["https://me:secret@127.0.0.1:1", "relay\x1b[31m.yaml"])
def test_what_is_secret_or_steers_a_terminal_is_in_no_command(secret: str) -> None:
    arguments = ["diagnose", "--all", "-m", secret]
    with patch.object(sys, "argv", ["nlbcheck", *arguments]):
        context = cli.make_context("nlbcheck", [*arguments])
        name, command, rest = cli.resolve_command(context, [*arguments])
        assert command is not None
        assert again.options_of(command.make_context(name, rest, parent=context)) is None


def test_the_next_command_is_one_that_works(tmp_path: Path) -> None:
    two = (no_listener, without_route("private-1a-1", "192.168.0.0/16"))
    snapshot = written(tmp_path / "snapshot.json", *two)
    given = ("-m", TABLE, "--snapshot", snapshot)
    done = called("diagnose", "tg-10022", "tg-20022", *given, env=NO_AWS)
    last = done.stdout.splitlines()[-1]
    assert last.startswith("Next: nlbcheck diagnose tg-10022 tg-20022 -m ")
    script = tmp_path / "fix.sh"
    arguments = shlex.split(last.partition("nlbcheck ")[2])[:-1]
    again_done = called(*arguments, script, env=NO_AWS)
    assert again_done.returncode == 1
    assert "aws elbv2 create-listener" in script.read_text()
    assert "Next:" not in again_done.stdout


@pytest.mark.parametrize("words", [("--lang", "ja", "diagnose"), ("diagnose", "--lang", "ja")])
@pytest.mark.parametrize(("locale", "kept"), [("C.UTF-8", " --lang ja"), ("ja_JP.UTF-8", "")])
def test_the_next_command_speaks_the_language_of_the_report(
    tmp_path: Path, words: tuple[str, ...], locale: str, kept: str
) -> None:
    """It names the language where the locale would have another."""
    snapshot = written(tmp_path / "snapshot.json", no_listener)
    env = {**NO_AWS, "LC_ALL": locale}
    done = nlbcheck(*words, "tg-10022", "-m", TABLE, "--snapshot", snapshot, env=env)
    assert done.stdout.splitlines()[-1].endswith(f": nlbcheck explain listener-missing{kept}")
