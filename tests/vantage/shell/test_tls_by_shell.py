"""TLS as a shell's programs see it: openssl, else curl, by the host's own authorities."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from nlbcheck.model import Check, Status
from tests.certificates import Authority
from tests.servers import answers, black_hole, closed_port, says, says_nothing, serving, speaks_tls
from tests.vantage.shell.shells import apart, flow, path_with, probed

PAGE = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("program", ["openssl", "curl"])
def test_https_is_verified_by_the_hosts_authorities_and_the_rows_name(
    authority: Authority, tmp_path: Path, program: str
) -> None:
    path = path_with(tmp_path / "bin", program, "bash")
    trusted = {"SSL_CERT_FILE": str(authority.file), "CURL_CA_BUNDLE": str(authority.file)}
    context = authority.context("app.example.com", "127.0.0.1")
    with (
        serving(speaks_tls(context, answers(PAGE))) as port,
        serving(says(PAGE)) as plain,
        serving(says_nothing) as silent,
        black_hole() as hole,
    ):
        cases = [
            (flow(port, Check.HTTPS, server_name="app.example.com"), Status.OK),
            (flow(port, Check.HTTPS), Status.OK),
            (flow(port, Check.HTTPS, server_name="b.example.com"), Status.UNEXPECTED),
            (flow(port, Check.HTTPS, server_name="b.example.com", verify=False), Status.OK),
            (flow(plain, Check.HTTPS), Status.BAD_REPLY),
            (flow(silent, Check.HTTPS), Status.NO_REPLY),
            (flow(closed_port(), Check.HTTPS), Status.REFUSED),
            (flow(hole, Check.HTTPS), Status.TIMED_OUT),
        ]
        seen = probed(apart([one for one, _ in cases]), path=path, environment=trusted)
        (stranger,) = probed([flow(port, Check.HTTPS)], path=path)
    for (_, status), result in zip(cases, seen, strict=True):
        assert result.status is status, (cases, seen)
    assert seen[0].detail["status"] == 200
    assert "verifies with the host's authorities" in str(seen[0].detail["not_checked"])
    assert stranger.status is Status.UNEXPECTED
    assert "certificate_error" in stranger.detail


def test_tls_alone_takes_openssl(authority: Authority, tmp_path: Path) -> None:
    trusted = {"SSL_CERT_FILE": str(authority.file)}
    demanding = authority.context("127.0.0.1", days=20)
    demanding.verify_mode = ssl.CERT_REQUIRED
    demanding.load_verify_locations(authority.file)
    with (
        serving(speaks_tls(authority.context("127.0.0.1"), says_nothing)) as port,
        serving(speaks_tls(demanding, says_nothing)) as wants_ours,
    ):
        flows = apart([flow(port, Check.TLS), flow(wants_ours, Check.TLS)])
        fine, refused = probed(flows, environment=trusted)
        (without,) = probed([flow(port, Check.TLS)], path=path_with(tmp_path / "bin", "bash"))
    assert fine.status is Status.OK, fine
    assert refused.status is Status.BAD_REPLY
    assert "certificate required" in str(refused.error)
    assert without.status is Status.UNCHECKED
    assert without.error == "not checked: the host lacks openssl"
