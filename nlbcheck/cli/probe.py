"""``nlbcheck probe``: does each port, on each static IP, reach the server it should?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import click

from nlbcheck.cli import choices
from nlbcheck.cli import pinning as pins
from nlbcheck.cli import watch as watching
from nlbcheck.cli.durations import WholeSeconds
from nlbcheck.cli.ending import ended
from nlbcheck.cli.fleet_options import fleet_options
from nlbcheck.cli.interrupts import one_interrupt
from nlbcheck.cli.options import files_of, load_tables, refuse_outside, tables_options, via_option
from nlbcheck.cli.output import ReportOptions, output_options
from nlbcheck.cli.probing import ProbeOptions, probe_options
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus
from nlbcheck.model import FailOn
from nlbcheck.model.where import Where


@click.command(cls=SpokenCommand)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@tables_options
@via_option
@fleet_options
@probe_options
@click.option(
    "--pin",
    "pinning",
    is_flag=True,
    help="Write the SSH host keys that answer into the table (YAML). The next run verifies them.",
)
@click.option(
    "--watch",
    "every",
    type=WholeSeconds(1, 3600),
    metavar="SECONDS",
    help="Probe again every SECONDS until Ctrl-C. A terminal shows the matrix with its changes, a pipe "
    "shows one line for each change. Reports with a file are rewritten each time.",
)
@click.option(
    "--fail-on",
    type=click.Choice([item.value for item in FailOn]),
    default=FailOn.FAIL.value,
    show_default=True,
    help="What ends in exit status 1. fail: failures; warn or unknown: these as well; never: nothing, and "
    "the exit status is 0 whatever the probes find.",
)
@output_options
def command(
    names: Sequence[str],
    via: Sequence[Where],
    probes: ProbeOptions,
    pinning: bool,
    every: int | None,
    fail_on: str,
    reporting: ReportOptions,
    **mapping: Any,  # noqa: ANN401 (what tables_options adds)
) -> ExitStatus:
    """Check every static IP and listener port of the mapping table, or of the named rows.

    A NAME is one of: a target group, as in the table (tg-10022) or as in AWS (example-tg-10022); a listener
    port (10022); the name or address of a target; a static IP or its Availability Zone; an address with a
    port (10.0.0.5:443); a pattern ('tg-1*'). With several tables, RELAY/NAME is a row of one of them.

    With --via, the checks run on other hosts. Hosts take turns, and each has its own results.

    Each check is one connection: a TCP connect, an HTTP HEAD request, or an SSH key exchange without a login.
    A row with several targets gets several connections for each static IP: enough to reach each target, or
    the number in 'samples'.

    Exit status: 0 everything answers as expected; 1 something does not; 2 the command line or a file is
    wrong; 3 something could not be checked; 130 interrupted. --fail-on changes what ends in 1.
    """
    from nlbcheck.run import many
    from nlbcheck.run.vantage_points import opened_of
    from nlbcheck.run.watch import watch

    tables = load_tables(**mapping)
    for table in tables.tables:
        refuse_outside(table)
    meant = tables.select(names)  # a wrong name is told before any file is opened
    wanted = reporting.outputs(files_of(tables))
    if every:
        watching.check(wanted, pinning=pinning)
    before = pins.pinnable(tables, via, banner_only=probes.banner_only) if pinning else None
    make = probes.by(Terminal(quiet=True) if every else reporting.progress())
    with one_interrupt(whole_report=True), opened_of(tables.tables, via) as points_of:
        look = partial(many.probe, many.Relays(tables, meant, points_of, make), looking=not every)
        if every:
            watching.follow(watch(look, every), wanted, every, reporting)
            return ExitStatus.INTERRUPTED
        report = reporting.write(replace(look(), fail_on=FailOn(fail_on)), wanted)
    progress = reporting.progress()
    status = ended(report, progress)
    if before:
        progress.remark(pins.pin(before, report))
    return status
