"""Are the row's targets registered in its group, on the row's port, and which others are there?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift import registration
from nlbcheck.diagnosis.drift.comparison import Comparison
from nlbcheck.diagnosis.drift.finding import differs, listed, met, of_group
from nlbcheck.model import Code, DeclaredTarget, Finding, Json, Verdict
from nlbcheck.path import remedy
from nlbcheck.path.outcome import unseen
from nlbcheck.relays.table import Row


def findings(state: AwsState, compared: Comparison) -> tuple[Finding, ...]:
    """Return what differs between a row's targets and those that are registered in its group."""
    if compared.gone:
        return (_differs(state, compared),)
    found = met(of_group(compared.group), *map(unseen, compared.hidden))
    if compared.leaving and not compared.present:
        found += (_differs(state, compared),)
    elif compared.leaving:
        found += (_leaving(compared),)
    if compared.others and not compared.hidden:
        found += (_undeclared(compared),)
    return found


def _keys(row: Row, targets: Iterable[DeclaredTarget]) -> list[str]:
    return [f"{item.key}:{row.target_port.number}" for item in targets]


def _said(compared: Comparison) -> tuple[Json, Json]:
    """Return what the table and what AWS has, as evidence."""
    row, found = compared.row, [*compared.present, *compared.others]
    names: list[Json] = [item.name for item in row.targets]
    addresses: list[Json] = [str(item.address) if item.address else None for item in row.targets]
    one = len(row.targets) == 1
    table: Json = {
        "target": names[0] if one else names,
        "address": addresses[0] if one else addresses,
        "port": row.target_port.number,
    }
    aws: Json = [{"id": item.target.id, "port": item.target.port, "zone": item.target.zone} for item in found]
    return table, aws


def _differs(state: AwsState, compared: Comparison) -> Finding:
    row, group = compared.row, compared.group
    holds = listed([*compared.present, *compared.others]) or "no target"
    lost = [*compared.gone, *compared.leaving]
    named = listed(_keys(row, lost))
    if compared.present:
        verb = "is not registered" if len(lost) == 1 else "are not registered"
        summary = f"{named} of the table {verb} in {group.name}, which holds {holds}."
    else:
        summary = f"{group.name} holds {holds}; the table says {named}."
    if compared.leaving:
        summary += f" {listed(_keys(row, compared.leaving))} is being deregistered."
    others = [item.target for item in compared.others]
    if others and not compared.gone:
        fix = remedy.advice(
            f"If the targets beside it take its place, name them in the row ({row.place}); else register it "
            "again."
        )
    else:
        fix = registration.repair(state, row, group, lost, others, replaced=not compared.present)
    return differs(
        Code.TARGET_DIFFERS,
        summary,
        of_group(group),
        *_said(compared),
        fix,
        subject=", ".join(_keys(row, lost)),
    )


def _leaving(compared: Comparison) -> Finding:
    """Return the remark on declared targets that leave while others of the row stay."""
    named = _keys(compared.row, compared.leaving)
    summary = f"{listed(named)} of the table is being deregistered from {compared.group.name}."
    fix = remedy.advice(
        f"If it is to stay, register it again; else take it out of the row ({compared.row.place})."
    )
    return differs(
        Code.TARGET_DIFFERS,
        summary,
        of_group(compared.group),
        *_said(compared),
        fix,
        verdict=Verdict.WARN,
        subject=", ".join(named),
    )


def _undeclared(compared: Comparison) -> Finding:
    """Return the remark on targets besides the table's; it is nobody's business to take them out for it."""
    row, group, others = compared.row, compared.group, compared.others
    told = [item.with_state for item in others]
    if any(item.address is None for item in row.targets):
        told = [*map(str, compared.present), *told]
        port = row.target_port.number
        summary = f"{group.name} holds {listed(told)}; the row names {len(row.targets)} on port {port}."
    else:
        summary = f"{group.name} holds {listed(told)} besides the table's {listed(_keys(row, row.targets))}."
    them = "it" if len(others) == 1 else "them"
    fix = remedy.advice(
        f"If the row is for {them}, too, add {them} to its target ({row.place}); nlbcheck mapping import "
        "writes all. Nothing needs to change in AWS."
    )
    return differs(
        Code.TARGET_UNDECLARED,
        summary,
        of_group(group),
        *_said(compared),
        fix,
        verdict=Verdict.WARN,
        subject=row.target_group,
    )
