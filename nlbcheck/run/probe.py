"""Does each port, on each static IP, reach the server it should?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from nlbcheck import __version__
from nlbcheck.diagnosis.report import Run, assemble, source, together
from nlbcheck.language import listed, tell
from nlbcheck.model import Flow, Report
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations
from nlbcheck.probes.sampling import Sampled, sampled
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.table import Row, Table
from nlbcheck.run import forbidden
from nlbcheck.run.made import Made
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.run.together import Steps, alone
from nlbcheck.run.vantage_points import FlowsFrom, VantagePoints
from nlbcheck.vantage.port import Vantage


def probe(
    table: Table,
    names: Sequence[str] | str = (),
    *,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    vantage: Vantage | Sequence[Vantage] | None = None,
    looking: bool = True,
    progress: Progress = SILENT,
) -> Report:
    """Probe every static IP and listener port of ``table``, or of the rows that ``names`` mean.

    Each probe is one connection: a TCP connect, an HTTP HEAD, or an SSH key exchange without a login
    (``banner_only``: without the key exchange). A row with several targets has several to each static IP,
    for each may reach another target. An entry of ``forbidden`` has one, where its client is the vantage
    point or none is named. ``vantage`` is from where: one vantage point or several, by default this machine;
    several probe one after another, and the report has the results of each. Where probes fail, the routes and
    the firewall of the vantage point's own host are looked at (``looking``), if commands can be run there.
    Network failures are results, never errors. A KeyboardInterrupt ends the run with what is finished. Raises
    InputError for names that fit no row, and where no static IP is known.
    """
    make = partial(probed, limits=limits, banner_only=banner_only, progress=progress)
    return alone(probing(table, names, vantage=vantage, looking=looking), make)


def probing(
    table: Table,
    names: Sequence[str] | str = (),
    *,
    vantage: Vantage | Sequence[Vantage] | None = None,
    looking: bool = True,
) -> Steps[Report]:
    """Go through the run of `probe`, and want its connections."""
    started_at = datetime.now(UTC)
    rows, entries = table.select(names), table.select_forbidden(names)
    table = table.narrowed(names)
    points = VantagePoints(vantage)
    made = yield from points.probe(towards(table), flows_of(table, rows, entries))
    made = points.looked(made) if looking else made
    run = Run(__version__, started_at, "probe", any(one.interrupted for one in made))
    of_rows, of_entries = forbidden.split(made, entries)
    report = points.with_unseen(reported(table, rows, of_rows, run), table, rows)
    return forbidden.with_probed(report, entries, table.relay, of_entries)


def flows_of(table: Table, rows: Sequence[Row], entries: Sequence[Forbidden]) -> FlowsFrom:
    """Return what tells the flows of rows, and of entries of ``forbidden``, from a vantage point."""
    return lambda point, name: (
        *table.flows(rows, name),
        *forbidden.flows(entries, table.relay, point, name),
    )


def towards(table: Table) -> tuple[str, ...]:
    """Return the addresses that tell which of its own a vantage point connects from."""
    return tuple(str(node.address) for node in table.static_ips)


def reported(table: Table, rows: Sequence[Row], made: Sequence[Made], run: Run) -> Report:
    """Return the report on what probes of rows saw from each vantage point, and on nothing else."""
    parts = []
    for one in made:
        # Where connections left from is seen; where nobody answered, it is what the vantage point says.
        client = replace(one.client, address=source(one.observations) or one.client.address)
        seen = [item for item in one.observations if item is not None]
        part = assemble(table, rows, one.flows, seen, client, run)
        parts.append(replace(part, results=one.with_faults(part.results)))
    report = together(parts)
    report = replace(report, remarks=tuple(one.remark for one in made if one.remark))
    addresses = [client.address for client in report.vantages]
    if table.client and addresses[0] and table.client[0].isdigit() and table.client not in addresses:
        remark = tell(
            "The table's client is {client}, and these probes were made from {addresses}.",
            client=table.client,
            addresses=listed([*filter(None, addresses)]),
        )
        report = replace(report, remarks=(*report.remarks, remark))
    return report


def probed(
    flows: Sequence[Flow], vantage: Vantage, *, limits: Limits, banner_only: bool, progress: Progress
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
