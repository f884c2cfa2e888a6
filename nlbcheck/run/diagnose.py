"""Why does a port not reach its server, and what restores the connection?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from nlbcheck import __version__
from nlbcheck.aws.collect import Recorded
from nlbcheck.aws.recording import Recording
from nlbcheck.diagnosis import inside_tls, wrong_balancer
from nlbcheck.diagnosis.drift import uncompared
from nlbcheck.diagnosis.judge import judge
from nlbcheck.diagnosis.replayed import replayed
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import Survey, survey
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.formats import words
from nlbcheck.language import listed, tell
from nlbcheck.model import THIS_MACHINE, Client, Flow, Gap, Report
from nlbcheck.model.gap import refusals
from nlbcheck.probes.limits import Limits
from nlbcheck.relays.table import Row, Table
from nlbcheck.reports import reading
from nlbcheck.run import clients, forbidden, sights
from nlbcheck.run.aws import Aws, unasked
from nlbcheck.run.made import Made
from nlbcheck.run.probe import flows_of, probed, towards
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.run.together import Steps, alone
from nlbcheck.run.vantage_points import VantagePoints
from nlbcheck.vantage.port import Vantage

if TYPE_CHECKING:
    from nlbcheck.model.facts import AccountRegion
    from nlbcheck.run.aws import Asking
    from nlbcheck.run.inspect import LogIn


def diagnose(
    table: Table,
    names: Sequence[str] | str = (),
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    probing: bool | None = None,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    vantage: Vantage | Sequence[Vantage] | None = None,
    region_elsewhere: str | None = None,
    seen: Sequence[Made] = (),
    log_in: LogIn | None = None,
    sudo: bool = False,
    progress: Progress = SILENT,
) -> Report:
    """Probe the rows of ``table`` that ``names`` mean, walk their packets through AWS, and name the cause.

    Probes are made from ``vantage``: one vantage point or several, one after another; by default this
    machine. The packets of each are walked from where it stands. ``client`` is another place where
    connections start: an instance id, an interface id or an address; by default the table's, or the one that
    a snapshot holds. Where it is none of the vantage points, the report has all: the client as far as its
    packets can be walked, and the vantage points with what their probes saw; none speaks for another.

    ``probing`` is None for probes from ``vantage`` unless the state is a snapshot's; of that, those that it
    holds are judged. ``seen`` are probes of just these rows that have been made: those are judged, and none
    is made. ``log_in`` opens targets that are silent, refuse or fail health checks, so that they say why
    themselves, with ``sudo`` as root. ``region_elsewhere`` is a further Region to look for the load balancer
    in. Nothing is changed in AWS. Where AWS cannot be asked at all, what was probed is reported with that.

    Raises InputError for names that fit no row, for a client that does not exist and for a table of a load
    balancer that AWS does not show, UnseenError where AWS cannot be asked and nothing was probed.
    """
    steps = diagnosing(
        table,
        names,
        aws=aws,
        client=client,
        probing=probing,
        vantage=vantage,
        region_elsewhere=region_elsewhere,
        seen=seen,
        log_in=log_in,
        sudo=sudo,
        progress=progress,
    )
    return alone(steps, partial(probed, limits=limits, banner_only=banner_only, progress=progress))


def diagnosing(
    table: Table,
    names: Sequence[str] | str = (),
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    probing: bool | None = None,
    vantage: Vantage | Sequence[Vantage] | None = None,
    region_elsewhere: str | None = None,
    seen: Sequence[Made] = (),
    log_in: LogIn | None = None,
    sudo: bool = False,
    progress: Progress = SILENT,
) -> Steps[Report]:
    """Go through the run of `diagnose`, and want its connections."""
    started_at = datetime.now(UTC)
    points = VantagePoints(vantage)
    rows, entries = table.select(names), table.select_forbidden(names)
    table = table.narrowed(names)
    aws = aws.opened(progress)
    _refuse_to_foresee(aws, probing=probing, log_in=log_in)
    is_live = aws.snapshot is None and not aws.foreseen if probing is None else probing
    named = clients.named(client, table, aws)
    meant = [named] if named else _standing(points, seen, table if is_live or aws.snapshot is None else None)
    asking, unread = _asked(aws, table, started_at, progress, region_elsewhere, is_live=is_live)
    home = aws.home(asking.recording)
    if table.region is None and home:
        table = replace(table, region=home.region)
    _refuse(asking, table)
    rows, surveyed = _surveyed(asking, table, rows, meant[0])
    table = replace(table, static_ips=surveyed.nodes)
    made = tuple(seen)
    if not seen and is_live and surveyed.nodes:
        made = yield from points.probe(towards(table), flows_of(table, rows, entries))
    elif not seen and probing is None and surveyed.nodes and not aws.foreseen:
        made = _held(aws, flows_of(table, rows, entries)(points.open[0], THIS_MACHINE))
    made = points.looked(made) if is_live or seen else made
    of_rows, of_entries = forbidden.split(made, entries)
    look = partial(survey, table=table, rows=rows)
    found = sights.of(
        surveyed, of_rows or tuple(map(Made, meant)), lambda who: asking.ask(partial(look, client=who))
    )
    run = Run(__version__, started_at, "diagnose", any(one.interrupted for one in made))
    asking.try_permissions()
    report = asking.ask(partial(judge, table=table, sights=found, run=run))
    report = replace(_in_account(report, home), gaps=(*unread, *(report.gaps or ())))
    report = replace(
        report,
        remarks=_remarks(report, made, uncompared.remark(rows)),
        recorded_at=aws.recorded_at,
        probed_at=made[0].made_at if made else None,
    )
    if log_in:
        report = _looked(report, asking, table, surveyed, log_in, sudo=sudo)
    report = _foretold(report, asking, table, rows, meant[0], run) if aws.foreseen else report
    report = points.with_unseen(report, table, rows)
    return forbidden.with_walked(report, entries, table.relay, asking, of_entries)


def _refuse_to_foresee(aws: Aws, *, probing: bool | None, log_in: LogIn | None) -> None:
    """Raise InputError for what cannot be asked of a state that is not there yet."""
    if aws.foreseen and probing:
        raise InputError("nothing can be probed that is not there yet: leave out --probe, --plan or --apply")
    if aws.foreseen and log_in:
        raise InputError("no target can be looked at as it will be: leave out --inspect, --plan or --apply")


def _asked(
    aws: Aws,
    table: Table,
    started_at: datetime,
    progress: Progress,
    region_elsewhere: str | None,
    *,
    is_live: bool,
) -> tuple[Asking, tuple[Gap, ...]]:
    """Return what is asked; of an AWS that cannot be, nothing and why, where there is something to probe."""
    try:
        return aws.asking(table, progress=progress, region_elsewhere=region_elsewhere), ()
    except UnseenError as error:
        if not (is_live and table.static_ips):
            raise
        return Recorded(Recording(started_at, __version__, ())), (unasked(table, error),)


def _surveyed(
    asking: Asking, table: Table, rows: tuple[Row, ...], client: Client
) -> tuple[tuple[Row, ...], Survey]:
    """Return the rows as probes must ask them, and what there is of them in AWS."""
    found = asking.ask(partial(survey, table=table, rows=rows, client=client))
    fitted = inside_tls.fitted(found)
    if fitted == rows:
        return rows, found
    return fitted, asking.ask(partial(survey, table=table, rows=fitted, client=client))


def _in_account(report: Report, home: AccountRegion | None) -> Report:
    """Return a report whose relays are in the account that was asked, where nothing else is known."""
    account = home.account if home else None
    relays = tuple(replace(item, account=item.account or account) for item in report.relays)
    return replace(report, relays=relays)


def _standing(points: VantagePoints, seen: Sequence[Made], table: Table | None) -> Sequence[Client]:
    """Return where the vantage points stand, at least one; ``table`` has the addresses that they dial."""
    return [one.client for one in seen] or points.identities(towards(table) if table else ())


def _looked(
    report: Report, asking: Asking, table: Table, surveyed: Survey, log_in: LogIn, *, sudo: bool
) -> Report:
    """Return a report with what the targets say themselves whose failure nothing else explains."""
    from nlbcheck.diagnosis import at_host, host_questions  # what only this needs
    from nlbcheck.run.inspect import looked

    rows = at_host.wanted(report)
    questions = asking.ask(partial(host_questions.by_survey, table=table, surveyed=surveyed))
    seen = looked([item for item in questions if item.row in rows], log_in, sudo=sudo)
    report = replace(report, interrupted=report.interrupted or seen.interrupted)
    report = replace(report, remarks=(*report.remarks, *seen.unseen), uninspected=seen.unseen)
    return at_host.amended(report, seen.targets)


def _refuse(asking: Asking, table: Table) -> None:
    """Raise InputError for a table whose load balancer is none of those in sight, now or after a change."""
    if before := getattr(asking, "before", None):
        with suppress(InputError):
            before.ask(partial(wrong_balancer.refuse, table=table))
            return
    asking.ask(partial(wrong_balancer.refuse, table=table))


def _foretold(
    report: Report, asking: Asking, table: Table, rows: Sequence[Row], client: Client, run: Run
) -> Report:
    """Return the report on a state that is not there yet, with what brings its findings."""
    from nlbcheck.run import ahead, foretold  # what only this needs is not read for every diagnosis

    if not isinstance(asking, ahead.Ahead):
        return report
    return foretold.told(report, asking, foretold.Question(table, rows, client, run))


def _held(aws: Aws, flows: Sequence[Flow]) -> tuple[Made, ...]:
    """Return the probes that a snapshot holds; they belong to where they were made."""
    if aws.held is None or aws.held.report is None:
        return ()
    made = replayed(reading.report(aws.held.report, str(aws.snapshot), "report"))
    connections, seen = made.of(flows)
    if not any(seen):
        return ()
    remark = tell(
        "The probes were made from {address} at {time}, with the snapshot."
        if made.address
        else "The probes were made at {time}, with the snapshot.",
        address=made.address,
        time=words.time(made.made_at),
    )
    name = made.address or "where the snapshot was taken"
    client = Client(name, made.address, is_name=made.address is None)
    return (Made(client, connections, seen, remark=remark, made_at=made.made_at),)


def _remarks(report: Report, made: Sequence[Made], names: str | None) -> tuple[str, ...]:
    """Say what a reader should know about this run besides its results."""
    remarks = [remark for remark in (*(one.remark for one in made), names) if remark]
    probers = {item.flow.vantage for item in report.results if item.observation}
    client, *others = report.vantages
    if client.source not in probers and others:
        walked = any(item.paths for item in report.results if item.flow.vantage == client.source)
        remarks.append(
            tell(
                "The probes were made from {clients}. They say nothing about the path from {client}, which "
                "was checked in the recorded state only."
                if walked
                else "The probes were made from {clients}. They say nothing about the path from {client}.",
                clients=listed([words.vantage(other) for other in others]),
                client=client.source,
            )
        )
    return tuple(dict.fromkeys([*remarks, *refusals(report.gaps or ())]))
