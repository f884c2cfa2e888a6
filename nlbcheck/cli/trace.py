"""``nlbcheck trace``: can one machine open a TCP connection to another, and does the answer come back?"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nlbcheck import files
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.options import load_table, table_file
from nlbcheck.cli.output import output_option, style, write_text
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.relays import Table
from nlbcheck.run.aws import Aws

if TYPE_CHECKING:
    from nlbcheck.model.net import Address


def _destination(ctx: click.Context, param: click.Parameter, value: str) -> tuple[Address, int]:
    """Return address and port, written ``10.0.0.10:80`` or ``[2001:db8::1]:80``."""
    host, _, port = value.rpartition(":")
    try:
        address = ip_address(host.strip("[]"))
        if port.isascii() and port.isdigit() and 1 <= int(port) <= 65535:
            return address, int(port)
    except ValueError:
        pass
    raise click.BadParameter(f"'{value}': expected ADDR:PORT, such as 172.31.128.10:10022", ctx, param)


@click.command(cls=SpokenCommand)
@click.option(
    "--from", "source", metavar="SRC", required=True, help="Source: an instance ID, an ENI ID or an address."
)
@click.option(
    "--to", metavar="ADDR:PORT", required=True, callback=_destination, help="Destination of the connection."
)
@click.option(
    "-m",
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Mapping table with the load balancer to read, where there is no snapshot.",
)
@click.option("--load-balancer", metavar="NAME", help="Name of the load balancer, where no table names it.")
@click.option("--region", help="AWS Region.")
@aws_options(ahead=True)
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@output_option
@click.option("--color/--no-color", default=None, help="Use colours. Default: only on a terminal.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no remarks on stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Show every hop with its evidence.")
def command(
    source: str,
    to: tuple[Address, int],
    mapping: Path | None,
    load_balancer: str | None,
    region: str | None,
    aws: Aws,
    format_: str,
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
) -> ExitStatus:
    """Trace one TCP connection, request and reply, through a snapshot or live AWS.

    The connection may use a load balancer or not.

    Exit status: 0 reachable; 1 the request or the reply is blocked, or a target's health check fails; 2 the
    command line or a file is wrong; 3 something is not visible.
    """  # fmt: skip
    from nlbcheck.formats import connection as rendering
    from nlbcheck.run.trace import trace

    address, port = to
    inputs = {"the snapshot": aws.snapshot, "the plan": aws.plan, "the calls": aws.calls}
    files.check([output], {"the mapping table": table_file(mapping), **inputs})
    table = None if aws.snapshot else _around(mapping, load_balancer, region)
    found = trace(source, address, port, aws=aws, table=table, progress=Terminal(quiet=quiet))
    if format_ == "json":
        text = rendering.document(found.reach, found.paths, found.findings, found.walk.reached)
    else:
        host = f"[{address}]" if address.version == 6 else str(address)
        look = style(output, color=color, verbose=verbose)
        text = rendering.text(
            source, f"{host}:{port}", found.reach, found.paths, found.findings, look, found.walk.reached
        )
    write_text(text, output, private=True)
    return found.exit_status


def _around(mapping: Path | None, load_balancer: str | None, region: str | None) -> Table:
    """Return the table that says which load balancer to read around."""
    if load_balancer and mapping is None:
        return Table("--load-balancer", (), load_balancer, region)
    try:
        return load_table(mapping, load_balancer=load_balancer, region=region)
    except InputError as error:
        hint = "trace needs a snapshot (--snapshot FILE), or a table that names the load balancer (-m FILE)"
        raise InputError(hint, *error.problems) from error
