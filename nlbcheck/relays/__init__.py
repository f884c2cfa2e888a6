"""The mapping table: what is said to listen where, and whom it has to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nlbcheck.model import Address, Node
from nlbcheck.relays import embedded, readers, validate
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.table import Row, Table
from nlbcheck.relays.tree import Problems

__all__ = ["Forbidden", "Row", "Table", "load", "load_embedded"]


def load(
    path: Path | str,
    *,
    load_balancer: str | None = None,
    region: str | None = None,
    static_ips: Sequence[Node] = (),
    targets: Mapping[str, Address] = MappingProxyType({}),
    columns: Sequence[tuple[str, str]] = (),
) -> Table:
    """Return the table in the file at ``path``; what is given here wins over what the file says.

    ``columns`` says what columns are that are not understood: a key of a row and the column's heading, each.
    Raises InputError with every mistake of the file.
    """
    path = Path(path)
    readers.check_suffix(path)
    problems = Problems(str(path))
    content = readers.read(path, problems, tuple(columns))
    table = validate.table(content.tree, path, targets, problems, content.unprobed)
    table = replace(table, understood=content.understood)
    return _with(table, load_balancer, region, static_ips)


def load_embedded(
    document: Mapping[str, Any],
    path: Path,
    *,
    load_balancer: str | None = None,
    region: str | None = None,
    static_ips: Sequence[Node] = (),
    targets: Mapping[str, Address] = MappingProxyType({}),
) -> Table:
    """Return the table that the file at ``path`` holds as ``document``, under its key ``table``.

    All else is as for ``load``.
    """
    problems = Problems(f"{path}: table")
    table = validate.table(embedded.tree(document, problems), path, targets, problems)
    return _with(table, load_balancer, region, static_ips)


def _with(table: Table, load_balancer: str | None, region: str | None, static_ips: Sequence[Node]) -> Table:
    return replace(
        table,
        load_balancer=load_balancer or table.load_balancer,
        region=region or table.region,
        static_ips=tuple(static_ips) or table.static_ips,
    )
