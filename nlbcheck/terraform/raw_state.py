"""What does a state file say, as Terraform keeps it (version 4)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.terraform.change import Attributes, Loaded, PlanAction, ResourceChange

VERSION = 4


def is_raw(document: Mapping[str, Any]) -> bool:
    """Whether a document is a state file."""
    return "version" in document and ("lineage" in document or "terraform_version" in document)


def of_document(document: Mapping[str, Any], source: str) -> Loaded:
    """Return the resources of a state file; InputError for a version that is not read."""
    version = document.get("version")
    if version != VERSION:
        raise InputError(
            f"{source}: a Terraform state of version {version}; version {VERSION} is read: "
            "print it with terraform show -json instead"
        )
    return Loaded(source, tuple(_resources(document)))


def _resources(document: Mapping[str, Any]) -> Iterator[ResourceChange]:
    for item in document.get("resources") or ():
        looked_up = item.get("mode") == "data"
        module = f"{item['module']}." if item.get("module") else ""
        name = f"{module}{'data.' if looked_up else ''}{item['type']}.{item['name']}"
        for instance in item.get("instances") or ():
            if instance.get("deposed"):
                continue
            values = _shown(instance, name + _index(instance))
            action = PlanAction.NONE if looked_up else PlanAction.CREATE
            yield ResourceChange(name + _index(instance), str(item["type"]), action, values, values)


def _shown(instance: Mapping[str, Any], name: str) -> Attributes:
    """Return the attributes of an instance without what is marked sensitive."""
    values: Any = instance.get("attributes") or {}
    for path in instance.get("sensitive_attributes") or ():
        values = _without(values, path, name)
    return values if isinstance(values, Mapping) else {}


def _without(value: Any, path: Any, name: str) -> Any:  # noqa: ANN401  # JSON values of any shape
    """Return a value without what a path leads to; without all of it where that cannot be told.

    A path is a list of steps: https://github.com/hashicorp/terraform/blob/v1.9.0/internal/states/statefile/version4.go
    """
    step = path[0] if isinstance(path, list) and path else None
    key = step.get("value") if isinstance(step, Mapping) else None
    key = key.get("value") if isinstance(key, Mapping) else key
    if isinstance(value, Mapping) and isinstance(key, str):
        return {**value, key: _without(value[key], path[1:], f"{name}.{key}")} if key in value else value
    if isinstance(value, list) and type(key) is int and 0 <= key < len(value):
        return [*value[:key], _without(value[key], path[1:], f"{name}[{key}]"), *value[key + 1 :]]
    return AfterApply(name, is_sensitive=True)


def _index(instance: Mapping[str, Any]) -> str:
    key = instance.get("index_key")
    if key is None:
        return ""
    return f'["{key}"]' if isinstance(key, str) else f"[{key}]"
