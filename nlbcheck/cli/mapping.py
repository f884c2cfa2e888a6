"""``nlbcheck mapping``: print the mapping table, hold it against AWS, or make one from AWS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from nlbcheck import files
from nlbcheck.cli import understood
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.options import file_options, load_table, mapping_options
from nlbcheck.cli.output import output_option, style, write_text
from nlbcheck.cli.streams import write_stdout
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.escape import printable, shortened
from nlbcheck.model import Check
from nlbcheck.relays import Forbidden, Row, Table, document, row_keys, writing
from nlbcheck.run.aws import Aws

_quiet = click.option("-q", "--quiet", is_flag=True, help="No remarks on stderr.")

_SHOWN = 8
"""Targets of a row that text shows."""


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
@aws_options(terraform=True)
@_quiet
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@output_option
@click.option("--color/--no-color", default=None, help="Colours; by default on a terminal only.")
def check(
    aws: Aws,
    quiet: bool,
    format_: str,
    output: Path | None,
    color: bool | None,
    **options: Any,  # noqa: ANN401
) -> ExitStatus:
    """Compare the mapping table with AWS.

    Listeners, target groups, targets and static IPs are compared; AWS and the table stay as they are.

    Exit status: 0 AWS holds what the table says; 1 something differs; 2 the command line or a file is
    wrong; 3 something could not be seen.
    """
    from nlbcheck.diagnosis.drift import uncompared
    from nlbcheck.diagnosis.drift.finding import of_balancer
    from nlbcheck.formats import drift as rendering
    from nlbcheck.run import drift

    progress = Terminal(quiet=quiet)
    aws = aws.opened(progress)
    table = load_table(aws=aws, **options)
    files.check([output], {"the mapping table": Path(table.source), **_inputs(aws)})
    found = drift.check(table, aws=aws, progress=progress)
    status = found.exit_status
    if format_ == "json":
        resource = of_balancer(found.balancer) if found.balancer else None
        text = rendering.document(resource, found.findings, status, uncompared.names(table.rows))
    else:
        about = f"{table.source} against {found.balancer.name if found.balancer else 'AWS'}"
        remark = uncompared.remark(table.rows)
        text = rendering.text(about, found.findings, style(output, color=color), remark)
    write_text(text, output, private=True)
    return status


@command.command("import")
@click.argument("table", metavar="[TABLE]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--load-balancer",
    metavar="NAME",
    help="The load balancer: its name, the end of it after a '-', its DNS name or its ARN.",
)
@click.option(
    "--all", "every", is_flag=True, help="Every Network Load Balancer: one file each, in the folder -o DIR."
)
@click.option(
    "--organization-role",
    metavar="NAME",
    help="With --all: look at every account of the AWS organization, by the role of this name in each.",
)
@click.option("--region", help="The load balancer's Region.")
@file_options
@aws_options(terraform=True, profiles=True)
@_quiet
@output_option
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
def import_(
    table: Path | None,
    load_balancer: str | None,
    every: bool,
    organization_role: str | None,
    region: str | None,
    aws: Aws,
    profiles: Sequence[str],
    quiet: bool,
    output: Path | None,
    force: bool,
    **given: Any,  # noqa: ANN401 (what file_options adds)
) -> ExitStatus:
    """Make a mapping table, in YAML, from a load balancer, from each, or from a TABLE that people keep.

    With --all there is a table for every Network Load Balancer of the account and Region: of each --profile,
    or of each account that --organization-role reaches. A table names the profile or role that it came by.
    Accounts and load balancers that are skipped are told, with why.

    From a load balancer: what a row cannot say is left out; a comment in its place and a remark on stderr say
    what and why. A TABLE is a Markdown, CSV, HTML or Excel file; comments say what each column was taken for.

    Exit status: 0 all is written, or left out because no row can say it; 2 there is no such load balancer, or
    the TABLE is wrong; 3 something could not be seen.
    """
    if every:
        from nlbcheck.cli.import_all import write_all

        if table or load_balancer or any(given.values()):
            raise InputError("--all: is for every load balancer as AWS has it, without a TABLE")
        return write_all(aws, region, profiles, organization_role, output, force=force, quiet=quiet)
    if organization_role or profiles[1:]:
        raise InputError("--organization-role and several --profile: are for --all")
    from nlbcheck.run import drift

    aws = replace(aws, profile=next(iter(profiles), None))
    _check_import(output, aws, table, force=force)
    progress = Terminal(quiet=quiet)
    if table:
        read = load_table(table, load_balancer=load_balancer, region=region, **given)
        write_text(understood.as_yaml(read), output, private=True)
        return ExitStatus.OK
    if load_balancer is None:
        raise InputError(
            "what is the table made from? Name the load balancer with --load-balancer, or a file, "
            "or give --all"
        )
    if any(given.values()):
        raise InputError(
            "--static-ip, --target and --column are for a TABLE: AWS says these of a load balancer"
        )
    made = drift.import_table(load_balancer, region, aws=aws, progress=progress)
    text = writing.text(made.head, made.entries, "A mapping table made by nlbcheck mapping import.")
    write_text(text, output, private=True)
    for remark in made.remarks:
        progress.remark(remark)
    return ExitStatus.OK if made.complete else ExitStatus.UNSEEN


def _inputs(aws: Aws) -> dict[str, Path | None]:
    """Return the files that stand in for AWS, by what they are called."""
    written = aws.terraform
    configuration = sorted(written.glob("*.tf*")) if written and written.is_dir() else []
    named = {f"Terraform's file {file.name}": file for file in configuration}
    return {"the snapshot": aws.snapshot, "what Terraform wrote": written, **named}


def _check_import(output: Path | None, aws: Aws, table: Path | None, *, force: bool) -> None:
    """Raise InputError where no table is to be written to ``output``."""
    files.check([output], {"the table that is read": table, **_inputs(aws)}, "the table")
    if output is None or (output.exists() and not files.is_there(output)):
        return  # stdout, a device or a FIFO
    if output.suffix.lower() not in (".yaml", ".yml"):
        raise InputError(f"{output}: the table is written as YAML: name a file that ends in .yaml or .yml")
    if files.is_there(output) and not force:
        raise InputError(f"{output}: exists already; --force replaces it")


def _printed(table: Table) -> str:
    """Return ``table`` for people."""
    from tabulate import tabulate

    balancer = {
        "Load balancer": table.load_balancer,
        "Region": table.region,
        "Profile": table.profile,
        "Role": table.role_arn,
        "Client": table.client,
        "Probed from": ", ".join(map(str, table.via)),
    }
    lines = [f"{name + ':':15}{printable(value)}" for name, value in balancer.items() if value]
    if table.static_ips:
        nodes = [
            f"{node.address} ({node.zone})" if node.zone else str(node.address) for node in table.static_ips
        ]
        lines.append(f"{'Static IPs:':15}{printable(', '.join(nodes))}")
    headings = ["Listener", "Target group", "Target port", "Target", "Check", "Expect"]
    rows = [[printable(cell) for cell in _cells(row)] for row in table.rows]
    closed = [[printable(cell) for cell in _forbidden(item)] for item in table.forbidden]
    titles = ["Name", "Client", "Address", "Port"]
    more = ["", "Nobody may reach:", tabulate(closed, titles, disable_numparse=True)] if closed else []
    if any(row.remarks for row in table.rows):
        headings.append("Remarks")
    printed = tabulate(rows, headings, disable_numparse=True)
    return "\n".join([*lines, *[""][: len(lines)], printed, *more, *understood.told(table)])


def _forbidden(item: Forbidden) -> tuple[str, ...]:
    """Return the cells of a connection that nobody may open."""
    return item.name, item.client or "the table's, or this machine", str(item.address), f"TCP:{item.port}"


def _targets(row: Row) -> str:
    """Return whom a row must reach; of many targets, the first ones and how many more there are."""
    told = [f"{item.name} ({item.address})" if item.is_named else item.name for item in row.targets[:_SHOWN]]
    more = f" and {len(row.targets) - _SHOWN} more" if len(row.targets) > _SHOWN else ""
    return ", ".join(told) + more


def _cells(row: Row) -> list[str]:
    """Return the cells of one row, as plain text."""
    expected = (
        [f"{len(row.spec.host_keys)} host key{'s'[: len(row.spec.host_keys) > 1]}"]
        if row.spec.host_keys
        else []
    )
    if row.spec.http.statuses:
        expected.append(f"status {row_keys.statuses(row.spec.http.statuses)}")
    expected += [f"{name}: {value}" for name, value in row.spec.http.headers.items()]
    if row.spec.check in (Check.HTTPS, Check.TLS) and row.spec.verify is False:
        expected.append("any certificate")
    elif row.spec.server_name:
        expected.append(f"certificate for {row.spec.server_name}")
    check = "ssh banner" if row.spec.ssh_banner_only else row.spec.check.value
    if row.samples:
        expected.append(f"{row.samples} connection{'s'[: row.samples > 1]} a static IP")
    return [
        str(row.listener),
        row.target_group,
        str(row.target_port),
        _targets(row),
        check if row.spec.path == "/" else f"{check} {shortened(row.spec.path, 30)}",
        shortened(", ".join(expected), 80),
        *(
            [shortened("; ".join(f"{name}: {text}" for name, text in row.remarks.items()), 80)]
            if row.remarks
            else []
        ),
    ]
