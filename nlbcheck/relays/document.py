"""How is a validated table written down again, so that loading it gives the same table?"""

from __future__ import annotations

from typing import Any

from nlbcheck.model import Json
from nlbcheck.relays import via
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.row_keys import ROW_KEYS
from nlbcheck.relays.table import Row, Table


def of_table(table: Table) -> dict[str, Json]:
    """Return ``table`` in the shape of a JSON or YAML mapping table, defaults written out."""
    head: dict[str, Json] = {
        "load_balancer": table.load_balancer,
        "region": table.region,
        "profile": table.profile,
        "role_arn": table.role_arn,
        "client": table.client,
        "client_profile": table.client_profile,
        "via": via.written(table.via),
        "static_ips": _static_ips(table),
        "targets": {name: str(address) for name, address in table.targets.items()} or None,
    }
    rows: list[Json] = [_row(row) for row in table.rows]
    rows += [dict(item.said) for item in table.unprobed if item.said]
    closed: list[Json] = [_forbidden(item) for item in table.forbidden]
    known = {key: value for key, value in head.items() if value is not None}
    return {**known, "mappings": rows, **({"forbidden": closed} if closed else {})}


def _static_ips(table: Table) -> Json:
    if any(node.zone for node in table.static_ips):
        return {node.label: str(node.address) for node in table.static_ips}
    return [str(node.address) for node in table.static_ips] or None


def _forbidden(item: Forbidden) -> dict[str, Json]:
    client: dict[str, Json] = {"client": item.client} if item.client else {}
    return {"name": item.name, **client, "address": str(item.address), "port": item.port, "protocol": "tcp"}


def _row(row: Row) -> dict[str, Json]:
    """Return one row; what says nothing about its check is left out."""
    document: dict[str, Any] = {}
    for key in ROW_KEYS:
        value = key.written(row)
        if value is not None:
            *outer, name = key.name.split(".")
            inner = document
            for part in outer:
                inner = inner.setdefault(part, {})
            inner[name] = value
    return document
