"""Which targets of a group does a row declare, which others are there, and which declared ones are not?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup, TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import DeclaredTarget
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.outcome import missing
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
class Comparison:
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

    @property
    def all_leave(self) -> bool:
        """Whether all of the row's targets are on their way out."""
        return bool(self.leaving) and not (self.gone or self.present or self.hidden)

    @property
    def instead(self) -> Sequence[Target]:
        """The targets of a group that holds none of the row's own."""
        return [] if self.present or self.hidden else [item.target for item in self.others]


def every(state: AwsState, group: TargetGroup) -> list[Registered] | NotVisible:
    """Return the targets of a group with their addresses."""
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
    fact = tell("the address of target {target}", target=target.id)
    return state.unknown(fact, "elbv2", "DescribeTargetGroups", group.account_region)


def compare(row: Row, group: TargetGroup, found: Sequence[Registered]) -> Comparison:
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
    return Comparison(row, group, present, () if hidden else gone, leaving, others, hidden)


def _by_number(row: Row, group: TargetGroup, found: Sequence[Registered]) -> Comparison:
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
    return Comparison(row, group, fitting[:wanted], gone, leaving, others, hidden)


def _is(item: Registered, wanted: DeclaredTarget, port: int) -> bool:
    """Whether a registered target is seen to be a declared one."""
    addresses = item.addresses
    return item.target.port == port and not isinstance(addresses, NotVisible) and wanted.address in addresses


def _unclear(group: TargetGroup, item: Registered, port: int) -> NotVisible | None:
    """Return the fact without which a registered target may be a declared one."""
    if item.target.port is None:
        fact = tell("the port of target {target} in {group}", target=item.target.id, group=group.name)
        return NotVisible(fact, "elbv2", "DescribeTargetHealth", group.account_region)
    return item.addresses if isinstance(item.addresses, NotVisible) and item.target.port == port else None
