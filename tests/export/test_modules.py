"""Is each probe the module that makes the same one?"""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.export import modules
from nlbcheck.model import Check, HostKey, HttpExpectation, ProbeSpec


@pytest.mark.parametrize("check", Check)
def test_rows_that_are_probed_alike_share_a_module(check: Check) -> None:
    assert modules.named(ProbeSpec(check), 5)[0] == f"nlbcheck_{check.value}"
    pinned = ProbeSpec(check, host_keys=(HostKey("SHA256:x"),))
    assert modules.named(pinned, 5) == modules.named(ProbeSpec(check), 5)


def test_expectations_make_a_module_of_their_own() -> None:
    expected = ProbeSpec(Check.HTTP, http=HttpExpectation((range(200, 202),), {"Server": "Apache*"}))
    name, made = modules.named(expected, 2.5)
    assert re.fullmatch(r"nlbcheck_http_[0-9a-f]{8}", name)
    assert made["timeout"] == "2.5s"
    assert made["http"]["valid_status_codes"] == [200, 201]
    assert made["http"]["fail_if_header_not_matches"] == [
        {"header": "Server", "regexp": "^(?s:Apache.*)$", "allow_missing": False}
    ]
    assert modules.named(ProbeSpec(Check.HTTP, http=HttpExpectation((range(200, 201),))), 5)[0] != name


def test_certificates_are_verified_as_the_table_says() -> None:
    def tls(**spec: object) -> object:
        return modules.named(ProbeSpec(Check.HTTPS, **spec), 5)[1]["http"]["tls_config"]  # type: ignore[arg-type]

    assert tls() == {}
    assert tls(verify=False) == {"insecure_skip_verify": True}
    assert tls(verify="/etc/ca.pem", server_name="web.example") == {
        "server_name": "web.example",
        "ca_file": "/etc/ca.pem",
    }
    assert tls(host="web.example:8443") == {"server_name": "web.example"}


@given(st.text("ab*?[]!^-.\\$x", max_size=8), st.text("ab*?[]!^-.\\$x", max_size=6))
def test_wildcards_match_what_they_match_in_a_table(wanted: str, value: str) -> None:
    written = modules.pattern(wanted)
    assert "(?>" not in written
    try:
        found = re.fullmatch(written[1:-1], value) is not None
    except re.error:
        pytest.fail(f"{wanted!r} became {written!r}")
    assert found == fnmatch.fnmatchcase(value, wanted)
