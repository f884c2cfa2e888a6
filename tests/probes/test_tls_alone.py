"""A TLS handshake alone, against a real server and hostile ones: what is it taken for?"""

from __future__ import annotations

import ssl

import pytest

from nlbcheck.model import Check, Status
from tests.certificates import Authority
from tests.probes.probing import SOON, probe
from tests.servers import Handler, answers, closes, floods, resets, says, says_nothing, serving, speaks_tls

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("inside", [says_nothing, closes, says(b"hello"), answers(b"nobody asks")])
def test_whatever_is_said_inside_it_is_the_handshake_that_counts(
    authority: Authority, inside: Handler
) -> None:
    context = authority.context("app.example.com", days=20)
    with serving(speaks_tls(context, inside)) as port:
        seen = probe(port, Check.TLS, SOON, server_name="app.example.com", verify=str(authority.file))
    assert seen.status is Status.OK
    assert seen.detail["names"] == ["app.example.com"]
    assert seen.detail["valid_for_days"] == 19


@pytest.mark.parametrize(("days", "left"), [(20, 19), (-3, -1)])
def test_a_certificate_that_nobody_verifies_is_told_all_the_same(
    authority: Authority, days: int, left: int
) -> None:
    with serving(speaks_tls(authority.context("other.example.com", days=days), says_nothing)) as port:
        seen = probe(port, Check.TLS, SOON, verify=False)
    assert (seen.status, seen.detail["valid_for_days"]) == (Status.OK, left)


def test_one_for_another_name_or_of_an_unknown_authority_is_unexpected(authority: Authority) -> None:
    with serving(speaks_tls(authority.context("app.example.com"), says_nothing)) as port:
        other = probe(port, Check.TLS, SOON, server_name="b.example.com", verify=str(authority.file))
        stranger = probe(port, Check.TLS, SOON)
    assert {other.status, stranger.status} == {Status.UNEXPECTED}
    assert "expected b.example.com" in str(other.detail["certificate_error"])
    assert "does not verify" in str(stranger.detail["certificate_error"])


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_server_that_wants_a_certificate_of_the_client_is_told_by_its_alert(
    authority: Authority, version: ssl.TLSVersion
) -> None:
    context = authority.context("app.example.com")
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)

    def refuse(peer: object) -> None:
        try:
            speaks_tls(context, says_nothing)(peer)  # type: ignore[arg-type]
        except ssl.SSLError:
            return

    with serving(refuse) as port:
        seen = probe(port, Check.TLS, SOON, verify=False)
    assert seen.status is Status.BAD_REPLY
    alerts = {VERSIONS[0]: "handshake failure", VERSIONS[1]: "certificate required"}
    assert seen.detail["tls_alert"] == alerts[version]


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (resets, Status.RESET),
        (says_nothing, Status.NO_REPLY),
        (says(b"SSH-2.0-x\r\n"), Status.BAD_REPLY),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Status.BAD_REPLY),
        (floods, Status.BAD_REPLY),
    ],
)
def test_what_speaks_no_tls(handler: Handler, status: Status) -> None:
    with serving(handler) as port:
        assert probe(port, Check.TLS, SOON).status is status
