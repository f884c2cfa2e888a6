"""``nlbcheck mapping``: print the mapping table, hold it against AWS, or make one from AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from nlbcheck.cli.aws_options import Aws, aws_options
from nlbcheck.cli.options import load_table, mapping_options
from nlbcheck.cli.output import style, write_text
from nlbcheck.cli.streams import write_stderr, write_stdout
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.escape import printable, shortened
from nlbcheck.model import Check
from nlbcheck.relays import Row, Table, document, writing

_quiet = click.option("-q", "--quiet", is_flag=True, help="No remarks on stderr.")


@click.group("mapping")
def command() -> None:
    """Show the mapping table, hold it against AWS, make one from AWS, or print its JSON Schema."""


@command.command()
@mapping_options
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="For people, or as a table in JSON that holds all of it.",
)  # fmt: skip
def show(format_: str, **options: Any) -> None:  # noqa: ANN401 - the options of mapping_options
    """Print the mapping table as it is understood."""
    table = load_table(**options)
    if format_ == "json":
        write_stdout(json.dumps(document.of_table(table), indent=2, ensure_ascii=False) + "\n")
    else:
        write_stdout(_printed(table) + "\n")


@command.command()
def schema() -> None:
    """Print the JSON Schema of mapping tables, for editors."""
    from nlbcheck.relays.schema import SCHEMA

    write_stdout(json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n")


@command.command()
@mapping_options
@aws_options()
@_quiet
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE, not stdout."
)
@click.option("--color/--no-color", default=None, help="Colours; by default on a terminal only.")
def check(
    aws: Aws,
    quiet: bool,
    format_: str,
    output: Path | None,
    color: bool | None,
    **options: Any,  # noqa: ANN401
) -> ExitStatus:
    """Hold the mapping table against AWS.

    Listeners, target groups, targets and static IPs are compared; AWS and the table stay as they are.

    Exit status: 0 AWS holds what the table says; 1 something differs; 2 the command line or a file is
    wrong; 3 something could not be seen.
    """
    from nlbcheck.diagnosis import drift
    from nlbcheck.diagnosis.drift.finding import of_balancer
    from nlbcheck.formats import drift as rendering

    table = load_table(**options)
    asking = aws.asking(table, quiet=quiet)
    found = asking.ask(lambda state: drift.findings(state, table, table.rows))
    status = found.exit_status
    if format_ == "json":
        resource = of_balancer(found.balancer) if found.balancer else None
        text = rendering.document(resource, found.findings, status)
    else:
        about = f"{table.source} against {found.balancer.name if found.balancer else 'AWS'}"
        text = rendering.text(about, found.findings, style(output, color=color))
    write_text(text, output)
    return status


@command.command("import")
@click.option(
    "--load-balancer",
    required=True,
    metavar="NAME",
    help="The load balancer: its name, the end of it after a '-', its DNS name or its ARN.",
)
@click.option("--region", help="The load balancer's Region.")
@aws_options()
@_quiet
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE, not stdout."
)
def import_(load_balancer: str, region: str | None, aws: Aws, quiet: bool, output: Path | None) -> ExitStatus:
    """Make a mapping table, in YAML, from a load balancer.

    What a row cannot say is left out; a comment in its place and a remark on stderr say what and why.

    Exit status: 0 all is written, or left out because no row can say it; 2 there is no such load balancer;
    3 something could not be seen.
    """
    from nlbcheck.diagnosis import imported
    from nlbcheck.diagnosis.drift import balancer as named

    if output and output.suffix.lower() not in (".yaml", ".yml"):
        raise InputError(f"{output}: the table is written as YAML: name a file that ends in .yaml or .yml")
    wanted = Table("", (), load_balancer=load_balancer, region=region)
    asking = aws.asking(wanted, quiet=quiet)
    made = asking.ask(lambda state: imported.table(state, named.needed(state, load_balancer, region)))
    write_text(
        writing.text(made.head, made.entries, "A mapping table made by nlbcheck mapping import."), output
    )
    if not quiet:
        for remark in made.remarks:
            write_stderr(printable(remark))
    return ExitStatus.OK if made.complete else ExitStatus.UNSEEN


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
    if row.check is Check.HTTPS and row.verify is False:
        expected.append("any certificate")
    elif row.server_name:
        expected.append(f"certificate for {row.server_name}")
    check = "ssh banner" if row.ssh_banner_only else row.check.value
    return [
        str(row.listener),
        row.target_group,
        str(row.target_port),
        f"{row.target} ({row.target_address})" if named else row.target,
        check if row.path == "/" else f"{check} {shortened(row.path, 30)}",
        shortened(", ".join(expected), 80),
    ]
