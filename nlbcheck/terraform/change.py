"""What does one resource of a Terraform plan, state or configuration say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nlbcheck.aws.fields import AfterApply

Attributes = Mapping[str, Any]
"""A resource's attributes; those that are known only after the apply are ``AfterApply``."""


class PlanAction(StrEnum):
    """What an apply does with a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    NONE = "no-op"


VERBS: Mapping[PlanAction, str] = {
    PlanAction.CREATE: "creates",
    PlanAction.UPDATE: "changes",
    PlanAction.REPLACE: "replaces",
    PlanAction.DELETE: "deletes",
}
"""What an apply does, as a sentence says it."""


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One resource, with what it is before an apply and after it."""

    address: str
    """``module.relay.aws_lb_listener.this["10022"]``."""
    type: str
    action: PlanAction
    before: Attributes | None = field(default=None, hash=False)
    after: Attributes | None = field(default=None, hash=False)

    def __str__(self) -> str:
        return f"{VERBS.get(self.action, 'keeps')} {self.address}"

    @property
    def is_new(self) -> bool:
        """Whether AWS has no such object before the apply."""
        return self.action in (PlanAction.CREATE, PlanAction.REPLACE)

    def changed(self, name: str) -> bool:
        """Whether an attribute is another one after the apply."""
        return self.before is None or self.after is None or self.before.get(name) != self.after.get(name)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file or folder of Terraform holds."""

    source: str
    changes: tuple[ResourceChange, ...]
    """One for each resource; of a state and of files, each as if it was created."""
    region: str | None = None
    """The provider's Region, where it is said."""
    remarks: tuple[str, ...] = ()
    """What could not be read or told, in words."""


def later(value: Any) -> Iterator[AfterApply]:  # noqa: ANN401  # a JSON value of any shape
    """Yield the values inside one that are known only after the apply."""
    if isinstance(value, AfterApply):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from later(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from later(inner)
