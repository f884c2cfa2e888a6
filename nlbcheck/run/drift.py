"""Does AWS hold what the mapping table says, and which table does a load balancer stand for?"""

from __future__ import annotations

from nlbcheck.diagnosis import drift, imported
from nlbcheck.diagnosis.drift import Drift
from nlbcheck.diagnosis.drift import balancer as named
from nlbcheck.diagnosis.imported import Imported
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.progress import SILENT, Progress


def check(table: Table, *, aws: Aws, progress: Progress = SILENT) -> Drift:
    """Compare the table's listeners, target groups, targets and static IPs with AWS.

    Raises InputError where the table names neither its load balancer nor a static IP, UnseenError where AWS
    cannot be asked.
    """
    asking = aws.asking(table, progress=progress)
    return asking.ask(lambda state: drift.findings(state, table, table.rows))


def import_table(
    load_balancer: str, region: str | None = None, *, aws: Aws, progress: Progress = SILENT
) -> Imported:
    """Return the mapping table that a load balancer stands for.

    ``load_balancer`` is its name, the end of it after a ``-``, its DNS name or its ARN. Raises InputError
    where there is none, UnseenError where that cannot be told.
    """
    wanted = Table("", (), load_balancer=load_balancer, region=region)
    asking = aws.asking(wanted, progress=progress)
    return asking.ask(lambda state: imported.table(state, named.needed(state, load_balancer, region)))
