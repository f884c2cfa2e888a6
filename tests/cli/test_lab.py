"""Does ``nlbcheck lab run`` run a command in the lab's network, and leave nothing behind?"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from nlbcheck.aws import recording
from nlbcheck.lab.article import TABLE
from tests.lab import machine
from tests.lab.by_design import healthy as by_design
from tests.lab.machine import NLBCHECK, Trace, nothing_left, ordinary_nlbcheck
from tests.scenarios.cloud import made_id

RUN = (*NLBCHECK, "lab", "run")
READ_SSH = "exec 3<>/dev/tcp/172.31.128.10/10022; head -c 20 <&3"


@pytest.fixture(autouse=True)
def _possible() -> None:
    machine.needs_lab()


def lab(*command: str, nlbcheck: Sequence[str] = NLBCHECK, **options: str) -> tuple[int, str, str]:
    """Run a command in the lab and return its exit status, output and errors."""
    done = subprocess.run(
        [*nlbcheck, "lab", "run", "--", *command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | options,
        input="typed\n",
    )
    return done.returncode, done.stdout, done.stderr


def started(trace: Trace, script: str) -> subprocess.Popen[str]:
    """Start a shell script in the lab and return when it says that it is up."""
    running = subprocess.Popen(
        [*RUN, "--", "bash", "-c", script],
        env=trace.environment,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert running.stdout
    assert running.stdout.readline() == "up\n"
    return running


@pytest.mark.parametrize("user", ["this one", "an ordinary one"])
def test_a_command_reaches_the_network_and_ends_with_its_own_status(user: str) -> None:
    nlbcheck = NLBCHECK if user == "this one" else ordinary_nlbcheck()
    with nothing_left():
        begun = time.monotonic()
        assert lab("bash", "-c", f"{READ_SSH}; exit 7", nlbcheck=nlbcheck) == (7, "SSH-2.0-nlbcheck_lab", "")
        assert time.monotonic() - begun < 3


def test_a_command_finds_the_table_its_terminal_files_and_environment(tmp_path: Path) -> None:
    script = 'cat; echo oops >&2; echo "$NLBCHECK_MAPPING $OTHER"; pwd; cat "$NLBCHECK_MAPPING"'
    status, output, errors = lab("sh", "-c", script, OTHER="kept", NLBCHECK_MAPPING="/other.yaml")
    assert (status, errors) == (0, "oops\n")
    assert output == f"typed\n{TABLE} kept\n{Path.cwd()}\n{TABLE.read_text()}"


def test_what_a_command_writes_to_the_built_in_table_stays_in_the_lab() -> None:
    before = TABLE.read_bytes()
    assert (
        lab("sh", "-c", 'echo "# mine" >>"$NLBCHECK_MAPPING"; tail -n 1 "$NLBCHECK_MAPPING"')[1] == "# mine\n"
    )
    assert TABLE.read_bytes() == before


def test_options_after_the_command_belong_to_it() -> None:
    done = subprocess.run([*RUN, "echo", "-m", "--help", "--"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "-m --help --\n")


@pytest.mark.parametrize(("number", "status"), [("INT", 130), ("KILL", 137), ("TERM", 143)])
def test_a_command_that_a_signal_kills_gives_128_and_its_number(number: str, status: int) -> None:
    assert lab("sh", "-c", f"kill -{number} $$")[0] == status


def test_a_command_has_the_signals_as_a_shell_leaves_them() -> None:
    script = "import signal as s; print(s.pthread_sigmask(0, []), s.getsignal(s.SIGINT).__name__)"
    assert lab(sys.executable, "-c", script)[1] == "set() default_int_handler\n"
    assert lab("bash", "-c", "yes | head -n 1; echo ${PIPESTATUS[0]}")[1] == "y\n141\n"


@pytest.mark.parametrize(
    ("command", "reason"),
    [("no-such-command", "No such file or directory"), ("/etc/passwd", "Permission denied")],
)
def test_a_command_that_cannot_be_run_is_one_sentence_and_status_2(command: str, reason: str) -> None:
    with nothing_left():
        assert lab(command) == (2, "", f"nlbcheck: {command}: cannot be run ({reason})\n")


def run_lab(*words: str, cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [*RUN, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return done.returncode, done.stdout, done.stderr


def test_any_snapshot_becomes_a_network_and_aws_answers_from_it(tmp_path: Path) -> None:
    state = by_design(by_transit=True, balancer_has_group=True).cloud.recording()
    recording.write(tmp_path / "mine.json.gz", state)
    ask = "import boto3; print(boto3.client('elbv2').describe_load_balancers()['LoadBalancers'][0]['VpcId'])"
    script = f'exec 3<>/dev/tcp/10.2.1.10/1001; head -c 7 <&3; echo; {sys.executable} -c "{ask}"'
    words = ("--snapshot", "mine.json.gz", "--client", "10.1.1.10", "--", "bash", "-c", script)
    assert run_lab(*words, cwd=tmp_path) == (0, f"SSH-2.0\n{made_id('vpc', 'b')}\n", "")
    probe = (*NLBCHECK, "probe", "-f", "json")
    status, output, errors = run_lab(
        "--snapshot", "mine.json.gz", "--client", "10.1.1.10", "--", *probe, cwd=tmp_path
    )
    assert (status, errors) == (0, "")
    rows = json.loads(output)["mappings"]
    # A row cannot say that listener 1005 has two targets.
    assert {row["listener"]["port"] for row in rows} == {1001, 1002, 1003, 1004, 1006}
    assert {row["verdict"] for row in rows} == {"pass"}
    assert sorted(path.name for path in TABLE.parent.iterdir()) == ["nlbcheck.yaml", "snapshot.json"]


def test_a_table_says_who_is_the_client_and_who_answers(tmp_path: Path) -> None:
    table = tmp_path / "mine.yaml"
    table.write_text(
        "client: 192.168.1.214\n"
        "mappings:\n"
        "  - {listener: TCP:10080, target_group: x, target_port: TCP:80, target: 172.31.129.10, check: ssh}\n"
    )
    script = 'echo "$NLBCHECK_MAPPING"; exec 3<>/dev/tcp/172.31.128.10/10080; head -c 7 <&3'
    status, output, errors = run_lab("-m", table.name, "--", "bash", "-c", script, cwd=tmp_path)
    assert (status, output, errors) == (0, f"{table}\nSSH-2.0", "")


def test_faults_are_there_before_the_command_and_diagnose_names_them() -> None:
    nlbcheck = (sys.executable, "-m", "nlbcheck")
    status, output, errors = run_lab(
        "--fault", "target-sg", "--fault", "vpn-down", "--",
        *nlbcheck, "diagnose", "--all", "--timeout", "1", "-f", "json",
    )  # fmt: skip
    assert (status, errors) == (1, "")
    causes = {row["name"]: row["cause"] and row["cause"]["code"] for row in json.loads(output)["mappings"]}
    assert causes == {
        "tg-10022": "sg-denies",
        "tg-10080": None,
        "tg-20022": "sg-denies",
        "tg-20080": None,
        "tg-30080": "vpn-down",
    }


def test_what_cannot_be_brought_up_is_named_unless_quiet(tmp_path: Path) -> None:
    cloud = by_design(by_transit=False, balancer_has_group=False).cloud
    cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 53, protocol="UDP")
    recording.write(tmp_path / "mine.json", cloud.recording())
    words = ("--snapshot", str(tmp_path / "mine.json"), "--client", "10.1.1.10")
    status, output, errors = run_lab(*words, "--", "true")
    assert (status, output) == (0, "")
    assert errors == "lab: listener 53 speaks UDP, the lab carries TCP only: it has no such listener\n"
    assert run_lab(*words, "-q", "--", "true") == (0, "", "")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--fault", "flood"), "'flood' is no fault: 'nlbcheck lab faults' lists them"),
        (
            ("--fault", "transit-detached"),
            "transit-detached: no transit gateway joins the client and the load balancer",
        ),
        (("--snapshot", "/no/such.json"), "/no/such.json: No such file or directory"),
        (("--client", "192.168.1.9"), "client: no network interface has the address 192.168.1.9"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_status_2(words: Sequence[str], problem: str) -> None:
    with nothing_left():
        assert run_lab(*words, "--", "true") == (2, "", f"nlbcheck: {problem}\n")


def ended_by(kill: Callable[[subprocess.Popen[str], dict[int, str]], object], script: str) -> int:
    """Start a lab, end it with ``kill``, see that nothing is left, and return its exit status."""
    with nothing_left() as trace:
        running = started(trace, script)
        deadline = time.monotonic() + 10
        while len(processes := trace.processes()) < 4:  # the command, the first process, bash and sleep
            assert time.monotonic() < deadline, processes
        kill(running, processes)
        with running:
            status = running.wait(10)
        deadline = time.monotonic() + 10
        while trace.processes() and time.monotonic() < deadline:
            pass
    return status


def first_process(running: subprocess.Popen[str], processes: dict[int, str]) -> int:
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert len(children) == 1
    assert int(children[0]) in processes
    return int(children[0])


STAY = "(setsid sleep 300 &); echo up; sleep 300"


def test_a_command_that_ends_takes_its_children_along() -> None:
    assert (
        ended_by(
            lambda running, _: running.communicate("\n"), "setsid sleep 300 & echo up; read line; exit 4"
        )
        == 4
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_are_handed_on_to_the_command(number: signal.Signals) -> None:
    def kill(running: subprocess.Popen[str], _processes: dict[int, str]) -> None:
        running.send_signal(number)

    assert ended_by(kill, STAY) == 128 + number


def test_kill_9_of_the_command_that_started_it_leaves_nothing() -> None:
    assert ended_by(lambda running, _: running.kill(), STAY) == -signal.SIGKILL


def test_kill_9_of_the_first_process_leaves_nothing() -> None:
    def kill(running: subprocess.Popen[str], processes: dict[int, str]) -> None:
        os.kill(first_process(running, processes), signal.SIGKILL)

    assert ended_by(kill, STAY) == 128 + signal.SIGKILL


@pytest.mark.parametrize("moment", range(0, 600, 60))
def test_kill_9_at_any_moment_leaves_nothing(moment: int) -> None:
    with nothing_left() as trace:
        running = subprocess.Popen([*RUN, "--", "sleep", "300"], env=trace.environment)
        time.sleep(moment / 1000)  # the moment is what is tested, nothing waits for it
        running.kill()
        running.wait(10)
        deadline = time.monotonic() + 10
        while trace.processes() and time.monotonic() < deadline:
            pass


def at_a_terminal(*command: str) -> tuple[int, str]:
    """Run a command in a lab at a terminal of its own, press Ctrl-C when it is up; return status, output."""
    ours, theirs = os.openpty()
    with nothing_left() as trace:
        running = subprocess.Popen(
            [*RUN, "--", *command],
            env=trace.environment,
            preexec_fn=lambda: os.login_tty(theirs),
        )
        os.close(theirs)
        output = ""
        while "up\r\n" not in output:
            output += os.read(ours, 1000).decode()
        os.write(ours, b"\x03")
        status = running.wait(10)
        while True:
            try:
                more = os.read(ours, 1000)
            except OSError:  # the terminal's other end is closed
                break
            output += more.decode()
    os.close(ours)
    return status, output


def test_ctrl_c_ends_the_command_and_the_lab() -> None:
    assert at_a_terminal("bash", "-c", "echo up; sleep 300") == (130, "up\r\n^C")


def test_ctrl_c_reaches_the_command_once_and_the_command_decides() -> None:
    script = (
        "import signal, sys; interrupt = {signal.SIGINT};"
        "signal.pthread_sigmask(signal.SIG_BLOCK, interrupt); print('up', flush=True);"
        "signal.sigwait(interrupt); print('caught', flush=True);"
        "sys.exit(5 if signal.sigtimedwait(interrupt, 0.3) is None else 6)"
    )
    assert at_a_terminal(sys.executable, "-c", script) == (5, "up\r\n^Ccaught\r\n")


def test_ten_labs_run_side_by_side() -> None:
    with nothing_left() as trace:
        labs = [started(trace, f"echo up; read line; {READ_SSH}") for _ in range(10)]
        assert [each.communicate("\n", 30)[0] for each in labs] == ["SSH-2.0-nlbcheck_lab"] * 10
        assert [each.returncode for each in labs] == [0] * 10


AS_ROOT = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec")
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-sys_admin,-net_admin")


def limited(setting: str) -> tuple[str, ...]:
    """Return what to put before a command to run it where the kernel grants none of these namespaces."""
    script = f'echo 0 >/proc/sys/user/{setting}; exec "$@"'
    return (*AS_ROOT, script, "sh")


def without(name: str) -> tuple[str, ...]:
    """Return what to put before a command to run it where the command ``name`` is not installed."""
    folders = [*os.environ["PATH"].split(os.pathsep), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    found = {shutil.which(name, path=folder) for folder in folders} - {None}
    hiding = "; ".join(f"mount --bind /dev/null {path}" for path in found)
    script = f'{hiding}; exec "$@"'
    return (*AS_ROOT, script, "sh")


READ_ONLY_PROC = (
    *AS_ROOT,
    'mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys; exec "$@"',
    *("sh", *WITHOUT_RIGHTS),
)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (without("nft"), "needs the command nft, which is not installed: install nftables"),
        (without("ip"), "needs the command ip, which is not installed: install iproute2"),
        (READ_ONLY_PROC, "where /proc is read-only, as in some containers, it cannot run"),
        (("sh", "-c", 'ulimit -n 20; exec "$@"', "sh"), "Too many open files"),
        (limited("max_net_namespaces"), "no room for more"),
        (limited("max_pid_namespaces"), "no room for more"),
    ],
)
def test_where_it_cannot_run_it_says_why_and_how_to_get_it(before: Sequence[str], words: str) -> None:
    status, output, errors = lab("true", nlbcheck=(*before, *NLBCHECK))
    assert (status, output, len(errors.splitlines())) == (3, "", 1)
    assert words in errors


def test_root_without_roots_rights_takes_a_user_namespace() -> None:
    before = (*AS_ROOT, 'exec "$@"', "sh", *WITHOUT_RIGHTS)
    assert lab("bash", "-c", READ_SSH, nlbcheck=(*before, *NLBCHECK)) == (0, "SSH-2.0-nlbcheck_lab", "")


def test_where_user_namespaces_are_forbidden_it_says_so() -> None:
    # The kernel gives no user namespace to a process whose root directory was changed.
    bound = f"mount --rbind / /mnt; exec chroot /mnt {' '.join(WITHOUT_RIGHTS)}"
    script = f'{bound} sh -c \'cd "$0"; exec "$@"\' {Path.cwd()} "$@"'
    status, output, errors = lab("true", nlbcheck=(*AS_ROOT, script, "sh", *NLBCHECK))
    assert (status, output, len(errors.splitlines())) == (3, "", 1)
    assert "does not allow them" in errors
    assert "kernel.unprivileged_userns_clone" in errors
