"""``nlbcheck smoke``: does a deployment hold, and if not, why?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from nlbcheck.cli import choices
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.durations import Duration
from nlbcheck.cli.ending import ended
from nlbcheck.cli.fleet_options import fleet_options
from nlbcheck.cli.interrupts import one_interrupt
from nlbcheck.cli.options import (
    files_of,
    load_tables,
    refuse_outside,
    region_elsewhere,
    tables_options,
    via_option,
)
from nlbcheck.cli.output import output_options, outputs, write
from nlbcheck.cli.probing import probe_options
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus
from nlbcheck.model.where import Where
from nlbcheck.probes.limits import Limits
from nlbcheck.run.aws import Aws


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@click.option(
    "--wait",
    type=Duration(),
    default="5m",
    show_default=True,
    metavar="TIME",
    help="How long to wait for target health, at most; 0 looks once.",
)
@click.option(
    "--steady",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    metavar="N",
    help="Good rounds in a row that end the test.",
)
@click.option(
    "--interval",
    type=Duration(),
    default="5s",
    show_default=True,
    metavar="TIME",
    help="From the end of one round to the next.",
)
@click.option(
    "--settle",
    type=Duration(),
    default="2m",
    show_default=True,
    metavar="TIME",
    help="For how long rounds may fail: moved listeners and deregistered targets go on for a minute or two.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["warn", "fail"]),
    default="fail",
    show_default=True,
    help="What ends in exit status 1: failures alone, or warnings, too.",
)
@click.option(
    "--baseline",
    "known",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An earlier report (JSON, or a snapshot that holds one): what failed then does not fail now.",
)
@tables_options
@aws_options(snapshot=False)
@via_option
@fleet_options
@click.option(
    "--client",
    metavar="SRC",
    help="Where connections start: an instance id, ENI id or address; else the table's, else this machine.",
)
@probe_options
@output_options
def command(
    names: Sequence[str],
    wait: float,
    steady: int,
    interval: float,
    settle: float,
    fail_on: str,
    known: Path | None,
    aws: Aws,
    via: Sequence[Where],
    client: str | None,
    limits: Limits,
    ssh_banner_only: bool,
    formats: Sequence[str],
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
    **mapping: Any,  # noqa: ANN401 (what tables_options adds)
) -> ExitStatus:
    """Say whether a deployment holds: every row of the mapping table, or the rows named.

    It waits until the targets are healthy, for --wait at most. Then it probes every row, round by round,
    until --steady rounds in a row are good. Once rounds go on for --settle, the first that fails is the last.
    So it ends after --wait, --settle and --steady more rounds at the latest. What fails then is diagnosed,
    and so are rows whose targets are not healthy: a probe that passes while no target is healthy proves
    only that the load balancer sends to all of them then.

    Without credentials it probes all the same, and says that health is not visible.

    With --baseline, only what is newly broken fails. What is fixed, another host key or certificate, and rows
    that only one of the two reports has are told.

    Times are written as 90s, 5m, 2m30s or 1h; a number alone is seconds.

    Exit status: 0 all is in order; 1 something is proven broken; 2 the command line or a file is wrong;
    3 something could not be seen, such as the targets' health; 130 interrupted.
    """
    from nlbcheck.reports.baseline import Baseline
    from nlbcheck.run import many
    from nlbcheck.run.probe import probed
    from nlbcheck.run.smoke import SmokeTimes
    from nlbcheck.run.vantage_points import opened_of

    tables = load_tables(aws=aws, **mapping)
    for table in tables.tables:
        refuse_outside(table)
    meant = tables.select(names)  # a wrong name is told before any file is opened
    wanted = outputs(formats, output, {**files_of(tables), "the baseline": known})
    baseline = Baseline.load(known) if known else None
    progress = Terminal(quiet=quiet, verbose=verbose)
    make = partial(probed, limits=limits, banner_only=ssh_banner_only, progress=progress)
    with one_interrupt(whole_report=True), opened_of(tables.tables, via, aws) as points_of:
        report = many.smoke(
            many.Relays(tables, meant, points_of, make),
            SmokeTimes(wait, steady, interval, settle),
            aws=aws,
            client=client,
            warnings_fail=fail_on == "warn",
            region_elsewhere=region_elsewhere(aws=aws, **mapping),
            progress=progress,
        )
        report = baseline.judged(report) if baseline else report
        report = write(report, wanted, color=color, verbose=verbose)
    return ended(report, progress)
