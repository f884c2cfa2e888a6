"""What a stranger says is cut in a report, with a mark; what people's servers say is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.model import Check, HttpExpectation, Status
from nlbcheck.probes import bounded
from nlbcheck.probes.bounded import MOST
from tests.certificates import Authority
from tests.probes.probing import SOON, probe
from tests.servers import answers, says, says_nothing, serving, speaks_tls

TEXT = st.text(max_size=20)
JSON = st.recursive(TEXT | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=4), max_leaves=5)


@settings(max_examples=60)
@given(
    st.dictionaries(TEXT, JSON, max_size=4),
    st.integers(1, 60_000),
    st.sampled_from(["x", "\x1b", "\U0001f600", '"']),
    st.integers(1, 3_000),
)
def test_whatever_is_said_is_bounded(said: dict[str, object], size: int, letter: str, count: int) -> None:
    long = {**said, "long": [letter * size] * 3, "many": [said] * count}
    cut = bounded.detail(long, 1 << 20)  # type: ignore[arg-type]
    size = len(json.dumps(long))
    assert len(json.dumps(cut)) <= MOST
    assert (cut == long) == (size <= MOST)
    assert ("cut" in cut and f"{size:,}" in str(cut["cut"])) == (size > MOST)


def flood(letter: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, letter * 2000) for n in range(100)) + b"\r\n"
    )


@pytest.mark.parametrize("letter", [b"x", b"\xe9"])
def test_headers(letter: bytes) -> None:
    with serving(answers(flood(letter))) as port:
        result = probe(port, Check.HTTP)
        missed = probe(port, Check.HTTP, http=HttpExpectation(headers={"X-5": "none*"}))
    assert (result.status, missed.status) == (Status.OK, Status.UNEXPECTED)
    assert len(json.dumps(result.detail)) <= MOST
    assert str(result.detail["cut"]).startswith("what was said takes ")
    assert result.detail["status"] == 200
    assert len(str(missed.error)) <= 2048


def test_a_banner() -> None:
    with serving(says(b"SSH-2.0-" + b"\x01" * 100_000 + b"\r\n")) as port:
        result = probe(port, Check.SSH, SOON, ssh_banner_only=True)
    assert result.status is Status.OK
    assert len(json.dumps(result.detail)) <= MOST


def test_the_names_of_a_certificate(tmp_path: Path) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName(f"{n}.{'x' * 50}.example") for n in range(1200)])
    with serving(speaks_tls(Authority(tmp_path).odd("x", names), says_nothing)) as port:
        result = probe(port, Check.TLS, SOON, verify=False)
        refused = probe(port, Check.TLS, SOON)
    assert (result.status, refused.status) == (Status.OK, Status.UNEXPECTED)
    assert len(json.dumps(result.detail)) <= MOST
    assert "cut" in result.detail
    assert result.detail["tls_version"] == "TLSv1.3"


def test_what_servers_say_as_a_rule_is_whole() -> None:
    with serving(answers(b"HTTP/1.1 200 OK\r\nServer: x\r\nX-Long: " + b"y" * 30_000 + b"\r\n\r\n")) as port:
        result = probe(port, Check.HTTP)
    assert result.detail["headers"] == {"Server": "x", "X-Long": "y" * 30_000}
    assert "cut" not in result.detail
