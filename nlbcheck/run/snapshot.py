"""What does AWS say of a relay, recorded so that it can be diagnosed later and elsewhere?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift import balancer
from nlbcheck.errors import InputError
from nlbcheck.model import THIS_MACHINE, Verdict
from nlbcheck.relays.table import Table
from nlbcheck.run import clients
from nlbcheck.run.aws import Aws
from nlbcheck.run.progress import SILENT, Progress


def snapshot(
    table: Table,
    names: Sequence[str] = (),
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    region_elsewhere: str | None = None,
    progress: Progress = SILENT,
) -> Recording:
    """Return what AWS says of the rows of ``table`` that ``names`` mean.

    ``client`` and ``region_elsewhere`` are as for a diagnosis. Raises InputError where there is no such load
    balancer, UnseenError where AWS cannot be asked.
    """
    rows = table.select(names)
    source = clients.client(client or table.client, table.static_ips)
    asked = source.address if source.source == THIS_MACHINE else source.source
    found = aws.recorded(table, rows, asked, progress=progress, region_elsewhere=region_elsewhere)
    home = aws.home(found)
    region = table.region or (home.region if home else None)
    seen, about = balancer.of_table(AwsState(found), replace(table, region=region))
    if seen is None and about[0].verdict is Verdict.FAIL:
        raise InputError(about[0].summary)
    return found
