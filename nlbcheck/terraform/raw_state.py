"""What does a state file say, as Terraform keeps it (version 4)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nlbcheck.errors import InputError
from nlbcheck.terraform.change import Loaded, PlanAction, ResourceChange

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
            values = instance.get("attributes") or {}
            action = PlanAction.NONE if looked_up else PlanAction.CREATE
            yield ResourceChange(name + _index(instance), str(item["type"]), action, values, values)


def _index(instance: Mapping[str, Any]) -> str:
    key = instance.get("index_key")
    if key is None:
        return ""
    return f'["{key}"]' if isinstance(key, str) else f"[{key}]"
