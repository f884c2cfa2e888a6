"""Does a deployment hold: are its targets healthy, does every probe succeed for a while, and if not, why?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from nlbcheck import __version__
from nlbcheck.diagnosis import readiness
from nlbcheck.diagnosis.enumeration import and_more
from nlbcheck.diagnosis.readiness import RowHealth
from nlbcheck.diagnosis.report import Run
from nlbcheck.errors import UnseenError
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.language import plural, tell
from nlbcheck.model import FailOn, Report, RowReport, Verdict
from nlbcheck.model.gap import refusals
from nlbcheck.model.smoked import Smoke
from nlbcheck.probes.limits import Limits
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.table import Row, Table
from nlbcheck.run import explained, forbidden
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnosing
from nlbcheck.run.heeding import Heeding
from nlbcheck.run.made import Made
from nlbcheck.run.probe import flows_of, probed, reported, towards
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.run.readiness import HealthWatch
from nlbcheck.run.together import Pause, Steps, alone
from nlbcheck.run.vantage_points import VantagePoints, interrupted
from nlbcheck.vantage.port import Vantage

SETTLE = 120.0
"""Seconds for which rounds may fail: moved listeners and deregistered targets go on for a minute or two."""
_SHOWN = 4
"""Rows that a line names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class SmokeTimes:
    """For how long a smoke test goes on; see `smoke`."""

    wait: float
    steady: int
    interval: float
    settle: float


def smoke(
    table: Table,
    names: Sequence[str] | str = (),
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    wait: float = 300.0,
    steady: int = 3,
    interval: float = 5.0,
    settle: float = SETTLE,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    warnings_fail: bool = False,
    vantage: Vantage | Sequence[Vantage] | None = None,
    region_elsewhere: str | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Wait for target health, probe until ``steady`` rounds in a row are good, and diagnose the rest.

    ``wait``, ``interval`` and ``settle`` are seconds: for target health, at most (0 looks once and waits for
    nothing); from the end of one round to the beginning of the next; and for as long rounds may fail, of
    which the first that fails later is the last. ``warnings_fail`` ends in exit status 1 for a warning, too.

    Rows are diagnosed whose probes fail in the last round, and those whose targets are not healthy then:
    others are not walked. A probe that passes while no target is healthy proves no more than that the load
    balancer sends to all of them then, and a remark says so. Where AWS cannot be asked, the probes are made
    all the same, and each row says that its health is not visible. Other parameters are those of `diagnose`.

    A KeyboardInterrupt ends it with what is known. Raises InputError for names that fit no row, for a table
    of a load balancer that AWS does not show, and where no static IP is known.
    """
    steps = smoking(
        table,
        names,
        aws=aws,
        client=client,
        times=SmokeTimes(wait, max(1, steady), interval, settle),
        warnings_fail=warnings_fail,
        vantage=vantage,
        region_elsewhere=region_elsewhere,
        progress=progress,
    )
    return alone(steps, partial(probed, limits=limits, banner_only=banner_only, progress=progress))


def smoking(
    table: Table,
    names: Sequence[str] | str = (),
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    times: SmokeTimes,
    warnings_fail: bool = False,
    vantage: Vantage | Sequence[Vantage] | None = None,
    region_elsewhere: str | None = None,
    explaining: Aws | None = None,
    sharers: int = 1,
    progress: Progress = SILENT,
) -> Steps[Report]:
    """Go through the run of `smoke`, and want its connections and pauses.

    ``explaining`` is whom the diagnosis asks, in a run of several tables; ``sharers`` is how many of those
    watch the health of targets in the same account and Region.
    """
    rows, table = table.select(names), table.narrowed(names)
    points = VantagePoints(vantage)
    if client:
        table = replace(table, client=None)  # it is not whose probes these are
    health = HealthWatch(table, rows, aws, Heeding(progress), sharers)
    test = _Test(table, table.select_forbidden(names), health, times, points, progress)
    try:
        yield from test.run(region_elsewhere)
        OF_THIS_PROCESS.check()
    except KeyboardInterrupt:
        test.interrupted = True
    finally:
        progress.waited()
    report = test.report()
    due = None if test.interrupted else test.to_explain()
    if due:
        look = partial(
            diagnosing,
            aws=explaining or aws,
            client=client,
            vantage=vantage,
            region_elsewhere=region_elsewhere,
        )
        try:
            found = yield from look(due.table, due.names, seen=due.seen, progress=Heeding(progress))
            report = explained.joined(report, found)
        except KeyboardInterrupt:
            report = replace(report, interrupted=True)
        except UnseenError as error:  # it went away since; what was probed stands
            report = replace(
                report, remarks=(*report.remarks, tell("Nothing could be diagnosed: {error}.", error=error))
            )
    return replace(report, smoke=test.told(), fail_on=FailOn.WARN if warnings_fail else FailOn.FAIL)


@dataclass(frozen=True, slots=True)
class _Due:
    """The rows that are to be diagnosed, and what the last round saw of them."""

    table: Table
    names: Sequence[str]
    seen: Sequence[Made]


class _Test:
    """The state of one smoke test: what was waited for, and what the last round saw."""

    def __init__(
        self,
        table: Table,
        entries: Sequence[Forbidden],
        health: HealthWatch,
        times: SmokeTimes,
        points: VantagePoints,
        progress: Progress,
    ) -> None:
        self.interrupted = False
        self._started_at = datetime.now(UTC)
        self._entries = entries
        self._table, self._health, self._times = table, health, times
        self._points, self._progress = points, progress
        self._begun = time.monotonic()
        self._waited: float | None = None
        self._rounds = self._good = 0
        self._last: Sequence[Made] = ()

    def run(self, region_elsewhere: str | None) -> Steps[None]:
        """Wait, probe round by round, and look at the targets' health once more."""
        self._health.look(region_elsewhere)
        self._table = replace(self._table, static_ips=self._health.now.nodes)
        self._table.flows(self._rows)  # says now if no static IP is known
        self._waited = yield from self._health.wait(self._times.wait, self._pause)
        yield from self._until_steady()
        self._health.look()

    @property
    def _rows(self) -> tuple[Row, ...]:
        return tuple(item.row for item in self._health.now.rows)

    def _probe(self) -> Steps[tuple[Made, ...]]:
        """Want a probe of every row from every vantage point."""
        return self._points.probe(towards(self._table), flows_of(self._table, self._rows, self._entries))

    def _until_steady(self) -> Steps[None]:
        begun = time.monotonic()
        while True:
            self._last = yield from self._probe()
            self.interrupted = any(one.interrupted for one in self._last)
            failing = _failing(self._last)
            self._rounds += 1
            self._good = 0 if failing else self._good + 1
            late = time.monotonic() - begun >= self._times.settle
            if self.interrupted or self._good == self._times.steady or (failing and late):
                return
            yield self._pause(self._said(failing), self._times.interval)

    def _said(self, failing: Sequence[str]) -> str:
        """Say how the last round went."""
        if not failing:
            steady = self._times.steady
            return tell("{count} of {total} good rounds in a row", count=self._good, total=steady)
        names = and_more(failing[:_SHOWN], len(failing) - _SHOWN)
        return plural(len(failing), "{rows} fails", "{rows} fail", rows=names)

    def _pause(self, sentence: str, seconds: float) -> Pause:
        """Return a pause that says for what it is."""
        bound = self._times.wait if self._waited is None else self._waited + self._times.settle

        def say() -> None:
            self._progress.waiting(sentence, time.monotonic() - self._begun, bound)

        return Pause(time.monotonic() + seconds, say)

    def told(self) -> Smoke:
        """Return what the report says of the test itself."""
        health = "healthy" if self._health.is_ready else "unhealthy"
        waited = time.monotonic() - self._begun if self._waited is None else self._waited
        return Smoke(
            round(waited, 3),
            health if self._health.is_seen else "unseen",
            self._rounds,
            self._times.steady,
            self._good,
        )

    def report(self) -> Report:
        """Return what the last round saw, and how the targets are."""
        self._last = self._points.looked(self._last)
        last = self._last or alone(self._probe(), lambda flows, _: interrupted(flows))
        run = Run(__version__, self._started_at, "smoke", self.interrupted)
        of_rows, of_entries = forbidden.split(last, self._entries)
        report = reported(self._table, self._rows, of_rows, run)
        report = self._points.with_unseen(report, self._table, self._rows)
        rows = tuple(map(_with_health, report.rows, self._health.now.rows))
        gaps = self._health.gaps
        remarks = (*report.remarks, *self._unproven(), *refusals(gaps))
        account = self._health.home.account if self._health.home else None
        relays = tuple(replace(item, account=account) for item in report.relays)
        report = replace(report, rows=rows, gaps=gaps, remarks=remarks, relays=relays)
        return forbidden.with_probed(report, self._entries, self._table.relay, of_entries, explained=True)

    def _unproven(self) -> list[str]:
        """Say of which rows a good probe proves less than it seems to."""
        failing = set(_failing(self._last))
        late = [item for item in self._health.now.rows if item.waits_for and item.row.name not in failing]
        is_whole = self._last and not any(one.interrupted for one in self._last)
        return list(map(readiness.passed, late)) if is_whole else []

    def to_explain(self) -> _Due | None:
        """Return the rows that fail or whose targets are not healthy, with what was seen of them."""
        if not self._last:
            return None
        failing = set(_failing(self._last))
        names = [
            item.row.name for item in self._health.now.rows if item.row.name in failing or item.waits_for
        ]
        if not names:
            return None
        fitted = {row.name: row for row in self._rows}
        table = replace(self._table, rows=tuple(fitted.get(row.name, row) for row in self._table.rows))
        return _Due(table, names, [one.of_rows(names) for one in self._last])


def _failing(last: Sequence[Made]) -> list[str]:
    """Return the rows of which a connection failed, from any vantage point."""
    pairs = (pair for one in last for pair in zip(one.flows, one.observations, strict=True))
    failing = (flow.row for flow, seen in pairs if seen and flow.spec.judged(seen.status) is not Verdict.PASS)
    return list(dict.fromkeys(failing))


def _with_health(row: RowReport, health: RowHealth) -> RowReport:
    """Return a row with its targets, and with what is not seen of them."""
    return replace(row, targets=health.targets, findings=(*row.findings, *readiness.hidden(health)))
