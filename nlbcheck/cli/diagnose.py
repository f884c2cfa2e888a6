"""``nlbcheck diagnose``: why does a port not reach its server, and what would open the way?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from nlbcheck import __version__
from nlbcheck.cli import vantage
from nlbcheck.cli.aws_options import Aws, aws_options
from nlbcheck.cli.interrupts import one_interrupt
from nlbcheck.cli.options import load_table, mapping_options
from nlbcheck.cli.output import output_options, outputs, write
from nlbcheck.cli.probing import probe_options, probed
from nlbcheck.cli.streams import write_stderr
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.escape import printable
from nlbcheck.model import Endpoint, Report
from nlbcheck.probes.limits import Limits


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Diagnose every row of the table.")
@mapping_options
@aws_options()
@click.option(
    "--client",
    metavar="SRC",
    help="Where connections start: an instance id, ENI id or address; else the table's, else this machine.",
)
@click.option("--no-probe", is_flag=True, help="Judge by the state of AWS alone.")
@probe_options
@output_options
def command(
    names: Sequence[str],
    every: bool,
    aws: Aws,
    client: str | None,
    no_probe: bool,
    timeout: float,
    attempts: int,
    concurrency: int,
    ssh_banner_only: bool,
    formats: Sequence[str],
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
    **mapping: Any,  # noqa: ANN401 (what mapping_options adds)
) -> ExitStatus:
    """Say why rows of the mapping table fail, and what would open the way.

    A NAME is a target group as the table writes it (tg-10022), a listener port (10022), or the target
    group's name in AWS (example-tg-10022).

    The rows are probed, the state of AWS is read (or a snapshot of it), and the packets' way is walked
    through it. nlbcheck changes nothing in AWS.

    Exit status: 0 nothing is wrong; 1 something is proven broken; 2 the command line or a file is wrong;
    3 something could not be seen; 130 interrupted.
    """
    from nlbcheck.diagnosis.diagnose import Run, diagnose
    from nlbcheck.diagnosis.survey import survey

    if every == bool(names):
        raise InputError("which rows? Give their names, or --all for every row of the table")
    table = load_table(**mapping)
    rows = table.select(names)
    wanted = outputs(formats, output, table.source)
    if aws.snapshot and aws.snapshot.resolve() in [item.file.resolve() for item in wanted if item.file]:
        raise InputError(f"{aws.snapshot}: the report would replace the snapshot")
    started_at = datetime.now(UTC)
    offline = aws.snapshot is not None and no_probe
    source = vantage.client(client or table.client, () if offline else table.static_ips)
    elsewhere = load_table(**{**mapping, "region": None}).region if mapping["region"] else None
    asking = aws.asking(table, quiet=quiet, region_elsewhere=elsewhere)
    account_region = aws.home(asking.recording)
    if table.region is None and account_region:
        table = replace(table, region=account_region.region)
    surveyed = asking.ask(lambda state: survey(state, table, rows, source))
    results, interrupted = None, False
    with one_interrupt():
        if not no_probe and surveyed.nodes:
            endpoints = _shown(
                replace(table, static_ips=surveyed.nodes).endpoints(rows), banner_only=ssh_banner_only
            )
            limits = Limits(concurrency=concurrency, timeout=timeout, attempts=attempts)
            outcome = probed(endpoints, limits, quiet=quiet, verbose=verbose)
            results, interrupted = outcome.results, outcome.interrupted
        run = Run(__version__, started_at, "diagnose", interrupted)
        report = asking.ask(lambda state: diagnose(state, table, surveyed, results, run))
        write(report, wanted, color=color, verbose=verbose)
    if not quiet:
        for remark in _remarks(report):
            write_stderr(printable(remark))
    return report.exit_status


def _shown(endpoints: Sequence[Endpoint], *, banner_only: bool) -> Sequence[Endpoint]:
    return [replace(item, ssh_banner_only=True) if banner_only else item for item in endpoints]


def _remarks(report: Report) -> list[str]:
    """Say what a reader should know about this run besides its results."""
    remarks = []
    probes = [node.probe for mapping in report.mappings for node in mapping.nodes if node.probe]
    left = {probe.local_address.rpartition(":")[0] for probe in probes if probe.local_address}
    client = report.client.address
    if client and left and client not in left:
        told = ", ".join(sorted(left))
        remarks.append(f"The way was walked from {client}; the probes left from {told}.")
    for gap in dict.fromkeys(
        (gap.permission, gap.account, gap.region, gap.error) for gap in report.gaps or ()
    ):
        permission, account, region, error = gap
        remarks.append(f"AWS refused {permission} in account {account}, {region}: {error}.")
    return remarks
