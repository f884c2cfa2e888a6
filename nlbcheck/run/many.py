"""What do several relays look like in one run: one report, the gravest exit status, limits held over all?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from nlbcheck import __version__
from nlbcheck.model import THIS_MACHINE, Client, Report
from nlbcheck.relays.many import Meant, TableSet
from nlbcheck.relays.table import Table
from nlbcheck.run.joining import joined
from nlbcheck.run.placing import in_its_region
from nlbcheck.run.probe import probing
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.run.together import Maker, Part, Steps, alone, together
from nlbcheck.run.vantage_points import PointsOf

if TYPE_CHECKING:
    from nlbcheck.run.aws import Aws
    from nlbcheck.run.inspect import LogIn
    from nlbcheck.run.smoke import SmokeTimes

Start = Callable[[Table, Sequence[str]], Steps[Report]]
"""Starts the run of one table, for the rows of some names."""


@dataclass(frozen=True, slots=True)
class Relays:
    """The tables of one run, which of their rows are meant, and from where they are probed."""

    tables: TableSet
    meant: Meant
    points_of: PointsOf
    make: Maker
    """Makes connections: those of all tables at once, so that the limits hold over all."""


def probe(relays: Relays, *, looking: bool = True) -> Report:
    """Probe rows of one or several tables, all at once; see `nlbcheck.run.probe.probe`.

    What is wrong with one table stands in the report and costs no other.
    """
    shared = partial(probing, looking=looking)
    return _reported(
        "probe", relays, lambda table, rows: shared(table, rows, vantage=relays.points_of(table))
    )


def diagnose(
    relays: Relays,
    *,
    aws: Aws,
    client: str | None = None,
    probing: bool | None = None,
    region_elsewhere: str | None = None,
    log_in: Callable[[Table], LogIn] | None = None,
    sudo: bool = False,
    progress: Progress = SILENT,
) -> Report:
    """Diagnose rows of several tables; see `nlbcheck.run.diagnose.diagnose`.

    Tables of one profile, role and Region ask AWS everything once, one after another, so that its rate is
    that of one.
    """
    from nlbcheck.run.diagnose import diagnosing  # what probing alone does not need

    shared = partial(
        diagnosing,
        aws=aws.sharing(),
        client=client,
        probing=probing,
        region_elsewhere=region_elsewhere,
        sudo=sudo,
        progress=progress,
    )

    def start(table: Table, rows: Sequence[str]) -> Steps[Report]:
        opening = log_in(table) if log_in else None
        return shared(table, rows, vantage=relays.points_of(table), log_in=opening)

    return _reported("diagnose", relays, start)


def smoke(
    relays: Relays,
    times: SmokeTimes,
    *,
    aws: Aws,
    client: str | None = None,
    warnings_fail: bool = False,
    region_elsewhere: str | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Test several tables, round by round at the same time; see `nlbcheck.run.smoke.smoke`."""
    from nlbcheck.run.smoke import smoking  # what probing alone does not need

    sharers = Counter(map(aws.access, relays.tables.tables))
    explaining = aws.sharing()

    def start(table: Table, rows: Sequence[str]) -> Steps[Report]:
        return smoking(
            table,
            rows,
            aws=aws,
            client=client,
            times=times,
            warnings_fail=warnings_fail,
            vantage=relays.points_of(table),
            region_elsewhere=region_elsewhere,
            explaining=explaining,
            sharers=sharers[aws.access(table)],
            progress=progress,
        )

    return _reported("smoke", relays, start)


def _reported(command: str, relays: Relays, start: Start) -> Report:
    """Return one report of the runs of several tables; what the run of an only one raises is raised."""
    started_at = datetime.now(UTC)
    meant = relays.meant
    if len(relays.tables.files) == 1:
        (table,) = relays.tables.tables
        report = alone(start(table, meant[table.relay]), relays.make)
        return replace(report, remarks=(*relays.tables.remarks, *report.remarks))
    parts = [
        Part(table, partial(start, table, meant[table.relay]))
        for table in relays.tables.tables
        if table.relay in meant
    ]
    interrupted = together(parts, relays.make)
    nothing = Report(__version__, started_at, command, (Client(THIS_MACHINE),), (), ())
    reports = [part.report or replace(nothing, relays=(part.relay,)) for part in parts]
    if len({report.relays[0].region for report in reports}) > 1:
        reports = list(map(in_its_region, reports))
    report = joined([*reports, *(replace(nothing, relays=(relay,)) for relay in relays.tables.broken)])
    remarks = tuple(dict.fromkeys((*relays.tables.remarks, *report.remarks)))
    return replace(report, interrupted=report.interrupted or interrupted, remarks=remarks)
