"""Long answers come through packed."""

from __future__ import annotations

import pytest

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.compressed import Compressed
from nlbcheck.hosts.here import ThisHost
from nlbcheck.hosts.host import Ran

PATIENCE = 20.0


class Keeping:
    """This machine, of whose answers so many characters are kept."""

    name = "i-1"

    def __init__(self, most: int = 24_000, before: str = "") -> None:
        self.most, self.before, self.heard = most, before, ""

    def run(self, script: str, timeout: float) -> Ran:
        ran = ThisHost().run(self.before + script, timeout)
        self.heard = ran.output
        return Ran(ran.status, ran.output[: self.most], ran.errors)


def test_what_is_far_too_long_comes_through_whole() -> None:
    host = Keeping()
    ran = Compressed(host).run("n=0; while [ $n -lt 5000 ]; do echo line $n ü; n=$((n+1)); done", PATIENCE)
    assert ran.output.splitlines()[-1] == "line 4999 ü"
    assert len(ran.output.splitlines()) == 5000
    assert len(host.heard) < 24_000


def test_of_what_is_cut_the_beginning_is_kept() -> None:
    script = "n=0; while [ $n -lt 9000 ]; do echo $n $((n * 7919 % 10007)); n=$((n+1)); done"
    ran = Compressed(Keeping(most=5003)).run(script, PATIENCE)
    assert ran.output.startswith("0 0\n1 7919\n")
    assert len(ran.output) > 5003


def test_without_gzip_it_comes_as_it_is() -> None:
    host = Keeping(before="gzip() { :; }; command() { return 1; }\n")
    assert Compressed(host).run("echo plain", PATIENCE).output == "plain\n"


def test_what_is_no_packed_answer_is_not_understood() -> None:
    host = Keeping(before="gzip() { echo nonsense; }; base64() { cat; }\n")
    with pytest.raises(UnseenError, match="i-1: its answer did not come through whole"):
        Compressed(host).run("echo x", PATIENCE)
