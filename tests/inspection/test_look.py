"""The script runs for real, on this machine, with whatever programs a target may have."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from nlbcheck.errors import ExitStatus, UnseenError
from nlbcheck.formats import inspection as rendering
from nlbcheck.formats.style import Style
from nlbcheck.hosts.here import ThisHost
from nlbcheck.hosts.host import Host, Ran
from nlbcheck.inspection.look import inspect
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.inspection.script import script
from nlbcheck.model import Check, Port, Verdict, ending
from nlbcheck.model.inspected import HostLook, PeerKind
from tests.schemas.valid import wrong_in
from tests.servers import program

PATH = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin"
TOOLS = ("sh", "uname", "head", "grep", "sleep", "ip")
ME = ip_address("127.0.0.1")


def question(port: int, **more: object) -> HostQuestion:
    asked = HostQuestion(
        "tg-1", Port("TCP", 1), "Server", ME, port, Check.TCP, (ME,), (), False, port, checks_by_tcp=True
    )
    return replace(asked, **more)  # type: ignore[arg-type]


class Having:
    """This machine, with certain programs alone: the script's own PATH is replaced."""

    name = "target"

    def __init__(self, folder: Path, *programs: str, before: str = "", shell: Sequence[str] = ()) -> None:
        for name in programs:
            (folder / name).symlink_to(program(name))
        self.path, self._before, self._shell = folder, before, shell

    def run(self, script: str, timeout: float) -> Ran:
        assert PATH in script
        script = self._before + script.replace(PATH, f"PATH={self.path}")
        if not self._shell:
            return ThisHost().run(script, timeout)
        done = subprocess.run(
            [*self._shell, "-c", script], capture_output=True, text=True, timeout=timeout, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def listening() -> Iterator[tuple[int, socket.socket]]:
    """Yield a port that is listened on, and a connection to it over which something was said."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as accepted,
    ):
        client.sendall(b"hello")
        accepted.recv(5)
        yield server.getsockname()[1], client


def busybox(folder: Path) -> Having:
    """Return this machine with BusyBox's programs alone."""
    found = program("busybox")
    for name in subprocess.run([found, "--list"], capture_output=True, text=True, check=True).stdout.split():
        (folder / name).symlink_to(found)
    return Having(folder, shell=(found, "sh"))


@pytest.mark.parametrize(
    ("programs", "seen_by"),
    [
        ((*TOOLS, "ss"), "ss"),
        ((*TOOLS, "ss", "timeout", "stdbuf"), "ss"),
        ((*TOOLS, "netstat"), "netstat"),
        (TOOLS, "/proc/net/tcp"),
        ((), "netstat"),
    ],
    ids=["ss", "ss with all", "netstat", "neither", "busybox"],
)
def test_sockets_are_seen_with_whatever_is_there(
    programs: tuple[str, ...], seen_by: str, tmp_path: Path, listening: tuple[int, socket.socket]
) -> None:
    port, client = listening
    host = Having(tmp_path, *programs) if programs else busybox(tmp_path)
    seen = inspect(host, question(port), seconds=1)
    assert seen.seen_by == seen_by
    assert [str(item.address) for item in seen.at(port)] == ["127.0.0.1"]
    assert seen.connections is not None
    (held,) = [item for item in seen.connections if item.peer.port == client.getsockname()[1]]
    assert (held.state, held.lasts) == ("ESTABLISHED", True)
    by_ss = seen_by == "ss"
    assert held.received == (5 if by_ss else None)
    assert held.kind is (PeerKind.RELAYED if by_ss else PeerKind.CHECK_OR_RELAYED)


def test_the_language_of_the_target_does_not_matter(
    tmp_path: Path, listening: tuple[int, socket.socket]
) -> None:
    port, _ = listening
    before = "LC_ALL=de_DE.UTF-8 LANG=ja_JP.UTF-8 LANGUAGE=ja; export LC_ALL LANG LANGUAGE\n"
    for folder, name in (("one", "ss"), ("two", "netstat")):
        (tmp_path / folder).mkdir()
        host = Having(tmp_path / folder, *TOOLS, name, before=before)
        seen = inspect(host, question(port), seconds=0)
        assert [item.port for item in seen.at(port)] == [port]
        assert seen.connections


def test_it_runs_in_the_shell_of_busybox_without_a_complaint(
    tmp_path: Path, listening: tuple[int, socket.socket]
) -> None:
    ran = busybox(tmp_path).run(script(question(listening[0]), "mark", seconds=0), 30)
    assert (ran.status, ran.errors) == (0, "")


def test_without_the_right_to_see_process_names_that_is_said(
    tmp_path: Path, listening: tuple[int, socket.socket]
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    tmp_path.chmod(0o755)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh")
    host = Having(Path("/usr/bin"), shell=nobody)
    seen = inspect(host, question(listening[0]), seconds=0)
    assert [item.process for item in seen.at(listening[0])] == [None]
    assert seen.notes == ("Which processes listen is not visible: seeing them takes root.",)
    assert seen.verdict is Verdict.UNKNOWN


def test_the_rules_of_a_firewall_that_may_not_be_read_are_unknown(
    tmp_path: Path, listening: tuple[int, socket.socket]
) -> None:
    seen = inspect(Having(tmp_path, *TOOLS, "ss"), question(listening[0]), seconds=0)
    assert any("neither nft nor iptables-save is installed" in said for said in seen.unseen)
    assert seen.rulings == ()
    assert seen.verdict is Verdict.UNKNOWN


_HOSTILE = """
import socket, sys
open('/proc/self/comm', 'wb').write(b'\\x1b[31m"),\\n\\x07')
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_names_of_processes_steer_no_terminal(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOSTILE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as hostile:
        assert hostile.stdout is not None
        port = int(hostile.stdout.readline())
        seen = inspect(ThisHost(), question(port), seconds=0)
        hostile.communicate()
    assert [item.port for item in seen.at(port)] == [port]
    document = rendering.document([seen], [], seen_status(seen))
    assert wrong_in("inspection", json.loads(document)) == []
    told = rendering.text([seen], [], Style()) + document
    assert all(character.isprintable() or character == "\n" for character in told)


def seen_status(seen: HostLook) -> ExitStatus:
    return ending({seen.verdict})


_LONG = "x" * 200_000
_ABOUT_ITSELF = "\nMARK begin system\n{}\nMARK end 0\n"
_OWN = "\nMARK begin addresses\n1: lo    inet 127.0.0.1/8 scope host lo\nMARK end 0\n"
_SAVED = f"""
MARK begin nft

MARK end 127

MARK begin iptables
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m comment --comment {_LONG} -j DROP
COMMIT
MARK end 0
"""
_NETSTAT = f"""
MARK begin netstat-own
tcp        0      0 127.0.0.1:22            0.0.0.0:*               LISTEN      1/{_LONG}
MARK end 0
"""


def test_whatever_a_host_says_of_itself_is_shown_in_part() -> None:
    host = Saying(_ABOUT_ITSELF.format(f"Linux {_LONG}") + _OWN + _SAVED + _NETSTAT)
    seen = inspect(host, question(22), seconds=0)
    assert seen.listeners
    assert any(ruling.rule for ruling in seen.rulings)
    shown = rendering.text([seen], [], Style())
    assert max(map(len, (rendering.document([seen], [], seen_status(seen)) + shown).splitlines())) < 2000
    assert len(shown) < 10_000


@pytest.mark.parametrize("said", [_LONG, _ABOUT_ITSELF.format(_LONG)])
def test_what_is_no_linux_is_named_in_part(said: str) -> None:
    with pytest.raises(UnseenError) as raised:
        inspect(Saying(said), question(22), seconds=0)
    assert len(str(raised.value)) < 400


class Saying:
    """A host that answers every script alike."""

    name = "target"

    def __init__(self, output: str, errors: str = "") -> None:
        self._ran = Ran(0, output, errors)

    def run(self, script: str, timeout: float) -> Ran:
        mark = script.partition("mark=")[2].partition(";")[0]
        return replace(self._ran, output=self._ran.output.replace("MARK", mark))


@pytest.mark.parametrize(
    ("host", "why"),
    [
        (
            Saying("\nMARK begin system\nFreeBSD 14.0\nMARK end 0\n"),
            "only Linux can be inspected, and it runs",
        ),
        (Saying("Microsoft Windows\n"), "runs no commands of a POSIX shell: Microsoft Windows"),
        (Saying("", "This account is not available."), "This account is not available."),
        (Saying("\nforged begin system\nLinux 6\nforged end 0\n"), "runs no commands of a POSIX shell"),
    ],
)
def test_what_is_no_linux_is_named_as_such(host: Host, why: str) -> None:
    with pytest.raises(UnseenError, match=f"target: .*{why}"):
        inspect(host, question(22), seconds=0)


def test_a_host_without_the_targets_address_is_not_judged(listening: tuple[int, socket.socket]) -> None:
    elsewhere = replace(question(listening[0]), address=ip_address("192.0.2.7"))
    seen = inspect(ThisHost(), elsewhere, seconds=0)
    assert seen.findings == ()
    assert seen.unseen == ("The host has no interface with the address 192.0.2.7: is it the target?",)
