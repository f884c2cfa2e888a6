from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from pathlib import Path

import paramiko
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.host_keys import fingerprint
from nlbcheck.model import Check, HostKey, Status
from nlbcheck.probes.limits import Limits
from tests.probes.probing import SOON, probe
from tests.servers import answers, floods, openssh_fingerprint, resets, says, serving, speaks_ssh, sshd


@pytest.fixture(scope="module")
def openssh(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("openssh")
    with sshd(folder) as port:
        yield folder, port


class TestOpenSsh:
    def test_it_shows_the_key_that_ssh_keygen_names(self, openssh: tuple[Path, int]) -> None:
        folder, port = openssh
        result = probe(port, Check.SSH)
        assert result.status is Status.OK
        assert str(result.detail["banner"]).startswith("SSH-2.0-OpenSSH_")
        assert result.detail["key_type"] == "ssh-ed25519"
        assert result.detail["fingerprint"] == openssh_fingerprint(folder, "ed25519")

    @pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
    def test_a_pinned_key_of_any_type_is_found(self, openssh: tuple[Path, int], key_type: str) -> None:
        folder, port = openssh
        pinned = openssh_fingerprint(folder, key_type)
        result = probe(port, Check.SSH, host_keys=(HostKey(pinned),))
        assert (result.status, result.detail["fingerprint"]) == (Status.OK, pinned)

    def test_a_pinned_key_with_its_type_is_asked_for_by_type(self, openssh: tuple[Path, int]) -> None:
        folder, port = openssh
        pinned = openssh_fingerprint(folder, "rsa")
        assert probe(port, Check.SSH, host_keys=(HostKey(pinned, "ssh-rsa"),)).status is Status.OK
        wrong = probe(port, Check.SSH, host_keys=(HostKey(pinned, "ssh-ed25519"),))
        assert wrong.status is Status.UNEXPECTED

    def test_another_key_is_unexpected_and_both_are_named(self, openssh: tuple[Path, int]) -> None:
        folder, port = openssh
        pinned = fingerprint(b"another key")
        result = probe(port, Check.SSH, host_keys=(HostKey(pinned),))
        shown = openssh_fingerprint(folder, "ed25519")
        assert result.status is Status.UNEXPECTED
        assert result.error == f"shows the ssh-ed25519 host key {shown}, expected {pinned}"

    def test_the_banner_alone(self, openssh: tuple[Path, int]) -> None:
        _, port = openssh
        result = probe(port, Check.SSH, ssh_banner_only=True)
        assert result.status is Status.OK
        assert set(result.detail) == {"banner"}

    def test_nobody_tries_to_log_in(self, openssh: tuple[Path, int]) -> None:
        folder, port = openssh
        probe(port, Check.SSH)
        log = (folder / "sshd.log").read_text()
        assert "invalid user" not in log.lower()
        assert "Failed" not in log


KEY = paramiko.ECDSAKey.generate()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"before": b"Welcome\r\nto this host\r\n"},
        {"before": b"".join(b"line %d\r\n" % number for number in range(60))},
        {"version": "SSH-1.99-old_and_new"},
        {"version": "SSH-2.0-\x1b[31mred\x07"},
        {"before": "ようこそ\r\n".encode()},
    ],
)
def test_what_rfc_4253_allows_is_ok(options: dict[str, object]) -> None:
    with serving(speaks_ssh(KEY, **options)) as port:  # type: ignore[arg-type]
        result, banner = probe(port, Check.SSH), probe(port, Check.SSH, ssh_banner_only=True)
    assert (result.status, banner.status) == (Status.OK, Status.OK), (result, banner)
    assert result.detail["fingerprint"] == fingerprint(KEY.asbytes())
    assert result.detail["banner"] == banner.detail["banner"] == options.get("version", "SSH-2.0-tests")


@pytest.mark.parametrize("banner_only", [True, False])
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "sent something other than an SSH version; it speaks HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "sent something other than an SSH version; it speaks TLS"),
        (b"220 mail ready\r\n", 'sent something other than an SSH version: "220 mail ready"'),
    ],
)
def test_another_protocol_is_named(reply: bytes, error: str, *, banner_only: bool) -> None:
    def handler(peer) -> None:
        peer.recv(65536)
        peer.sendall(reply)

    with serving(handler) as port:
        result = probe(port, Check.SSH, ssh_banner_only=banner_only)
    assert (result.status, result.error) == (Status.BAD_REPLY, error)


@pytest.mark.parametrize("banner_only", [True, False])
@pytest.mark.parametrize(
    "line", [b"SSH-1.5-ancient\r\n", b"SSH-2.0-\xff\xfe\x00\x1b]0;title\x07\r\n", b"SSH-\r\n", b"\x00" * 4000]
)
def test_broken_version_lines_end_in_an_answer(line: bytes, *, banner_only: bool) -> None:
    with serving(says(line)) as port:
        result = probe(port, Check.SSH, SOON, ssh_banner_only=banner_only)
    readable = banner_only and line.startswith(b"SSH-2.0-")
    assert result.status is (Status.OK if readable else Status.BAD_REPLY)


@pytest.mark.parametrize("banner_only", [True, False])
def test_one_byte_at_a_time_ends_at_the_deadline(*, banner_only: bool) -> None:
    with serving(says(*(bytes([byte]) for byte in b"SSH-2.0-OpenSSH"), every=0.1)) as port:
        result = probe(port, Check.SSH, SOON, ssh_banner_only=banner_only)
    assert result.status is Status.BAD_REPLY
    assert "did not finish" in str(result.error)


@pytest.mark.parametrize("banner_only", [True, False])
def test_a_flood_without_a_newline_is_cut_off(*, banner_only: bool) -> None:
    with serving(floods) as port:
        result = probe(port, Check.SSH, ssh_banner_only=banner_only)
    assert result.status is Status.BAD_REPLY


def test_a_version_and_then_silence() -> None:
    with serving(says(b"SSH-2.0-stuck\r\n")) as port:
        result = probe(port, Check.SSH, SOON)
    assert result.status is Status.BAD_REPLY
    assert "did not finish a key exchange" in str(result.error)


def test_a_version_and_then_rubbish() -> None:
    with serving(says(b"SSH-2.0-rubbish\r\n" + b"\xff" * 2000)) as port:
        assert probe(port, Check.SSH, SOON).status is Status.BAD_REPLY


@pytest.mark.parametrize("banner_only", [True, False])
@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"SSH-2.0-cut", "closed the connection in the middle of an SSH version"),
        (b"Exceeded MaxStartups\r\n", 'sent something other than an SSH version: "Exceeded MaxStartups"'),
    ],
)
def test_what_a_server_says_before_it_hangs_up(said: bytes, error: str, *, banner_only: bool) -> None:
    def handler(peer: socket.socket) -> None:
        peer.sendall(said)
        peer.recv(65536)

    with serving(handler) as port:
        result = probe(port, Check.SSH, SOON, ssh_banner_only=banner_only)
    assert (result.status, result.error) == (Status.BAD_REPLY, error)


def test_the_reason_that_a_server_gives_before_a_reset_is_passed_on() -> None:
    def handler(peer: socket.socket) -> None:
        peer.sendall(b"Exceeded MaxStartups\r\n")
        resets(peer)

    with serving(handler) as port:
        result = probe(port, Check.SSH)
    assert result.status is Status.RESET
    assert str(result.error).endswith('reset by the other side after 22 bytes: "Exceeded MaxStartups"')


def test_a_server_with_other_algorithms_is_still_heard(tmp_path: Path) -> None:
    with sshd(tmp_path, ["Ciphers chacha20-poly1305@openssh.com"]) as port:
        result, banner = probe(port, Check.SSH), probe(port, Check.SSH, ssh_banner_only=True)
    assert result.status is Status.BAD_REPLY
    assert result.detail["banner"] == banner.detail["banner"]
    assert str(result.error).endswith("with ssh_banner_only, only the version is asked for")
    assert banner.status is Status.OK


def test_a_web_server_on_the_ssh_row() -> None:
    with serving(answers(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        assert probe(port, Check.SSH, SOON).status is Status.NO_REPLY


def test_a_wrong_key_behind_many_lines_is_still_a_wrong_key() -> None:
    pinned = (HostKey(fingerprint(b"another key")),)
    for before in (b"x" * 70 + b"\r\n") * 90, b"welcome to SSH-land\r\n", b"\xff\xfe\r\n", b"line\r\n" * 150:
        with serving(speaks_ssh(KEY, before=before)) as port:
            assert probe(port, Check.SSH, host_keys=pinned).status is Status.UNEXPECTED
            assert probe(port, Check.SSH).status is Status.OK


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_packet_of_a_hostile_server_is_our_fault(rubbish: bytes) -> None:
    packet = b"\x00\x00\x01\x2c\x04\x14" + rubbish.ljust(298, b"\x00")
    with serving(says(b"SSH-2.0-hostile\r\n" + packet)) as port:
        result = probe(port, Check.SSH, Limits(timeout=0.3), host_keys=(HostKey("SHA256:x"),))
    assert result.status is Status.BAD_REPLY


def packet(payload: bytes) -> bytes:
    """An SSH packet before encryption, RFC 4253, section 6."""
    padding = 4 + -(len(payload) + 9) % 8
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def text(words: bytes) -> bytes:
    return struct.pack(">I", len(words)) + words


IGNORE = b"\x02" + text(b"never mind")
DEBUG = b"\x04\x01" + text(b"build 7") + text(b"")


class _Talkative(paramiko.Transport):
    """A server that says something more before it offers keys, as RFC 4253, section 11 allows."""

    before: Sequence[bytes] = ()

    def _send_kex_init(self) -> None:
        for payload in self.before:
            message = paramiko.Message()
            message.add_bytes(payload)
            self._send_message(message)  # type: ignore[attr-defined]
        super()._send_kex_init()  # type: ignore[misc]


@pytest.mark.parametrize(
    "before", [[IGNORE], [DEBUG], [IGNORE, DEBUG, IGNORE]], ids=["ignore", "debug", "all"]
)
def test_a_wrong_key_is_one_also_behind_packets_that_say_nothing(before: list[bytes]) -> None:
    def handler(peer: socket.socket) -> None:
        transport = _Talkative(peer, strict_kex=False)
        transport.before = before
        transport.add_server_key(KEY)
        with contextlib.suppress(paramiko.SSHException, EOFError):
            transport.start_server(event=(done := threading.Event()), server=paramiko.ServerInterface())
            done.wait(10)
        transport.join(10)
        transport.close()

    pinned = (HostKey(fingerprint(b"another key")),)
    with serving(handler) as port:
        wrong, right = probe(port, Check.SSH, host_keys=pinned), probe(port, Check.SSH)
    assert (wrong.status, right.status) == (Status.UNEXPECTED, Status.OK), (wrong, right)
    assert str(wrong.error).startswith("shows the ecdsa-sha2-nistp256 host key SHA256:")


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (12, b"come back later", 'too many connections, "come back later"'),
        (2, b"", "protocol error"),
        (99, b"\x1b[31mno\x07", 'reason 99, "\\x1b[31mno\\x07"'),
        (11, b"y" * 500, f'by application, "{"y" * 159}…"'),
    ],
)
@pytest.mark.parametrize("before", [b"", packet(DEBUG)], ids=["at once", "after a word"])
def test_why_a_server_disconnects_is_told(number: int, words: bytes, told: str, before: bytes) -> None:
    said = packet(struct.pack(">BI", 1, number) + text(words) + text(b"en"))

    def handler(peer: socket.socket) -> None:
        peer.sendall(b"SSH-2.0-busy\r\n" + before + said)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass

    with serving(handler) as port:
        result = probe(port, Check.SSH, SOON)
    assert result.status is Status.BAD_REPLY
    assert result.error == f"no key could be exchanged: the server disconnects: {told}"
    assert result.detail == {"banner": "SSH-2.0-busy", "disconnect": told}


def test_no_server_makes_us_compute_for_seconds() -> None:
    """Of numbers that a server chooses it may choose such that Python holds up every other probe."""

    def handler(peer: socket.socket) -> None:
        offer = b"diffie-hellman-group-exchange-sha256"
        lists = [
            offer,
            b"ssh-ed25519",
            *[b"aes128-ctr"] * 2,
            *[b"hmac-sha2-256"] * 2,
            *[b"none"] * 2,
            b"",
            b"",
        ]
        peer.sendall(
            b"SSH-2.0-slow\r\n" + packet(b"\x14" + bytes(16) + b"".join(map(text, lists)) + bytes(5))
        )
        while peer.recv(65536):
            pass

    with serving(handler) as port:
        result = probe(port, Check.SSH, SOON)
    assert result.status is Status.BAD_REPLY
    assert str(result.error).startswith("no key could be exchanged: Incompatible ssh peer (no acceptable kex")
