"""Are the row's targets registered in its group, on the row's port, and which others are there?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup, TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift import registration
from nlbcheck.diagnosis.drift.finding import differs, listed, met, of_group
from nlbcheck.model import Code, DeclaredTarget, Finding, Json, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import missing, unseen
from nlbcheck.relays.table import Row


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered target, and every address that it has."""

    target: Target
    addresses: frozenset[Address] | NotVisible

    def __str__(self) -> str:
        name = f"{self.target.id}:{self.target.port}"
        if self.target.address or isinstance(self.addresses, NotVisible) or not self.addresses:
            return name
        return f"{name} ({', '.join(sorted(map(str, self.addresses)))})"

    @property
    def with_state(self) -> str:
        """Its name with what AWS says of its health: ``172.31.129.10:22 (unhealthy)``."""
        if self.target.state is None:
            return str(self)
        name, closing, _ = str(self).partition(")")
        return f"{name}; {self.target.state.value})" if closing else f"{name} ({self.target.state.value})"

    @property
    def is_leaving(self) -> bool:
        """Whether it is being deregistered."""
        return self.target.state is HealthState.DRAINING


@dataclass(frozen=True, slots=True)
class _Compared:
    """A row's targets and those of its group, held against each other."""

    row: Row
    group: TargetGroup
    present: Sequence[Registered]
    """Registered targets that the row declares."""
    gone: Sequence[DeclaredTarget]
    """Declared targets that are not registered."""
    leaving: Sequence[DeclaredTarget]
    """Declared targets that are being deregistered."""
    others: Sequence[Registered]
    """Registered targets that the row does not declare."""
    hidden: Sequence[NotVisible]
    """What would tell whether a declared target is registered."""


def registered(state: AwsState, group: TargetGroup) -> list[Registered] | NotVisible:
    """Return the targets of a group with their addresses; those being deregistered are none any more."""
    found = _all(state, group)
    return found if isinstance(found, NotVisible) else [item for item in found if not item.is_leaving]


def _all(state: AwsState, group: TargetGroup) -> list[Registered] | NotVisible:
    targets = state.targets(group)
    if isinstance(targets, NotVisible):
        return targets
    return [Registered(target, _addresses(state, group, target)) for target in targets]


def _addresses(state: AwsState, group: TargetGroup, target: Target) -> frozenset[Address] | NotVisible:
    if target.address is not None:
        return frozenset([target.address])
    if group.type is TargetType.INSTANCE:
        instance = state.instance(target.id, group.account_region)
        if not isinstance(instance, Instance):
            return missing(instance)
        return frozenset([instance.address] if instance.address else [])
    if group.type is TargetType.ALB:
        balancer = state.load_balancer(target.id, group.account_region)
        if not isinstance(balancer, LoadBalancer):
            return missing(balancer)
        interfaces = state.interfaces_of_balancer(balancer)
        if isinstance(interfaces, NotVisible):
            return interfaces
        return frozenset(address for interface in interfaces for address in interface.addresses)
    return state.unknown(
        f"the address of target {target.id}", "elbv2", "DescribeTargetGroups", group.account_region
    )


def of_row(state: AwsState, row: Row, group: TargetGroup) -> tuple[Finding, ...]:
    """Return what differs between a row's targets and those that are registered in its group."""
    found = _all(state, group)
    if isinstance(found, NotVisible):
        return met(of_group(group), unseen(found))
    compared = _compared(row, group, found)
    if compared.gone:
        return (_differs(state, compared),)
    findings = met(of_group(group), *map(unseen, compared.hidden))
    if compared.leaving and not compared.present:
        findings += (_differs(state, compared),)
    elif compared.leaving:
        findings += (_leaving(compared),)
    if compared.others and not compared.hidden:
        findings += (_undeclared(compared),)
    return findings


def leave(state: AwsState, row: Row, group: TargetGroup) -> bool:
    """Whether all of a row's targets are seen to be on their way out."""
    found = _all(state, group)
    if isinstance(found, NotVisible):
        return False
    compared = _compared(row, group, found)
    return bool(compared.leaving) and not (compared.gone or compared.present or compared.hidden)


def replacing(row: Row, group: TargetGroup, found: Sequence[Registered]) -> list[Target]:
    """Return the targets of a group that holds none of a row's own."""
    compared = _compared(row, group, found)
    return [] if compared.present or compared.hidden else [item.target for item in compared.others]


def _compared(row: Row, group: TargetGroup, found: Sequence[Registered]) -> _Compared:
    """Hold a row's targets against those of its group; where the table has names only, their number."""
    if any(item.address is None for item in row.targets):
        return _by_number(row, group, found)
    port = row.target_port.number
    staying = [item for item in found if not item.is_leaving]
    unclear = [fact for item in staying if (fact := _unclear(group, item, port))]
    present = [item for item in staying if any(_is(item, wanted, port) for wanted in row.targets)]
    absent = [wanted for wanted in row.targets if not any(_is(item, wanted, port) for item in staying)]
    leaving = [
        wanted for wanted in absent if any(item.is_leaving and _is(item, wanted, port) for item in found)
    ]
    gone = [wanted for wanted in absent if wanted not in leaving]
    hidden = unclear if gone else ()
    others = [item for item in staying if item not in present]
    return _Compared(row, group, present, () if hidden else gone, leaving, others, hidden)


def _by_number(row: Row, group: TargetGroup, found: Sequence[Registered]) -> _Compared:
    port, wanted = row.target_port.number, len(row.targets)
    staying = [item for item in found if not item.is_leaving]
    fitting = [item for item in staying if item.target.port == port]
    unclear = [fact for item in staying if item.target.port is None and (fact := _unclear(group, item, port))]
    short = row.targets[len(fitting) :]
    going = sum(item.is_leaving and item.target.port == port for item in found)
    hidden = unclear if short else ()
    leaving = short[: 0 if hidden else going]
    gone = () if hidden else short[going:]
    others = [item for item in staying if item not in fitting]
    if len(fitting) > wanted:  # which of them the names mean is not known
        others += fitting[wanted:]
    return _Compared(row, group, fitting[:wanted], gone, leaving, others, hidden)


def _is(item: Registered, wanted: DeclaredTarget, port: int) -> bool:
    """Whether a registered target is seen to be a declared one."""
    addresses = item.addresses
    return item.target.port == port and not isinstance(addresses, NotVisible) and wanted.address in addresses


def _unclear(group: TargetGroup, item: Registered, port: int) -> NotVisible | None:
    """Return the fact without which a registered target may be a declared one."""
    if item.target.port is None:
        fact = f"the port of target {item.target.id} in {group.name}"
        return NotVisible(fact, "elbv2", "DescribeTargetHealth", group.account_region)
    return item.addresses if isinstance(item.addresses, NotVisible) and item.target.port == port else None


def _keys(row: Row, targets: Iterable[DeclaredTarget]) -> list[str]:
    return [f"{item.key}:{row.target_port.number}" for item in targets]


def _said(compared: _Compared) -> tuple[Json, Json]:
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


def _differs(state: AwsState, compared: _Compared) -> Finding:
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
    fix = registration.repair(
        state, row, group, lost, [item.target for item in compared.others], replaced=not compared.present
    )
    return differs(
        Code.TARGET_DIFFERS,
        summary,
        of_group(group),
        *_said(compared),
        fix,
        subject=", ".join(_keys(row, lost)),
    )


def _leaving(compared: _Compared) -> Finding:
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


def _undeclared(compared: _Compared) -> Finding:
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
