"""A server's key is checked as OpenSSH checks it; one that changed is never taken."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.known_hosts import KnownKey, known_keys
from nlbcheck.hosts.ssh.link import SshLink
from nlbcheck.hosts.ssh.settings import settings_of
from tests.hosts.ssh.site import Site, make_key


def logs_in(to: Destination) -> bool:
    SshLink.open(to).close()
    return True


def refusal(to: Destination) -> str:
    with pytest.raises(UnseenError) as raised:
        SshLink.open(to)
    return str(raised.value)


def fingerprint(file: Path) -> str:
    shown = subprocess.run(["ssh-keygen", "-l", "-f", file], check=True, capture_output=True, text=True)
    return shown.stdout.split()[1]


def test_an_unknown_key_is_shown_with_the_command_that_accepts_it(site: Site) -> None:
    with site.server(known=False) as port:
        said = refusal(site.to(port))
        assert (
            f"its host key is not known: it shows the ssh-ed25519 key {fingerprint(site.host_key(port))}. "
            in said
        )
        assert not site.known_hosts.exists()
        command = re.search(r"accept the key: (echo .*)", said)
        assert command
        subprocess.run(["sh", "-c", command[1]], check=True)
        assert logs_in(site.to(port))
        look: list[str | Path] = ["ssh-keygen", "-F", f"[127.0.0.1]:{port}", "-f", site.known_hosts]
        found = subprocess.run(look, check=True, capture_output=True)
        assert b"ssh-ed25519" in found.stdout


@pytest.mark.parametrize("strict", ["yes", "ask", "accept-new", "no"])
def test_a_changed_key_is_never_taken(site: Site, strict: str) -> None:
    site.config(f"StrictHostKeyChecking {strict}")
    with site.server(known=False) as port:
        old = make_key(site.folder / "old").with_suffix(".pub")
        site.known_hosts.write_text(f"# comment\n\n[127.0.0.1]:{port} {old.read_text()}")
        said = refusal(site.to(port))
        assert f"known_hosts:3 has the ssh-ed25519 key {fingerprint(old)}" in said
        assert fingerprint(site.host_key(port)) in said
        assert "somebody else answers in its place" in said
        command = re.search(r"remove the old key: (ssh-keygen -R .*)", said)
        assert command
        subprocess.run(["sh", "-c", command[1]], check=True, capture_output=True)
        site.know(port)
        assert logs_in(site.to(port))


def test_a_key_of_another_type_does_not_stand_in_for_the_known_one(site: Site) -> None:
    with site.server(known=False) as port:
        other = make_key(site.folder / "other", "-t", "ecdsa").with_suffix(".pub")
        site.know(port)
        site.known_hosts.write_text(f"[127.0.0.1]:{port} {other.read_text()}")
        assert "the host key is not the one that is known" in refusal(site.to(port))


def test_the_user_may_say_that_new_keys_will_do(site: Site) -> None:
    site.config("StrictHostKeyChecking accept-new", "UserKnownHostsFile /dev/null")
    with site.server(known=False) as port:
        assert logs_in(site.to(port))


def test_names_under_which_a_key_may_be_known(site: Site) -> None:
    with site.server(known=False) as port:
        for name in ("127.0.0.1", f"[127.0.0.*]:{port}", f"a,[127.0.0.1]:{port},b"):
            site.known_hosts.unlink(missing_ok=True)
            site.know(port, name)
            assert logs_in(site.to(port)), name
        for name in ("127.0.0.2", "[127.0.0.1]:1", f"[127.0.0.*]:{port},![127.0.0.1]:*", "1"):
            site.known_hosts.unlink()
            site.know(port, name)
            assert "not known" in refusal(site.to(port)), name


def test_the_key_of_the_server_on_port_22_may_be_another(site: Site) -> None:
    with site.server(known=False) as port:
        other = make_key(site.folder / "other").with_suffix(".pub")
        site.known_hosts.write_text(f"127.0.0.1 {other.read_text()}")
        assert "its host key is not known" in refusal(site.to(port))


def test_an_alias_and_files_elsewhere(site: Site) -> None:
    with site.server(known=False) as port:
        site.known_hosts.write_text(f"relay-a {site.public(port)}\n")
        elsewhere = site.known_hosts.rename(site.folder / "known to us")
        site.config("HostKeyAlias Relay-A", f'UserKnownHostsFile "{elsewhere}"')
        settings = settings_of(site.to(port))
        assert settings.known_as == "Relay-A"
        assert known_keys(settings)
        assert logs_in(site.to(port))


def test_hashed_names(site: Site) -> None:
    with site.server() as port:
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", site.known_hosts], check=True, capture_output=True)
        assert "127.0.0.1" not in site.known_hosts.read_text()
        assert logs_in(site.to(port))


def test_a_revoked_key(site: Site) -> None:
    with site.server() as port:
        with site.known_hosts.open("a") as file:
            file.write(f"@revoked * {site.public(port)}\n")
        assert "is revoked" in refusal(site.to(port))


class TestAuthorities:
    def test_a_key_that_an_authority_vouches_for(self, site: Site) -> None:
        authority = make_key(site.folder / "authority")
        for options, taken in (
            (("-n", "127.0.0.1"), True),
            (("-n", "127.0.0.*,other"), True),
            (("-n", "127.0.0.2"), False),
            (("-n", "127.0.0.1", "-V", "-2h:-1h"), False),
            ((), False),
        ):
            assert self._taken(site, authority, options) is taken, options

    def test_only_the_authority_that_is_known_vouches(self, site: Site) -> None:
        authority, other = make_key(site.folder / "authority"), make_key(site.folder / "other")
        assert not self._taken(site, authority, ("-n", "127.0.0.1"), known=other)

    def _taken(
        self, site: Site, authority: Path, options: tuple[str, ...], known: Path | None = None
    ) -> bool:
        key = site.folder / "host"
        if not key.exists():
            make_key(key)
        command: list[str | Path] = [
            "ssh-keygen",
            "-q",
            "-s",
            authority,
            "-h",
            "-I",
            "host",
            *options,
            f"{key}.pub",
        ]
        subprocess.run(command, check=True)
        public = (known or authority).with_suffix(".pub").read_text()
        settings = (f"HostKey {key}", f"HostCertificate {key}-cert.pub")
        with site.server(*settings, known=False) as port:
            site.known_hosts.write_text(f"@cert-authority [127.0.0.1]:* {public}")
            try:
                return logs_in(site.to(port))
            except UnseenError as error:
                return "its host key is not known" not in str(error)


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_stands_in_a_line_is_compared_and_nothing_more(names: str, name: str) -> None:
    assert KnownKey(names, "ssh-ed25519", b"", "", "file:1").fits(name) in (True, False)
