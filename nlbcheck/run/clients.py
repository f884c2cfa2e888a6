"""From where do a run's connections start?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.model import THIS_MACHINE, Client, Node
from nlbcheck.vantage.local import ThisMachine


def client(named: str | None, nodes: Sequence[Node]) -> Client:
    """Return the client that was named, else this machine with the address that it would use."""
    if named:
        return Client(named)
    return ThisMachine(THIS_MACHINE).identity(str(nodes[0].address) if nodes else None)
