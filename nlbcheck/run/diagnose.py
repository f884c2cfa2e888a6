"""Why does a port not reach its server, and what restores the connection?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from nlbcheck import __version__
from nlbcheck.diagnosis import another
from nlbcheck.diagnosis.diagnose import Run
from nlbcheck.diagnosis.diagnose import diagnose as judged
from nlbcheck.diagnosis.replayed import replayed
from nlbcheck.diagnosis.survey import Survey, survey
from nlbcheck.model import Client, Flow, Observation, Report
from nlbcheck.probes.limits import Limits
from nlbcheck.relays.table import Table
from nlbcheck.run import clients
from nlbcheck.run.aws import Aws
from nlbcheck.run.probe import probed
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.port import Vantage


def diagnose(
    table: Table,
    names: Sequence[str] = (),
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    probing: bool | None = None,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    vantage: Vantage | None = None,
    region_elsewhere: str | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Probe the rows of ``table`` that ``names`` mean, walk their packets through AWS, and name the cause.

    ``client`` is where connections start: an instance id, an interface id or an address; else the table's,
    else the one that a snapshot holds, else this machine. ``probing`` is None for probes from here unless the
    state is a snapshot's; of that, those that it holds are judged. ``region_elsewhere`` is a further Region
    to look for the load balancer in. Nothing is changed in AWS.

    Raises InputError for names that fit no row, for a client that does not exist and for a table of a load
    balancer that AWS does not show, UnseenError where AWS cannot be asked at all.
    """
    started_at = datetime.now(UTC)
    rows = table.select(names)
    aws = aws.opened(progress)
    here = aws.snapshot is None if probing is None else probing
    offline = aws.snapshot is not None and not here
    source = clients.of_run(client, table, aws, () if offline else table.static_ips)
    asking = aws.asking(table, progress=progress, region_elsewhere=region_elsewhere)
    home = aws.home(asking.recording)
    if table.region is None and home:
        table = replace(table, region=home.region)
    asking.ask(partial(another.refuse, table=table))
    surveyed = asking.ask(partial(survey, table=table, rows=rows, client=source))
    results: Sequence[Observation | None] | None = None
    interrupted, remarks = False, tuple[str, ...]()
    flows = replace(table, static_ips=surveyed.nodes).flows(rows) if surveyed.nodes else ()
    if here and flows:
        outcome = probed(flows, vantage or ThisMachine(), limits, banner_only=banner_only, progress=progress)
        results, interrupted = outcome.results, outcome.interrupted
    elif probing is None and flows:
        results, remarks = _held(aws, source, surveyed, flows)
    run = Run(__version__, started_at, "diagnose", interrupted)
    report = asking.ask(partial(judged, table=table, survey=surveyed, results=results, run=run))
    return replace(report, remarks=(*remarks, *_remarks(report)))


def _held(
    aws: Aws, source: Client, surveyed: Survey, flows: Sequence[Flow]
) -> tuple[Sequence[Observation | None] | None, tuple[str, ...]]:
    """Return what the probes saw that a snapshot holds, and what to say of them.

    They belong to where they were made: of another client they say nothing.
    """
    if aws.held is None or aws.held.report is None:
        return None, ()
    made = replayed(aws.held.report, str(aws.snapshot))
    results = made.of(flows)
    if not any(results):
        return None, ()
    where = f"from {made.address} " if made.address else ""
    client, known = surveyed.client, aws.held.client
    theirs = known and (known.source, known.address) == (source.source, source.address)
    if theirs or (client.address and client.address == made.address):
        return results, (f"The probes were made {where}at {made.made_at}, with the snapshot.",)
    told = f"The snapshot's probes were made {where}at {made.made_at}; of {client.source} they say nothing."
    return None, (told,)


def _remarks(report: Report) -> tuple[str, ...]:
    """Say what a reader should know about this run besides its results."""
    remarks = []
    probes = [node.probe for mapping in report.mappings for node in mapping.nodes if node.probe]
    left = {probe.local_address.rpartition(":")[0] for probe in probes if probe.local_address}
    client = report.client.address
    if client and left and client not in left:
        told = ", ".join(sorted(left))
        remarks.append(f"The path was walked from {client}; the probes left from {told}.")
    for gap in dict.fromkeys(
        (gap.permission, gap.account, gap.region, gap.error) for gap in report.gaps or ()
    ):
        permission, account, region, error = gap
        remarks.append(f"AWS refused {permission} in account {account}, {region}: {error}.")
    return tuple(remarks)
