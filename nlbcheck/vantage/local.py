"""What can be reached from this machine, and who is it?"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nlbcheck.model import Client, Flow
from nlbcheck.model.net import SocketAddress
from nlbcheck.probes import schedule
from nlbcheck.probes.address import family, local
from nlbcheck.probes.limits import Limits, within_open_files
from nlbcheck.probes.outcome import Observations, Watch, unwatched
from nlbcheck.probes.sockets import SocketDialler
from nlbcheck.vantage import processes
from nlbcheck.vantage.this_instance import this_instance

if TYPE_CHECKING:
    from nlbcheck.hosts.host import Host

_LEAST_FLOWS = 250
"""Endpoints for a process of their own."""
_LEAST_CONCURRENCY = 128
"""Connections at once for each process; where fewer are allowed, waiting is what takes the time."""


class ThisMachine:
    """The machine that nlbcheck runs on."""

    def __init__(self, name: str = "this machine", processes: int | None = None) -> None:
        self.name = name
        """What reports call it."""
        self.processes = processes
        """How many processes share a run; None leaves that to its size and to the processors there are."""

    @property
    def host(self) -> Host:
        """The machine itself, where commands can be run."""
        from nlbcheck.hosts.here import ThisHost  # only what fails is looked at

        return ThisHost(self.name)

    def identity(self, towards: str | None = None) -> Client:
        """Return this machine, with the address that its routing table chooses for ``towards``.

        On EC2 its metadata service says which instance it is, and which interface has the address.
        """
        address = _own_address(towards) if towards else None
        known = this_instance()
        interfaces = known.interfaces if known else ()
        instance = known.id if known else None
        own = next((item for item in interfaces if address in item.addresses), None)
        if own is None:
            return Client(self.name, address, instance=instance)
        return Client(self.name, address, own.id, own.subnet, own.vpc, instance)

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Observations:
        """Probe every flow over TCP connections of this machine's own."""
        limits = replace(limits, concurrency=within_open_files(limits.concurrency))
        count = self.processes or _worth(len(flows), limits)
        parts = processes.shares(flows, count) if count > 1 else []
        # A fork keeps the thread that forks and loses all others, with whatever they hold.
        if len(parts) > 1 and threading.active_count() == 1:
            done = processes.run(parts, flows, limits, watch)
            if done:
                return done
        return schedule.run(flows, limits, SocketDialler(), watch)


def _worth(flows: int, limits: Limits) -> int:
    """Return how many processes a run is worth: each must have more to do than it takes to start it."""
    return min(_processors(), flows // _LEAST_FLOWS, limits.concurrency // _LEAST_CONCURRENCY)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity") and hasattr(os, "memfd_create"):
        return len(os.sched_getaffinity(0))
    return 1


def _own_address(towards: str) -> str | None:
    """Return the source address that the routing table chooses; no packet is sent for it."""
    to = SocketAddress(towards, 9)
    with socket.socket(family(to), socket.SOCK_DGRAM) as unsent:
        try:
            unsent.connect(to)
        except OSError:
            return None
        return local(unsent).address
