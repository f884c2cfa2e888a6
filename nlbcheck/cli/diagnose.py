"""``nlbcheck diagnose``: why does a port not reach its server, and what opens the path?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import click

from nlbcheck.cli import choices, last
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.ending import ended
from nlbcheck.cli.fix_script import FixOptions, fix_options
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
from nlbcheck.cli.output import Output, ReportOptions, all_of, output_options, write_outgoing
from nlbcheck.cli.probing import ProbeOptions, probe_options
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.model.where import Where
from nlbcheck.relays.many import Meant, TableSet
from nlbcheck.run.aws import Aws


@click.command(cls=SpokenCommand)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@click.option("--all", "every", is_flag=True, help="Diagnose every row of the table.")
@tables_options
@aws_options(ahead=True)
@via_option
@fleet_options
@click.option(
    "--client",
    metavar="SRC",
    help="Source of the connections: an instance ID or Name tag, an ENI ID, or an address. Default: the "
    "table's client, or this machine. For another machine, the report shows the path from that machine and "
    "the probes of this one.",
)
@click.option(
    "--probe/--no-probe",
    "probing",
    default=None,
    help="Probe as well, or use only the state of AWS. Default: probe, but not with --snapshot.",
)
@fix_options
@click.option(
    "--inspect",
    "inspecting",
    is_flag=True,
    help="Log in to targets that give no answer, refuse connections or fail health checks, and find out why "
    "(see inspect).",
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
    fixes: FixOptions,
    inspecting: bool,
    log_in: LogInBy,
    sudo: bool,
    probes: ProbeOptions,
    reporting: ReportOptions,
    **mapping: Any,  # noqa: ANN401 (what tables_options adds)
) -> ExitStatus:
    """Find why rows of the mapping table fail, and the fix.

    A NAME is one of: a target group, as in the table (tg-10022) or as in AWS (example-tg-10022); a listener
    port (10022); the name or address of a target; a static IP or its Availability Zone; an address with a
    port (10.0.0.5:443); a pattern ('tg-1*'). With several tables, RELAY/NAME is a row of one of them.

    nlbcheck probes the rows, reads the state of AWS, and walks the path of the packets through it. A snapshot
    replaces both: it may hold the table, the client and the probes. nlbcheck changes nothing in AWS.

    With --plan or --apply, nlbcheck walks the path as it is after the change. What the change breaks names
    the resource or call that breaks it.

    With --via, other hosts make the probes, and the path starts at each of them. A probe is evidence only for
    the machine that made it. A row fails if it fails for any of them.

    Exit status: 0 nothing is wrong; 1 something is proven broken; 2 the command line or a file is wrong; 3
    nothing is proven broken, but something could not be seen; 130 interrupted.
    """
    from nlbcheck.run import many
    from nlbcheck.run.vantage_points import opened_of

    if every == bool(names):
        raise InputError("no row is named: name the rows to diagnose, or --all for every row of the table")
    aws = aws.opened(progress := reporting.progress())
    tables = load_tables(aws=aws, **mapping)
    meant = _meant(tables, names, aws)
    wanted = _outputs(tables, aws, reporting, fixes)
    if aws.snapshot and not probing:
        tables = tables.without_via()  # a snapshot is looked at without any network
    look = partial(
        many.diagnose,
        aws=aws,
        client=client,
        probing=probing,
        region_elsewhere=region_elsewhere(aws=aws, **mapping),
        log_in=(lambda table: log_in(aws, table.region)) if inspecting else None,
        sudo=sudo,
        progress=progress,
    )
    with one_interrupt(whole_report=True), opened_of(tables.tables, via, aws) as points_of:
        outgoing = Outgoing(look(many.Relays(tables, meant, points_of, probes.by(progress))))
        _write(outgoing, wanted, reporting, fixes)
    last.keep(outgoing.report)
    return ended(outgoing.report, progress)


def _meant(tables: TableSet, names: Sequence[str], aws: Aws) -> Meant:
    """Return the rows that names mean: a wrong name is told before any file is opened."""
    if aws.snapshot is None:
        for table in tables.tables:
            refuse_outside(table)
    return tables.select(names)


def _outputs(tables: TableSet, aws: Aws, reporting: ReportOptions, fixes: FixOptions) -> tuple[Output, ...]:
    """Return where to write the report, once it is sure that it and its fixes can be written."""
    inputs = {
        **files_of(tables),
        "the snapshot": aws.snapshot,
        "the plan": aws.plan,
        "the calls": aws.calls,
    }
    wanted = reporting.outputs(inputs)
    fixes.check(wanted, inputs)
    if fixes.wanted and len(set(map(aws.access, tables.tables))) > 1:
        raise InputError(
            "--fix-script, --fix-as: the tables are of several accounts or Regions: give those of one with -m"
        )
    return wanted


def _write(outgoing: Outgoing, wanted: Sequence[Output], reporting: ReportOptions, fixes: FixOptions) -> None:
    """Write the report and its fixes; what fails costs nothing else."""
    color, verbose = reporting.color, reporting.verbose
    writes = [partial(write_outgoing, outgoing, wanted, color=color, verbose=verbose)]
    writes += [partial(fixes.write, outgoing.report)] if fixes.wanted else []
    all_of(*writes)
