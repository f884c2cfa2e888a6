"""How is one kind of Terraform resource laid over AWS's answers?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.writes.edited import Object
from nlbcheck.model import Json
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.overlay import Overlay

Put = Callable[[Overlay, ResourceChange], None]
"""Makes or changes what a resource stands for; ``change.after`` is there."""
Remove = Callable[[Overlay, Attributes], None]
"""Takes away what a resource stands for."""
CallsOf = Callable[[Attributes], Iterable[tuple[str, str, Mapping[str, Any]]]]
"""The AWS calls that a resource stands for: service, operation, parameters."""


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """A kind of Terraform resource."""

    put: Put
    remove: Remove
    is_part: bool = False
    """Whether it is part of another object: such as a route, a rule, a registration."""
    is_amended: bool = True
    """Whether ``put`` makes an update of what is there; else that is taken away first."""
    needs: tuple[str, ...] = ("id",)
    """The attributes that no plan leaves unset; with | between several, it sets one of them."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The object that a part belongs to."""

    kind: Kind[Any]
    fields: tuple[str, ...]
    """Where the part is in it."""
    attribute: str
    """By which attribute the part names it."""


def whole(kind: Kind[Any], fields: Callable[[Overlay, Attributes], Object], **others: Json) -> ResourceKind:
    """Return a kind that is an object of its own.

    ``fields`` makes what AWS shows of it. An update changes those fields only whose attributes differ.
    ``others`` are what AWS gives a new object by itself.
    """

    def put(overlay: Overlay, change: ResourceChange) -> None:
        after = change.after or {}
        made = fields(overlay, after)
        key = made.get(kind.id)
        if not isinstance(key, str):
            return
        known = None if change.is_new else overlay.find(kind, key)
        if known is None:
            if change.is_new:
                overlay.create(kind, {**others, **made})
            return
        before = fields(overlay, change.before or {})
        differs = {name: value for name, value in made.items() if before.get(name) != value}
        gone = [name for name in before if name not in made]
        kept = {name: value for name, value in known.items() if name not in gone}
        overlay.put(kind, {**kept, **differs})

    def remove(overlay: Overlay, values: Attributes) -> None:
        key = fields(overlay, values).get(kind.id)
        if isinstance(key, str):
            overlay.remove(kind, key)

    return ResourceKind(put, remove)


def part(place: CallsOf, displace: CallsOf, *needs: str, owner: Owner | None = None) -> ResourceKind:
    """Return a kind that is part of other objects, as the calls that make it and take it away.

    Where it is known only after the apply whose part it is, the fields of all new ``owner`` are hidden.
    """

    def put(overlay: Overlay, change: ResourceChange) -> None:
        after = change.after or {}
        if owner and isinstance(later := after.get(owner.attribute), AfterApply):
            overlay.hide(owner.kind, owner.fields, later)
            return
        for call in place(after):
            overlay.call(*call)

    def remove(overlay: Overlay, values: Attributes) -> None:
        for call in displace(values):
            overlay.call(*call)

    return joint(put, remove, *needs)


def joint(put: Put, remove: Remove, *needs: str) -> ResourceKind:
    """Return a kind that is part of other objects, and that is made anew where it changes."""
    return ResourceKind(put, remove, is_part=True, is_amended=False, needs=needs)


def blackhole(overlay: Overlay, field: str, target: object) -> None:
    """Let the routes to a thing that is gone lead nowhere, as AWS shows them then."""
    if not isinstance(target, str):
        return
    for table in list(overlay.objects(ROUTE_TABLE)):
        if any(route.get(field) == target for route in table["Routes"]):
            routes = [
                {**route, "State": "blackhole"} if route.get(field) == target else route
                for route in table["Routes"]
            ]
            overlay.put(ROUTE_TABLE, {**table, "Routes": routes})
