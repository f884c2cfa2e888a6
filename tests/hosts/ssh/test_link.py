"""A login to a real OpenSSH server: which keys are shown, how one gets there, what is said where it fails."""

from __future__ import annotations

import itertools
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nlbcheck.errors import InputError, UnseenError
from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.host import connected
from nlbcheck.hosts.ssh.link import SshLink
from tests.hosts.ssh.site import Site, agent, make_key
from tests.servers import closed_port, closes, says, says_nothing, serving


def assert_logs_in(to: Destination) -> None:
    with connected(to) as host:
        assert host.run("echo in", 20).output == "in\n"


def refusal(to: Destination, **options: object) -> str:
    """Return what is said where nobody gets in."""
    with pytest.raises(UnseenError) as raised:
        SshLink.open(to, **options)  # type: ignore[arg-type]
    return str(raised.value)


class TestKeys:
    def test_a_wrong_key_is_said_with_what_was_tried(self, site: Site) -> None:
        site.key.unlink()
        wrong = make_key(site.ssh / "id_ecdsa", "-t", "ecdsa")
        with site.server() as port:
            said = refusal(site.to(port))
        assert said.startswith(f"the SSH server 127.0.0.1, port {port}: no login as ")
        assert f"tried: {wrong}" in said

    def test_no_key_at_all_is_said(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.key.unlink()
        with site.server() as port:
            assert "there is no key to try: none of " in refusal(site.to(port))
            with agent(site.folder, monkeypatch):
                assert "the agent has no keys" in refusal(site.to(port))
            assert "/agent does not answer" in refusal(site.to(port))

    def test_the_agent_signs(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        with site.server() as port, agent(site.folder, monkeypatch):
            subprocess.run(["ssh-add", "-q", site.key], check=True)
            site.key.unlink()
            assert_logs_in(site.to(port))
            site.config("IdentitiesOnly yes")
            assert_logs_in(site.to(port))  # its public key stands where IdentityFile is
            site.config("IdentityAgent none")
            assert "there is no agent" in refusal(site.to(port))

    def test_too_many_keys_of_the_agent_are_said(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        elsewhere = site.key.rename(site.ssh / "right")
        site.key.with_suffix(".pub").rename(site.ssh / "right.pub")
        with site.server("MaxAuthTries 2") as port, agent(site.folder, monkeypatch):
            for number in range(4):
                subprocess.run(["ssh-add", "-q", make_key(site.folder / f"other{number}")], check=True)
            said = refusal(site.to(port))
            assert "it ended the connection after 2 keys (MaxAuthTries); with IdentitiesOnly yes" in said
            site.config(f"IdentityFile {elsewhere}", "IdentitiesOnly yes")
            assert_logs_in(site.to(port))

    @pytest.mark.parametrize("kind", [("-t", "rsa", "-b", "2048"), ("-t", "ecdsa", "-m", "PEM")])
    def test_keys_of_other_kinds_and_formats(self, site: Site, kind: tuple[str, ...]) -> None:
        site.key.unlink()
        other = make_key(site.folder / "other", *kind)
        site.authorized.write_bytes(other.with_suffix(".pub").read_bytes())
        site.config(f"IdentityFile {other}")
        with site.server() as port:
            assert_logs_in(site.to(port))

    def test_a_file_that_is_no_key_is_said(self, site: Site) -> None:
        site.key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
        with site.server() as port:
            assert f"{site.key} was not tried: it holds no key that can be read" in refusal(site.to(port))

    def test_a_passphrase_is_asked_for_three_times_and_never_shown(self, site: Site) -> None:
        subprocess.run(["ssh-keygen", "-q", "-p", "-f", site.key, "-N", "swordfish"], check=True)
        questions: list[str] = []

        def answering(*answers: str) -> list[str]:
            left = list(answers)

            def ask(question: str) -> str:
                questions.append(question)
                return left.pop(0)

            with site.server() as port:
                SshLink.open(site.to(port), ask).close()
            return left

        assert answering("trout", "swordfish", "never asked") == ["never asked"]
        assert questions == [f"Passphrase of {site.key}: "] * 2
        with pytest.raises(UnseenError) as raised:
            answering("trout", "", "salmon")
        assert "the passphrase was wrong" in str(raised.value)
        assert "trout" not in str(raised.value)

    def test_nobody_is_asked_where_there_is_no_terminal(self, site: Site) -> None:
        subprocess.run(["ssh-keygen", "-q", "-p", "-f", site.key, "-N", "swordfish"], check=True)
        with site.server() as port:
            said = _logging_in(site.to(port), start_new_session=True)
        assert "needs a passphrase, and there is no terminal to ask on" in said

    def test_the_terminal_is_asked_and_shows_nothing(self, site: Site) -> None:
        subprocess.run(["ssh-keygen", "-q", "-p", "-f", site.key, "-N", "swordfish"], check=True)
        with site.server() as port:
            pid, terminal = pty.fork()
            if not pid:
                os.execv(sys.executable, _command(site.to(port)))
            shown = b""
            while b"Passphrase of" not in shown:
                shown += os.read(terminal, 4096)
            os.write(terminal, b"swordfish\n")
            while b"logged in" not in shown:
                shown += os.read(terminal, 4096)
            os.close(terminal)
            os.waitpid(pid, 0)
        assert b"swordfish" not in shown

    def test_other_ways_to_log_in_than_keys_are_never_tried(self, site: Site) -> None:
        with site.server("PubkeyAuthentication no", "KbdInteractiveAuthentication yes") as port:
            said = refusal(site.to(port))
        assert "it takes " in said
        assert "password" in said
        assert "alone" in said
        with site.server("AuthenticationMethods publickey,password") as port:
            assert "besides a key it asks for password" in refusal(site.to(port))


class TestCertificates:
    def test_a_user_with_a_certificate(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        authority = make_key(site.folder / "authority")
        site.authorized.write_text("")
        user = site.to(1).user or ""
        public = site.key.with_suffix(".pub")
        sign: list[str | Path] = ["ssh-keygen", "-q", "-s", authority, "-I", "tests", "-n", user, public]
        with site.server(f"TrustedUserCAKeys {authority}.pub") as port:
            assert f"tried: {site.key}" in refusal(site.to(port))
            subprocess.run(sign, check=True)
            certificate = Path(f"{site.key}-cert.pub")
            assert_logs_in(site.to(port))
            elsewhere = certificate.rename(site.folder / "certificate")
            site.config(f"CertificateFile {elsewhere}")
            assert_logs_in(site.to(port))
            elsewhere.rename(certificate)
            with agent(site.folder, monkeypatch):
                subprocess.run(["ssh-add", "-q", site.key], check=True)
                for file in (site.key, Path(f"{site.key}.pub"), Path(f"{site.key}-cert.pub")):
                    file.unlink()
                site.config()
                assert_logs_in(site.to(port))


class TestWays:
    def test_over_several_hosts(self, site: Site) -> None:
        with site.server() as first, site.server() as second, site.server() as last:
            site.config(
                "Host last", f"  HostName 127.0.0.1\n  Port {last}", "  ProxyJump first,second",
                "Host first", f"  HostName=127.0.0.1\n  Port = {first}",
                "Host second", f"  HostName 127.0.0.1\n  Port {second}  # behind the first",
            )  # fmt: skip
            with connected(Destination("last")) as host:
                assert host.run("echo $SSH_CONNECTION", 20).output.split()[3] == str(last)
            log = (site.folder / f"log.{first}").read_text()
        assert "Accepted publickey" in log

    def test_a_hop_has_its_own_hops_and_never_endlessly(self, site: Site) -> None:
        with site.server() as first, site.server() as last:
            site.config(
                f"Host last\n HostName 127.0.0.1\n Port {last}\n ProxyJump middle",
                f"Host middle\n HostName 127.0.0.1\n Port {first}\n ProxyJump ssh://127.0.0.1:{first}",
                "Host round\n ProxyJump round",
            )
            assert_logs_in(Destination("last"))
            assert "more than 8 hosts to jump over" in refusal(Destination("round"))

    def test_a_hop_that_gives_no_way_is_said(self, site: Site) -> None:
        with site.server("AllowTcpForwarding no") as first, site.server() as last:
            site.config(f'Match host 127.0.0.1 exec "test %p = {last}"\n ProxyJump 127.0.0.1:{first}')
            said = refusal(site.to(last))
        assert "the host to jump over gives no connection to it: " in said
        assert "prohibited" in said

    def test_through_a_command(self, site: Site) -> None:
        relay = site.folder / "relay.py"
        relay.write_text(
            "import socket, sys, threading, os\n"
            "os.write(2, b'.' * 300_000)\n"  # more than a pipe holds
            "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
            "def up():\n"
            "    while d := os.read(0, 65536): s.sendall(d)\n"
            "threading.Thread(target=up, daemon=True).start()\n"
            "while d := s.recv(65536): os.write(1, d)\n"
        )
        with site.server() as port:
            site.config(f"ProxyCommand {sys.executable} {relay} %h %p")
            assert_logs_in(site.to(port))
            site.config("ProxyCommand echo 'the VPN \033[2Jis down' >&2; exit 1")
            assert r"the ProxyCommand says: the VPN \x1b[2Jis down" in refusal(site.to(port))

    def test_what_was_said_first_holds(self, site: Site) -> None:
        with site.server() as port:
            site.config(f"Host *\n Port {port}\nHost *\n Port 1\n ProxyCommand none\n ProxyJump nowhere")
            assert_logs_in(Destination("127.0.0.1"))

    def test_files_that_are_included(self, site: Site) -> None:
        with site.server() as port:
            (site.ssh / "more").mkdir()
            (site.ssh / "more" / "10.conf").write_text(f"Host server\n  HostName 127.0.0.1\n  Port {port}\n")
            site.config("Include more/*.conf", "HostKeyAlgorithms ssh-ed25519")
            assert_logs_in(Destination("server"))
            site.config("Host other", "  Include more/*.conf", "Host server", "  HostName 127.0.0.1")
            with pytest.raises(InputError, match="expected no Host or Match"):
                SshLink.open(Destination("server"))

    @pytest.mark.parametrize(
        "text", ["Port", "Port many", "Match exec", "ConnectTimeout soon", "Include config"]
    )
    def test_a_file_that_cannot_be_is_the_users_mistake(self, site: Site, text: str) -> None:
        site.config(text)
        with pytest.raises(InputError, match="ssh_config"):
            SshLink.open(Destination("127.0.0.1"))

    def test_nobody_there(self, site: Site) -> None:
        assert "no connection: Connection refused" in refusal(site.to(closed_port()))
        assert "no connection: " in refusal(Destination("no-such-host.invalid"))
        with serving(closes) as port:
            assert "no SSH connection: " in refusal(site.to(port))
        with serving(says(b"HTTP/1.1 400 Bad Request\r\n" * 200)) as port:
            assert "no SSH connection: " in refusal(site.to(port))
        site.config("ConnectTimeout 1")
        with serving(says_nothing) as port:
            assert "no SSH connection" in refusal(site.to(port))


def _command(to: Destination) -> list[str]:
    code = (
        "from nlbcheck.hosts.ssh.destination import Destination\n"
        "from nlbcheck.hosts.ssh.link import SshLink\n"
        f"SshLink.open(Destination.parse({str(to)!r})).close(); print('logged in')"
    )
    return [sys.executable, "-c", code]


def _logging_in(to: Destination, *, start_new_session: bool) -> str:
    done = subprocess.run(
        _command(to), capture_output=True, text=True, check=False, start_new_session=start_new_session,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout + done.stderr


class TestAClockThatIsSet:
    """The system's clock is set by an hour whenever it is looked at."""

    def test_a_slow_server_is_waited_for_and_logged_in_to(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wall, steps = time.time, itertools.count(step=3600)
        monkeypatch.setattr(time, "time", lambda: wall() + next(steps))
        with site.server() as port:
            assert_logs_in(site.to(port))

    def test_a_silent_server_is_not_waited_for_longer(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wall, steps = time.time, itertools.count(step=-3600)
        monkeypatch.setattr(time, "time", lambda: wall() + next(steps))
        site.config("ConnectTimeout 1")
        begun = time.monotonic()
        with serving(says(b"SSH-2.0-tests\r\n")) as port:
            assert "no SSH connection within 1 s" in refusal(site.to(port))
        assert time.monotonic() - begun < 5
