"""Can one machine open a TCP connection to another, and does the answer come back?"""

from __future__ import annotations

from functools import partial
from ipaddress import ip_address

from nlbcheck.diagnosis.judge import gaps
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.errors import InputError
from nlbcheck.model.net import Address
from nlbcheck.model.report import refusals
from nlbcheck.path.reach import Trace
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.progress import SILENT, Progress


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
    around = table or Table("", ())
    asking = aws.asking(around, progress=progress)
    found = asking.ask(partial(traced, source=source, address=address, port=port))
    asking.try_permissions()
    for told in refusals(gaps(asking.recording)):
        progress.remark(told)
    return found
