"""``nlbcheck diagnose``: why does a port not reach its server, and what opens the path?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from nlbcheck.cli import choices
from nlbcheck.cli import fix_script as fixes
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.ending import ended
from nlbcheck.cli.fleet_options import fleet_options
from nlbcheck.cli.interrupts import one_interrupt
from nlbcheck.cli.login_options import LogInBy, login_options
from nlbcheck.cli.options import (
    files_of,
    load_tables,
    refuse_outside,
    region_elsewhere,
    tables_options,
    via_option,
)
from nlbcheck.cli.outgoing import Outgoing
from nlbcheck.cli.output import all_of, output_options, outputs, write_outgoing
from nlbcheck.cli.probing import probe_options
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.model.where import Where
from nlbcheck.probes.limits import Limits
from nlbcheck.run.aws import Aws


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@click.option("--all", "every", is_flag=True, help="Diagnose every row of the table.")
@tables_options
@aws_options(ahead=True)
@via_option
@fleet_options
@click.option(
    "--client",
    metavar="SRC",
    help="Where connections start: an instance's id or Name tag, an ENI id or an address; else the table's, "
    "else this machine. Where that is another machine, the report has both: its path walked, and this "
    "one's probes.",
)
@click.option(
    "--probe/--no-probe",
    "probing",
    default=None,
    help="Probe, too, or judge by the state of AWS alone. Probed is by default, but not with --snapshot.",
)
@click.option(
    "--fix-script",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the fixes, in order, as a shell script; nlbcheck runs none of it.",
)
@click.option(
    "--fix-as",
    type=click.Choice(fixes.LANGUAGES),
    default="aws",
    show_default=True,
    help="With terraform, write them as resource blocks, too: below the report, or into --fix-script's FILE.",
)
@click.option(
    "--inspect",
    "inspecting",
    is_flag=True,
    help="Log in to targets that are silent, refuse or fail health checks, and see why (see inspect).",
)
@login_options
@probe_options
@output_options
def command(
    names: Sequence[str],
    every: bool,
    aws: Aws,
    via: Sequence[Where],
    client: str | None,
    probing: bool | None,
    fix_script: Path | None,
    fix_as: str,
    inspecting: bool,
    log_in: LogInBy,
    sudo: bool,
    limits: Limits,
    ssh_banner_only: bool,
    formats: Sequence[str],
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
    **mapping: Any,  # noqa: ANN401 (what tables_options adds)
) -> ExitStatus:
    """Say why rows of the mapping table fail, and what opens the path.

    A NAME is a target group as the table writes it (tg-10022) or as AWS has it (example-tg-10022), a listener
    port (10022), a target's name or address, a static IP or its zone, one of them with a port
    (10.0.0.5:443), or a pattern ('tg-1*'). With several tables, RELAY/NAME is
    a row of one of them.

    The rows are probed, the state of AWS is read, and the packets' path is walked through it. A snapshot
    stands in for both: it may hold table, client and probes. nlbcheck changes nothing in AWS.

    With --plan or --apply the path is walked as it will be after the change; what that breaks names the
    resource or call that does it.

    With --via the rows are probed from other hosts, and the packets of each are walked from where it stands.
    A probe says nothing of another client than the machine that made it. A row fails that fails for any.

    Exit status: 0 nothing is wrong; 1 something is proven broken; 2 the command line or a file is wrong;
    3 something could not be seen; 130 interrupted.
    """
    from nlbcheck.run import many
    from nlbcheck.run.probe import probed
    from nlbcheck.run.vantage_points import opened_of

    if every == bool(names):
        raise InputError("no row is named: name the rows to diagnose, or --all for every row of the table")
    progress = Terminal(quiet=quiet, verbose=verbose)
    aws = aws.opened(progress)
    tables = load_tables(aws=aws, **mapping)
    if aws.snapshot is None:
        for table in tables.tables:
            refuse_outside(table)
    meant = tables.select(names)  # a wrong name is told before any file is opened
    inputs = {
        **files_of(tables),
        "the snapshot": aws.snapshot,
        "the plan": aws.plan,
        "the calls": aws.calls,
    }
    wanted = outputs(formats, output, inputs)
    if fix_script:
        fixes.check(fix_script, wanted, inputs)
    if (fix_script or fix_as != "aws") and len(set(map(aws.access, tables.tables))) > 1:
        raise InputError(
            "--fix-script, --fix-as: are for one account and Region; give the tables of one with -m"
        )
    below = fixes.check_printed(fix_as, fix_script, wanted)
    if aws.snapshot and not probing:
        tables = tables.without_via()  # a snapshot is looked at without any network
    make = partial(probed, limits=limits, banner_only=ssh_banner_only, progress=progress)
    with one_interrupt(whole_report=True), opened_of(tables.tables, via, aws) as points_of:
        report = many.diagnose(
            many.Relays(tables, meant, points_of, make),
            aws=aws,
            client=client,
            probing=probing,
            region_elsewhere=region_elsewhere(aws=aws, **mapping),
            log_in=(lambda table: log_in(aws, table.region)) if inspecting else None,
            sudo=sudo,
            progress=progress,
        )
        outgoing = Outgoing(report)
        writes = [partial(write_outgoing, outgoing, wanted, color=color, verbose=verbose)]
        writes += [partial(fixes.write, report, fix_script, fix_as)] if fix_script or below else []
        all_of(*writes)
    return ended(outgoing.report, progress)
