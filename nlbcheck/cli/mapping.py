"""``nlbcheck mapping``: print the mapping table, compare it with AWS, or make one from AWS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from nlbcheck import files
from nlbcheck.cli import table_markdown, understood
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.options import file_options, load_table, mapping_options
from nlbcheck.cli.output import output_option, style, write_text
from nlbcheck.cli.spoken import SpokenGroup
from nlbcheck.cli.streams import write_stdout
from nlbcheck.cli.table_text import printed
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.language import tell
from nlbcheck.relays import Table, document, writing
from nlbcheck.run.aws import Aws

_quiet = click.option("-q", "--quiet", is_flag=True, help="Show no remarks on stderr.")


@click.group("mapping", cls=SpokenGroup)
def command() -> None:
    """Show the mapping table, compare it with AWS, create it from AWS, or print its JSON Schema."""


@command.command()
@mapping_options
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="For people, or as a complete table in JSON.",
)  # fmt: skip
def show(format_: str, **options: Any) -> None:  # noqa: ANN401 - the options of mapping_options
    """Print the mapping table as nlbcheck understands it."""
    table = load_table(**options)
    if format_ == "json":
        write_stdout(json.dumps(document.of_table(table), indent=2, ensure_ascii=False) + "\n")
    else:
        write_stdout(printed(table) + "\n")


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
@click.option("--color/--no-color", default=None, help="Use colours. Default: only on a terminal.")
def check(
    aws: Aws,
    quiet: bool,
    format_: str,
    output: Path | None,
    color: bool | None,
    **options: Any,  # noqa: ANN401
) -> ExitStatus:
    """Compare the mapping table with AWS.

    nlbcheck compares listeners, target groups, targets and static IPs. It changes neither AWS nor the table.

    Exit status: 0 AWS is as the table says; 1 something differs; 2 the command line or a file is wrong; 3
    something could not be seen.
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
        known = found.balancer.name if found.balancer else "AWS"
        about = tell("{table} against {balancer}", table=table.source, balancer=known)
        remark = uncompared.remark(table.rows)
        text = rendering.text(about, found.findings, style(output, color=color), remark)
    write_text(text, output, private=True)
    return status


@command.command("import")
@click.argument("table", metavar="[TABLE]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--load-balancer",
    metavar="NAME",
    help="The load balancer: its name, the end of its name after a '-', its DNS name or its ARN.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Every Network Load Balancer, one file each, in the folder of -o DIR.",
)
@click.option(
    "--organization-role",
    metavar="NAME",
    help="With --all: read every account of the AWS organization by the role of this name.",
)
@click.option("--region", help="Region of the load balancer.")
@file_options
@aws_options(terraform=True, profiles=True)
@_quiet
@output_option
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
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
    """Create a mapping table (YAML) from one or all load balancers, or from a TABLE of your own.

    With --all, nlbcheck writes a table for every Network Load Balancer of the account and Region: of each
    --profile, or of each account that --organization-role reaches. A table names its profile or role.
    nlbcheck says which accounts and load balancers it skips, and why.

    From a load balancer: a row cannot express everything. What it cannot express is left out. A comment in
    the table and a remark on stderr say what and why. A TABLE is a Markdown, CSV, HTML or Excel file.
    Comments say how nlbcheck understood each column.

    With -o FILE.md, nlbcheck writes the rows alone, as a Markdown table for a wiki. Its headings are in the
    language of --lang, and -m reads it again.

    Exit status: 0 everything is written, or left out because no row can express it; 2 the load balancer does
    not exist, or the TABLE is wrong; 3 something could not be seen.
    """
    if every:
        from nlbcheck.cli.import_all import write_all

        if table or load_balancer or any(given.values()):
            raise InputError(
                "--all: cannot be combined with a TABLE, --load-balancer, --static-ip, --target or --column"
            )
        return write_all(aws, region, profiles, organization_role, output, force=force, quiet=quiet)
    if organization_role or profiles[1:]:
        raise InputError("--organization-role and several --profile: need --all")
    from nlbcheck.run import drift

    aws = replace(aws, profile=next(iter(profiles), None))
    _check_import(output, aws, table, force=force)
    progress = Terminal(quiet=quiet)
    if table:
        read = load_table(table, load_balancer=load_balancer, region=region, **given)
        _write_table(read, understood.as_yaml(read), output, progress)
        return ExitStatus.OK
    if load_balancer is None:
        raise InputError("no source is named: give --load-balancer NAME, a TABLE file, or --all")
    if any(given.values()):
        raise InputError(
            "--static-ip, --target and --column: need a TABLE: for a load balancer, AWS has these"
        )
    made = drift.import_table(load_balancer, region, aws=aws, progress=progress)
    text = writing.text(made.head, made.entries, "A mapping table made by nlbcheck mapping import.")
    _write_table(writing.read_again(text), text, output, progress)
    for remark in made.remarks:
        progress.remark(remark)
    return ExitStatus.OK if made.complete else ExitStatus.UNSEEN


def _write_table(table: Table, text: str, output: Path | None, progress: Terminal) -> None:
    """Write a table as YAML, or its rows as Markdown; then say what else commands have to be told."""
    if output is None or output.suffix.lower() != ".md":
        write_text(text, output, private=True)
        return
    write_text(table_markdown.rows(table), output, private=True)
    if rest := table_markdown.rest(table):
        progress.remark(
            tell("{file} has the rows alone. Give commands the rest: {rest}", file=output, rest=rest)
        )


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
    if output.suffix.lower() not in (".yaml", ".yml", ".md"):
        raise InputError(
            f"{output}: the table is YAML, or Markdown: expected a file name that ends in .yaml, .yml or .md"
        )
    if files.is_there(output) and not force:
        raise InputError(f"{output}: already exists; --force replaces it")
