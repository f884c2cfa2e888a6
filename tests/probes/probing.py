"""Short ways to probe one port of 127.0.0.1, and the time it may take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlbcheck.model import Check, Endpoint, Node, ProbeResult
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Outcome, Watch, unwatched
from nlbcheck.vantage.local import ThisMachine

DEFAULT = Limits()
SOON = Limits(timeout=0.6)
"""For servers that keep a probe waiting."""


def run(endpoints: Sequence[Endpoint], limits: Limits, watch: Watch = unwatched) -> Outcome:
    return ThisMachine().probe(endpoints, limits, watch)


def endpoint(port: int, check: Check, **options: Any) -> Endpoint:
    options.setdefault("target", "server")
    node = Node("zone", options.pop("address", "127.0.0.1"))
    return Endpoint("row", node, port, check, **options)


def probe(port: int, check: Check, limits: Limits = DEFAULT, **options: Any) -> ProbeResult:
    outcome = run([endpoint(port, check, **options)], limits)
    assert not outcome.interrupted
    return outcome.results[0]
