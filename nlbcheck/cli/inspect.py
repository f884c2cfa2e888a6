"""``nlbcheck inspect``: what does a target say itself?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from nlbcheck import files
from nlbcheck.cli import choices
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.durations import WholeSeconds
from nlbcheck.cli.login_options import LogInBy, login_options
from nlbcheck.cli.options import load_table, mapping_options
from nlbcheck.cli.output import output_option, style, write_text
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus
from nlbcheck.run.aws import Aws


@click.command(cls=SpokenCommand)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=choices.rows)
@login_options
@click.option(
    "--seconds",
    type=WholeSeconds(0, 60),
    default=2,
    show_default=True,
    metavar="N",
    help="Time to watch connections, to tell lasting connections from health checks.",
)
@mapping_options
@aws_options()
@click.option(
    "--client",
    metavar="SRC",
    help="Source of the connections, for targets that see client addresses. Default: the table's client.",
)
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@output_option
@click.option("--color/--no-color", default=None, help="Use colours. Default: only on a terminal.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no remarks on stderr.")
def command(
    names: Sequence[str],
    log_in: LogInBy,
    sudo: bool,
    seconds: int,
    aws: Aws,
    client: str | None,
    format_: str,
    output: Path | None,
    color: bool | None,
    quiet: bool,
    **mapping: Any,  # noqa: ANN401 (what mapping_options adds)
) -> ExitStatus:
    """Log in to the targets of rows, and look at them from inside.

    Which process listens on the target port and on the health check port, and on which addresses? Which
    connections exist: health checks, relayed clients, others? What do the firewall rules of the host do with
    them, and by which route does the host answer? The target must run Linux. The commands read and change
    nothing.

    AWS or a snapshot shows the addresses of the load balancer and its health check settings. With them,
    nlbcheck tells health checks from clients.

    Exit status: 0 nothing wrong is seen; 1 something is proven broken; 2 the command line or a file is wrong;
    3 something is not visible.
    """
    from nlbcheck.formats import inspection as rendering
    from nlbcheck.run.inspect import inspect

    progress = Terminal(quiet=quiet)
    aws = aws.opened(progress)
    table = load_table(aws=aws, **mapping)
    table.select(names)  # a wrong name is told before anybody logs in
    files.check([output], {"the mapping table": Path(table.source), "the snapshot": aws.snapshot})
    found = inspect(
        table,
        names,
        log_in(aws, table.region),
        aws=aws,
        client=client,
        seconds=seconds,
        sudo=sudo,
        progress=progress,
    )
    if format_ == "json":
        text = rendering.document(found.targets, found.unseen, found.exit_status)
    else:
        text = rendering.text(found.targets, found.unseen, style(output, color=color))
    write_text(text, output, private=True)
    return found.exit_status
