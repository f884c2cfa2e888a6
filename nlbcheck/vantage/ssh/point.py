"""What can be reached from a host behind SSH, and who is it?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.ssh.host import SshHost
from nlbcheck.model import Client, Flow
from nlbcheck.probes import schedule
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch, unwatched, whole
from nlbcheck.probes.task import Task
from nlbcheck.vantage.metadata import InstanceMetadata, instance
from nlbcheck.vantage.ssh.dialler import TunnelDialler
from nlbcheck.vantage.ssh.host_routes import HostRoutes
from nlbcheck.vantage.ssh.opener import opened_within
from nlbcheck.vantage.ssh.pulse import Pulse

_MOST = 512
"""Connections at once over one SSH connection: its server has a file for each, often 1,024 in all."""
_METADATA_SECONDS = 0.3
"""Seconds for a connection to the metadata service, besides the way to the host; elsewhere there is none."""
_ROUND_TRIPS = 4
"""Round trips to the server that a conversation takes at most besides those of a direct one."""


class SshVantage:
    """A host behind SSH, from which the same probes are made as from this machine, over its SSH server."""

    def __init__(self, host: SshHost) -> None:
        self.host = host
        """The host itself, which runs commands, too."""
        self.name = host.name
        """What reports call it."""

    def identity(self, towards: str | None = None) -> Client:
        """Return the host, with the address that its routing table chooses for ``towards``.

        On EC2 its metadata service says which interface that is. What the host does not say is None.
        """
        address = HostRoutes(self.host).towards(towards).address if towards else None
        known = self._instance if towards else None
        interfaces = known.interfaces if known else ()
        for interface in interfaces:
            if address in interface.addresses or (towards and not address and len(interfaces) == 1):
                address = address or next(iter(interface.addresses), None)
                found = (interface.id, interface.subnet, interface.vpc)
                return Client(self.name, address, *found, known.id if known else None)
        return Client(self.name, address, instance=known.id if known else None)

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        """Probe every flow over a connection that the SSH server makes.

        Where the SSH connection ends half way, what is not done by then is interrupted; the next call logs in
        again. A connection that the other side resets looks like one that it ends: SSH tells no more.
        """
        try:
            with suppress(UnseenError):
                self.host.log_in_again()
            transport = self.host.link.transport
            limits = _as_far_away(flows, limits, Pulse(transport).round_trip())
        except KeyboardInterrupt:
            return whole(flows, [None] * len(flows), interrupted=True)
        dialler: TunnelDialler[Task] = TunnelDialler(transport, HostRoutes(self.host).error)
        return schedule.run(flows, limits, dialler, watch)

    @cached_property
    def _instance(self) -> InstanceMetadata | None:
        transport = self.host.link.transport
        patience = _METADATA_SECONDS + 2 * Pulse(transport).round_trip()
        return instance(lambda to, seconds: opened_within(transport, to, min(seconds, patience)))


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
