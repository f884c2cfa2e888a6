"""Does each port, on each static IP, reach the server it should?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nlbcheck import __version__
from nlbcheck.diagnosis.report import assemble
from nlbcheck.model import Endpoint, Report
from nlbcheck.probes.limits import Limits
from nlbcheck.relays.table import Table
from nlbcheck.run.watch import SILENT, Watch

if TYPE_CHECKING:
    from nlbcheck.probes.runner import Outcome


def probe(
    table: Table,
    names: Sequence[str] = (),
    *,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    watch: Watch = SILENT,
) -> Report:
    """Probe every static IP and listener port of ``table``, or of the rows that ``names`` mean.

    Each probe is one connection: a TCP connect, an HTTP HEAD, or an SSH key exchange without a login
    (``banner_only``: without the key exchange). Network failures are results, never errors. A
    KeyboardInterrupt ends the run with what is finished. Raises InputError for names that fit no row, and
    where no static IP is known.
    """
    started_at = datetime.now(UTC)
    rows = table.select(names)
    endpoints = table.endpoints(rows)
    outcome = probed(endpoints, limits, banner_only=banner_only, watch=watch)
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
    address = report.client.address
    if table.client and address and table.client[0].isdigit() and table.client != address:
        remark = f"The table's client is {table.client}; these probes left from {address}."
        report = replace(report, remarks=(remark,))
    return report


def probed(endpoints: Sequence[Endpoint], limits: Limits, *, banner_only: bool, watch: Watch) -> Outcome:
    """Probe every endpoint from this machine."""
    from nlbcheck.probes.runner import run  # the command line's help needs no sockets

    asked = [replace(item, ssh_banner_only=True) if banner_only else item for item in endpoints]
    with watch.probing(asked, limits) as step:
        return run(asked, limits, step)
