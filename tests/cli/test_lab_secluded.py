"""Can a command in a lab reach what is the machine's: its name, its daemons' sockets, its /run and /tmp?"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nlbcheck.lab import article
from tests.cli.labs import lab, lab_run
from tests.lab import machine
from tests.lab.machine import NLBCHECK, nothing_left, ordinary_nlbcheck

CONNECT = """
import socket, sys
for path in sys.argv[1:]:
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("reached")
    except OSError as error:
        print(error.strerror)
"""
UNREACHED = {"No such file or directory", "Connection refused"}


@pytest.fixture(autouse=True)
def _possible() -> None:
    machine.needs_lab()


@pytest.fixture(params=["this one", "an ordinary one"])
def nlbcheck(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the command line of an nlbcheck that this user, or an ordinary one, runs."""
    return NLBCHECK if request.param == "this one" else ordinary_nlbcheck()


@pytest.fixture
def folders() -> Iterator[list[Path]]:
    """Yield folders of this machine in /run, /tmp and elsewhere, with a listening socket in each."""
    roots = [root for root in ("/run", "/tmp", "/var/tmp") if os.access(root, os.W_OK)]
    with ExitStack() as stack:
        made = [Path(stack.enter_context(tempfile.TemporaryDirectory(dir=root))) for root in roots]
        for folder in made:
            folder.chmod(0o755)
            stack.enter_context(listening(folder / "daemon.sock"))
        yield made


def listening(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o777)
    listener.listen()
    return listener


def test_sockets_of_the_machine_are_out_of_reach(folders: list[Path], nlbcheck: tuple[str, ...]) -> None:
    script = folders[-2] / "connect.py"  # so that the folder of one of the sockets is kept
    script.write_text(CONNECT)
    paths = [str(folder / "daemon.sock") for folder in folders]
    command = [nlbcheck[-3], str(script), *paths]
    here = subprocess.run(command, capture_output=True, text=True, check=True)
    assert here.stdout == "reached\n" * len(paths)
    with nothing_left():
        status, output, errors = lab(*command, before=nlbcheck)
    assert (status, errors) == (0, "")
    assert set(output.splitlines()) <= UNREACHED
    assert len(output.splitlines()) == len(paths)


def test_a_socket_in_the_working_directory_is_out_of_reach(folders: list[Path]) -> None:
    for folder in folders:
        for here in (folder, folder.parent):
            words = ("--", sys.executable, "-c", CONNECT, folder / "daemon.sock")
            assert lab_run(*words, cwd=here) == (0, "Connection refused\n", "")


def test_a_command_cannot_change_the_machines_name(nlbcheck: tuple[str, ...]) -> None:
    before = socket.gethostname()
    rename = "import socket; socket.sethostname('other'); print(socket.gethostname())"
    try:
        assert lab(nlbcheck[-3], "-c", rename, before=nlbcheck) == (0, "other\n", "")
        assert socket.gethostname() == before
    finally:
        if os.geteuid() == 0:
            socket.sethostname(before)


def test_run_and_tmp_are_empty_and_their_own(folders: list[Path], nlbcheck: tuple[str, ...]) -> None:
    script = "cd /; ls -A /run; touch /tmp/mine-alone /run/mine-alone; stat -c %a /tmp /run"
    said = "lab: The lab has its own /run and /tmp: it discards what is written to"
    with nothing_left():
        status, output, errors = lab_run("--", "sh", "-c", script, cwd=Path("/var/tmp"), before=nlbcheck)
    assert (status, output.splitlines()[-2:]) == (0, ["1777", "755"])
    assert errors == f"{said} /run/mine-alone.\n{said} /tmp/mine-alone.\n"
    assert not Path("/tmp/mine-alone").exists()
    assert not Path("/run/mine-alone").exists()
    assert lab_run("-q", "--", "sh", "-c", script)[2] == ""


@pytest.mark.parametrize("root", ["/tmp", "/run"])
def test_the_working_directory_and_what_is_written_there_stay(root: str) -> None:
    if not os.access(root, os.W_OK):
        pytest.skip(f"{root} cannot be written to")
    with tempfile.TemporaryDirectory(dir=root) as folder:
        (Path(folder) / "mine.yaml").write_text(article.TABLE.read_text())
        script = 'pwd; head -c 7 mine.yaml; echo "$NLBCHECK_MAPPING"; ls; echo new >new; echo >>mine.yaml'
        status, output, errors = lab_run("-m", "mine.yaml", "--", "sh", "-c", script, cwd=Path(folder))
        start = article.TABLE.read_text()[:7]
        assert (status, errors) == (0, "")
        assert output == f"{folder}\n{start}{folder}/mine.yaml\nmine.yaml\n"
        assert (Path(folder) / "new").read_text() == "new\n"


def test_tmp_itself_can_be_the_working_directory() -> None:
    with tempfile.NamedTemporaryFile(dir="/tmp", mode="w+") as mine:
        words = ("--", "sh", "-c", f"pwd; echo here >{Path(mine.name).name}")
        assert lab_run(*words, cwd=Path("/tmp")) == (0, "/tmp\n", "")
        assert mine.read() == "here\n"


@pytest.fixture
def anyones() -> Iterator[Path]:
    """Yield a folder in /tmp that every user may look into; pytest's own is not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_files_that_are_named_are_found_and_outputs_stay(anyones: Path, nlbcheck: tuple[str, ...]) -> None:
    for name in ("in", "out", "services"):
        (anyones / name).mkdir()
        (anyones / name).chmod(0o777)
    table, snapshot = anyones / "in" / "mine.yaml", anyones / "in" / "snapshot.json"
    table.write_text(article.TABLE.read_text())
    snapshot.write_bytes(article.SNAPSHOT.read_bytes())
    services = anyones / "services" / "s.yaml"
    services.write_text("services:\n  172.31.129.10:80: http\n")
    words = ("--snapshot", snapshot, f"--mapping={table}", "--services", services, "--")
    inside = (*nlbcheck[-3:], "diagnose", "--all", "--timeout", "2", "--snapshot", str(snapshot))
    status, output, errors = lab_run(
        *words, *inside, "-o", str(anyones / "out" / "r.txt"), "-f", f"json:{anyones / 'out' / 'r.json'}",
        "-f", "table", before=nlbcheck, cwd=Path("/"),
    )  # fmt: skip
    assert (status, output) == (0, ""), errors
    assert (anyones / "out" / "r.txt").read_text()
    assert (anyones / "out" / "r.json").read_text()


def test_a_named_file_in_tmp_itself_stays_and_is_written_to() -> None:
    with tempfile.NamedTemporaryFile(dir="/tmp", mode="w+") as mine:
        words = ("probe", "--timeout", "2", "-f", f"json:{mine.name}")
        assert lab_run("--", *NLBCHECK, *words, cwd=Path("/")) == (0, "", "")
        assert '"mappings"' in Path(mine.name).read_text()


def test_a_lab_in_a_folder_that_is_gone_comes_up(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    installed = Path(sys.executable).with_name("nlbcheck")
    script = f"rmdir {tmp_path}/gone; exec {installed} lab run -- echo up"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path / "gone", capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"up\n", b"")


def test_programs_and_the_home_below_tmp_are_there(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "mine"
    program.write_text("#!/bin/sh\necho mine; cat ~/note\n")
    program.chmod(0o755)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "note").write_text("noted\n")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    found = lab_run("--", "mine", cwd=Path("/"), PATH=path, HOME=str(tmp_path / "home"))
    assert found == (0, "mine\nnoted\n", "")
