"""Is the manual page one that ``man`` sets without a warning, and does it hold what ``--help`` says?"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from nlbcheck.cli import COMMANDS
from tests.cli.running import nlbcheck


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page as a terminal shows it, in one paragraph."""
    done = nlbcheck("man")
    assert (done.returncode, done.stderr) == (0, "")
    source = tmp_path_factory.mktemp("man") / "nlbcheck.1"
    source.write_text(done.stdout)
    return _one(_shown(source))


def _shown(source: Path) -> str:
    shown = subprocess.run(
        ["man", "--warnings", "-l", str(source)],
        env=os.environ | {"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stderr == ""
    return re.sub(".\b", "", shown.stdout)


def _one(text: str) -> str:
    return " ".join(text.split())


def test_it_opens_as_manual_pages_do(page: str) -> None:
    assert page.startswith("NLBCHECK(1) User Commands NLBCHECK(1) NAME nlbcheck - Verify and troubleshoot")


@pytest.mark.parametrize("name", COMMANDS)
def test_it_holds_the_help_of_every_command(page: str, name: str) -> None:
    told = nlbcheck(name, "--help").stdout
    usage, about = told.split("\n\n")[:2]
    assert _one(usage).removeprefix("Usage: python -m ") in page
    assert _one(about) in page
    for option in re.findall(r"^  (-[-\w, ]+)", told, re.MULTILINE):
        assert _one(option.split("  ")[0]) in page


def test_subcommands_are_there_too(page: str) -> None:
    assert "nlbcheck mapping import [OPTIONS]" in page
    assert "nlbcheck lab run [OPTIONS] CMD..." in page
