from __future__ import annotations

import contextlib
import socket
import ssl
from pathlib import Path

import pytest

from nlbcheck.model import Check, HttpExpectation, Status
from tests.certificates import Authority
from tests.probes.probing import SOON, probe
from tests.servers import answers, floods, nginx, says, says_nothing, serving, speaks_tls

OK = b'HTTP/1.1 200 OK\r\nServer: Apache/2.4.57 (Unix)\r\nETag: "2d"\r\nContent-Length: 45\r\n\r\n'


def test_nginx_answers_head(tmp_path: Path) -> None:
    with nginx(tmp_path) as port:
        result = probe(port, Check.HTTP)
    assert result.status is Status.OK
    assert result.detail["status"] == 200
    assert result.detail["reason"] == "OK"
    assert result.detail["http_version"] == "1.1"
    headers = result.detail["headers"]
    assert isinstance(headers, dict)
    assert headers["Server"].startswith("nginx")
    request = (tmp_path / "access.log").read_text()
    assert '"HEAD / HTTP/1.1" 200 0' in request
    assert "nlbcheck/" in request


def test_a_redirect_is_an_answer_and_is_not_followed(tmp_path: Path) -> None:
    with nginx(tmp_path) as port:
        result = probe(port, Check.HTTP, path="/old")
    assert (result.status, result.detail["status"]) == (Status.OK, 301)
    assert len((tmp_path / "access.log").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (HttpExpectation(), None),
        (HttpExpectation(statuses=(range(200, 201),)), None),
        (HttpExpectation(statuses=(range(301, 302), range(200, 400))), None),
        (HttpExpectation(statuses=(range(301, 302),)), "status 200 OK, expected 301"),
        (HttpExpectation(statuses=(range(300, 400), range(404, 405))), "status 200 OK, expected 300-399,404"),
        (HttpExpectation(headers={"server": "Apache*"}), None),
        (
            HttpExpectation(headers={"Server": "nginx*"}),
            "header Server: Apache/2.4.57 (Unix), expected nginx*",
        ),
        (HttpExpectation(headers={"X-Relay": "*"}), "header X-Relay is missing, expected *"),
    ],
)
def test_an_answer_is_held_against_what_is_expected(expected: HttpExpectation, error: str | None) -> None:
    with serving(answers(OK)) as port:
        result = probe(port, Check.HTTP, http=expected)
    assert result.status is (Status.UNEXPECTED if error else Status.OK)
    assert result.error == error
    assert result.detail["status"] == 200


def test_the_request_has_no_body_and_names_the_address_that_was_dialled() -> None:
    seen: list[bytes] = []

    def handler(peer: socket.socket) -> None:
        seen.append(peer.recv(65536))
        peer.sendall(OK)

    with serving(handler) as port:
        probe(port, Check.HTTP, path="/health?full")
        probe(port, Check.HTTP, host="app.example.com")
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"HEAD /health?full HTTP/1.1\r\n")
    assert b"Host: 127.0.0.1:%d" % port in head
    assert body == b""
    assert b"Host: app.example.com\r\n" in seen[1]


def test_a_proxy_in_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(answers(OK)) as port:
        assert probe(port, Check.HTTP).status is Status.OK


def test_no_password_of_the_users_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("default login somebody password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    seen: list[bytes] = []

    def handler(peer: socket.socket) -> None:
        seen.append(peer.recv(65536))
        peer.sendall(OK)

    with serving(handler) as port:
        assert probe(port, Check.HTTP).status is Status.OK
    assert b"Authorization" not in seen[0]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", Status.BAD_REPLY),
        (b"\x15\x03\x01\x00\x02\x02\x46", Status.BAD_REPLY),
        (b"\x00\xff\xfe", Status.BAD_REPLY),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n", Status.BAD_REPLY),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n", Status.BAD_REPLY),
        (b"HTTP/1.1 200 OK\r\nServer: \x1b[31mred\x1b[0m\x00\xff\r\n\r\n", Status.OK),
        (b"HTTP/1.1 200 OK\r\nno colon in this line\r\n\r\n", Status.OK),
        (b"HTTP/1.0 200 OK\r\n\r\nHEAD has no body, this server sends one", Status.OK),
        (b"HTTP/1.1 200 OK\r\nServer: cut sho", Status.BAD_REPLY),
        (b"HTTP/1.1 200 OK\r\nServer: cut after the line\r\n", Status.BAD_REPLY),
        (b"HTTP/1.1 200", Status.BAD_REPLY),
        (b"HTTP/1.1 abc OK\r\n\r\n", Status.BAD_REPLY),
        (b"HTTP/9", Status.BAD_REPLY),
        (b"ICY 200 OK\r\n\r\n", Status.BAD_REPLY),
    ],
)
def test_strange_answers(reply: bytes, status: Status) -> None:
    with serving(answers(reply)) as port:
        result = probe(port, Check.HTTP)
    assert result.status is status
    assert (result.error is None) == (status is Status.OK)


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints\r\nLink: </a>"])
def test_an_interim_answer_is_not_the_answer(interim: bytes) -> None:
    with serving(answers(2 * (b"HTTP/1.1 " + interim + b"\r\n\r\n") + OK)) as port:
        result = probe(port, Check.HTTP, http=HttpExpectation(statuses=(range(200, 201),)))
    assert (result.status, result.detail["status"]) == (Status.OK, 200)
    assert result.detail["headers"] == {
        "Server": "Apache/2.4.57 (Unix)",
        "ETag": '"2d"',
        "Content-Length": "45",
    }


@pytest.mark.parametrize("then", [b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50_000])
def test_interim_answers_alone_are_none(then: bytes) -> None:
    with serving(answers(b"HTTP/1.1 100 Continue\r\n\r\n" + then)) as port:
        assert probe(port, Check.HTTP, SOON).status is Status.BAD_REPLY


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (b"HTTP/1.1 099 No\r\n\r\n", '"HTTP/1.1 099 No"'),
        (b"HTTP/2 200\r\n\r\n", '"HTTP/2 200"'),
        (b"HTTP/1.1 200 OK\r\nServer: cut sho", "it breaks off"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 101 + b"\r\n", "got more than 100 headers"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "Content-Length contained multiple unmatching values (5, 6)",
        ),
    ],
)
def test_what_is_wrong_with_an_answer_in_http_is_said(reply: bytes, fault: str) -> None:
    with serving(answers(reply)) as port:
        result = probe(port, Check.HTTP)
    assert result.status is Status.BAD_REPLY
    assert result.error == f"sent an answer to HEAD that cannot be read: {fault}"


def test_a_server_that_speaks_http_2_alone_is_named() -> None:
    go_away = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(7) + b"\x01"
    with serving(answers(go_away)) as port:
        result = probe(port, Check.HTTP)
    assert (result.status, result.error) == (
        Status.BAD_REPLY,
        "sent something other than an answer to HEAD; it speaks HTTP/2",
    )


def test_what_is_spoken_instead_is_named() -> None:
    with serving(answers(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        result = probe(port, Check.HTTP)
    assert result.error == "sent something other than an answer to HEAD; it speaks SSH"
    assert result.detail["heard"] == "SSH-2.0-OpenSSH_9.2"


def test_one_byte_at_a_time_ends_at_the_deadline() -> None:
    with serving(says(*(bytes([byte]) for byte in b"HTTP/1.1 200 OK"), every=0.1)) as port:
        result = probe(port, Check.HTTP, SOON)
    assert result.status is Status.BAD_REPLY
    assert "did not finish" in str(result.error)


def test_a_flood_without_a_newline_is_cut_off() -> None:
    with serving(floods) as port:
        result = probe(port, Check.HTTP)
    assert result.status is Status.BAD_REPLY


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


class TestTls:
    def test_names_and_expiry_of_the_certificate(self, authority: Authority) -> None:
        with serving(speaks_tls(authority.context("app.example.com", "127.0.0.1"), answers(OK))) as port:
            result = probe(port, Check.HTTPS, server_name="app.example.com", verify=str(authority.file))
            by_address = probe(port, Check.HTTPS, verify=str(authority.file))
        assert (result.status, by_address.status) == (Status.OK, Status.OK)
        assert result.detail["names"] == ["app.example.com", "127.0.0.1"]
        assert str(result.detail["not_after"]).endswith("Z")
        assert result.detail["status"] == 200

    def test_a_certificate_of_an_unknown_authority_is_unexpected(self, authority: Authority) -> None:
        with serving(speaks_tls(authority.context("127.0.0.1"), answers(OK))) as port:
            verified, unverified = probe(port, Check.HTTPS), probe(port, Check.HTTPS, verify=False)
        assert verified.status is Status.UNEXPECTED
        assert "does not verify: unable to get local issuer certificate" in str(verified.error)
        assert unverified.status is Status.OK
        assert unverified.detail["names"] == ["127.0.0.1"]

    def test_an_expired_certificate_is_unexpected(self, authority: Authority) -> None:
        with serving(speaks_tls(authority.context("127.0.0.1", days=-1), answers(OK))) as port:
            result = probe(port, Check.HTTPS, verify=str(authority.file))
        assert result.status is Status.UNEXPECTED
        assert "certificate has expired" in str(result.error)

    def test_a_certificate_for_another_name_is_unexpected(self, authority: Authority) -> None:
        with serving(speaks_tls(authority.context("app.example.com"), answers(OK))) as port:
            result = probe(port, Check.HTTPS, verify=str(authority.file))
        assert result.status is Status.UNEXPECTED
        assert result.error == "the certificate is for app.example.com, expected 127.0.0.1"
        assert result.detail["names"] == ["app.example.com"]

    def test_plain_http_where_tls_is_expected(self) -> None:
        with serving(answers(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
            assert probe(port, Check.HTTPS, SOON).status is Status.NO_REPLY
        with serving(says(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
            result = probe(port, Check.HTTPS)
        assert result.status is Status.BAD_REPLY
        assert result.error == "sent something other than a TLS handshake; it speaks HTTP"

    def test_a_web_server_that_hangs_behind_good_tls(self, authority: Authority) -> None:
        with serving(speaks_tls(authority.context("127.0.0.1"), says_nothing)) as port:
            result = probe(port, Check.HTTPS, SOON, verify=str(authority.file))
        assert result.status is Status.NO_REPLY
        assert result.detail["names"] == ["127.0.0.1"]

    def test_what_is_spoken_inside_tls_is_what_counts(self, authority: Authority) -> None:
        with serving(speaks_tls(authority.context("127.0.0.1"), says(b"SSH-2.0-inside\r\n"))) as port:
            result = probe(port, Check.HTTPS, verify=str(authority.file))
        assert result.status is Status.BAD_REPLY
        assert result.error == "sent something other than an answer to HEAD; it speaks SSH"

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (b"\x15\x03\x03\x00\x02\x02\x46", "the TLS handshake failed: tlsv1 alert protocol version"),
            (b"\x16\x03\x03\x00\x7a\x02", "closed the connection in the middle of a TLS handshake"),
        ],
    )
    def test_a_handshake_that_comes_to_nothing(self, reply: bytes, error: str) -> None:
        def handler(peer: socket.socket) -> None:
            peer.recv(65536)
            peer.sendall(reply)

        with serving(handler) as port:
            result = probe(port, Check.HTTPS)
        assert (result.status, result.error) == (Status.BAD_REPLY, error)

    def test_a_server_that_wants_a_certificate_of_ours(self, authority: Authority) -> None:
        context = authority.context("127.0.0.1")
        context.load_verify_locations(authority.file)
        context.verify_mode = ssl.CERT_REQUIRED

        def handler(peer: socket.socket) -> None:
            with (
                peer.dup() as plain,
                context.wrap_socket(peer, server_side=True, do_handshake_on_connect=False) as inside,
            ):
                with contextlib.suppress(ssl.SSLError):
                    inside.do_handshake()
                plain.recv(65536)  # to close with a request unread would be a reset

        with serving(handler) as port:
            result = probe(port, Check.HTTPS, SOON, verify=str(authority.file))
        assert (result.status, result.error) == (
            Status.BAD_REPLY,
            "the TLS handshake failed: tlsv13 alert certificate required",
        )

    @pytest.mark.parametrize("host", ["app.example.com:8443", "app.example.com."])
    def test_a_host_header_names_the_server_too(self, authority: Authority, host: str) -> None:
        with serving(speaks_tls(authority.context("app.example.com"), answers(OK))) as port:
            assert probe(port, Check.HTTPS, host=host, verify=str(authority.file)).status is Status.OK

    def test_a_certificate_that_does_not_verify_is_described(self, authority: Authority) -> None:
        with serving(speaks_tls(authority.context("127.0.0.1", days=-1), answers(OK))) as port:
            result = probe(port, Check.HTTPS, verify=str(authority.file))
        assert result.detail["names"] == ["127.0.0.1"]
        assert "not_after" in result.detail
