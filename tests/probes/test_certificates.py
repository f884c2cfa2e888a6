"""Certificates that few authorities issue, on real servers: none is a fault of ours, each is told rightly."""

from __future__ import annotations

import socket
import struct
from ipaddress import ip_address

import pytest
from cryptography import x509

from nlbcheck.model import Check, Observation, Status
from tests.certificates import Authority, x400
from tests.probes.probing import SOON, probe
from tests.servers import Handler, answers, says_nothing, serving, speaks_tls

CHECKS = [Check.TLS, Check.HTTPS]
OK = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def names(*wanted: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in wanted])


def version_4(signed: bytes) -> bytes:
    return signed.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03", 1)


def bit_string(signed: bytes) -> bytes:
    """Make the common name of the subject, "bits.example", a bit string."""
    return signed.replace(b"\x0c\x0cbits.example", b"\x03\x0c\x00its.example", 1)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("shape", ["x400", "version 4", "bit string"])
def test_valid_ones_of_strange_shapes_pass(authority: Authority, shape: str, check: Check) -> None:
    context = {
        "x400": lambda: authority.odd("app.example", x400("app.example")),
        "version 4": lambda: authority.odd("app.example", names("app.example"), version_4),
        "bit string": lambda: authority.odd("bits.example", names("app.example"), bit_string),
    }[shape]()
    with serving(speaks_tls(context, answers(OK) if check is Check.HTTPS else says_nothing)) as port:
        verified = probe(port, check, SOON, server_name="app.example", verify=str(authority.file))
        unverified = probe(port, check, SOON, verify=False)
        other = probe(port, check, SOON, server_name="other.example", verify=str(authority.file))
    assert (verified.status, unverified.status) == (Status.OK, Status.OK), (verified, unverified)
    assert verified.detail["tls_version"] == "TLSv1.3"
    assert other.status is Status.UNEXPECTED
    assert "other.example" in str(other.error)


def told(
    authority: Authority, common: str, san: x509.ExtensionType | None, expected: str | None
) -> Observation:
    with serving(speaks_tls(authority.odd(common, san), says_nothing)) as port:
        return probe(port, Check.TLS, SOON, server_name=expected, verify=str(authority.file))


@pytest.mark.parametrize("expected", [None, "app.example"])
def test_a_common_name_alone_is_none_that_clients_look_at(authority: Authority, expected: str | None) -> None:
    name = expected or "127.0.0.1"
    result = told(authority, name, None, expected)
    assert result.status is Status.UNEXPECTED
    assert result.error == (
        f"the certificate has {name} only as its common name, which clients ignore; "
        f"expected {name} as a subject alternative name"
    )


def test_an_address_as_a_dns_name_is_none(authority: Authority) -> None:
    result = told(authority, "x", names("127.0.0.1"), None)
    assert result.status is Status.UNEXPECTED
    assert result.error == (
        "the certificate has 127.0.0.1 as a DNS name; expected 127.0.0.1 as an IP address"
    )


def test_an_address_as_an_address_is_one(authority: Authority) -> None:
    san = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    assert told(authority, "x", san, None).status is Status.OK


@pytest.mark.parametrize(
    ("name", "expected", "fits"),
    [
        ("*.example.com", "www.example.com", True),
        ("*.EXAMPLE.com", "www.example.com", True),
        ("w*w.example.com", "www.example.com", False),
        ("w*.example.com", "www.example.com", False),
        ("*w.example.com", "www.example.com", False),
        ("*.example.com", "a.www.example.com", False),
        ("*.example.com", "example.com", False),
        ("www.*.com", "www.example.com", False),
    ],
)
def test_a_wildcard_is_a_whole_first_label(
    authority: Authority, name: str, expected: str, fits: bool
) -> None:
    result = told(authority, "x", names(name), expected)
    assert result.status is (Status.OK if fits else Status.UNEXPECTED)
    if not fits:
        assert result.error == f"the certificate is for {name}, expected {expected}"


def shows(certificate: bytes) -> Handler:
    """Begin a TLS 1.2 handshake with a certificate that no library would load."""

    def message(kind: int, content: bytes) -> bytes:
        body = bytes([kind]) + len(content).to_bytes(3, "big") + content
        return b"\x16\x03\x03" + struct.pack(">H", len(body)) + body

    def handler(peer: socket.socket) -> None:
        peer.recv(65536)
        listed = len(certificate).to_bytes(3, "big") + certificate
        peer.sendall(message(2, b"\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00\x00\x05\xff\x01\x00\x01\x00"))
        peer.sendall(message(11, len(listed).to_bytes(3, "big") + listed))
        while peer.recv(65536):
            pass

    return handler


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    "certificate", [b"rubbish", b"", b"\x30\x03\x02\x01\x00", b"\x30\x82\xff\xff" + b"a" * 30]
)
def test_a_malformed_one_is_blamed_and_not_the_server(certificate: bytes, check: Check, verify: bool) -> None:
    with serving(shows(certificate)) as port:
        result = probe(port, check, SOON, verify=verify)
    assert result.status is Status.UNEXPECTED
    assert result.error == "the certificate is malformed: OpenSSL cannot read it"
    assert result.detail == {"names": [], "certificate_error": result.error}
