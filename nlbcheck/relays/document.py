"""How is a validated table written down again, so that loading it gives the same table?"""

from __future__ import annotations

from nlbcheck.model import HostKey, Json
from nlbcheck.relays.table import Row, Table


def of_table(table: Table) -> dict[str, Json]:
    """Return ``table`` in the shape of a JSON or YAML mapping table, defaults written out."""
    head: dict[str, Json] = {
        "load_balancer": table.load_balancer,
        "region": table.region,
        "client": table.client,
        "client_profile": table.client_profile,
        "static_ips": _static_ips(table),
        "targets": dict(table.targets) or None,
    }
    rows: list[Json] = [_row(row) for row in table.rows]
    return {**{key: value for key, value in head.items() if value is not None}, "mappings": rows}


def pinned(key: HostKey) -> str:
    """Return a host key as a table pins it."""
    return f"{key.key_type} {key.fingerprint}" if key.key_type else key.fingerprint


def statuses(codes: tuple[range, ...]) -> str:
    """Return accepted status codes as a table writes them: ``200-399,404``."""
    return ",".join(str(part.start) if len(part) == 1 else f"{part.start}-{part.stop - 1}" for part in codes)


def _static_ips(table: Table) -> Json:
    if any(node.zone for node in table.static_ips):
        return {node.label: node.address for node in table.static_ips}
    return [node.address for node in table.static_ips] or None


def _row(row: Row) -> dict[str, Json]:
    """Return one row; what says nothing about its check is left out."""
    expect: dict[str, Json] = {}
    if row.host_keys:
        expect["host_key"] = [pinned(key) for key in row.host_keys]
    http: dict[str, Json] = {}
    if row.http.statuses:
        http["status"] = statuses(row.http.statuses)
    if row.http.headers:
        http["header"] = dict(row.http.headers)
    if http:
        expect["http"] = http
    optional: dict[str, Json] = {
        "expect": expect or None,
        "path": row.path if row.path != "/" else None,
        "host": row.host,
        "server_name": row.server_name,
        "verify": row.verify if row.verify is not True else None,
        "ssh_banner_only": row.ssh_banner_only or None,
    }
    return {
        "listener": str(row.listener),
        "target_group": row.target_group,
        "target_port": str(row.target_port),
        "target": row.target,
        "check": row.check.value,
        **{key: value for key, value in optional.items() if value is not None},
    }
