"""Does stdout get the colours and signs that the environment allows, as from other tools?"""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Mapping

import pytest

from nlbcheck.cli import showing
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE
from tests.cli.running import nlbcheck

DIAGNOSE = ("diagnose", "tg-10022", "--no-probe", "-q", "-m", TABLE, "--snapshot", SNAPSHOT)
UNSET = dict.fromkeys(("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "LC_ALL", "LANG"), "")


@pytest.mark.parametrize(
    ("environment", "at_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"CLICOLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR_FORCE": "0"}, True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_when_there_are_colours(environment: Mapping[str, str], at_terminal: bool, elsewhere: bool) -> None:
    assert showing.has_colors(environment, is_terminal=True) is at_terminal
    assert showing.has_colors(environment, is_terminal=False) is elsewhere


@pytest.mark.parametrize(
    ("encoding", "environment", "expected"),
    [
        ("utf-8", {"LANG": "en_US.UTF-8"}, True),
        ("utf-8", {"PYTHONIOENCODING": "utf-8", "LC_ALL": "C"}, True),
        ("ascii", {"PYTHONIOENCODING": "ascii"}, False),
        ("latin-1", {"LANG": "en_US.UTF-8"}, False),
        ("euc-jp", {"LANG": "ja_JP.UTF-8"}, False),
    ],
)
def test_which_signs_a_stream_has(encoding: str, environment: Mapping[str, str], expected: bool) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert showing.can_show("✓→", stream, environment) is expected


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_without_the_signs_ascii_stands_for_them(environment: Mapping[str, str]) -> None:
    done = nlbcheck(*DIAGNOSE, env={**NO_AWS, **UNSET, **environment})
    assert done.stdout.isascii()
    assert "\\u" not in done.stdout
    assert "\n+ tg-10022 (TCP:10022 to TargetServer1 172.31.129.10:22) is in order" in done.stdout
    assert "  + instance client -> + sg client -> + acl\n" in done.stdout
    assert "  -> + routes client -> + peering vpc-1-to-vpc-2 -> + acl\n" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def at_a_terminal(environment: Mapping[str, str]) -> str:
    """What the command writes to a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "nlbcheck", *map(str, DIAGNOSE)],
        stdout=follower,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **NO_AWS, **UNSET, **environment},
    ) as running:
        os.close(follower)
        said = b""
        while chunk := _read(leader):
            said += chunk
        assert running.wait(60) == 0
    os.close(leader)
    return said.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # the other end is closed
        return b""


def test_a_terminal_has_colours_and_a_dumb_one_has_none() -> None:
    assert "\x1b[32m" in at_a_terminal({"TERM": "xterm"})
    assert "\x1b" not in at_a_terminal({"TERM": "dumb"})
