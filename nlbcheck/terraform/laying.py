"""What does AWS answer once the changes of a plan are made? And what, where Terraform's resources are all?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from nlbcheck import __version__
from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.model.facts import AccountRegion
from nlbcheck.terraform.change import Loaded, PlanAction, ResourceChange
from nlbcheck.terraform.kinds.known_kinds import KINDS, order
from nlbcheck.terraform.overlay import Overlay, tolerant

_ACCOUNT = "of-the-plan"


@dataclass(frozen=True, slots=True)
class Laid:
    """A recording as it will be, and what of the changes it could not hold."""

    recording: Recording
    refused: tuple[str, ...] = ()
    """Changes that AWS refuses, or that do not fit the recorded state, each with why."""


def lay(recording: Recording, changes: Sequence[ResourceChange]) -> Laid:
    """Return the recording as AWS would answer after an apply; the one given stays as it is."""
    first = next(iter(recording.answers), None)
    if first is None:
        return Laid(recording)
    overlay = Overlay(recording, AccountRegion(first.account, first.region))
    return Laid(*_made(overlay, changes))


def alone(loaded: Loaded, region: str) -> Laid:
    """Return what AWS would answer if Terraform's resources were all that it is asked about.

    The load balancers, target groups and their listeners are all that there are; of anything else no more is
    known than is there. ``region`` is where they are.
    """
    where = AccountRegion(_account(loaded.changes), region)
    lists = {"DescribeLoadBalancers": "LoadBalancers", "DescribeTargetGroups": "TargetGroups"}
    answers = tuple(
        AnsweredCall(where.account, where.region, "elbv2", operation, {}, {items: []})
        for operation, items in lists.items()
    )
    overlay = Overlay(Recording(datetime.now(UTC), __version__, answers), where, alone=True)
    there = [
        ResourceChange(item.address, item.type, PlanAction.CREATE, None, item.after)
        for item in loaded.changes
        if item.after
    ]
    return Laid(*_made(overlay, there))


def _account(changes: Iterable[ResourceChange]) -> str:
    """Return the account that the resources are in, where an ARN says it."""
    for change in changes:
        arn = (change.before or {}).get("arn")
        if isinstance(arn, str) and arn.count(":") > 4 and arn.split(":")[4].isdigit():
            return arn.split(":")[4]
    return _ACCOUNT


def _made(overlay: Overlay, changes: Sequence[ResourceChange]) -> tuple[Recording, tuple[str, ...]]:
    """Take away what goes, then make whole objects, then their parts: as Terraform orders an apply."""
    known = [change for change in changes if change.type in KINDS and change.action is not PlanAction.NONE]
    steps = [
        *(partial(_remove, overlay, change) for change in _going(known)),
        *(partial(_put, overlay, change) for change in _coming(known, parts=False)),
        *(partial(_put, overlay, change) for change in _coming(known, parts=True)),
    ]
    refused: dict[str, None] = {}
    for step in steps:
        code = tolerant(step)
        if code:
            refused[f"{step.args[1]}: {code}"] = None
    return overlay.recording, tuple(refused)


def _going(changes: Sequence[ResourceChange]) -> list[ResourceChange]:
    """Return the changes that take something away, parts before what they are parts of."""
    gone = (PlanAction.DELETE, PlanAction.REPLACE)
    found = [
        item
        for item in changes
        if item.action in gone or (item.action is PlanAction.UPDATE and not KINDS[item.type].is_amended)
    ]
    return sorted(found, key=lambda item: (not KINDS[item.type].is_part, -order(item.type)))


def _coming(changes: Sequence[ResourceChange], *, parts: bool) -> list[ResourceChange]:
    found = [item for item in changes if item.after is not None and KINDS[item.type].is_part is parts]
    return sorted(found, key=lambda item: (_is_open(item), order(item.type)))


def _is_open(change: ResourceChange) -> bool:
    """Whether a part may belong to more than one object: what it hides there stays hidden."""
    later = (name for name, value in (change.after or {}).items() if isinstance(value, AfterApply))
    return KINDS[change.type].is_part and any(name.endswith(("_id", "_arn")) for name in later)


def _remove(overlay: Overlay, change: ResourceChange) -> None:
    KINDS[change.type].remove(overlay, change.before or {})


def _put(overlay: Overlay, change: ResourceChange) -> None:
    KINDS[change.type].put(overlay, change)
