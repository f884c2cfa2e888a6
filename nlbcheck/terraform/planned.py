"""What does a plan do with each resource? A part of it that is not as Terraform writes it is refused.

What is not read of a plan would not be applied, and the state after it would be taken for a good one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.terraform.change import PlanAction
from nlbcheck.terraform.kinds.known_kinds import KINDS

_ACTIONS: Mapping[tuple[str, ...], PlanAction] = {
    ("no-op",): PlanAction.NONE,
    ("create",): PlanAction.CREATE,
    ("update",): PlanAction.UPDATE,
    ("delete",): PlanAction.DELETE,
    ("delete", "create"): PlanAction.REPLACE,
    ("create", "delete"): PlanAction.REPLACE,
    ("forget",): PlanAction.NONE,
    ("create", "forget"): PlanAction.CREATE,
    ("forget", "create"): PlanAction.CREATE,
}
"""What Terraform's lists of actions mean; a resource that is forgotten stays in AWS."""

_GOES = frozenset({PlanAction.UPDATE, PlanAction.DELETE, PlanAction.REPLACE})
_COMES = frozenset({PlanAction.CREATE, PlanAction.UPDATE, PlanAction.REPLACE})
_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}


def managed(document: Mapping[str, Any], source: str) -> Iterator[tuple[Mapping[str, Any], PlanAction]]:
    """Yield each resource that Terraform manages, with what an apply does with it."""
    items = document.get("resource_changes", [])
    if not isinstance(items, list):
        raise _refusal(source, "resource_changes", "a list", items)
    for number, item in enumerate(items):
        place = f"resource_changes[{number}]"
        if not isinstance(item, Mapping):
            raise _refusal(source, place, "an object", item)
        named = {"mode": "managed", "type": None, "address": None, **item}
        for key in ("mode", "type", "address"):
            if not isinstance(named[key], str):
                raise _refusal(source, f"{place}.{key}", "text", named[key])
        if named["mode"] == "managed":
            yield item, _action(item, source, f"{place}.change")


def _action(item: Mapping[str, Any], source: str, place: str) -> PlanAction:
    """Return what an apply does; of a resource that nlbcheck lays over nothing, that may be a new word."""
    change = item.get("change")
    if not isinstance(change, Mapping):
        raise _refusal(source, place, "an object", change)
    said = change.get("actions")
    action = _ACTIONS.get(tuple(map(str, said))) if isinstance(said, list) else None
    if item["type"] not in KINDS:
        return action or PlanAction.NONE
    if action is None:
        raise _refusal(source, f"{place}.actions", "actions such as create, update or delete", said)
    for key, actions in (("before", _GOES), ("after", _COMES)):
        if action in actions and not isinstance(change.get(key), Mapping):
            raise _refusal(source, f"{place}.{key}", "an object", change.get(key))
    if action in _GOES and change.get("before_sensitive") is True:
        raise _refusal(source, f"{place}.before_sensitive", "an object", True)
    return action


def _refusal(source: str, place: str, expected: str, found: object) -> InputError:
    """Return the error; a value itself may be a secret."""
    shown = "nothing" if found is None else _NAMES.get(type(found), "a number")
    return InputError(
        printable(f"{source}: not as Terraform writes it: {place}: expected {expected}, found {shown}")
    )
