"""From where do a run's connections start?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.model import THIS_MACHINE, Client, Node
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.vantage.local import ThisMachine


def client(named: str | None, nodes: Sequence[Node]) -> Client:
    """Return the client that was named, else this machine with the address that it would use."""
    if named:
        return Client(named)
    return ThisMachine(THIS_MACHINE).identity(str(nodes[0].address) if nodes else None)


def of_run(named: str | None, table: Table, aws: Aws, nodes: Sequence[Node]) -> Client:
    """Return the client that was named, else the table's or the opened snapshot's, else this machine.

    Of a table that the snapshot holds the client was chosen when that was recorded.
    """
    held = aws.held.client if aws.held else None
    own = table.source == str(aws.snapshot)
    if held and not named and (own or not table.client):
        return Client(held.source, held.address)
    return client(named or table.client, nodes)
