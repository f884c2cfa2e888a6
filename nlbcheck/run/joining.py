"""What do the reports of one run's tables say together? No two of them have a relay of one name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace

from nlbcheck.model import Client, FailOn, Report
from nlbcheck.model.report import agreed
from nlbcheck.model.smoked import Smoke


def joined(reports: Sequence[Report]) -> Report:
    """Return one report of several; there is at least one."""
    asked = [report.gaps for report in reports if report.gaps is not None]
    return replace(
        reports[0],
        started_at=min(report.started_at for report in reports),
        vantages=tuple(_vantages(reports)),
        rows=tuple(row for report in reports for row in report.rows),
        results=tuple(result for report in reports for result in report.results),
        interrupted=any(report.interrupted for report in reports),
        gaps=tuple(dict.fromkeys(gap for gaps in asked for gap in gaps)) if asked else None,
        table=tuple(finding for report in reports for finding in report.table),
        remarks=tuple(dict.fromkeys(remark for report in reports for remark in report.remarks)),
        uninspected=tuple(dict.fromkeys(said for report in reports for said in report.uninspected)),
        relays=tuple(relay for report in reports for relay in report.relays),
        smoke=_smoke([report.smoke for report in reports if report.smoke]),
        fail_on=FailOn.strictest(report.fail_on for report in reports),
        recorded_at=agreed(report.recorded_at for report in reports if report.gaps is not None),
        probed_at=agreed(report.probed_at for report in reports if report.gaps is not None),
    )


def _vantages(reports: Iterable[Report]) -> Iterator[Client]:
    """Yield every vantage point; what is known of one is what no report knows otherwise.

    A machine with several interfaces has another address to each load balancer.
    """
    known: dict[str, list[Client]] = {}
    for report in reports:
        for client in report.vantages if report.rows else ():
            known.setdefault(client.source, []).append(client)
    for source, clients in known.items():
        said = {
            field.name: {value for client in clients if (value := getattr(client, field.name))}
            for field in fields(Client)
            if field.name != "source"
        }
        yield Client(source, **{name: values.pop() for name, values in said.items() if len(values) == 1})
    if not known:
        yield next(client for report in reports for client in report.vantages)


def _smoke(told: Sequence[Smoke]) -> Smoke | None:
    """Return what smoke tests of several relays come to: as long as the longest, as good as the worst."""
    if not told:
        return None
    grades = ("unhealthy", "unseen", "healthy")
    return replace(
        told[0],
        waited_s=max(smoke.waited_s for smoke in told),
        health=min((smoke.health for smoke in told), key=grades.index),
        rounds=max(smoke.rounds for smoke in told),
        good=min(smoke.good for smoke in told),
    )
