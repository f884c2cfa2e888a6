"""``nlbcheck smoke``: does a deployment hold, and if not, why?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlbcheck.cli import choices, last
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
from nlbcheck.cli.output import ReportOptions, output_options
from nlbcheck.cli.probing import ProbeOptions, probe_options
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.errors import ExitStatus
from nlbcheck.model.where import Where
from nlbcheck.run.aws import Aws

if TYPE_CHECKING:
    from nlbcheck.run.smoke import SmokeTimes


_TIMES = (
    click.option(
        "--wait",
        type=Duration(),
        default="5m",
        show_default=True,
        metavar="TIME",
        help="Longest wait for target health; 0 checks once.",
    ),
    click.option(
        "--steady",
        type=click.IntRange(1, 100),
        default=3,
        show_default=True,
        metavar="N",
        help="Successful rounds in a row that end the test.",
    ),
    click.option(
        "--interval",
        type=Duration(),
        default="5s",
        show_default=True,
        metavar="TIME",
        help="Time between two rounds.",
    ),
    click.option(
        "--settle",
        type=Duration(),
        default="2m",
        show_default=True,
        metavar="TIME",
        help="Time in which rounds may fail. Changes of listeners and deregistrations take one or two "
        "minutes.",
    ),
)


def _times(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how long the test takes; the command takes them as ``times``."""

    @wraps(command)
    def with_times(*, wait: float, steady: int, interval: float, settle: float, **others: Any) -> Any:  # noqa: ANN401
        from nlbcheck.run.smoke import SmokeTimes

        return command(times=SmokeTimes(wait, steady, interval, settle), **others)

    decorated: Callable[..., Any] = with_times
    for option in reversed(_TIMES):
        decorated = option(decorated)
    return decorated


@click.command(cls=SpokenCommand)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@_times
@click.option(
    "--fail-on",
    type=click.Choice(["warn", "fail"]),
    default="fail",
    show_default=True,
    help="What ends in exit status 1. fail: failures; warn: warnings as well.",
)
@click.option(
    "--baseline",
    "known",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An earlier report (JSON, or a snapshot with a report). Known failures do not count.",
)
@tables_options
@aws_options(snapshot=False)
@via_option
@fleet_options
@click.option(
    "--client",
    metavar="SRC",
    help="Source of the connections: an instance ID, an ENI ID or an address. Default: the table's client, "
    "or this machine.",
)
@probe_options
@output_options
def command(
    names: Sequence[str],
    times: SmokeTimes,
    fail_on: str,
    known: Path | None,
    aws: Aws,
    via: Sequence[Where],
    client: str | None,
    probes: ProbeOptions,
    reporting: ReportOptions,
    **mapping: Any,  # noqa: ANN401 (what tables_options adds)
) -> ExitStatus:
    """Check a deployment: every row of the mapping table, or the named rows.

    nlbcheck waits at most --wait for the targets to become healthy. Then it probes all rows in rounds, until
    --steady rounds in a row succeed. After --settle, the first failed round is the last round. The test ends
    at the latest after --wait, --settle and --steady more rounds. nlbcheck then diagnoses the rows that fail,
    and the rows whose targets are not healthy: while no target is healthy, the load balancer sends to all
    targets, and a successful probe proves only that.

    Without credentials nlbcheck probes as well, and reports that target health is not visible.

    With --baseline, only new failures count. The report also shows what is fixed, changed host keys and
    certificates, and rows that only one of the two reports has.

    Times are written as 90s, 5m, 2m30s or 1h. A number alone is seconds.

    Exit status: 0 nothing is wrong; 1 something is proven broken; 2 the command line or a file is wrong; 3
    nothing is proven broken, but something could not be seen, such as target health; 130 interrupted.
    """
    from nlbcheck.reports.baseline import Baseline
    from nlbcheck.run import many
    from nlbcheck.run.vantage_points import opened_of

    tables = load_tables(aws=aws, **mapping)
    for table in tables.tables:
        refuse_outside(table)
    meant = tables.select(names)  # a wrong name is told before any file is opened
    wanted = reporting.outputs({**files_of(tables), "the baseline": known})
    baseline = Baseline.load(known) if known else None
    progress = reporting.progress()
    look = partial(
        many.smoke,
        times=times,
        aws=aws,
        client=client,
        warnings_fail=fail_on == "warn",
        region_elsewhere=region_elsewhere(aws=aws, **mapping),
        progress=progress,
    )
    with one_interrupt(whole_report=True), opened_of(tables.tables, via, aws) as points_of:
        report = look(many.Relays(tables, meant, points_of, probes.by(progress)))
        if baseline and names:
            baseline = baseline.of_rows({row.name for row in report.rows})
        report = reporting.write(baseline.judged(report) if baseline else report, wanted)
    last.keep(report)
    return ended(report, progress)
