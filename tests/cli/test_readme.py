"""Is what the README shows what nlbcheck takes?"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from nlbcheck.cli import cli
from nlbcheck.relays import load
from tests.relays.build import SAMPLES

README = SAMPLES.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
WRITTEN = re.findall(r"^\$ (nlbcheck .*)$|`(nlbcheck [^`]*)`", TEXT, re.MULTILINE)
COMMANDS = sorted({line or inline for line, inline in WRITTEN})


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("written", COMMANDS)
def test_every_command_line_is_one(written: str) -> None:
    program, *words = shlex.split(written, comments=True)
    command: click.Command = cli
    context = click.Context(cli, info_name=program)
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, name
        command = found
        context = click.Context(command, context, name)
    if words:
        command.make_context(context.info_name, words)  # parses, and runs nothing


def test_the_tables_are_tables(tmp_path: Path) -> None:
    (tmp_path / "table.yaml").write_text(blocks("yaml")[0])
    in_yaml, in_markdown = load(tmp_path / "table.yaml").rows, load(README).rows
    assert [row.name for row in in_markdown] == ["tg-10022", "tg-10080"]
    assert {row.name for row in in_markdown} < {row.name for row in in_yaml}


def test_the_change_to_try_is_a_list_of_calls() -> None:
    shown = next(block for block in blocks("console") if "cat calls.json" in block)
    calls = json.loads(shown[shown.index("[{") : shown.index("}]") + 2])
    assert [sorted(call) for call in calls] == [["operation", "parameters", "service"]]
