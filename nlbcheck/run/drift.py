"""Does AWS hold what the mapping table says, and which table does a load balancer stand for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nlbcheck.aws.collect import Recorded
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import drift, imported
from nlbcheck.diagnosis.drift import Drift, before_apply
from nlbcheck.diagnosis.drift import balancer as named
from nlbcheck.diagnosis.imported import Imported
from nlbcheck.model import Json
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.progress import SILENT, Progress

UNKNOWN_REGION = "of-the-plan"
"""The Region of resources of which neither Terraform nor the table says it."""


def check(table: Table, *, aws: Aws, progress: Progress = SILENT) -> Drift:
    """Compare the table's listeners, target groups, targets and static IPs with AWS, or with Terraform.

    Of Terraform, what AWS would refuse is told, too. Raises InputError where the table names neither its load
    balancer nor a static IP, UnseenError where AWS cannot be asked.
    """
    if aws.terraform:
        source, region = _written(aws.terraform, table.region, progress)
        return source.ask(lambda state: _before_apply(state, replace(table, region=region)))
    asking = aws.asking(table, progress=progress)
    return asking.ask(lambda state: drift.findings(state, table, table.rows))


def _before_apply(state: AwsState, table: Table) -> Drift:
    found = drift.findings(state, table, table.rows)
    if found.balancer is None:
        return found
    return replace(found, table=(*found.table, *before_apply.findings(state, found.balancer)))


def import_table(
    load_balancer: str, region: str | None = None, *, aws: Aws, progress: Progress = SILENT
) -> Imported:
    """Return the mapping table that a load balancer stands for, in AWS or in Terraform.

    ``load_balancer`` is its name, the end of it after a ``-``, its DNS name or its ARN. Raises InputError
    where there is none, UnseenError where that cannot be told.
    """
    if aws.terraform:
        source, where = _written(aws.terraform, region, progress)
        made = source.ask(lambda state: imported.table(state, named.needed(state, load_balancer, where)))
        return replace(made, head=_without_unknown(made.head))
    wanted = Table("", (), load_balancer=load_balancer, region=region)
    asking = aws.asking(wanted, progress=progress)
    return asking.ask(lambda state: imported.table(state, named.needed(state, load_balancer, region)))


def _without_unknown(head: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return a table's head without what Terraform does not say: zones, and a Region."""
    nodes = head.get("static_ips")
    named_ = isinstance(nodes, Mapping) and not any(zone.startswith("(") for zone in nodes)
    listed: Json = [*nodes.values()] if isinstance(nodes, Mapping) else nodes
    kept = {key: value for key, value in head.items() if value != UNKNOWN_REGION}
    return kept if named_ or nodes is None else {**kept, "static_ips": listed}


def _written(path: Path, region: str | None, progress: Progress) -> tuple[Recorded, str | None]:
    """Return who answers from Terraform's resources, and in which Region they are."""
    from nlbcheck.terraform import laying, reading  # what only this needs is not read otherwise

    loaded = reading.filled(reading.read(path))
    laid = laying.alone(loaded, loaded.region or region or UNKNOWN_REGION)
    for remark in (*loaded.remarks, *laid.refused):
        progress.remark(remark)
    return Recorded(laid.recording), loaded.region or region or UNKNOWN_REGION
