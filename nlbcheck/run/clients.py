"""Which client was asked for besides the vantage points?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.model import Client, Node
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.vantage.port import Vantage


def named(client: str | None, table: Table, aws: Aws) -> Client | None:
    """Return the client that was named, else the table's or the opened snapshot's; None where there is none.

    Of a table that the snapshot holds the client was chosen when that was recorded.
    """
    if client:
        return Client(client)
    held = aws.held.client if aws.held else None
    own = table.source == str(aws.snapshot)
    if held and (own or not table.client):
        return Client(held.source, held.address)
    return Client(table.client) if table.client else None


def of_run(client: str | None, table: Table, aws: Aws, here: Vantage, nodes: Sequence[Node]) -> Client:
    """Return the client that was asked for, else the vantage point."""
    return named(client, table, aws) or here.identity(str(nodes[0].address) if nodes else None)
