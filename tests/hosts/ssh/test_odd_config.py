"""An ssh_config may hold anything, and so may the files that it names: all ends soon, in a sentence."""

from __future__ import annotations

import os
import tempfile
import time

import pytest

from nlbcheck.errors import InputError, UnseenError
from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.link import SshLink
from nlbcheck.hosts.ssh.settings import settings_of
from tests.hosts.ssh.site import Site

_SOON = 3.0
"""Seconds in which a config is read, on a machine that does other things as well."""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Port " + "9" * 5000, "ssh_config, port: expected a number from 1 to 65535, found 999"),
        ("Port 70000", "ssh_config, port: expected a number from 1 to 65535, found 70000"),
        ("Port 0", "ssh_config, port: expected a number from 1 to 65535, found 0"),
        ("ConnectTimeout " + "9" * 20, "ssh_config, connecttimeout: expected a number from 0 to 86400"),
        ("UserKnownHostsFile /a\0b", "ssh_config holds a NUL character: expected text"),
        ("Include /dev/zero", "/dev/zero: is larger than 1024 KiB"),
        ("Include fifo", "fifo: is a pipe that nobody writes into"),
        ("Include wide-0", "ssh_config includes files more than 1000 times"),
    ],
)
def test_what_cannot_be_is_a_mistake(site: Site, line: str, told: str) -> None:
    os.mkfifo(site.ssh / "fifo")
    for number in range(14):
        (site.ssh / f"wide-{number}").write_text(f"Include wide-{number + 1}\n" * 4)
    site.config(line)
    begun = time.monotonic()
    with pytest.raises(InputError) as raised:
        settings_of(Destination("client"))
    assert told in str(raised.value)
    assert len(str(raised.value)) < 300
    assert time.monotonic() - begun < _SOON


@pytest.mark.parametrize("line", ["User a" + " " * 50_000 + "b", "User a" + " #" * 50_000 + '"'])
def test_a_long_line_is_read_at_once(site: Site, line: str) -> None:
    site.config(line)
    begun = time.monotonic()
    assert settings_of(Destination("client")).user.startswith("a")
    assert time.monotonic() - begun < _SOON


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('User "a #b"', "a #b"),
        ("User a # b", "a"),
        ("User = a", "a"),
        ("User\ta  ", "a"),
        ("User a#b", "a#b"),
    ],
)
def test_a_comment_ends_a_line(site: Site, line: str, said: str) -> None:
    site.config(line)
    assert settings_of(Destination("client")).user.strip('"') == said


@pytest.mark.parametrize("name", ["a..b", "a" * 64 + ".example"])
def test_a_name_that_no_host_can_have_is_no_connection(site: Site, name: str) -> None:
    with pytest.raises(UnseenError, match="no connection: expected the name of a host"):
        SshLink.open(Destination(name))


@pytest.mark.parametrize("named", ["/dev/zero", "~/.ssh/fifo", "x" * 5000])
def test_a_key_that_is_no_file_of_a_key_is_not_tried(site: Site, named: str) -> None:
    os.mkfifo(site.ssh / "fifo")
    with site.server() as port:
        site.config(f"IdentityFile {named}", f"CertificateFile {named}", f"IdentityFile {site.key}")
        link = SshLink.open(site.to(port))
        link.close()


def test_known_hosts_that_nobody_writes_into_are_not_waited_for(site: Site) -> None:
    os.mkfifo(site.ssh / "fifo")
    with site.server() as port:
        site.config("UserKnownHostsFile ~/.ssh/fifo")
        with pytest.raises(InputError, match="is a pipe that nobody writes into"):
            SshLink.open(site.to(port))


class TestAProxyCommand:
    def test_its_last_words_are_told_though_no_file_can_be_made(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(site.folder / "none"))
        site.config("ProxyCommand sh -c 'echo first >&2; echo no such instance >&2'")
        with pytest.raises(UnseenError, match=r"the ProxyCommand says: no such instance$"):
            SshLink.open(Destination("client"))

    def test_its_last_words_are_told_however_much_it_says_before(self, site: Site) -> None:
        site.config("ProxyCommand sh -c '(yes | head -c 300000; echo; echo no such instance) >&2'")
        with pytest.raises(UnseenError, match=r"the ProxyCommand says: no such instance$"):
            SshLink.open(Destination("client"))
