"""The script, run by real shells with what they have, against real servers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from nlbcheck.model import Check, HttpExpectation, Status
from tests.servers import (
    answers,
    black_hole,
    closed_port,
    closes,
    nginx,
    resets,
    says,
    says_nothing,
    serving,
    sshd,
)
from tests.vantage.shell.shells import EVERYTHING, apart, flow, path_with, probed

SHELLS = {"dash": ["dash"], "bash": ["bash"], "bash as sh": ["bash", "--posix"], "busybox": ["busybox", "sh"]}
PROGRAMS = {
    "openbsd": ["nc=nc.openbsd", "gzip", "base64"],
    "traditional": ["nc=nc.traditional"],
    "busybox-nc": ["nc=busybox"],
    "curl": ["curl"],
    "bash": ["bash"],
}
DUMB = ("openbsd", "traditional", "busybox-nc")
"""Netcats that do not tell a reset from an end."""


@pytest.mark.parametrize("shell", SHELLS)
def test_every_end_of_a_probe_is_told_apart_by_every_shell(shell: str) -> None:
    check_every_end(SHELLS[shell], EVERYTHING, tells_resets=True)


@pytest.mark.parametrize("programs", PROGRAMS)
def test_every_end_of_a_probe_is_told_apart_whichever_program_there_is(programs: str, tmp_path: Path) -> None:
    path = path_with(tmp_path / "bin", *PROGRAMS[programs])
    check_every_end(["dash"], path, tells_resets=programs not in DUMB)


def check_every_end(shell: Sequence[str], path: str, *, tells_resets: bool) -> None:
    page = b"HTTP/1.1 200 OK\r\nServer: tests\r\n\r\n"
    with (
        serving(says(b"SSH-2.0-tests\r\n")) as ssh,
        serving(answers(page)) as web,
        serving(says_nothing) as silent,
        serving(closes) as closing,
        serving(resets) as resetting,
        black_hole() as hole,
    ):
        cases = [
            (flow(ssh, Check.SSH), Status.OK),
            (flow(web, Check.HTTP), Status.OK),
            (flow(web, Check.HTTP, http=HttpExpectation((range(404, 405),))), Status.UNEXPECTED),
            (flow(silent, Check.TCP), Status.OK),
            (flow(silent, Check.SSH), Status.NO_REPLY),
            (flow(silent, Check.HTTP), Status.NO_REPLY),
            (flow(web, Check.SSH), Status.NO_REPLY),
            (flow(ssh, Check.HTTP), Status.BAD_REPLY),
            (flow(closing, Check.TCP), Status.OK),
            (flow(resetting, Check.HTTP), Status.RESET if tells_resets else Status.NO_REPLY),
            (flow(hole, Check.TCP), Status.TIMED_OUT),
            (flow(hole, Check.SSH), Status.TIMED_OUT),
            (flow(closed_port(), Check.TCP), Status.REFUSED),
            (flow(closed_port(), Check.HTTP), Status.REFUSED),
        ]
        seen = probed(apart([one for one, _ in cases]), shell, path)
    if tells_resets and seen[9].status is Status.NO_REPLY:  # it came while the question was still being sent
        cases[9] = (cases[9][0], Status.NO_REPLY)
    told = {(one.check, one.port): result for (one, _), result in zip(cases, seen, strict=True)}
    assert [result.status for result in seen] == [status for _, status in cases], told
    assert seen[0].detail["banner"] == "SSH-2.0-tests"
    assert seen[1].detail["status"] == 200
    assert seen[2].error == "status 200 OK, expected 404"


def test_ncat_which_takes_long_to_start_tells_ends_apart_too(tmp_path: Path) -> None:
    with (
        serving(says(b"SSH-2.0-tests\r\n")) as ssh,
        serving(resets) as resetting,
        black_hole() as hole,
    ):
        flows = [flow(ssh, Check.SSH), flow(resetting, Check.HTTP), flow(hole), flow(closed_port())]
        seen = probed(apart(flows), path=path_with(tmp_path / "bin", "ncat"))
    ended = [result.status for result in seen]
    assert ended[1] in (Status.RESET, Status.NO_REPLY)  # the latter where it came amid the question
    assert (ended[0], *ended[2:]) == (Status.OK, Status.TIMED_OUT, Status.REFUSED)


def test_openssh_and_nginx_answer_a_shell(tmp_path: Path) -> None:
    for name in ("ssh", "web"):
        (tmp_path / name).mkdir()
    with sshd(tmp_path / "ssh") as ssh, nginx(tmp_path / "web") as web:
        moved = HttpExpectation((range(301, 302),), {"Location": "*/old"})
        flows = [
            flow(ssh, Check.SSH),
            flow(ssh, Check.SSH, ssh_banner_only=True),
            flow(web, Check.HTTP),
            flow(web, Check.HTTP, path="/old", host="app.example.com", http=moved),
            flow(web, Check.HTTP, http=HttpExpectation(headers={"Server": "Apache*"})),
        ]
        seen = probed(apart(flows))
        by_curl = probed(apart(flows), path=path_with(tmp_path / "bin", "curl"))
    for results in (seen, by_curl):
        assert [one.status for one in results] == [Status.OK] * 4 + [Status.UNEXPECTED], results
        assert str(results[1].detail["banner"]).startswith("SSH-2.0-OpenSSH")
        assert "not_checked" not in results[1].detail
        assert str(results[4].error).startswith("header Server: nginx")


@pytest.mark.parametrize("step", [-3600, 36_000])
def test_a_clock_that_is_set_meanwhile_is_not_believed(step: int) -> None:
    """What bash runs, with a clock that is set before each of its commands."""
    source = files("nlbcheck.vantage.shell").joinpath("probe.sh").read_text(encoding="utf-8")
    conversation = source.partition("in_bash='")[2].partition("'\n")[0]
    clock = "unset EPOCHREALTIME; EPOCHREALTIME=1800000000.000000; set -T\n"
    clock += f"trap 'EPOCHREALTIME=$((${{EPOCHREALTIME%.*}} + {step})).000000' DEBUG\n"
    with serving(says_nothing) as port:
        command = ["bash", "-c", clock + conversation, "bash", "127.0.0.1", str(port), "", "tcp"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = done.stderr.splitlines()[-1]
    connected, microseconds = told.split()
    assert connected == "connected"
    assert 0 <= int(microseconds) < 1_000_000
