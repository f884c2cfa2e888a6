"""Can one machine open a TCP connection to another, and does the answer come back?"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.judge import gaps
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.errors import InputError
from nlbcheck.model import Finding, Verdict
from nlbcheck.model.gap import refusals
from nlbcheck.model.net import Address
from nlbcheck.path.reach import Trace
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.progress import SILENT, Progress

if TYPE_CHECKING:
    from nlbcheck.run.aws import Asking


def trace(
    source: str,
    destination: Address | str,
    port: int,
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    table: Table | None = None,
    progress: Progress = SILENT,
) -> Trace:
    """Walk one TCP connection, request and reply, through a snapshot or live AWS.

    ``source`` is an instance id, an interface id or an address. ``table`` says which load balancer to read
    around, where there is no snapshot. Raises InputError where the destination is no address, the port is
    not one from 1 to 65535, or the source makes no sense or is proven not to exist, UnseenError where AWS
    cannot be asked.
    """
    try:
        address = ip_address(destination)
    except ValueError as error:
        raise InputError(
            f"the destination of a trace: expected an IP address, found {destination!r}"
        ) from error
    if not 0 < port < 1 << 16:
        raise InputError(f"the port of a trace: expected 1 to 65535, found {port}")
    aws = aws.opened(progress)
    around = table or Table("", ())
    asking = aws.asking(around, progress=progress)
    found = asking.ask(partial(traced, source=source, address=address, port=port))
    asking.try_permissions()
    for told in refusals(gaps(asking.recording)):
        progress.remark(told)
    return _foretold(found, asking, source, address, port) if aws.foreseen else found


def _foretold(found: Trace, asking: Asking, source: str, address: Address, port: int) -> Trace:
    """Return a trace in a state that is not there yet, with what brings its findings."""
    from nlbcheck.run.ahead import Ahead  # what only this needs is not read for every trace
    from nlbcheck.run.culprits import BREAKS_THIS, culprits, retold

    if not isinstance(asking, Ahead):
        return found
    ahead = asking

    def findings(state: AwsState) -> tuple[Finding, ...]:
        return traced(state, source, address, port).findings

    known = {item.identity for item in asking.before.ask(findings)}
    new = [item for item in found.findings if item.identity not in known]
    told = {
        item.identity: retold(item, ahead, culprits(ahead, item.identity, findings), BREAKS_THIS)
        for item in new
        if item.verdict is Verdict.FAIL
    }
    return replace(
        found,
        walk=replace(found.walk, findings=tuple(told.get(item.identity, item) for item in found.findings)),
    )
