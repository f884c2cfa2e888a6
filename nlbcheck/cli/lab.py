"""Bring a relay network up on this machine, and run a command inside it."""

from __future__ import annotations

from pathlib import Path

import click

from nlbcheck import mapping
from nlbcheck.lab import scenario, session


@click.group()
def command() -> None:
    """Bring a relay network up on this machine, and run a command inside it.

    The network lives in namespaces: it touches nothing of the machine's own, needs no AWS account, and
    leaves nothing behind. It needs Linux, iproute2 and nftables, and root or user namespaces.
    """


@command.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "-m",
    "--mapping",
    "table",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=scenario.TABLE,
    help="The mapping table to make a network of; by default the built-in one of the article.",
)
@click.argument("cmd", nargs=-1, required=True, type=click.UNPROCESSED)
def run(table: Path, cmd: tuple[str, ...]) -> int:
    """Run CMD as the client of a mapping table's network, and end with its exit status.

    Clients lie in 192.168.0.0/16, the load balancer and its targets in 172.31.0.0/16, on-premises
    targets in 10.0.0.0/16. CMD finds NLBCHECK_MAPPING set to the table, so that this needs no more:

        nlbcheck lab run -- nlbcheck probe
    """
    plan = scenario.plan(mapping.load(table))
    environment = {"NLBCHECK_MAPPING": str(table.resolve())}
    return session.run(plan, environment, lambda lab: lab.run(cmd))
