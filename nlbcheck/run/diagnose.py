"""Why does a port not reach its server, and what restores the connection?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from nlbcheck import __version__
from nlbcheck.aws.collect import Recorded
from nlbcheck.aws.recording import Recording
from nlbcheck.diagnosis import inside_tls, wrong_balancer
from nlbcheck.diagnosis.drift import uncompared
from nlbcheck.diagnosis.judge import Sight, judge
from nlbcheck.diagnosis.replayed import replayed
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import Survey, survey
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.model import THIS_MACHINE, Client, Flow, Gap, Observation, Report
from nlbcheck.model.report import refusals
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.sampling import Sampled
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.table import Row, Table
from nlbcheck.reports import reading
from nlbcheck.run import clients, forbidden
from nlbcheck.run.aws import Aws, unasked
from nlbcheck.run.probe import probed
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.port import Vantage

if TYPE_CHECKING:
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
    vantage: Vantage | None = None,
    region_elsewhere: str | None = None,
    seen: Made | None = None,
    log_in: LogIn | None = None,
    sudo: bool = False,
    progress: Progress = SILENT,
) -> Report:
    """Probe the rows of ``table`` that ``names`` mean, walk their packets through AWS, and name the cause.

    ``client`` is where connections start: an instance id, an interface id or an address; else the table's,
    else the one that a snapshot holds, else ``vantage``, which is by default this machine. Probes are made
    from ``vantage``. Where that is not the client, the report has both: the client as far as its packets can
    be walked, and the vantage point with what its probes saw; neither speaks for the other.

    ``probing`` is None for probes from ``vantage`` unless the state is a snapshot's; of that, those that it
    holds are judged. ``seen`` are probes of just these rows that have been made: those are judged, and none
    is made. ``log_in`` opens targets that are silent, refuse or fail health checks, so that they say why
    themselves, with ``sudo`` as root. ``region_elsewhere`` is a further Region to look for the load balancer
    in. Nothing is changed in AWS. Where AWS cannot be asked at all, what was probed is reported with that.

    Raises InputError for names that fit no row, for a client that does not exist and for a table of a load
    balancer that AWS does not show, UnseenError where AWS cannot be asked and nothing was probed.
    """
    started_at = datetime.now(UTC)
    here = vantage or ThisMachine()
    rows, entries = table.select(names), table.select_forbidden(names)
    aws = aws.opened(progress)
    if aws.foreseen and probing:
        raise InputError("nothing can be probed that is not there yet: leave out --probe, --plan or --apply")
    if aws.foreseen and log_in:
        raise InputError("no target can be looked at as it will be: leave out --inspect, --plan or --apply")
    is_live = aws.snapshot is None and not aws.foreseen if probing is None else probing
    nodes = table.static_ips if is_live or aws.snapshot is None else ()
    source = clients.of_run(client, table, aws, here, nodes)
    unread: tuple[Gap, ...] = ()
    asking: Asking
    try:
        asking = aws.asking(table, progress=progress, region_elsewhere=region_elsewhere)
    except UnseenError as error:
        if not (is_live and table.static_ips):
            raise
        asking, unread = Recorded(Recording(started_at, __version__, ())), (unasked(table, error),)
    home = aws.home(asking.recording)
    if table.region is None and home:
        table = replace(table, region=home.region)
    _refuse(asking, table)
    surveyed = asking.ask(partial(survey, table=table, rows=rows, client=source))
    if (fitted := inside_tls.fitted(surveyed)) != rows:
        rows = fitted
        surveyed = asking.ask(partial(survey, table=table, rows=rows, client=source))
    table = replace(table, static_ips=surveyed.nodes)
    made = seen
    if seen is None and is_live and surveyed.nodes:
        ask = partial(probed, vantage=here, limits=limits, banner_only=banner_only, progress=progress)
        made = _probes(table, rows, entries, here, ask)
    elif seen is None and probing is None and surveyed.nodes and not aws.foreseen:
        own = forbidden.flows(entries, table.relay, here, THIS_MACHINE)
        made = _held(aws, (*table.flows(rows), *own))
    of_rows, of_entries = _split(made, entries)
    sights = _sights(asking, table, rows, surveyed, of_rows)
    run = Run(__version__, started_at, "diagnose", made.interrupted if made else False)
    asking.try_permissions()
    report = asking.ask(partial(judge, table=table, sights=sights, run=run))
    account = home.account if home else None
    relays = tuple(replace(item, account=item.account or account) for item in report.relays)
    report = replace(report, gaps=(*unread, *(report.gaps or ())), relays=relays)
    report = replace(report, remarks=_remarks(report, made, uncompared.remark(rows)))
    if log_in:
        report = _looked(report, asking, table, surveyed, log_in, sudo=sudo)
    report = _foretold(report, asking, table, rows, source, run) if aws.foreseen else report
    return forbidden.with_walked(report, entries, table.relay, asking, of_entries)


def _split(made: Made | None, entries: Sequence[Forbidden]) -> tuple[Made | None, forbidden.Seen | None]:
    """Return the probes of rows, and those of ``forbidden`` entries."""
    if made is None:
        return None, None
    names = {entry.name for entry in entries}
    pairs = list(zip(made.flows, made.observations, strict=True))
    rows = [pair for pair in pairs if pair[0].row not in names]
    theirs = [pair for pair in pairs if pair[0].row in names]
    flows, seen = tuple(flow for flow, _ in rows), tuple(one for _, one in rows)
    of_rows = replace(made, flows=flows, observations=seen)
    of_entries = forbidden.Seen(made.client, [flow for flow, _ in theirs], [one for _, one in theirs])
    return of_rows, of_entries


def _looked(
    report: Report, asking: Asking, table: Table, surveyed: Survey, log_in: LogIn, *, sudo: bool
) -> Report:
    """Return a report with what the targets say themselves whose failure nothing else explains."""
    from nlbcheck.diagnosis import at_host, host_questions  # what only this needs
    from nlbcheck.run.inspect import looked

    rows = at_host.wanted(report)
    questions = asking.ask(partial(host_questions.by_survey, table=table, surveyed=surveyed))
    found, lost = looked([item for item in questions if item.row in rows], log_in, sudo=sudo)
    return at_host.amended(replace(report, remarks=(*report.remarks, *lost)), found)


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


@dataclass(frozen=True, slots=True)
class Made:
    """Probes, and who made them."""

    client: Client
    flows: tuple[Flow, ...]
    """One of which several connections were made stands there once for each."""
    observations: tuple[Observation | None, ...]
    interrupted: bool = False
    remark: str | None = None
    """What to say of them, where they were not made now."""


def _probes(
    table: Table,
    rows: Sequence[Row],
    entries: Sequence[Forbidden],
    here: Vantage,
    ask: Callable[[Sequence[Flow]], Sampled],
) -> Made:
    """Probe rows at the table's static IPs, of which there is at least one, and ``forbidden`` entries."""
    me = here.identity(str(table.static_ips[0].address))
    own = forbidden.flows(entries, table.relay, here, me.source)
    outcome = ask((*table.flows(rows, me.source), *own))
    return Made(me, outcome.flows, outcome.results, interrupted=outcome.interrupted)


def _held(aws: Aws, flows: Sequence[Flow]) -> Made | None:
    """Return the probes that a snapshot holds; they belong to where they were made."""
    if aws.held is None or aws.held.report is None:
        return None
    made = replayed(reading.report(aws.held.report, str(aws.snapshot), "report"))
    connections, seen = made.of(flows)
    if not any(seen):
        return None
    where = f"from {made.address} " if made.address else ""
    remark = f"The probes were made {where}at {made.made_at}, with the snapshot."
    name = made.address or "where the snapshot was taken"
    return Made(Client(name, made.address), connections, seen, remark=remark)


def _sights(
    asking: Asking, table: Table, rows: Sequence[Row], surveyed: Survey, made: Made | None
) -> list[Sight]:
    """Return who knows what: the client that was asked for, and whoever probed, where that is another one."""
    if made is None:
        return [Sight(surveyed)]
    client, me = surveyed.client, made.client
    left = {
        seen.local_address.rpartition(":")[0].strip("[]")
        for seen in made.observations
        if seen and seen.local_address
    }
    address = client.address or client.source
    if client.source == me.source or (address in left if left else address == me.address):
        return [Sight(surveyed, made.flows, made.observations)]
    theirs = asking.ask(partial(survey, table=table, rows=rows, client=me))
    return [Sight(surveyed), Sight(theirs, made.flows, made.observations)]


def _remarks(report: Report, made: Made | None, names: str | None) -> tuple[str, ...]:
    """Say what a reader should know about this run besides its results."""
    remarks = [remark for remark in (made.remark if made else None, names) if remark]
    client, *others = report.vantages
    walked = any(item.paths for item in report.results if item.flow.vantage == client.source)
    for other in others:
        where = f" ({other.address})" if other.address and other.address != other.source else ""
        remarks.append(
            f"The probes were made from {other.source}{where}. They say nothing of the path from "
            f"{client.source}{', which was walked only' if walked else ''}."
        )
    return tuple(dict.fromkeys([*remarks, *refusals(report.gaps or ())]))
