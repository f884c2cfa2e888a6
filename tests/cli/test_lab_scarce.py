"""Where a lab has no threads, processes or memory to spare, or fails itself: one sentence, no verdict."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.labs import READ_SSH, lab
from tests.lab import machine
from tests.lab.machine import NLBCHECK, nothing_left, ordinary_nlbcheck

CGROUPS = Path("/sys/fs/cgroup")


@pytest.fixture(autouse=True)
def _possible() -> None:
    machine.needs_lab()


def is_one_sentence_or_all_is_well(done: tuple[int, str, str]) -> bool:
    """Say whether a lab answered as it should, or ended with status 3 and one sentence."""
    status, output, errors = done
    if status == 0:
        return output == "SSH-2.0-nlbcheck_lab" and errors == ""
    return status == 3 and output == "" and errors.startswith("nlbcheck: ") and errors.count("\n") == 1


@pytest.mark.parametrize("processes", [0, 1, 2, 3, 4, 6, 8, 12])
def test_without_processes_and_threads(processes: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can take another user's place, who has no processes yet")
    # A user of its own: the limit counts all that the user runs.
    before = [word.replace("65534", "64123") for word in ordinary_nlbcheck()]
    with nothing_left():
        done = lab("bash", "-c", READ_SSH, before=("prlimit", f"--nproc={processes}", *before))
    assert done[0] == 3
    assert is_one_sentence_or_all_is_well(done), done


@pytest.mark.parametrize("megabytes", [80, 120, 200, 300, 500, 1000, 4000])
def test_without_memory(megabytes: int) -> None:
    with nothing_left():
        done = lab("bash", "-c", READ_SSH, before=("prlimit", f"--as={megabytes << 20}", *NLBCHECK))
    assert is_one_sentence_or_all_is_well(done), done


@contextlib.contextmanager
def group_of(pids: int) -> Iterator[Path]:
    """Make a cgroup that allows so many processes and threads; skip where none can be made."""
    try:
        folder = new_group("pids")
    except OSError as error:
        pytest.skip(f"no cgroup for pids can be made here: {error.strerror}")
    try:
        (folder / "pids.max").write_text(str(pids))
        yield folder
    finally:
        folder.rmdir()


def new_group(controller: str) -> Path:
    """Make a cgroup with a controller, of whichever version this machine has.

    In version 2, where the group above holds processes itself, those below it are for threads:
    https://docs.kernel.org/admin-guide/cgroup-v2.html#threads.
    """
    if (above := CGROUPS / controller).is_dir():
        (folder := above / f"nlbcheck-{uuid4()}").mkdir()
        return folder
    above = CGROUPS if (CGROUPS / "cgroup.controllers").exists() else CGROUPS / "unified"
    if controller not in (above / "cgroup.subtree_control").read_text().split():
        (above / "cgroup.subtree_control").write_text(f"+{controller}")
    (folder := above / f"nlbcheck-{uuid4()}").mkdir()
    if (folder / "cgroup.type").read_text().strip() == "domain invalid":
        (folder / "cgroup.type").write_text("threaded")
    return folder


@pytest.mark.parametrize("pids", [2, 4, 8, 12])
def test_in_a_container_without_pids(pids: int) -> None:
    with group_of(pids) as folder:
        before = ("sh", "-c", f'echo $$ >{folder}/cgroup.procs; exec "$@"', "sh", *NLBCHECK)
        done = lab("bash", "-c", READ_SSH, before=before)
    assert done[0] == 3
    assert is_one_sentence_or_all_is_well(done), done


def test_servers_without_threads_cut_their_clients_off_and_answer_again_later() -> None:
    # The shell itself starts no process for it, so no limit but the servers' is met.
    script = (
        'while read pids; do echo $pids >"$0/pids.max"; said=;'
        ' { read -t 5 -N 7 said; } 2>&1 <>/dev/tcp/172.31.128.10/10022; echo "said $said"; done'
    )
    with group_of(1000) as folder:
        words = ("sh", "-c", f'echo $$ >{folder}/cgroup.procs; exec "$@"', "sh", *NLBCHECK, "lab", "run")
        running = subprocess.Popen(
            [*words, "--", "bash", "-c", script, folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert running.stdin
        assert running.stdout
        heard: list[str] = []
        for allowed in (1000, 1, 1000):
            running.stdin.write(f"{allowed}\n")
            running.stdin.flush()
            heard.append(running.stdout.readline().strip())
        _, errors = running.communicate()
    assert (heard, running.returncode) == (["said SSH-2.0", "said", "said SSH-2.0"], 0)
    assert errors.count("\n") <= 1


@pytest.mark.parametrize(("command", "ending"), [("", 2), ("no-such-command", 127)])
def test_a_command_that_is_none_is_one_sentence(command: str, ending: int) -> None:
    with nothing_left():
        status, output, errors = lab(command)
    assert (status, output, errors.count("\n")) == (ending, "", 1)
    assert errors.startswith("nlbcheck: ")


def enclosed(body: str) -> tuple[int, str]:
    """Run a function in an enclosure as the command line does, and return its status and errors."""
    script = (
        "import os, signal, threading\n"
        "from nlbcheck.errors import NlbcheckError\n"
        "from nlbcheck.lab import enclosure\n"
        f"def body():\n {body}\n return 0\n"
        "try:\n status = enclosure.run(body)\n"
        "except NlbcheckError as error:\n status = error.exit_status; print('said:', error)\n"
        "raise SystemExit(int(status))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_fault_of_the_labs_own_is_status_70_and_no_verdict() -> None:
    said = "said: a fault of nlbcheck, which says nothing of the network: ZeroDivisionError in body, "
    status, output = enclosed("1 / 0")
    assert (status, output) == (70, f"{said}<string>:5\n")


def test_a_fault_in_a_thread_is_told_once_and_the_lab_goes_on() -> None:
    status, output = enclosed(
        "[(made := threading.Thread(target=lambda: 1 / 0)).start() or made.join() for _ in range(3)]"
    )
    assert status == 0
    assert output.count("\n") == 1
    assert "ZeroDivisionError in <lambda>" in output


def test_a_first_process_that_dies_as_where_memory_runs_out_is_one_sentence() -> None:
    status, output = enclosed("import ctypes; ctypes.string_at(0)")
    assert status == 3
    assert output.startswith(
        "said: the lab was ended by signal 11 (Segmentation fault) before its command was done; "
    )


@pytest.mark.parametrize(
    "error", ['RuntimeError("can\'t allocate read lock")', "MemoryError()", "OSError(11, '')"]
)
def test_what_the_machine_has_too_little_of_is_no_fault_of_ours(error: str) -> None:
    status, output = enclosed(f"raise {error}")
    assert (status, output.count("\n")) == (3, 1)
    assert output.startswith("said: the lab cannot do all that it should: this machine ")
