"""Is what a Python program may use there, typed, documented, and as the README shows it?"""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nlbcheck
from nlbcheck.aws import recording
from nlbcheck.lab import article, faults
from nlbcheck.lab.emulation import running

ROOT = Path(nlbcheck.__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## From Python\n")[2].partition("\n## ")[0]


def block(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return the README's program, beside the article's table and a snapshot in which a route is missing."""
    state = recording.read(article.SNAPSHOT)
    fault = faults.FAULTS["return-route-missing"]
    broken, _ = faults.inject(state, running.settings(state), [fault])
    recording.write(tmp_path / "relay.json.gz", broken)
    shutil.copy(article.TABLE, tmp_path / "nlbcheck.yaml")
    path = tmp_path / "program.py"
    path.write_text(block("python"), encoding="utf-8")
    return path


def python(*words: str | Path, cwd: Path) -> tuple[int, str, str]:
    command = [sys.executable, "-W", "error", *map(str, words)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_program_of_the_readme_prints_what_the_readme_shows(program: Path) -> None:
    assert python(program, cwd=program.parent) == (1, block("text"), "")


def test_the_program_of_the_readme_is_typed(program: Path) -> None:
    words = ("-m", "mypy", "--strict", "--cache-dir", ROOT / ".mypy_cache", program)
    assert python(*words, cwd=ROOT)[:2] == (0, "Success: no issues found in 1 source file\n")


@pytest.mark.parametrize("name", nlbcheck.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(nlbcheck, name)
    if name != "__version__":
        assert inspect.getdoc(found)


def test_nothing_else_is_there() -> None:
    assert dir(nlbcheck) == sorted(nlbcheck.__all__)
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        nlbcheck.walk  # noqa: B018


def test_what_is_not_used_is_not_imported(tmp_path: Path) -> None:
    used = "import sys, nlbcheck; nlbcheck.load; print(*{'boto3', 'paramiko', 'requests'} & {*sys.modules})"
    assert python("-c", used, cwd=tmp_path) == (0, "\n", "")


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"per_target": 0}, "the limit per_target: expected at least 1, found 0"),
        ({"concurrency": 0}, "the limit concurrency: expected at least 1, found 0"),
        ({"attempts": 0}, "the limit attempts: expected at least 1, found 0"),
        ({"rest": -1}, "the limit rest: expected at least 0, found -1"),
        ({"pause": float("inf")}, "the limit pause: expected at least 0, found inf"),
        ({"timeout": -1}, "the limit timeout: expected more than 0 seconds, found -1"),
        ({"timeout": float("nan")}, "the limit timeout: expected more than 0 seconds, found nan"),
    ],
)
def test_limits_that_no_run_could_keep_to_are_refused(limits: dict[str, Any], problem: str) -> None:
    with pytest.raises(nlbcheck.InputError) as refused:
        nlbcheck.Limits(**limits)
    assert refused.value.problems == (problem,)


def test_what_is_no_port_or_address_is_refused() -> None:
    state = nlbcheck.Aws(snapshot=article.SNAPSHOT)
    for destination, port in (("172.31.128.10", 0), ("172.31.128.10", 65536), ("web", 22)):
        with pytest.raises(nlbcheck.InputError, match="of a trace: expected"):
            nlbcheck.trace("192.168.1.214", destination, port, aws=state)


def test_one_name_may_stand_alone() -> None:
    table = nlbcheck.load(article.TABLE)
    assert [row.name for row in table.select("tg-10022")] == ["tg-10022"]
