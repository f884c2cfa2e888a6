"""The mapping table: what is said to listen where, and whom it has to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from nlbcheck.model import Address, Node
from nlbcheck.relays import readers, text, validate
from nlbcheck.relays.table import Row, Table
from nlbcheck.relays.tree import Problems

__all__ = ["Row", "Table", "load"]


def load(
    path: Path,
    *,
    load_balancer: str | None = None,
    region: str | None = None,
    static_ips: Sequence[Node] = (),
    targets: Mapping[str, Address] = MappingProxyType({}),
) -> Table:
    """Return the table in the file at ``path``; what is given here wins over what the file says.

    Raises InputError with every mistake of the file.
    """
    readers.check_suffix(path)
    problems = Problems(str(path))
    root = readers.read(path, text.read(path), problems)
    table = validate.table(root, path, targets, problems)
    return replace(
        table,
        load_balancer=load_balancer or table.load_balancer,
        region=region or table.region,
        static_ips=tuple(static_ips) or table.static_ips,
    )
