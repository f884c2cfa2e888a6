"""Are the row's targets registered in its group, on the row's port, and which others are there?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift import registration
from nlbcheck.diagnosis.drift.comparison import Comparison
from nlbcheck.diagnosis.drift.finding import differs, met, of_group, some_of
from nlbcheck.language import paragraph, plural, tell
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
    lost = [*compared.gone, *compared.leaving]
    others = [item.target for item in compared.others]
    if others and not compared.gone:
        fix = remedy.advice(
            tell(
                "If the other targets replace it, name them in the row ({place}). Otherwise register it "
                "again.",
                place=row.told_place,
            )
        )
    else:
        fix = registration.repair(state, row, group, lost, others, replaced=not compared.present)
    return differs(
        Code.TARGET_DIFFERS,
        _difference(compared, lost),
        of_group(group),
        *_said(compared),
        fix,
        subject=", ".join(_keys(row, lost)),
    )


def _difference(compared: Comparison, lost: Sequence[DeclaredTarget]) -> str:
    """Return the sentences on targets of the table that a group does not hold."""
    row, leaving = compared.row, compared.leaving
    parts = {
        "targets": some_of(_keys(row, lost)),
        "group": compared.group.name,
        "registered": some_of([*compared.present, *compared.others]) or tell("no target"),
    }
    if compared.present:
        told = plural(
            len(lost),
            "{targets} of the table is not registered in {group}, which holds {registered}.",
            "{targets} of the table are not registered in {group}, which holds {registered}.",
            **parts,
        )
    else:
        told = tell("{group} holds {registered}. The table says {targets}.", **parts)
    if not leaving:
        return told
    going = plural(
        len(leaving),
        "{targets} is being deregistered.",
        "{targets} are being deregistered.",
        targets=some_of(_keys(row, leaving)),
    )
    return paragraph(told, going)


def _leaving(compared: Comparison) -> Finding:
    """Return the remark on declared targets that leave while others of the row stay."""
    named = _keys(compared.row, compared.leaving)
    summary = plural(
        len(named),
        "{targets} of the table is being deregistered from {group}.",
        "{targets} of the table are being deregistered from {group}.",
        targets=some_of(named),
        group=compared.group.name,
    )
    fix = remedy.advice(
        plural(
            len(named),
            "If it should stay, register it again. Otherwise remove it from the row ({place}).",
            "If they should stay, register them again. Otherwise remove them from the row ({place}).",
            place=compared.row.told_place,
        )
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
        summary = plural(
            len(row.targets),
            "{group} holds {registered}. The row names {count} target on port {port}.",
            "{group} holds {registered}. The row names {count} targets on port {port}.",
            group=group.name,
            registered=some_of(told),
            port=port,
        )
    else:
        summary = tell(
            "Besides {targets} of the table, {group} holds {registered}.",
            targets=some_of(_keys(row, row.targets)),
            group=group.name,
            registered=some_of(told),
        )
    fix = remedy.advice(
        plural(
            len(others),
            "If the row is for this target too, add it to the row's target ({place}): nlbcheck mapping "
            "import writes all of them. Nothing needs to change in AWS.",
            "If the row is for these targets too, add them to the row's target ({place}): nlbcheck mapping "
            "import writes all of them. Nothing needs to change in AWS.",
            place=row.told_place,
        )
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
