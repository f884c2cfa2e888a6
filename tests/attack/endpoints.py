"""Servers in AWS's place that answer as AWS never would."""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from nlbcheck.aws.sources.live import Access, Live, Patience
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.errors import UnseenError
from tests.attack import Attempt
from tests.aws.hostile_endpoints import ENDPOINTS, PASSWORD, serving

NAME = "endpoints that answer in AWS's place"
_CALLS = (
    ("sts", "GetCallerIdentity"),
    ("ec2", "DescribeVpcs"),
    ("ec2", "DescribeNetworkInterfaces"),
    ("elbv2", "DescribeLoadBalancers"),
    ("elbv2", "DescribeTargetHealth"),
)
_NEEDED: Mapping[str, Mapping[str, str]] = {"DescribeTargetHealth": {"TargetGroupArn": "arn:aws:x"}}
_LONGEST = 60
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Make calls: each ends in bounds, with an answer or one sentence, and shows no secret."""
    order = random.Random(seed)
    with _environment():
        for _ in range(tries):
            name, call = order.choice(sorted(ENDPOINTS)), order.choice(_CALLS)
            yield Attempt(f"{call[1]}: {name}", _asked(name, *call))


@contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _asked(name: str, service: str, operation: str) -> str | None:
    """Return what went wrong; None where the call ended as it should."""
    begun, patience = time.monotonic(), Patience(throttled=(0,), failed=(0,), answer=1)
    with serving(ENDPOINTS[name]) as url:
        try:
            live = Live(Access(region="ap-northeast-1", endpoint_url=url), patience)
            live.call(service, operation, _NEEDED.get(operation, {}))
        except (UnseenError, RefusedError) as error:
            told = "".join(traceback.format_exception(error))
            if PASSWORD in told or len(str(error).splitlines()) != 1:
                return f"shows a secret, or is no sentence: {error}"
        except Exception as error:  # whatever comes out is what is looked for
            return repr(error)
    return None if time.monotonic() - begun < _LONGEST else f"took more than {_LONGEST} s"
