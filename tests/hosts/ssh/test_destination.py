"""What a place behind SSH may look like, and what an ssh_config may say, is told or is the user's mistake."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlbcheck.errors import InputError
from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.settings import settings_of
from tests.cli.relay import NO_AWS
from tests.hosts.ssh.site import Site
from tests.servers import closed_port


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ssh://client", Destination("client")),
        ("ssh://ec2-user@client.example.com:2222", Destination("client.example.com", "ec2-user", 2222)),
        ("ssh://[2001:db8::1]:22/", Destination("2001:db8::1", None, 22)),
        ("user@10.0.0.1", Destination("10.0.0.1", "user")),
    ],
)
def test_what_is_meant(text: str, meant: Destination) -> None:
    assert Destination.parse(text) == meant
    assert Destination.parse(str(meant)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", "ssh://", "ssh://-oProxyCommand=x", "ssh://a b", "ssh://$(id)@host", "ssh://-l@host", "ssh://a;b",
        "ssh://host:0", "ssh://host:65536", "ssh://host:x", "ssh://@host", "ssh://host/path", "telnet://host",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(InputError, match=r"expected ssh://\[user@\]host\[:port\]"):
        Destination.parse(text)


def test_a_password_is_not_repeated() -> None:
    for text in ("ssh://user:salmon@host", "ssh://user:salmon@host:x", "ssh://user:sal@mon@host"):
        with pytest.raises(InputError) as raised:
            Destination.parse(text)
        assert "sal" not in str(raised.value)


@given(st.text())
def test_any_text_is_a_place_or_a_mistake(text: str) -> None:
    try:
        meant = Destination.parse(text)
    except InputError:
        return
    assert Destination.parse(str(meant)) == meant


WORDS = st.sampled_from(
    [
        "Host", "Match", "all", "user", "host", "*", "!", "Port", "User", "HostName", "%h", "=", "#", '"',
        "IdentityFile", "ProxyJump", "none", "a@b:1,c", "Include", "~/x", "22", "CertificateFile", "\n",
        "ProxyCommand", "UserKnownHostsFile", "IdentityAgent", "$HOME", "\t", "ConnectTimeout", "~a", "\0",
    ]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(WORDS | st.text(max_size=5), max_size=30))
def test_any_ssh_config_is_read_or_a_mistake(site: Site, words: list[str]) -> None:
    (site.ssh / "config").write_text(" ".join(words), encoding="utf-8", errors="surrogateescape")
    try:
        found = settings_of(Destination("client"))
    except InputError:
        return
    assert found.host
    assert found.port >= 0
    assert all(isinstance(file, Path) for file in found.known_hosts)


@pytest.mark.parametrize("home", [None, "", "/nonexistent"])
def test_a_user_without_a_home_and_a_name_gets_as_far_as_to_the_server(
    home: str | None, tmp_path: Path
) -> None:
    """As in containers that run as a user of their own."""
    table = tmp_path / "table.csv"
    table.write_text("Listener,Target group,Target port,Target\nTCP:1,tg,22,127.0.0.1\n")
    port = closed_port()
    nobody = ["unshare", "-U", "--map-user=12345", "--map-group=12345", sys.executable, "-m", "nlbcheck"]
    command: list[str | Path] = [
        *nobody,
        "inspect",
        "tg",
        "-m",
        table,
        "--ssh",
        f":{port}",
        "--static-ip",
        "127.0.0.9",
    ]
    env = {**NO_AWS, "PATH": os.environ["PATH"], **({} if home is None else {"HOME": home})}
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert f"the SSH server 127.0.0.1, port {port}" in " ".join(done.stdout.split())
    assert list(tmp_path.iterdir()) == [table]
