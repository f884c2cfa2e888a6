"""Do the lab's servers stand clients of every kind, and stop when they are told to?"""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from ipaddress import IPv4Address
from threading import Barrier

import paramiko
import pytest
from cryptography import x509

from nlbcheck.lab.plan import Service, TlsEnd
from nlbcheck.lab.servers import TALKS, Identity, Server, talk
from nlbcheck.model import Check

HOME = "127.0.0.1"
Start = Callable[[Check], tuple[Server, int]]


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity(IPv4Address(HOME))


@pytest.fixture
def start(identity: Identity) -> Iterator[Start]:
    servers = []

    def started(check: Check) -> tuple[Server, int]:
        with socket.create_server((HOME, 0)) as free:
            port = free.getsockname()[1]
        servers.append(Server(HOME, port, TALKS[check], identity))
        return servers[-1], port

    yield started
    for server in servers:
        server.close()  # also where the test has done it already


def dial(port: int) -> socket.socket:
    return socket.create_connection((HOME, port), timeout=5)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def gone(port: int) -> bool:
    try:
        dial(port).close()
    except ConnectionRefusedError:
        return True
    return False


def test_ssh_proves_its_identity_and_lets_nobody_in(start: Start, identity: Identity) -> None:
    _, port = start(Check.SSH)
    with closing(paramiko.Transport(dial(port))) as client:
        client.start_client(timeout=5)
        assert client.remote_version == "SSH-2.0-nlbcheck_lab"
        assert client.get_remote_server_key().asbytes() == identity.host_key.asbytes()
        with pytest.raises(paramiko.AuthenticationException):
            client.auth_password("root", "secret")
        with pytest.raises(paramiko.AuthenticationException):
            client.auth_none("root")


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_http_says_who_serves(start: Start, method: str) -> None:
    _, port = start(Check.HTTP)
    with closing(http.client.HTTPConnection(HOME, port, timeout=5)) as client:
        for _ in range(2):
            client.request(method, "/any")
            answer = client.getresponse()
            page = answer.read()
            assert (answer.status, answer.getheader("X-Served-By")) == (200, HOME)
            assert page == (b"This is 127.0.0.1 in the nlbcheck lab.\n" if method == "GET" else b"")


def test_https_has_a_certificate_for_its_address(start: Start, identity: Identity) -> None:
    _, port = start(Check.HTTPS)
    presented = ssl.get_server_certificate((HOME, port), timeout=5)
    names = x509.load_pem_x509_certificate(presented.encode()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.IPAddress) == [IPv4Address(HOME)]
    trusting = ssl.create_default_context(cadata=presented)
    with closing(http.client.HTTPSConnection(HOME, port, timeout=5, context=trusting)) as client:
        client.request("HEAD", "/")
        assert client.getresponse().getheader("X-Served-By") == HOME


def test_tcp_takes_connections_and_says_nothing(start: Start) -> None:
    _, port = start(Check.TCP)
    with dial(port) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


def test_two_hosts_have_two_keys() -> None:
    one, other = (Identity(IPv4Address(HOME)).host_key for _ in range(2))
    assert one.asbytes() != other.asbytes()


@pytest.mark.usefixtures("quick_switches")
def test_clients_that_come_at_once_see_one_key() -> None:
    for _ in range(50):
        host, at_once = Identity(IPv4Address(HOME)), Barrier(4)

        def seen(host: Identity = host, at_once: Barrier = at_once) -> bytes:
            at_once.wait()
            return host.host_key.asbytes()

        with ThreadPoolExecutor(4) as clients:
            assert len({client.result() for client in [clients.submit(seen) for _ in range(4)]}) == 1


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_web_server_that_fails_says_so(identity: Identity) -> None:
    with socket.create_server((HOME, 0)) as free:
        port = free.getsockname()[1]
    server = Server(
        HOME, port, talk(Service(HOME, IPv4Address(HOME), port, Check.HTTP, fails=True)), identity
    )
    with closing(server), closing(http.client.HTTPConnection(HOME, port, timeout=5)) as client:
        client.request("HEAD", "/")
        assert client.getresponse().status == 503


# CPython 3.11's SSLSocket leaves itself to the garbage collector where the client has reset already.
@pytest.mark.filterwarnings("ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("check", list(Check))
def test_rude_clients_leave_no_trace(start: Start, check: Check, capfd: pytest.CaptureFixture[str]) -> None:
    _, port = start(check)
    for _ in range(40):
        dial(port).close()
        reset(dial(port))
        with dial(port) as client:
            client.sendall(b"\x16\x03\x01\xff\xff SSH-1.5-old\n\n\x00GET\r\n\r\n")
            reset(client)
    with dial(port) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while client.recv(4096):
                pass
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_a_node_that_ends_tls_stands_rude_clients_and_refuses_those_without_a_certificate(
    identity: Identity, capfd: pytest.CaptureFixture[str]
) -> None:
    end = TlsEnd(("relay.example.com", IPv4Address(HOME)), verifies=True)
    with socket.create_server((HOME, 0)) as free:
        port = free.getsockname()[1]
    said = talk(Service(HOME, IPv4Address(HOME), port, Check.TLS, tls_end=end))
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with closing(Server(HOME, port, said, identity)):
        for _ in range(40):
            reset(dial(port))
            with dial(port) as client:
                client.sendall(b"\x16\x03\x01\xff\xff SSH-1.5-old\n\n\x00GET\r\n\r\n")
                reset(client)
        for _ in range(20):  # each time the alert, and no reset that overtakes it
            with dial(port) as plain, trusting.wrap_socket(plain) as client:
                client.sendall(b"HEAD / HTTP/1.1\r\nHost: relay\r\n\r\n" * 50)
                with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
                    client.recv(1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("check", list(Check))
def test_a_stopped_server_refuses_at_once_even_with_all_its_hands_full(start: Start, check: Check) -> None:
    server, port = start(check)
    with ExitStack() as silent:
        for _ in range(70):
            silent.enter_context(dial(port))
        server.close()
        assert gone(port)
        again = Server(HOME, port, TALKS[check], Identity(IPv4Address(HOME)))
        assert not gone(port)
        again.close()
