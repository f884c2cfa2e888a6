"""A fault of nlbcheck's own is told in one line, with a status of its own, and shows no secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.relay import TABLE

BROKEN = """
import sys
from nlbcheck import cli
from nlbcheck.run import many
def fails(*_, **__):
    raise KeyError("hunter" + str(2))
many.probe = fails
cli.main()
"""


def run(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "broken.py"
    script.write_text(BROKEN)
    words: list[str | Path] = [sys.executable, script, "probe", "-m", TABLE, *options]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_it_is_one_line_and_status_70(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr == (
        "nlbcheck: a fault of nlbcheck, which says nothing of the network: KeyError in fails, broken.py:6\n"
    )


@pytest.mark.parametrize("option", ["-v", "--verbose", "-qv"])
def test_how_it_came_there_is_told_when_asked(tmp_path: Path, option: str) -> None:
    done = run(tmp_path, option)
    assert done.returncode == 70
    assert 'File "' in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stderr.endswith(" KeyError in fails, broken.py:6\n")
