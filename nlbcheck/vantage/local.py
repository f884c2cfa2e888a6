"""What can be reached from this machine, and who is it?"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.model import Client, Flow
from nlbcheck.model.net import SocketAddress
from nlbcheck.probes import schedule
from nlbcheck.probes.address import family, local
from nlbcheck.probes.limits import Limits, within_open_files
from nlbcheck.probes.outcome import Outcome, Watch, unwatched
from nlbcheck.probes.sockets import SocketDialler


class ThisMachine:
    """The machine that nlbcheck runs on."""

    def __init__(self, name: str = "this machine") -> None:
        self.name = name
        """What reports call it."""

    def identity(self, towards: str | None = None) -> Client:
        """Return this machine, with the address that its routing table chooses for ``towards``."""
        return Client(self.name, _own_address(towards) if towards else None)

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched) -> Outcome:
        """Probe every flow over TCP connections of this machine's own."""
        limits = replace(limits, concurrency=within_open_files(limits.concurrency))
        return schedule.run(flows, limits, SocketDialler(), watch)


def _own_address(towards: str) -> str | None:
    """Return the source address that the routing table chooses; no packet is sent for it."""
    to = SocketAddress(towards, 9)
    with socket.socket(family(to), socket.SOCK_DGRAM) as unsent:
        try:
            unsent.connect(to)
        except OSError:
            return None
        return local(unsent).address
