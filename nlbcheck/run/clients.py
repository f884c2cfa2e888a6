"""From where do a run's connections start?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.model import Client, Node
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.vantage.port import Vantage


def of_run(named: str | None, table: Table, aws: Aws, here: Vantage, nodes: Sequence[Node]) -> Client:
    """Return the client that was named, else the table's or the opened snapshot's, else the vantage point.

    Of a table that the snapshot holds the client was chosen when that was recorded.
    """
    held = aws.held.client if aws.held else None
    own = table.source == str(aws.snapshot)
    if held and not named and (own or not table.client):
        return Client(held.source, held.address)
    wanted = named or table.client
    return Client(wanted) if wanted else here.identity(str(nodes[0].address) if nodes else None)
