"""Servers in AWS's place: each call ends, in bounds and without a traceback, and shows no secret."""

from __future__ import annotations

import time
import traceback

import pytest

from nlbcheck.aws.sources.live import Access, Live, Patience
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.errors import UnseenError
from tests.aws.hostile_endpoints import ENDPOINTS, PASSWORD, serving

IMPATIENT = Patience(throttled=(0,), failed=(0,), answer=2)
CALLS = (("ec2", "DescribeVpcs"), ("elbv2", "DescribeLoadBalancers"))


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


def live(url: str) -> Live:
    return Live(Access(region="ap-northeast-1", endpoint_url=url), IMPATIENT)


def assert_safe(error: Exception) -> None:
    """Fail where an error is no one sentence, or shows a secret, also in a traceback."""
    assert len(str(error).splitlines()) == 1
    assert PASSWORD not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_who_is_asking(name: str) -> None:
    begun = time.monotonic()
    with serving(ENDPOINTS[name]) as url, pytest.raises(UnseenError) as caught:
        live(url).account_region()
    assert time.monotonic() - begun < 60
    assert_safe(caught.value)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_call(name: str) -> None:
    begun = time.monotonic()
    with serving(ENDPOINTS[name]) as url:
        for service, operation in CALLS:
            try:
                answer = live(url).call(service, operation, {})
            except (UnseenError, RefusedError) as error:
                assert_safe(error)
            else:
                assert not any(answer.values())
    assert time.monotonic() - begun < 120


@pytest.mark.parametrize("name", ["HTML", "the same page for ever", "new pages for ever"])
def test_of_such_an_answer_nothing_is_taken(name: str) -> None:
    with serving(ENDPOINTS[name]) as url, pytest.raises(RefusedError):
        live(url).call("ec2", "DescribeVpcs", {})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a body byte by byte", "an answer takes more than 2 s"),
        ("headers one by one", "an answer takes more than 2 s"),
        ("a body without end", "an answer is larger than 64 MiB"),
    ],
)
def test_the_bound_is_told(name: str, reason: str) -> None:
    with serving(ENDPOINTS[name]) as url, pytest.raises(UnseenError, match=reason):
        live(url).call("ec2", "DescribeVpcs", {})
