"""``nlbcheck mcp``: offer probe, diagnose and the others to agents, by the Model Context Protocol."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import click

from nlbcheck.agents.premises import Premises
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.options import VARIABLE, load_table, refuse_outside
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.relays import Table
from nlbcheck.run.aws import Aws

_EXTRA = ("mcp", "mcp_types", "pydantic", "uvicorn")
"""What the extra brings, and only the server imports."""


@click.command(cls=SpokenCommand)
@click.option(
    "-m",
    "--mapping",
    "tables",
    type=click.Path(path_type=Path),
    metavar="FILE",
    multiple=True,
    help="Mapping table outside of this folder that the tools may read; may be repeated. The first one is "
    f"the default. Without -m, the default is ${VARIABLE}, or nlbcheck.yaml and so on in this folder.",
)
@aws_options(snapshot=False)
@click.option(
    "--http",
    "port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve by streamable HTTP at http://127.0.0.1:PORT/mcp; 0 takes a free port.",
)
@click.option(
    "--listen",
    "host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Listen address of --http.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --listen use an address that other machines reach. There is no login: everyone who reaches it "
    "can use every tool with the AWS credentials of this server.",
)
@click.option(
    "--allow-via",
    is_flag=True,
    help="Allow probes from the hosts in 'via' of a table, by SSH or Systems Manager, with your keys.",
)
def command(
    tables: Sequence[Path], aws: Aws, port: int | None, host: str, allow_remote: bool, allow_via: bool
) -> ExitStatus:
    """Serve nlbcheck to AI agents by the Model Context Protocol (MCP).

    The tools are probe, diagnose, trace, mapping_check, explain, snapshot and lab_try. No tool changes
    anything in AWS. They read files in this folder and below, and the tables of -m. Only snapshot writes: a
    new file in this folder or below.

    An agent starts the server and talks to it on stdin and stdout:

        claude mcp add nlbcheck -- nlbcheck mcp

    HTTP has no login: every user of this machine can call the tools. nlbcheck refuses requests from web pages
    of other origins.

    It needs the extra: pip install 'nlbcheck[mcp]'. Ctrl-C ends the server.
    """
    if port is None and (allow_remote or host != "127.0.0.1"):
        raise InputError("--listen and --allow-remote: need --http")
    _check(host, allow_remote=allow_remote)
    try:
        from nlbcheck.agents.serving import serve_http, server
        from nlbcheck.agents.tools import Tools
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise InputError(f"the library {error.name} is not installed: pip install 'nlbcheck[mcp]'") from None

    named = tuple(path.absolute() for path in tables)
    premises = Premises(Path(os.path.realpath(Path.cwd())), named)
    made = server(Tools(premises, _Usual(named), aws, may_go=allow_via))
    # The thread that reads stdin heeds no exception, and nothing is lost: whoever asked gets no answer.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if port is None:
        made.run()
    else:
        serve_http(made, host, port)
    return ExitStatus.OK


@dataclass(frozen=True)
class _Usual:
    """Reads tables: where no path is given, that of the snapshot, the first one named, or the usual one."""

    named: tuple[Path, ...]

    def __call__(self, path: Path | None, aws: Aws) -> Table:
        held = aws.held.table if aws.held else None
        if path is None and held is None and self.named:
            path = self.named[0]
        table = load_table(path, aws)
        if aws.snapshot is None:
            refuse_outside(table)
        return table


def _check(host: str, *, allow_remote: bool) -> None:
    """Raise InputError for what is no address, and for one that others reach unless that is wanted."""
    try:
        address = ip_address(host)
    except ValueError:
        raise InputError(f"--listen: expected an IP address, found {host!r}") from None
    if address.is_unspecified:
        raise InputError(f"--listen: {host} means every address of this machine: name one address")
    if not (address.is_loopback or allow_remote):
        raise InputError(
            f"--listen: other machines reach {host}: name a loopback address, or add --allow-remote"
        )
