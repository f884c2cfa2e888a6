"""What can be reached from a host behind SSH, and who is it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.hosts.ssh.host import SshHost
from nlbcheck.model import Client, Flow
from nlbcheck.probes import schedule
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch, unwatched
from nlbcheck.probes.task import Task
from nlbcheck.vantage.ssh.dialler import TunnelDialler
from nlbcheck.vantage.ssh.pulse import Pulse

_MOST = 512
"""Connections at once over one SSH connection: its server has a file for each, often 1,024 in all."""
_ROUND_TRIPS = 4
"""Round trips to the server that a conversation takes at most besides those of a direct one."""


class SshVantage:
    """A host behind SSH, from which the same probes are made as from this machine, over its SSH server."""

    def __init__(self, host: SshHost) -> None:
        self._host = host
        self.name = host.name
        """What reports call it."""

    def identity(self, towards: str | None = None) -> Client:
        """Return who one is there."""
        return Client(self.name)

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        """Probe every flow over a connection that the SSH server makes.

        Where the SSH connection ends half way, what is not done by then is interrupted.
        """
        transport = self._host.link.transport
        limits = _as_far_away(flows, limits, Pulse(transport, lambda: None).round_trip())
        dialler: TunnelDialler[Task] = TunnelDialler(transport)
        return schedule.run(flows, limits, dialler, watch)


def _as_far_away(flows: Sequence[Flow], limits: Limits, round_trip: float) -> Limits:
    """Return limits that give each connection the time of a direct one, and the run the time that takes."""
    own = replace(
        limits,
        concurrency=min(limits.concurrency, _MOST),
        timeout=limits.timeout + _ROUND_TRIPS * round_trip,
    )
    if limits.until is None:
        return own
    return replace(own, until=limits.until + own.bound(flows) - limits.bound(flows))
