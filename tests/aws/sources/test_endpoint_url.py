"""Where may AWS be asked, and who could listen?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.sources import endpoint_url
from nlbcheck.errors import InputError
from tests.cli.relay import TABLE
from tests.cli.running import nlbcheck


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "https://ec2.example", "http://[::1]:1/x"])
def test_a_url_of_an_api_is_taken(url: str) -> None:
    endpoint_url.check(url)


@pytest.mark.parametrize("url", ["ftp://host", "file:///etc", "host:443", "", "http://", "http://[::1"])
def test_another_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="http://HOST or https://HOST was expected"):
        endpoint_url.check(url)


def test_a_password_is_refused_and_not_shown() -> None:
    done = nlbcheck("diagnose", "--all", "-m", TABLE, "--endpoint-url", "https://me:hunter2@ec2.example")
    assert done.returncode == 2
    assert "https://…@ec2.example: has a user name or a password in it" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("http://10.0.0.1", True),
        ("http://ec2.example", True),
        ("https://10.0.0.1", False),
        ("http://127.0.0.1:1", False),
        ("http://[::1]", False),
        ("http://localhost:4566", False),
    ],
)
def test_who_could_listen(url: str, *, clear: bool) -> None:
    assert endpoint_url.is_in_the_clear(url) is clear


@given(st.text(st.characters(blacklist_characters="/@ \n\t\r\"'<>"), min_size=1))
def test_no_password_is_left(password: str) -> None:
    if "".join(password.split()) == password:
        assert endpoint_url.redacted(f"at http://me:{password}@host/") == "at http://…@host/"
