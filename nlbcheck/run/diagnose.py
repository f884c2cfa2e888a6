"""Why does a port not reach its server, and what restores the connection?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nlbcheck import __version__
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.diagnose import Run
from nlbcheck.diagnosis.diagnose import diagnose as judged
from nlbcheck.diagnosis.survey import survey
from nlbcheck.model import THIS_MACHINE, Report
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
    probing: bool = True,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    vantage: Vantage | None = None,
    region_elsewhere: str | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Probe the rows of ``table`` that ``names`` mean, walk their packets through AWS, and name the cause.

    ``client`` is where connections start: an instance id, an interface id or an address; else the table's,
    else this machine. ``region_elsewhere`` is a further Region to look for the load balancer in.
    Nothing is changed in AWS. Raises InputError for names that fit no row and for a client that does not
    exist, UnseenError where AWS cannot be asked at all.
    """
    started_at = datetime.now(UTC)
    rows = table.select(names)
    offline = aws.snapshot is not None and not probing
    source = clients.client(client or table.client, () if offline else table.static_ips)
    asked = source.address if source.source == THIS_MACHINE else source.source
    recording = aws.recorded(table, rows, asked, progress=progress, region_elsewhere=region_elsewhere)
    home = aws.home(recording)
    if table.region is None and home:
        table = replace(table, region=home.region)
    state = AwsState(recording)
    surveyed = survey(state, table, rows, source)
    results, interrupted = None, False
    if probing and surveyed.nodes:
        flows = replace(table, static_ips=surveyed.nodes).flows(rows)
        outcome = probed(flows, vantage or ThisMachine(), limits, banner_only=banner_only, progress=progress)
        results, interrupted = outcome.results, outcome.interrupted
    report = judged(state, table, surveyed, results, Run(__version__, started_at, "diagnose", interrupted))
    return replace(report, remarks=_remarks(report))


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
