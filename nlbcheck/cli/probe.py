"""``nlbcheck probe``: does each port, on each static IP, reach the server it should?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from nlbcheck import __version__
from nlbcheck.cli.interrupts import one_interrupt
from nlbcheck.cli.options import load_table, mapping_options
from nlbcheck.cli.output import output_options, outputs, write
from nlbcheck.cli.probing import probe_options, probed
from nlbcheck.cli.streams import write_stderr
from nlbcheck.diagnosis.report import assemble
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.escape import printable
from nlbcheck.model import Report, Status
from nlbcheck.probes.limits import Limits


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@mapping_options
@probe_options
@click.option(
    "--pin",
    "pinning",
    is_flag=True,
    help="Write the SSH host keys that answer into the table (YAML), for the next run to verify.",
)
@output_options
def command(
    names: Sequence[str],
    timeout: float,
    attempts: int,
    concurrency: int,
    ssh_banner_only: bool,
    pinning: bool,
    formats: Sequence[str],
    output: Path | None,
    color: bool | None,
    quiet: bool,
    verbose: bool,
    **mapping: Any,  # noqa: ANN401 (what mapping_options adds)
) -> ExitStatus:
    """Check every static IP and listener port of the mapping table, or of the rows named.

    A NAME is a target group as the table writes it (tg-10022), a listener port (10022), or the target
    group's name in AWS (example-tg-10022).

    Each check is one connection: a TCP connect, an HTTP HEAD, or an SSH key exchange without a login.

    Exit status: 0 everything answers as it should; 1 something does not; 2 the command line or a file
    is wrong; 3 something could not be checked; 130 interrupted.
    """
    table = load_table(**mapping)
    rows = table.select(names)
    endpoints = table.endpoints(rows)
    wanted = outputs(formats, output, table.source)
    if pinning and ssh_banner_only:
        raise InputError("--pin: with --ssh-banner-only no host keys are seen")
    if pinning:
        from nlbcheck.mapping.pin import pin

        pin(Path(table.source), {})  # says now whether keys can be pinned there
    if ssh_banner_only:
        endpoints = tuple(replace(endpoint, ssh_banner_only=True) for endpoint in endpoints)
    limits = Limits(concurrency=concurrency, timeout=timeout, attempts=attempts)
    started_at = datetime.now(UTC)
    with one_interrupt():
        outcome = probed(endpoints, limits, quiet=quiet, verbose=verbose)
        report = assemble(
            table,
            rows,
            endpoints,
            outcome.results,
            version=__version__,
            started_at=started_at,
            command="probe",
            interrupted=outcome.interrupted,
        )
        write(report, wanted, color=color, verbose=verbose)
    remarks = _remarks(report, table.client)
    if pinning:
        remarks.append(_pin(Path(table.source), report))
    if not quiet:
        for remark in remarks:
            write_stderr(printable(remark))
    return report.exit_status


def _remarks(report: Report, client: str | None) -> list[str]:
    """Say what a reader should know about this run besides its results."""
    source = report.client.address
    if client and source and client[0].isdigit() and client != source:
        return [f"The table's client is {client}; these probes left from {source}."]
    return []


def _pin(path: Path, report: Report) -> str:
    """Write the host keys of rows that are beyond doubt into the table, and say what was done."""
    from nlbcheck.mapping.pin import pin

    seen: dict[str, list[str]] = {}
    doubtful, differing = [], []
    for mapping in report.mappings:
        answered = [node.probe for node in mapping.nodes if node.probe and "fingerprint" in node.probe.detail]
        if mapping.findings or any(node.findings for node in mapping.nodes):
            doubtful.append(mapping.name)
        elif any(probe.status is Status.UNEXPECTED for probe in answered):
            differing.append(mapping.name)
        elif answered:
            seen[mapping.name] = list(dict.fromkeys(str(probe.detail["fingerprint"]) for probe in answered))
    count = pin(path, seen)
    remark = f"Pinned the host keys of {_rows(count)} in {path}."
    if count < len(seen):
        remark += f" Pinned already: {_rows(len(seen) - count)}."
    if differing:
        remark += f" Not pinned, because the table pins other keys: {', '.join(differing)}."
    if doubtful:
        remark += f" Not pinned, because it is not clear who answers: {', '.join(doubtful)}."
    return remark


def _rows(count: int) -> str:
    return f"{count} row{'s'[: count != 1]}"
