"""The system's clock is set while nlbcheck runs, as by NTP after a boot: no verdict and no wait changes."""

from __future__ import annotations

import itertools
import time

import paramiko
import pytest

from nlbcheck.model import Check, Status
from nlbcheck.probes.limits import Limits
from tests.probes.probing import probe
from tests.servers import says_nothing, serving, speaks_ssh

KEY = paramiko.ECDSAKey.generate()
HOUR = 3600.0


@pytest.fixture(params=[HOUR, -HOUR], ids=["forward", "back"])
def clock_that_is_set(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock by an hour whenever it is looked at."""
    wall, steps = time.time, itertools.count(step=request.param)
    monkeypatch.setattr(time, "time", lambda: wall() + next(steps))


@pytest.mark.usefixtures("clock_that_is_set")
def test_a_server_that_takes_its_time_is_heard() -> None:
    with serving(speaks_ssh(KEY, after=0.5)) as port:
        seen = probe(port, Check.SSH, Limits(timeout=5))
    assert seen.status is Status.OK
    assert 500 <= (seen.total_ms or 0) < 5000


@pytest.mark.usefixtures("clock_that_is_set")
def test_silence_ends_in_time() -> None:
    with serving(says_nothing) as port:
        seen = probe(port, Check.SSH, Limits(timeout=0.5))
    assert seen.status is Status.NO_REPLY
    assert 500 <= (seen.total_ms or 0) < 2000
