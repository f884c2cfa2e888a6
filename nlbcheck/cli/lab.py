"""Bring a relay network up on this machine, and run a command inside it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from nlbcheck import mapping
from nlbcheck.aws import recording
from nlbcheck.cli import options
from nlbcheck.cli.streams import write_stdout
from nlbcheck.errors import InputError
from nlbcheck.lab import article, faults, stage
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.twin import running


@click.group()
def command() -> None:
    """Bring a relay network up on this machine, and run a command inside it.

    The network lives in namespaces: it touches nothing of the machine's own, needs no AWS account, and
    leaves nothing behind. It needs Linux, iproute2 and nftables, and root or user namespaces.
    """


@command.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--snapshot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=article.SNAPSHOT,
    help="The recording to make a network of; by default the built-in one of the article.",
)
@click.option(
    "-m",
    "--mapping",
    "table",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The mapping table that says who answers; by default the built-in one, with its own snapshot.",
)
@click.option("--client", metavar="SRC", help="The machine that CMD runs at: instance id, ENI id or address.")
@click.option(
    "--fault",
    "names",
    metavar="NAME",
    multiple=True,
    help="A fault to inject first, one that 'nlbcheck lab faults' lists; may be repeated.",
)
@click.option("-q", "--quiet", is_flag=True, help="Do not say what of the snapshot could not be brought up.")
@click.argument("cmd", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    snapshot: Path,
    table: Path | None,
    client: str | None,
    names: tuple[str, ...],
    quiet: bool,
    cmd: tuple[str, ...],
) -> int:
    """Run CMD as the client of a snapshot's network, and end with its exit status.

    CMD finds the table in NLBCHECK_MAPPING, and an AWS endpoint that answers from the snapshot, so that
    this needs no more:

        nlbcheck lab run --fault target-sg -- nlbcheck diagnose tg-10022
    """
    injected = [faults.named(name, FAULTS) for name in names]
    if table is None:
        table = article.TABLE if snapshot == article.SNAPSHOT else _usual_table()
    healthy = recording.read(snapshot)
    settings = running.settings(healthy, mapping.load(table) if table else None, client)
    environment = {**os.environ, **({options.VARIABLE: str(table.resolve())} if table else {})}
    return stage.run(
        healthy,
        settings,
        environment,
        lambda up: up.twin.lab.run(cmd),
        injected,
        lambda sentence: None if quiet else click.echo(f"lab: {sentence}", err=True),
    )


@command.command("faults")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table")
def list_faults(form: str) -> None:
    """List the faults that can be injected into a lab.

    Some need what not every snapshot has, such as a transit gateway.
    """
    listed = [
        {"name": item.name, "finding": item.finding, "summary": item.summary} for item in FAULTS.values()
    ]
    if form == "json":
        write_stdout(json.dumps({"faults": listed}, indent=2) + "\n")
        return
    width = max(len(name) for name in FAULTS)
    write_stdout("".join(f"{item['name']:{width}}  {item['summary']}\n" for item in listed))


def _usual_table() -> Path | None:
    try:
        return options.table_path()
    except InputError:
        return None
