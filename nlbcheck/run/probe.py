"""Does each port, on each static IP, reach the server it should?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nlbcheck import __version__
from nlbcheck.diagnosis.report import Run, assemble
from nlbcheck.model import THIS_MACHINE, Client, Flow, Report
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations
from nlbcheck.probes.sampling import Sampled, sampled
from nlbcheck.relays.table import Row, Table
from nlbcheck.run import forbidden
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.port import Vantage


def probe(
    table: Table,
    names: Sequence[str] | str = (),
    *,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    vantage: Vantage | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Probe every static IP and listener port of ``table``, or of the rows that ``names`` mean.

    Each probe is one connection: a TCP connect, an HTTP HEAD, or an SSH key exchange without a login
    (``banner_only``: without the key exchange). A row with several targets has several to each static IP,
    for each may reach another target. An entry of ``forbidden`` has one, where its client is this machine
    or none is named. Network failures are results, never errors. A
    KeyboardInterrupt ends the run with what is finished. Raises InputError for names that fit no row, and
    where no static IP is known.
    """
    started_at = datetime.now(UTC)
    rows = table.select(names)
    here = vantage or ThisMachine()
    entries = table.select_forbidden(names)
    flows = (*table.flows(rows), *forbidden.flows(entries, table.relay, here, THIS_MACHINE))
    outcome = probed(flows, here, limits, banner_only=banner_only, progress=progress)
    run = Run(__version__, started_at, "probe", outcome.interrupted)
    of_rows, of_entries = forbidden.split(outcome, entries)
    report = reported(table, rows, of_rows, here, run)
    return forbidden.with_probed(report, entries, table.relay, of_entries)


def reported(table: Table, rows: Sequence[Row], outcome: Sampled, here: Vantage, run: Run) -> Report:
    """Return the report on what probes of rows saw from a vantage point, and on nothing else."""
    name = outcome.flows[0].vantage if outcome.flows else THIS_MACHINE
    report = assemble(table, rows, outcome.flows, outcome.results, Client(name), run)
    if report.client.address is None:  # nobody answered
        known = here.identity(str(table.static_ips[0].address)).address
        report = replace(report, vantages=(replace(report.client, address=known),))
    address = report.client.address
    if table.client and address and table.client[0].isdigit() and table.client != address:
        remark = f"The table's client is {table.client}; these probes left from {address}."
        report = replace(report, remarks=(remark,))
    return report


def probed(
    flows: Sequence[Flow], vantage: Vantage, limits: Limits, *, banner_only: bool, progress: Progress
) -> Sampled:
    """Probe every flow from a vantage point, on as many connections as it is to have."""
    each = [flow for flow in flows for _ in range(flow.samples)]
    with progress.probing(each, limits) as step:
        limits = replace(limits, until=time.monotonic() + limits.bound(each))

        def ask(due: Sequence[Flow], limits: Limits) -> Observations:
            return vantage.probe([_banner(flow) for flow in due] if banner_only else due, limits, step)

        done = sampled(flows, limits, ask)
        if left := len(each) - len(done.results):
            step(left)
        return done


def _banner(flow: Flow) -> Flow:
    """Return a flow of which the SSH version line is all that is asked for."""
    return replace(flow, spec=replace(flow.spec, ssh_banner_only=True))
