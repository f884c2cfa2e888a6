"""``nlbcheck mapping``: print the mapping table, or what may stand in one."""

from __future__ import annotations

import json
from typing import Any

import click

from nlbcheck.cli.options import load_table, mapping_options
from nlbcheck.escape import printable, shortened
from nlbcheck.mapping import Row, Table, document


@click.group("mapping")
def command() -> None:
    """Show the mapping table, or its JSON Schema."""


@command.command()
@mapping_options
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def show(format_: str, **options: Any) -> None:  # noqa: ANN401 - the options of mapping_options
    """Print the mapping table as it is understood."""
    table = load_table(**options)
    if format_ == "json":
        click.echo(json.dumps(document.of_table(table), indent=2, ensure_ascii=False))
    else:
        click.echo(_printed(table))


@command.command()
def schema() -> None:
    """Print the JSON Schema of mapping tables, for editors."""
    from nlbcheck.mapping.schema import SCHEMA

    click.echo(json.dumps(SCHEMA, indent=2, ensure_ascii=False))


def _printed(table: Table) -> str:
    """Return ``table`` for people."""
    from tabulate import tabulate

    balancer = {"Load balancer": table.load_balancer, "Region": table.region, "Client": table.client}
    lines = [f"{name + ':':15}{printable(value)}" for name, value in balancer.items() if value]
    if table.static_ips:
        nodes = [f"{node.address} ({node.zone})" if node.zone else node.address for node in table.static_ips]
        lines.append(f"{'Static IPs:':15}{printable(', '.join(nodes))}")
    headings = ["Listener", "Target group", "Target port", "Target", "Check", "Expect"]
    rows = [[printable(cell) for cell in _cells(row)] for row in table.rows]
    return "\n".join([*lines, *[""][: len(lines)], tabulate(rows, headings, disable_numparse=True)])


def _cells(row: Row) -> list[str]:
    """Return the cells of one row, as plain text."""
    named = row.target_address not in (None, row.target)
    expected = [f"{len(row.host_keys)} host key{'s'[: len(row.host_keys) > 1]}"] if row.host_keys else []
    if row.http.statuses:
        expected.append(f"status {document.statuses(row.http.statuses)}")
    expected += [f"{name}: {value}" for name, value in row.http.headers.items()]
    return [
        str(row.listener),
        row.target_group,
        str(row.target_port),
        f"{row.target} ({row.target_address})" if named else row.target,
        "ssh banner" if row.ssh_banner_only else row.check.value,
        shortened(", ".join(expected), 40),
    ]
