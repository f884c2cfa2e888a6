"""The probes know streams, not sockets: what they say over a socket they say over anything."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlbcheck.model import Check, Flow, Status
from nlbcheck.probes import registry
from nlbcheck.probes.answer import Answer
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.stream import Stream
from tests.certificates import Authority
from tests.probes.probing import endpoint, probe
from tests.servers import (
    Handler,
    answers,
    openssh_fingerprint,
    program,
    says,
    says_nothing,
    serving,
    speaks_tls,
    sshd,
)

OK = answers(b"HTTP/1.1 200 OK\r\nServer: inside\r\n\r\n")


def talk(stream: Stream, item: Flow, seconds: float = 5.0) -> Answer:
    """Hold one conversation over a stream, as a worker of the schedule does."""
    return registry.find(item.check).talk(Connection(stream, time.monotonic() + seconds), item)


@contextlib.contextmanager
def pair(handler: Handler) -> Iterator[socket.socket]:
    """Yield one end of a socketpair; ``handler`` has the other."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with contextlib.suppress(OSError), theirs:
            handler(theirs)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield ours
    finally:
        ours.close()
        thread.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_tcp_and_http_over_a_socketpair() -> None:
    with pair(says_nothing) as stream:
        assert talk(stream, endpoint(1, Check.TCP)).status is Status.OK
    with pair(OK) as stream:
        answer = talk(stream, endpoint(1, Check.HTTP))
    assert (answer.status, answer.detail["headers"]) == (Status.OK, {"Server": "inside"})


def test_http_over_a_tls_stream(authority: Authority) -> None:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(authority.file)
    with (
        serving(speaks_tls(authority.context("app.example.com"), OK)) as port,
        socket.create_connection(("127.0.0.1", port)) as plain,
        trusting.wrap_socket(plain, server_hostname="app.example.com") as inside,
    ):
        answer = talk(inside, endpoint(port, Check.HTTP))
    assert (answer.status, answer.detail["headers"]) == (Status.OK, {"Server": "inside"})


def test_https_over_a_socketpair_and_inside_another_tls(authority: Authority) -> None:
    context = authority.context("127.0.0.1")
    item = endpoint(1, Check.HTTPS, verify=str(authority.file))
    with pair(speaks_tls(context, OK)) as stream:
        assert talk(stream, item).status is Status.OK


def test_ssh_over_a_socketpair_with_a_server_behind_it(tmp_path: Path) -> None:
    with sshd(tmp_path), pair(lambda peer: sshd_on(peer, tmp_path)) as stream:
        answer = talk(stream, endpoint(1, Check.SSH))
    assert answer.status is Status.OK, answer
    assert answer.detail["fingerprint"] == openssh_fingerprint(tmp_path, "ed25519")


def sshd_on(peer: socket.socket, folder: Path) -> None:
    """Let an sshd of inetd's kind speak to one peer."""
    command: list[str | Path] = [program("sshd"), "-i", "-f", folder / "sshd_config"]
    subprocess.run(command, stdin=peer.fileno(), stdout=peer.fileno(), stderr=subprocess.DEVNULL, check=False)


@pytest.mark.parametrize("check", [Check.HTTP, Check.HTTPS, Check.SSH])
def test_the_deadline_holds_over_any_stream(check: Check) -> None:
    with pair(says_nothing) as stream:
        answer = talk(stream, endpoint(1, check), seconds=0.2)
    assert answer.status is Status.NO_REPLY
    assert re.search(r"no data came within 0\.\d s$", str(answer.error))


def test_one_byte_at_a_time_inside_tls_ends_at_the_deadline(authority: Authority) -> None:
    drip = says(*(bytes([byte]) for byte in b"HTTP/1.1 200 OK"), every=0.05)
    with pair(speaks_tls(authority.context("127.0.0.1"), drip)) as stream:
        item = endpoint(1, Check.HTTPS, verify=str(authority.file))
        answer = talk(stream, item, seconds=0.4)
    assert answer.status is Status.BAD_REPLY
    assert "did not finish an answer to HEAD" in str(answer.error)


def test_a_flood_inside_tls_is_cut_off(authority: Authority) -> None:
    def floods(peer: socket.socket) -> None:
        while True:
            peer.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)

    with pair(speaks_tls(authority.context("127.0.0.1"), floods)) as stream:
        answer = talk(stream, endpoint(1, Check.HTTPS, verify=str(authority.file)))
    assert answer.status is Status.BAD_REPLY
    assert "bytes that are not an answer to HEAD" in str(answer.error)


def test_either_address_family_is_dialled() -> None:
    seen: list[bytes] = []

    def handler(peer: socket.socket) -> None:
        seen.append(peer.recv(65536))
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with serving(handler, address="::1") as port:
        result = probe(port, Check.HTTP, address="::1")
    assert result.status is Status.OK
    assert str(result.local_address).startswith("[::1]:")
    assert b"\r\nHost: [::1]:%d\r\n" % port in seen[0]
