"""Does the single file run where nothing of nlbcheck is, and never run what somebody else has written?"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from nlbcheck import __version__

TREE = Path(__file__).parents[1]
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}-{platform.machine()}"
PYTHON = Path(sys.base_prefix, "bin", "python3")
"""A Python without the libraries of this environment."""


def built(wheel: Path, out: Path, downloads: Path, **environment: str) -> Path:
    command: list[str | Path] = [sys.executable, "tools/zipapp.py", wheel, out, downloads, HERE]
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=TREE, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zipapp")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the sources, for others build beside."""
    source = folder / "source"
    source.mkdir()
    for name in ("nlbcheck", "tools"):
        shutil.copytree(TREE / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy2(TREE / name, source)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--wheel",
        "--outdir",
        folder / "wheel",
    ]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (made,) = (folder / "wheel").iterdir()
    return made


@pytest.fixture(scope="module")
def pyz(wheel: Path, folder: Path) -> Path:
    return built(wheel, folder / "nlbcheck.pyz", folder / "downloads")


def run(
    pyz: Path, *arguments: str | Path, home: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the file with nothing in the environment but a home."""
    env = {"HOME": str(home), "TMPDIR": str(home / "tmp"), **environment}
    command: list[str | Path] = [PYTHON, "-I", pyz, *arguments]
    return subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "home" / "tmp").mkdir(parents=True)
    yield tmp_path / "home"
    (tmp_path / "home").chmod(0o700)


def cached(home: Path) -> list[str]:
    return [path.name for path in (home / ".cache" / "nlbcheck").iterdir()]


def test_it_is_built_to_the_same_bytes(wheel: Path, pyz: Path, folder: Path) -> None:
    again = built(
        wheel,
        folder / "again.pyz",
        folder / "again",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(folder / "downloads" / HERE),
    )
    assert again.read_bytes() == pyz.read_bytes()
    with ZipFile(pyz) as packed:
        assert packed.testzip() is None
        assert not any("site-packages" in name for name in packed.namelist())


def test_a_wheel_that_is_not_the_locked_one_is_refused(wheel: Path, pyz: Path, folder: Path) -> None:
    """pip holds every wheel against the hashes of requirements.lock."""
    other = folder / "other"
    shutil.copytree(folder / "downloads" / HERE, other)
    (jinja,) = other.glob("jinja2-*.whl")
    jinja.write_bytes(jinja.read_bytes() + b"\0")
    command: list[str | Path] = [
        sys.executable,
        "tools/zipapp.py",
        wheel,
        folder / "x.pyz",
        folder / "x",
        HERE,
    ]
    env = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(other)}
    done = subprocess.run(command, cwd=TREE, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_it_probes_with_an_empty_environment(pyz: Path, home: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (tmp_path / "t.csv").write_text(f"Listener,Target group,Target port,Target\n{port},tg,99,10.0.0.1\n")
        options = ("probe", "-m", tmp_path / "t.csv", "--static-ip", "127.0.0.1", "-f", "json")
        done = run(pyz, *options, home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["summary"]["pass"] == 1
    (site,) = (home / ".cache" / "nlbcheck").iterdir()
    for path in (site, site.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.parametrize("named", [{}, {"HOME": ""}, {"HOME": "relative"}, {"HOME": "/nonexistent"}])
def test_without_a_home_nothing_is_left_where_nobody_looks(
    pyz: Path, named: dict[str, str], tmp_path: Path
) -> None:
    here, temporary = tmp_path / "here", tmp_path / "tmp"
    for folder in (here, temporary):
        folder.mkdir()
    env = {**named, "TMPDIR": str(temporary)}
    command: list[str | Path] = [PYTHON, "-I", pyz, "--version"]
    done = subprocess.run(command, env=env, cwd=here, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(here.iterdir()) == []
    assert [path.name for path in temporary.iterdir()] == [f"nlbcheck-{os.geteuid()}"]
    assert not Path("/nonexistent").exists()


def test_it_asks_aws_and_speaks_ssh(pyz: Path, home: Path) -> None:
    """The libraries that are binary, and botocore without most of its services."""
    snapshot, table = (TREE / "sample_configs" / name for name in ("snapshot.json", "nlbcheck.yaml"))
    done = run(pyz, "diagnose", "--all", "--snapshot", snapshot, "-m", table, "-f", "html", home=home)
    assert (done.returncode, "<html" in done.stdout) == (0, True)
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}
    options = ("--no-probe", "--endpoint-url", "http://127.0.0.1:9")
    asked = run(pyz, "diagnose", "--all", "-m", table, *options, home=home, **keys)
    assert asked.returncode == 3
    assert "AWS cannot be reached" in asked.stderr
    imports = "import sys; sys.path.insert(0, sys.argv[1]); import paramiko, hcl2, regex, yaml, nacl.signing"
    (site,) = (home / ".cache" / "nlbcheck").iterdir()
    subprocess.run([str(PYTHON), "-I", "-c", imports, str(site)], check=True)


def test_two_at_the_same_time(pyz: Path, home: Path) -> None:
    command: list[str | Path] = [PYTHON, "-I", pyz, "--version"]
    env = {"HOME": str(home)}
    both = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate(timeout=60)[0] for process in both}
    assert said == {f"nlbcheck, version {__version__}\n"}
    assert len(cached(home)) == 1


def test_a_home_that_cannot_be_written(pyz: Path, home: Path, tmp_path: Path) -> None:
    """A file stands where the cache would be: not even root can write below it."""
    (home / ".cache").write_text("")
    done = run(pyz, "--version", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    (base,) = (home / "tmp").iterdir()
    assert base.name == f"nlbcheck-{os.geteuid()}"
    shutil.rmtree(base)
    base.write_text("somebody else's")
    done = run(pyz, "--version", home=home)
    assert done.returncode == 0
    assert [path.name for path in (home / "tmp").iterdir()] == [base.name]  # what it made for itself is gone


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o755])
def test_a_folder_that_others_may_write_to_is_not_used(pyz: Path, home: Path, mode: int) -> None:
    assert run(pyz, "--version", home=home).returncode == 0
    (site,) = (home / ".cache" / "nlbcheck").iterdir()
    (site / "nlbcheck" / "__main__.py").write_text("def main(): print('not ours')\n")
    site.chmod(mode)
    done = run(pyz, "--version", home=home)
    assert done.stdout == f"nlbcheck, version {__version__}\n"


def test_a_link_is_not_followed(pyz: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (home / ".cache").mkdir()
    (home / ".cache" / "nlbcheck").symlink_to(tmp_path / "elsewhere")
    assert run(pyz, "--version", home=home).returncode == 0
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_damaged_file(pyz: Path, home: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pyz"
    with ZipFile(pyz) as old, ZipFile(damaged, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content + b"#" if content.startswith(b'"""Does each port') else content)
    done = run(damaged, "--version", home=home)
    assert done.returncode == 1
    assert "is damaged: nlbcheck/" in done.stderr
    assert cached(home) == []


def test_a_machine_that_it_has_no_libraries_for(wheel: Path, pyz: Path, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pyz"
    with ZipFile(pyz) as old, ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace(platform.machine(), "riscv64"), old.read(name))
    done = run(other, "--version", home=home)
    assert done.returncode == 1
    assert "linux-riscv64, and none for CPython" in done.stderr
    assert "install nlbcheck with pip" in done.stderr
