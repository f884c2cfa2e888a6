"""What does AWS answer to a call that changed something?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from nlbcheck.lab.endpoint import models, replay
from nlbcheck.lab.endpoint.catalogue import Catalogue, gathered, merged
from nlbcheck.lab.endpoint.models import Operation
from nlbcheck.lab.endpoint.request import ApiCall


def answer(call: ApiCall, old: Catalogue, new: Catalogue) -> dict[str, Any]:
    """Return what changed between two states, in the fields that a call's answer has for it."""
    operation = call.operation
    attributes = models.operation(operation.service, re.sub("^Modify", "Describe", operation.name))
    if attributes and attributes.items in operation.outputs and attributes.items == "Attributes":
        about = {name: call.parameters[name] for name in attributes.model.input_shape.required_members}
        return replay.answer(new, replace(call, operation=attributes, parameters=about))
    fields: dict[str, Any] = {}
    for field, shape in operation.outputs.items():
        if field == "Return":
            fields[field] = True
        lister = _lister(operation.service, field)
        changed = _changed(lister, call, old, new) if lister else []
        if changed:
            fields[field] = changed if shape.type_name == "list" else changed[0]
    return fields


def _lister(service: str, field: str) -> Operation | None:
    """Return the call that lists what a field of an answer holds, one or many."""
    for name in (f"Describe{field}", f"Describe{field}s"):
        lister = models.operation(service, name)
        if lister is not None and lister.items in (field, f"{field}s"):
            return lister
    return None


def _changed(lister: Operation, call: ApiCall, old: Catalogue, new: Catalogue) -> list[Any]:
    before, after = (
        merged(lister, catalogue.answers(call.account_region, lister.service, lister.name))
        for catalogue in (old, new)
    )
    return gathered(lister, (item for item in after if item not in before))
