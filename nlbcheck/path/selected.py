"""What is a target to a node: in use, checked, spare? And which targets are meant to be there at all?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.target_group import GroupAttributes, Target, TargetGroup, TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.model import ProbeSpec
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address


@dataclass(frozen=True, slots=True)
class Intent:
    """What a mapping table says that should be behind a listener."""

    target_group: TargetGroup | None = None
    addresses: tuple[Address, ...] = ()
    """The targets'; none where the table does not have them all."""
    port: int | None = None
    service: ProbeSpec | None = None
    """How the service is probed."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A target of a group behind the listener, as one node sees it."""

    group: TargetGroup
    attributes: GroupAttributes | NotVisible
    target: Target
    used: bool
    """Whether the node sends connections to it."""
    checked: bool
    """Whether the node's health checks go to it."""
    share: float
    """Its share of the node's connections: groups share by their weights, targets of a group evenly."""
    served: bool = True
    """Whether the node sends there at all: to its zone, which is enabled and not shifted away."""
    imagined: bool = False
    """Whether it is only meant to be registered."""
    spare: bool = False
    """Whether it gets no connections while targets that the table means do."""
    replaced: bool = False
    """Whether it gets no connections while others do that the table does not mean."""
    declared: bool = True
    """Whether it is one of those that the table means, as far as is known."""


def with_spares(state: AwsState, selected: Sequence[Selected], meant: Intent) -> tuple[Selected, ...]:
    """Return targets with who of them is spare: of those that are meant, one at least has to be in use."""
    declared = [_is_declared(state, item, meant) for item in selected]
    used = [item.used for item in selected]
    serve = any(own and in_use for own, in_use in zip(declared, used, strict=True))
    idle = [not item.used and any(used) for item in selected]
    return tuple(
        replace(item, spare=rests and (serve or not own), replaced=rests and own and not serve, declared=own)
        for item, own, rests in zip(selected, declared, idle, strict=True)
    )


def _is_declared(state: AwsState, item: Selected, meant: Intent) -> bool:
    """Whether a target is one of those that are meant, as far as is known."""
    if not meant.addresses:
        return True
    if meant.port is not None and item.target.port != meant.port:
        return False
    address = item.target.address or _instance_address(state, item)
    return address is None or address in meant.addresses


def _instance_address(state: AwsState, item: Selected) -> Address | None:
    if item.group.type is not TargetType.INSTANCE:
        return None
    instance = state.instance(item.target.id)
    return instance.address if isinstance(instance, Instance) else None
