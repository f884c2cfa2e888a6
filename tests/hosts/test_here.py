"""Scripts are run on this machine as on any other host."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.here import ThisHost
from nlbcheck.hosts.host import Host, Ran

PATIENCE = 20.0


def test_a_script_tells_its_outputs_and_how_it_ended() -> None:
    host: Host = ThisHost()
    assert host.run("echo out; echo err >&2; exit 3", PATIENCE) == Ran(3, "out\n", "err\n")


def test_the_locale_is_c_whatever_the_users_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert ThisHost().run('printf %s "$LC_ALL"', PATIENCE).output == "C"


def test_nothing_is_read_from_standard_input() -> None:
    assert ThisHost().run("cat; echo end", PATIENCE).output == "end\n"


def test_what_is_no_text_is_replaced() -> None:
    assert ThisHost().run(r"printf 'a\377b'", PATIENCE).output == "a�b"


def test_more_than_is_kept_is_cut_and_the_script_ends_all_the_same() -> None:
    ran = ThisHost(limit=1000).run("head -c 300000 /dev/zero; echo end >&2", PATIENCE)
    assert (ran.status, len(ran.output), ran.errors, ran.is_cut) == (0, 1000, "end\n", True)


def test_a_script_that_takes_too_long_is_killed_with_what_it_started() -> None:
    ran = ThisHost().run("sleep 600 & echo $!; wait", 0.3)
    assert ran.status is None
    deadline = time.monotonic() + PATIENCE
    while _runs(int(ran.output)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(number: int) -> bool:
    """Whether a process has not ended, though nobody may have asked how it did."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_in_the_background_holds_nobody_up_for_longer_than_allowed() -> None:
    begun = time.monotonic()
    ran = ThisHost().run("sleep 30 & echo done", 0.5)
    assert ran.output == "done\n"
    assert time.monotonic() - begun < 10


def test_a_signal_is_no_exit_status() -> None:
    assert ThisHost().run("kill -9 $$", PATIENCE).status is None


def test_without_a_shell_nothing_can_be_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnseenError, match="this machine: no commands can be run"):
        ThisHost().run("true", PATIENCE)
