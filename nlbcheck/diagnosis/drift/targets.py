"""Is the row's target registered in its group, on the row's port, alone?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup, TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift.finding import differs, met, of_group
from nlbcheck.model import Call, Code, Finding, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import missing, unseen
from nlbcheck.path.registration import registering
from nlbcheck.relays.table import Row


@dataclass(frozen=True, slots=True)
class Registered:
    """A target that gets connections, and every address that it has."""

    target: Target
    addresses: frozenset[Address] | NotVisible

    def __str__(self) -> str:
        name = f"{self.target.id}:{self.target.port}"
        if self.target.address or isinstance(self.addresses, NotVisible) or not self.addresses:
            return name
        return f"{name} ({', '.join(sorted(map(str, self.addresses)))})"


def of_row(
    state: AwsState, row: Row, group: TargetGroup, found: Sequence[Registered] | NotVisible
) -> tuple[Finding, ...]:
    """Return what differs between a row's target and those that are ``found`` registered in its group."""
    if isinstance(found, NotVisible):
        return (*met(of_group(group), unseen(found)), *_default_port(row, group, ()))
    judged = [(item, _is_meant(row, group, item)) for item in found]
    wrong = [item for item, meant in judged if meant is False]
    hidden = [meant for _, meant in judged if isinstance(meant, NotVisible)]
    checked = _default_port(row, group, found)
    if wrong or len(found) != 1:
        return (_differs(state, row, group, found, wrong), *checked)
    return (*met(of_group(group), *map(unseen, hidden)), *checked)


def registered(state: AwsState, group: TargetGroup) -> list[Registered] | NotVisible:
    """Return the targets of a group with their addresses; those being deregistered are none any more."""
    targets = state.targets(group)
    if isinstance(targets, NotVisible):
        return targets
    staying = [target for target in targets if target.state is not HealthState.DRAINING]
    return [Registered(target, _addresses(state, group, target)) for target in staying]


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


def _is_meant(row: Row, group: TargetGroup, item: Registered) -> bool | NotVisible:
    """Whether a registered target is the row's; where the table has a name only, its port decides."""
    if item.target.port is None:
        fact = f"the port of target {item.target.id} in {group.name}"
        return NotVisible(fact, "elbv2", "DescribeTargetHealth", group.account_region)
    if item.target.port != row.target_port.number:
        return False
    if row.target.address is None:
        return True
    if isinstance(item.addresses, NotVisible):
        return item.addresses
    return row.target.address in item.addresses


def _differs(
    state: AwsState, row: Row, group: TargetGroup, found: Sequence[Registered], wrong: Sequence[Registered]
) -> Finding:
    named = f"{row.target.key}:{row.target_port.number}"
    right = len(found) - len(wrong)
    holds = ", ".join(map(str, found)) or "no target"
    if right == 1:
        summary = f"{group.name} holds {', '.join(map(str, wrong))} besides {named}, the row's only target."
    elif right:
        summary = f"{group.name} holds {holds}; the row has one target, {named}."
    else:
        summary = f"{group.name} holds {holds}; the table says {named}."
    table: Json = {
        "target": row.target.name,
        "address": str(row.target.address) if row.target.address else None,
        "port": row.target_port.number,
    }
    aws: Json = [{"id": item.target.id, "port": item.target.port, "zone": item.target.zone} for item in found]
    fix = _repair(state, row, group, wrong, register=not right)
    return differs(Code.TARGET_DIFFERS, summary, of_group(group), table, aws, fix, subject=named)


def _repair(
    state: AwsState, row: Row, group: TargetGroup, wrong: Sequence[Registered], *, register: bool
) -> Remedy:
    calls: list[Call] = []
    steps = []
    if register:
        steps.append(f"register {row.target.key} on port {row.target_port.number}")
        address, port = row.target.address, row.target_port.number
        call = registering(state, group, address, port) if address else None
        calls += [call] if call else []
    if wrong:
        after = "once it is healthy, " if register else ""
        steps.append(f"{after}deregister {', '.join(map(str, wrong))}")
        calls += _leaving(group, wrong) if calls or not register else []
    if not steps:
        return remedy.advice(f"Keep one target in {group.name}, or give the table the target's address.")
    text = f"In {group.name} {' and, '.join(steps)}. If AWS is right, correct the row ({row.place})."
    return remedy.advice(text, *calls)


def _leaving(group: TargetGroup, wrong: Iterable[Registered]) -> list[Call]:
    """Return the call that takes targets out, each by the zone that it is registered for."""
    gone = [item.target.named for item in wrong]
    return [remedy.elbv2("DeregisterTargets", TargetGroupArn=group.arn, Targets=gone)]


def _default_port(row: Row, group: TargetGroup, found: Iterable[Registered]) -> tuple[Finding, ...]:
    """Return a warning where a target that is registered without a port would get another one."""
    if group.port is None:
        fact = f"the default port of {group.name}"
        return met(
            of_group(group), unseen(NotVisible(fact, "elbv2", "DescribeTargetGroups", group.account_region))
        )
    wanted = row.target_port.number
    if group.port == wanted:
        return ()
    return (
        differs(
            Code.TARGET_GROUP_PORT_DIFFERS,
            f"{group.name} has default port {group.port}, the table says {wanted}: the next target that is "
            f"registered without a port is reached on {group.port}.",
            of_group(group),
            {"port": wanted},
            {"default_port": group.port, "registered": [str(item) for item in found]},
            remedy.advice(
                f"A group's default port cannot be changed: always register with Port={wanted}, or create a "
                f"new group with port {wanted} and let the listener forward to it."
            ),
            verdict=Verdict.WARN,
        ),
    )
