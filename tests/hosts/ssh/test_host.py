"""Scripts run on a host behind a real OpenSSH server, whatever its login shell is and says."""

from __future__ import annotations

import threading
import time

import pytest

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.ssh.host import SshHost, connected
from tests.hosts.ssh.site import Site, with_busybox_alone
from tests.servers import program


def assert_unseen(host: SshHost, said: str, seconds: float = 20) -> None:
    with pytest.raises(UnseenError, match=said):
        host.run("echo out", seconds)


def test_a_script_runs_and_says_how_it_ended(site: Site) -> None:
    with site.server() as port, connected(site.to(port)) as host:
        ran = host.run("echo out; echo err >&2; exit 3", 10)
        assert (ran.status, ran.output, ran.errors, ran.is_cut) == (3, "out\n", "err\n", False)
        assert host.run('cat; echo "$LC_ALL"; locale 2>/dev/null | grep -c en_ || :', 10).output == "C\n0\n"
        assert host.run("kill -KILL $$", 10).status is None
        assert host.run("if", 10).status not in (0, None)
        assert host.name.startswith("ssh://")


def test_what_the_login_shell_prints_is_left_out(site: Site) -> None:
    shell = site.folder / "chatty"
    shell.write_text('#!/bin/sh\necho Welcome; echo to you >&2; printf "no newline"\nexec /bin/sh "$@"\n')
    shell.chmod(0o755)
    (site.folder / "banner").write_text("Nobody but staff.\n" * 100)
    banner = f"Banner {site.folder}/banner"
    with site.server(banner, shell=str(shell)) as port, connected(site.to(port)) as host:
        ran = host.run("echo out; echo err >&2", 10)
    assert (ran.status, ran.output, ran.errors) == (0, "out\n", "err\n")


@pytest.mark.parametrize("name", ["fish", "zsh", "tcsh"])
def test_other_login_shells_than_posix_ones(site: Site, name: str) -> None:
    shell = program(name)
    script = 'for i in 1 2; do echo "$i\'s \\$x"; done; x=$(printf \'%s\' "a\nb"); echo "$x"'
    with site.server(shell=shell) as port, connected(site.to(port)) as host:
        assert host.run(script, 20).output == "1's $x\n2's $x\na\nb\n"


@pytest.mark.parametrize(
    ("settings", "shell", "said"),
    [
        ((), "/usr/sbin/nologin", r'has run no command; it says "This account is'),
        (("ForceCommand printf '\\033[2Jgo away'",), None, r'says "\\x1b\[2Jgo away'),
        (("ForceCommand true",), None, r"has run no command$"),
    ],
)
def test_a_shell_that_runs_no_commands_is_said(
    site: Site, settings: tuple[str, ...], shell: str | None, said: str
) -> None:
    with site.server(*settings, shell=shell) as port, connected(site.to(port)) as host:
        assert_unseen(host, said)


def test_a_script_has_its_time_and_one_session_is_enough(site: Site) -> None:
    with site.server("MaxSessions 1") as port, connected(site.to(port)) as host:
        started = time.monotonic()
        ran = host.run("echo begun; exec sleep 5", 3)
        assert (ran.status, ran.output) == (None, "begun\n")
        assert time.monotonic() - started < 20
        results: list[str] = []
        threads = [
            threading.Thread(target=lambda: results.append(host.run("echo again", 30).output))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == ["again\n"] * 3


def test_no_session_at_all_is_said(site: Site) -> None:
    with site.server("MaxSessions 0") as port, connected(site.to(port)) as host:
        assert_unseen(host, "MaxSessions", 0.5)


def test_more_output_than_is_kept_is_cut_and_the_script_still_ends(site: Site) -> None:
    with site.server() as port, connected(site.to(port)) as host:
        ran = host.run("head -c 3000000 /dev/zero | tr '\\0' x; echo much >&2; exit 4", 20)
        assert (ran.status, len(ran.output), ran.errors, ran.is_cut) == (4, (1 << 20) - 33, "much\n", True)
        ran = host.run("cat /dev/zero", 20)
        assert ran.status is None
        assert ran.is_cut


def test_what_is_no_text_does_no_harm(site: Site) -> None:
    with site.server() as port, connected(site.to(port)) as host:
        assert host.run("printf '\\377\\000\\n'", 10).output == "\ufffd\0\n"


def test_a_connection_that_ends_while_a_script_runs_is_no_result(site: Site) -> None:
    with site.server() as port, connected(site.to(port)) as host:
        with pytest.raises(UnseenError, match="ended while a command ran"):
            host.run("kill -KILL $PPID; sleep 10", 20)
        assert host.run("echo out", 20).output == "out\n"  # over a new one


def test_only_what_busybox_has_is_needed(site: Site) -> None:
    alone = with_busybox_alone(site.folder)
    with site.server(shell="/bin/sh", prefix=alone) as port, connected(site.to(port)) as host:
        ran = host.run("head --help 2>&1 | head -n 1; ls /usr/bin | grep -c ^perl", 10)
    assert ran.output.startswith("BusyBox ")
    assert ran.output.endswith("\n0\n")
