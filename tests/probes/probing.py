"""Short ways to probe one port of 127.0.0.1, and the time it may take."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from nlbcheck.model import Check, Flow, Node, Observation, ProbeSpec
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch, unwatched
from nlbcheck.vantage.local import ThisMachine

DEFAULT = Limits()
SOON = Limits(timeout=0.6)
"""For servers that keep a probe waiting."""


def run(endpoints: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
    return ThisMachine().probe(endpoints, limits, watch)


def endpoint(
    port: int, check: Check, address: str = "127.0.0.1", target: str = "server", **options: Any
) -> Flow:
    """Return a flow to a port; ``options`` are fields of what is asked."""
    return Flow("row", Node("zone", ip_address(address)), port, target, ProbeSpec(check, **options))


def probe(port: int, check: Check, limits: Limits = DEFAULT, **options: Any) -> Observation:
    outcome = run([endpoint(port, check, **options)], limits)
    assert not outcome.interrupted
    return outcome.results[0]
