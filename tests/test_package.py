"""Does the package that is built hold what it should, and work where nothing of the source tree is?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
from importlib import metadata
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.version import Version

from nlbcheck import __version__
from nlbcheck.lab import article

TREE = Path(__file__).parents[1]
PARTS = (
    *("nlbcheck", "tests", "tools", "benchmarks", "sample_configs", "docs", ".ci", "Makefile", "MANIFEST.in"),
    *(
        "pyproject.toml",
        "README.md",
        "README.ja.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "SKILL.md",
        "action.yml",
    ),
    *("mkdocs.yml", "Containerfile", ".containerignore"),
    *("constraints.txt", "requirements.lock", "requirements-dev.lock", "requirements-lowest.lock"),
)
"""All that belongs to the source, and is in the sdist."""
BYTECODE = shutil.ignore_patterns("__pycache__")
STALE = "nlbcheck/probes/withdrawn.py"


def ran(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SOURCE_DATE"))}
    done = subprocess.run(
        command, cwd=cwd, env={**kept, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def built(source: Path, into: Path, kind: str) -> Path:
    """Build a ``kind`` of a source tree, as pip does it, and return the file."""
    ran(sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", into, cwd=source)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the source tree in which somebody has built before."""
    folder = tmp_path_factory.mktemp("source")
    for name in PARTS:
        path = TREE / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=BYTECODE)
        else:
            shutil.copy2(path, folder)
    (folder / "build" / "lib" / STALE).parent.mkdir(parents=True)
    (folder / "build" / "lib" / STALE).write_text("raise SystemExit('an old build')\n")
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(source, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(source, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that an sdist unpacks to."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as packed:
        packed.extractall(folder, filter="data")
    return folder / f"nlbcheck-{__version__}"


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs' folder of an environment with the wheel, and the libraries that are here."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    programs = folder / "bin"
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet")
    ran(*pip, "--no-deps", "--no-index", wheel, cwd=folder)
    (own,) = folder.glob("lib/python*/site-packages")
    libraries = Path(pytest.__file__).parents[1]
    (own / "libraries.pth").write_text(f"{libraries}\n")
    return programs


def files_of(folder: Path, within: str = "") -> set[str]:
    found = (path for path in (folder / within).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found if not {"__pycache__", "build"} & set(path.parts)}


def test_the_wheel_holds_every_file_of_the_package_and_nothing_of_an_earlier_build(wheel: Path) -> None:
    with ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert names == files_of(TREE, "nlbcheck")
    assert STALE not in names


def test_two_builds_are_the_same_bytes(source: Path, wheel: Path, sdist: Path, tmp_path: Path) -> None:
    again = tmp_path / "source"
    shutil.copytree(source, again)
    for path in again.rglob("*"):
        path.chmod(path.stat().st_mode & ~0o077)  # checked out by somebody else, at another time
        os.utime(path, (1, 2_000_000_000))
    assert built(again, tmp_path / "wheel", "wheel").read_bytes() == wheel.read_bytes()
    assert built(again, tmp_path / "sdist", "sdist").read_bytes() == sdist.read_bytes()


def test_the_licence_is_an_spdx_expression(wheel: Path) -> None:
    with ZipFile(wheel) as packed:
        said = packed.read(f"nlbcheck-{__version__}.dist-info/METADATA").decode()
    assert "\nLicense-Expression: Apache-2.0\n" in said
    assert "\nLicense-File: LICENSE\n" in said


def test_the_wheel_works_where_no_source_is(installed: Path, tmp_path: Path) -> None:
    nlbcheck = installed / "nlbcheck"
    where = ran(installed / "python", "-c", "import nlbcheck; print(nlbcheck.__file__)", cwd=tmp_path).stdout
    assert Path(where).is_relative_to(installed.parent)
    assert "diagnose" in ran(nlbcheck, "--help", cwd=tmp_path).stdout
    assert ran(nlbcheck, "--version", cwd=tmp_path).stdout == f"nlbcheck, version {__version__}\n"
    assert "sg-denies" in ran(nlbcheck, "explain", "sg-denies", cwd=tmp_path).stdout
    assert "対処方法" in ran(nlbcheck, "explain", "--lang", "ja", "sg-denies", cwd=tmp_path).stdout
    assert "target-sg" in ran(nlbcheck, "lab", "faults", cwd=tmp_path).stdout
    assert ran(nlbcheck, "man", cwd=tmp_path).stdout.startswith(".TH NLBCHECK 1")
    assert "complete" in ran(nlbcheck, "completion", "bash", cwd=tmp_path).stdout
    policy = (TREE / "sample_configs" / "iam-policy.json").read_text()
    assert json.loads(ran(nlbcheck, "snapshot", "--permissions", cwd=tmp_path).stdout) == json.loads(policy)
    assert json.loads(ran(nlbcheck, "schema", "report", cwd=tmp_path).stdout)["$defs"]
    words = ("diagnose", "--all", "--no-probe", "-m", article.TABLE, "--snapshot", article.SNAPSHOT)
    page = ran(nlbcheck, *words, "-f", "html", cwd=tmp_path).stdout
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")


def test_pytest_finds_the_plugin_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    ask = "from importlib.metadata import entry_points as e; print(*e(group='pytest11', name='nlbcheck'))"
    said = ran(installed / "python", "-c", ask, cwd=tmp_path).stdout
    assert "nlbcheck.pytest_plugin" in said
    ran(installed / "python", "-c", "import nlbcheck.pytest_plugin", cwd=tmp_path)


def test_the_sdist_is_the_whole_tree(unpacked: Path) -> None:
    for part in PARTS:
        assert (unpacked / part).exists(), part
    for folder in ("nlbcheck", "tests", "sample_configs", "docs", "tools"):
        assert files_of(unpacked, folder) == files_of(TREE, folder)


def test_the_sdist_builds_the_same_wheel_and_passes_its_tests(
    unpacked: Path, wheel: Path, tmp_path: Path
) -> None:
    assert built(unpacked, tmp_path / "from-sdist", "wheel").read_bytes() == wheel.read_bytes()
    some = (
        "tests/test_escape.py",
        "tests/path/gates",
        "tests/formats/test_table.py",
        "tests/cli/test_trace.py",
    )
    pytest_ = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    done = ran(*pytest_, *some, cwd=unpacked, PYTHONPATH=str(unpacked))
    assert re.search(r"\d\d passed", done.stdout)


class TestLocks:
    def test_every_version_is_that_of_the_constraints_and_has_hashes(self) -> None:
        pinned = versions(TREE / "constraints.txt")
        for name in ("requirements.lock", "requirements-dev.lock"):
            locked = versions(TREE / name)
            assert locked.items() <= pinned.items()
            text = (TREE / name).read_text()
            assert len(re.findall(r"(?m)^\S+==.*\\\n    --hash=sha256:[0-9a-f]{64}", text)) == len(locked)

    def test_all_that_is_declared_is_locked(self) -> None:
        project = tomllib.loads((TREE / "pyproject.toml").read_text())
        declared = project["project"]["dependencies"] + project["build-system"]["requires"]
        more = project["project"]["optional-dependencies"]["dev"]
        for name, wanted in (
            ("requirements.lock", declared),
            ("requirements-dev.lock", declared + more),
        ):
            locked = versions(TREE / name)
            for requirement in map(Requirement, wanted):
                assert requirement.specifier.contains(locked[plain(requirement.name)]), requirement

    def test_the_lowest_versions_are_those_that_are_declared(self) -> None:
        project = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]
        lowest = versions(TREE / "requirements-lowest.lock")
        for requirement in map(Requirement, project["dependencies"]):
            (bound,) = requirement.specifier
            assert Version(lowest[plain(requirement.name)]) == Version(bound.version), requirement


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def versions(path: Path) -> dict[str, str]:
    lines = re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", path.read_text())
    return {plain(name): version for name, version in lines}


def test_the_list_of_what_is_in_a_release_is_cyclonedx(tmp_path: Path) -> None:
    script = TREE / "tools" / "sbom.py"
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        ran(sys.executable, script, tmp_path / folder, cwd=TREE)
    (path,) = (tmp_path / "one").iterdir()
    text = path.read_text()
    assert text == (tmp_path / "two" / path.name).read_text()
    assert path.name == f"nlbcheck-{__version__}.cdx.json"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document: dict[str, Any] = json.loads(text)
    assert document["metadata"]["component"]["version"] == __version__
    there = {item["name"]: item for item in document["components"]}
    direct = {
        plain(Requirement(line).name) for line in metadata.requires("nlbcheck") or () if "extra" not in line
    }
    assert direct - there.keys() == set()
    assert not {"pytest", "setuptools"} & there.keys()
    edges = {item["ref"]: set(item["dependsOn"]) for item in document["dependencies"]}
    root = document["metadata"]["component"]["bom-ref"]
    assert edges[root] == {there[name]["bom-ref"] for name in direct}
    assert all(re.search("sha256|SHA-256", json.dumps(item)) for item in there.values())
