from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import paramiko
import pytest
import yaml

from nlbcheck.host_keys import fingerprint
from tests.cli.relay import TABLE as SAMPLE
from tests.cli.running import nlbcheck
from tests.servers import answers, black_hole, closed_port, says, serving, speaks_ssh

KEY = paramiko.ECDSAKey.generate()


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A table whose three rows are answered by a web server, an SSH server, and nobody."""
    with ExitStack() as stack:
        web = stack.enter_context(serving(answers(b"HTTP/1.1 200 OK\r\nServer: tests\r\n\r\n")))
        ssh = stack.enter_context(serving(speaks_ssh(KEY)))
        path = tmp_path_factory.mktemp("relay") / "nlbcheck.yaml"
        path.write_text(
            "# The relay of these tests.\n"
            "static_ips: {zone-a: 127.0.0.1}\n"
            "mappings:\n"
            f"  - {{listener: {web}, target_group: tg-web, target_port: 80, target: 10.0.0.1}}\n"
            f"  - listener: TCP:{ssh}  # the bastion\n"
            "    target_group: tg-ssh\n"
            "    target_port: 22\n"
            "    target: 10.0.0.2\n"
            f"  - {{listener: {closed_port()}, target_group: tg-nobody, target_port: 9, target: 10.0.0.3}}\n"
        )
        yield path


def test_what_answers_is_ok_and_what_does_not_is_said(relay: Path) -> None:
    done = nlbcheck("probe", "-m", relay)
    assert done.returncode == 1
    assert done.stderr == ""
    assert "2 ok, 1 failed" in done.stdout
    assert "\n✗ tg-nobody (TCP:" in done.stdout
    assert fingerprint(KEY.asbytes()) in done.stdout


@pytest.mark.parametrize(("name", "status"), [("tg-web", 0), ("tg-ssh", 0), ("tg-nobody", 1)])
def test_a_named_row_is_probed_alone(relay: Path, name: str, status: int) -> None:
    done = nlbcheck("probe", name, "-f", "json", env={"NLBCHECK_MAPPING": str(relay)})
    report = json.loads(done.stdout)
    assert done.returncode == report["exit_status"] == status
    assert [mapping["name"] for mapping in report["mappings"]] == [name]


def test_the_table_is_found_in_the_working_directory(relay: Path) -> None:
    assert nlbcheck("probe", "tg-web", "-q", cwd=relay.parent).returncode == 0


def test_every_format_ends_with_the_same_status(relay: Path, tmp_path: Path) -> None:
    for name in ("table", "html", "github"):
        assert nlbcheck("probe", "-m", relay, "-f", name).returncode == 1
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit")}
    options = [option for name, file in files.items() for option in ("-f", f"{name}:{file}")]
    done = nlbcheck("probe", "-m", relay, "-f", "markdown", *options)
    assert done.returncode == 1
    assert "| listener |" in done.stdout.lower()
    assert json.loads(files["json"].read_text())["summary"]["fail"] == 1
    cases = ElementTree.parse(files["junit"]).getroot().iter("testcase")
    assert [case.get("name") for case in cases] == ["tg-web[zone-a]", "tg-ssh[zone-a]", "tg-nobody[zone-a]"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-f", "yaml"], "expected FORMAT or FORMAT:FILE with one of table, json, junit, html"),
        (["-f", "json", "-f", "junit"], "two reports for stdout"),
        (["-o", "/nowhere/report"], "/nowhere/report: was not written: there is no folder /nowhere"),
        (["tg-webb"], "tg-web"),
        (["--timeout", "0"], "--timeout"),
        (["--concurrency", "many"], "--concurrency"),
        (["--target", "Server1"], "'Server1': expected NAME=ADDRESS"),
    ],
)
def test_a_wrong_command_line_is_said_before_anything_is_probed(
    relay: Path, arguments: list[str], problem: str
) -> None:
    done = nlbcheck("probe", "-m", relay, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("group", ["mapping", "lab", "report"])
def test_a_missing_command_is_answered_by_those_there_are(group: str) -> None:
    done, asked = nlbcheck(group), nlbcheck(group, "--help")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == asked.stdout


def test_without_static_ips_it_says_how_to_give_them(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("Listener,Target group,Target port,Target\nTCP:10022,tg-10022,22,Server1\n")
    done = nlbcheck("probe", "-m", table)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--static-ip" in done.stderr


def test_a_full_disk_is_an_error_and_no_traceback(relay: Path) -> None:
    done = nlbcheck("probe", "-m", relay, "-o", "/dev/full")
    assert done.returncode == 2
    assert done.stderr == "nlbcheck: /dev/full: was not written: No space left on device\n"
    with Path("/dev/full").open("w") as full:
        command: list[str | Path] = [sys.executable, "-m", "nlbcheck", "probe", "-m", relay]
        to_stdout = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert to_stdout.returncode == 2
    assert to_stdout.stderr == "nlbcheck: stdout: was not written: No space left on device\n"


def test_a_full_disk_for_one_report_does_not_cost_the_other(relay: Path) -> None:
    done = nlbcheck("probe", "-m", relay, "-f", "json:/dev/full", "-f", "table")
    assert done.returncode == 2
    assert "2 ok, 1 failed" in done.stdout


def test_a_report_goes_into_a_pipe_with_a_name(relay: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    assert nlbcheck("probe", "-m", relay, "-f", f"json:{pipe}").returncode == 1
    stdout, _ = reading.communicate(timeout=10)
    assert json.loads(stdout)["summary"]["fail"] == 1


def test_a_reader_that_goes_away_is_no_error(relay: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command: list[str | Path] = [sys.executable, "-m", "nlbcheck", "probe", "-m", relay]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_hostile_banners_do_not_reach_the_terminal(tmp_path: Path) -> None:
    evil = b"SSH-2.0-\x1b[31m\x1b]0;owned\x07\xff\x00evil\r\n"
    headers = b"HTTP/1.1 200 \x1b[31mOK\r\nServer: \x1b[2J\xc2\x9b31m\r\n\r\n"
    with serving(says(evil)) as ssh, serving(answers(headers)) as web:
        table = tmp_path / "table.csv"
        table.write_text(
            f"Listener,Target group,Target port,Target\n{ssh},tg-ssh,22,10.0.0.1\n{web},tg-web,80,10.0.0.2\n"
        )
        options: list[str | Path] = ["probe", "-m", table, "--static-ip", "127.0.0.1", "-v", "--timeout", "1"]
        runs = [
            nlbcheck(*options),
            nlbcheck(*options, "--ssh-banner-only"),
            nlbcheck(*options, "-f", "markdown"),
        ]
    for done in runs:
        assert "\x1b" not in done.stdout
        assert "\x9b" not in done.stdout
        assert "\x07" not in done.stdout
        assert "Traceback" not in done.stderr


def test_a_terminal_that_knows_ascii_only_gets_ascii(relay: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    assert nlbcheck("probe", "-m", relay, "-v", env=env).returncode == 1


def test_an_interrupt_prints_what_is_done(tmp_path: Path) -> None:
    answered, answer = threading.Event(), answers(b"HTTP/1.1 200 OK\r\n\r\n")

    def answering(connection: socket.socket) -> None:
        answer(connection)
        answered.set()

    with serving(answering) as web, black_hole() as hole:
        table = tmp_path / "table.csv"
        table.write_text(
            f"Listener,Target group,Target port,Target\n{web},tg-web,80,10.0.0.1\n{hole},tg-hole,9,10.0.0.2\n"
        )
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "nlbcheck",
            "probe",
            "-v",
            "-m",
            table,
            "--static-ip",
            "127.0.0.1",
        ]
        running = subprocess.Popen(
            [*command, "--timeout", "30"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert running.stderr is not None
        assert "2 endpoints" in running.stderr.readline()
        assert answered.wait(20)
        time.sleep(1.0)
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=10)
    assert running.returncode == 130
    assert "1 ok" in stdout
    assert "interrupted" in stdout
    assert "Traceback" not in stderr


def test_a_person_at_a_terminal_sees_a_bar_for_what_takes_long(tmp_path: Path) -> None:
    with black_hole() as hole:
        table = tmp_path / "table.csv"
        table.write_text(f"Listener,Target group,Target port,Target\n{hole},tg-hole,9,10.0.0.1\n")
        main, terminal = pty.openpty()
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "nlbcheck",
            "probe",
            "-m",
            table,
            "--static-ip",
            "127.0.0.1",
        ]
        subprocess.run(
            [*command, "--timeout", "1.5"],
            stdout=subprocess.DEVNULL,
            stderr=terminal,
            check=False,
        )
        os.close(terminal)
        shown = os.read(main, 65536).decode()
        os.close(main)
    assert "Probing" in shown


class TestPin:
    @pytest.fixture
    def table(self, relay: Path, tmp_path: Path) -> Path:
        copy = tmp_path / "nlbcheck.yaml"
        copy.write_text(relay.read_text())
        return copy

    def test_the_next_run_verifies_what_was_pinned(self, table: Path) -> None:
        before = table.read_text()
        done = nlbcheck("probe", "tg-ssh", "-m", table, "--pin")
        assert done.returncode == 0
        assert done.stderr == f"Pinned the host keys of 1 row in {table}.\n"
        after = table.read_text()
        assert "# the bastion" in after
        assert set(before.splitlines()) <= set(after.splitlines())
        row = next(row for row in yaml.safe_load(after)["mappings"] if row["target_group"] == "tg-ssh")
        assert row["expect"]["host_key"] == fingerprint(KEY.asbytes())
        assert nlbcheck("probe", "tg-ssh", "-m", table).returncode == 0
        table.write_text(after.replace(fingerprint(KEY.asbytes()), fingerprint(b"another key")))
        other = nlbcheck("probe", "tg-ssh", "-m", table, "-f", "json")
        assert other.returncode == 1
        assert json.loads(other.stdout)["mappings"][0]["nodes"][0]["probe"]["status"] == "unexpected"

    def test_what_is_not_pinned_is_said(self, table: Path) -> None:
        shown = fingerprint(KEY.asbytes())
        nlbcheck("probe", "tg-ssh", "-m", table, "--pin")
        again = nlbcheck("probe", "tg-ssh", "-m", table, "--pin")
        assert again.stderr == f"Pinned the host keys of 0 rows in {table}. 1 row was already pinned.\n"
        table.write_text(table.read_text().replace(shown, fingerprint(b"another key")))
        before = table.read_text()
        rotated = nlbcheck("probe", "tg-ssh", "-m", table, "--pin")
        assert rotated.returncode == 1
        assert rotated.stderr.endswith(" Not pinned, because the table pins other keys: tg-ssh.\n")
        assert table.read_text() == before

    def test_a_table_that_is_read_only_is_said_before_anything_is_probed(self, table: Path) -> None:
        table.chmod(0o444)
        done = nlbcheck("probe", "tg-ssh", "-m", table, "--pin")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"nlbcheck: {table}: is read-only, no host key can be pinned in it\n"

    def test_version_lines_alone_have_no_keys_to_pin(self, table: Path) -> None:
        done = nlbcheck("probe", "-m", table, "--pin", "--ssh-banner-only")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "nlbcheck: --pin: needs host keys, and with --ssh-banner-only none are read\n"

    @pytest.mark.parametrize("in_table", [False, True])
    def test_a_pin_over_systems_manager_is_refused_before_anything_is_asked(
        self, tmp_path: Path, in_table: bool
    ) -> None:
        table = tmp_path / "t.yaml"
        via = "via: [ssm://i-0123456789abcdef0]\n" if in_table else ""
        table.write_text(via + SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
        options = () if in_table else ("--via", "ssm://tag:Role=client")
        done = nlbcheck("probe", "--pin", "-m", table, *options)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "nlbcheck: --pin: the script that probes on ssm:// hosts sees no host keys; "
            "pin from here or from ssh:// hosts\n"
        )

    def test_a_table_that_cannot_hold_pins_is_an_error(self, table: Path, tmp_path: Path) -> None:
        as_csv = tmp_path / "table.csv"
        port = yaml.safe_load(table.read_text())["mappings"][1]["listener"]
        as_csv.write_text(f"Listener,Target group,Target port,Target\n{port},tg-ssh,22,10.0.0.2\n")
        done = nlbcheck("probe", "-m", as_csv, "--static-ip", "127.0.0.1", "--pin")
        assert done.returncode == 2
        assert "YAML" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_traceback(relay: Path, closed: str) -> None:
    command = f'"{sys.executable}" -m nlbcheck probe -m "{relay}" tg-web {closed}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("1 ok" in done.stdout) == (not closed.startswith(">"))


@pytest.mark.parametrize("arguments", ["--help", "--version", "probe --help", "mapping schema", "explain"])
def test_a_full_disk_is_one_sentence_for_every_command(arguments: str) -> None:
    command = f'"{sys.executable}" -m nlbcheck {arguments}'
    full = subprocess.run(["sh", "-c", f"{command} >/dev/full"], capture_output=True, text=True, check=False)
    assert full.returncode == 2
    assert full.stderr.count("\n") == 1
    assert "No space left on device" in full.stderr
    shell = ["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"]
    unread = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert (unread.returncode, unread.stderr) == (0, "")


def test_a_second_interrupt_ends_all_at_once(tmp_path: Path) -> None:
    with black_hole() as hole:
        table = tmp_path / "table.csv"
        table.write_text(f"Listener,Target group,Target port,Target\n{hole},tg-hole,9,10.0.0.2\n")
        command: list[str | Path] = [sys.executable, "-m", "nlbcheck", "probe", "-v", "-m", table]
        running = subprocess.Popen(
            [*command, "--static-ip", "127.0.0.1", "--timeout", "30"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stderr is not None
        running.stderr.readline()
        time.sleep(0.5)
        for _ in range(20):
            running.send_signal(signal.SIGINT)
            time.sleep(0.01)
        _, stderr = running.communicate(timeout=10)
    assert running.returncode == -signal.SIGINT
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--timeout", "nan"], "nan is not a time"),
        (["-f", "json:{there}/same", "-f", "junit:{there}/./same"], "two reports for"),
        (["-o", "{table}"], "the report would replace the mapping table"),
        (["tg-unknown", "-f", "json:{there}/new"], "tg-unknown"),
    ],
)
def test_a_wrong_command_line_leaves_no_file(
    relay: Path, tmp_path: Path, options: list[str], problem: str
) -> None:
    done = nlbcheck("probe", "-m", relay, *(word.format(there=tmp_path, table=relay) for word in options))
    assert done.returncode == 2
    assert problem in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("fail_on", "status"), [("fail", 1), ("warn", 1), ("unknown", 1), ("never", 0)])
def test_what_ends_in_status_1_can_be_chosen(relay: Path, fail_on: str, status: int) -> None:
    done = nlbcheck("probe", "-m", relay, "--fail-on", fail_on, "-f", "json")
    report = json.loads(done.stdout)
    assert done.returncode == report["exit_status"] == status
    assert report["summary"]["fail"] == 1
    assert report.get("fail_on", "fail") == fail_on


def test_a_wrong_table_is_status_2_whatever_fails(tmp_path: Path) -> None:
    assert nlbcheck("probe", "-m", tmp_path / "none.yaml", "--fail-on", "never").returncode == 2


def test_what_cannot_be_seen_can_be_a_failure(relay: Path) -> None:
    places = ("--via", "local", "--via", "ssh://nobody@127.0.0.1:1")
    words = ("probe", "tg-web", "-m", relay, *places, "-q")
    assert nlbcheck(*words).returncode == 3
    assert nlbcheck(*words, "--fail-on", "unknown").returncode == 1
