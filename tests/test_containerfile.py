"""Is the Containerfile right, as far as a machine without a registry can show it?

Shown here: a linter takes it; the base image has a tag; what it copies is there and is let through to the
build; its user is not root; and the line that installs nlbcheck works on these files alone.

Not shown: that the base image can be pulled, that apt finds the packages there, that pip and setuptools can
be taken out of it, and that an engine lets the lab make namespaces. The line that installs the libraries
downloads them; it is the one with which make sets itself up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from fnmatch import fnmatch
from pathlib import Path

import pytest

from nlbcheck import __version__

TREE = Path(__file__).parents[1]
FILE = TREE / "Containerfile"
TEXT = FILE.read_text()
LINES = TEXT.replace("\\\n", "").splitlines()
HADOLINT = Path(sys.executable).with_name("hadolint")


def lint(path: Path) -> str:
    done = subprocess.run([HADOLINT, "--no-color", path], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def copied() -> list[str]:
    """Return what the build takes from the source tree."""
    found = (line.split()[1:-1] for line in LINES if line.startswith("COPY ") and "--from" not in line)
    return [name for names in found for name in names]


def test_hadolint_finds_nothing() -> None:
    assert lint(FILE) == ""


def test_hadolint_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "Containerfile"
    wrong.write_text(TEXT.replace("WORKDIR /work", "WORKDIR work"))
    assert "DL3000" in lint(wrong)


def test_the_base_image_has_a_tag_and_a_python_that_is_tested() -> None:
    (tag,) = re.findall(r"(?m)^ARG BASE=docker\.io/library/python:(3\.\d+)-slim-\w+$", TEXT)
    assert f"Python :: {tag}" in (TREE / "pyproject.toml").read_text()
    assert {line.split()[1] for line in LINES if line.startswith("FROM ")} == {"${BASE}"}


def test_nobody_is_root_in_it() -> None:
    last = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM ")) :]
    (user,) = (line.split()[1] for line in last if line.startswith("USER "))
    assert int(user) > 0
    assert f"--uid {user} " in "\n".join(last)


def test_what_is_copied_is_there_and_is_let_through() -> None:
    let = [line[1:] for line in (TREE / ".containerignore").read_text().splitlines() if line.startswith("!")]
    for name in copied():
        assert (TREE / name).exists(), name
        assert any(fnmatch(name, pattern) for pattern in let), name
    assert set(copied()) == set(let)


def test_the_libraries_are_installed_as_make_installs_them() -> None:
    assert "--require-hashes -r requirements.lock" in TEXT
    assert "--require-hashes -r requirements.lock" in (TREE / "Makefile").read_text()


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Return a folder with the files that the build gets, and nothing else."""
    folder = tmp_path / "source"
    for name in copied():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (TREE / name).is_dir():
            shutil.copytree(TREE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(TREE / name, folder / name)
    return folder


def test_its_own_line_installs_nlbcheck_from_these_files(context: Path, tmp_path: Path) -> None:
    target = tmp_path / "opt"
    venv.create(target, symlinks=True)
    (own,) = target.glob("lib/python*/site-packages")
    (own / "libraries.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    pip = target / "bin" / "pip"  # that of the libraries which are here
    pip.write_text(f'#!/bin/sh\nexec "{target}/bin/python" -m pip "$@"\n')
    pip.chmod(0o755)
    (line,) = (line for line in LINES if line.startswith("RUN ") and "--no-deps" in line)
    command = line.removeprefix("RUN ").replace("/opt/nlbcheck", str(target))
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    ran = ["sh", "-euc", command]
    done = subprocess.run(ran, cwd=context, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    program = target / "bin" / "nlbcheck"
    said = subprocess.run([program, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == f"nlbcheck, version {__version__}\n"
    where = "import nlbcheck; print(nlbcheck.__file__)"
    python: list[str | Path] = [target / "bin" / "python", "-c", where]
    found = subprocess.run(python, cwd=tmp_path, env=kept, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(own)
