"""What does ``terraform show -json`` say, of a plan or of a state?

https://developer.hashicorp.com/terraform/internals/json-format: format versions 0.1 (Terraform 0.12) to 1.x,
and OpenTofu's, which is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform import planned
from nlbcheck.terraform.change import Attributes, Loaded, PlanAction, ResourceChange
from nlbcheck.terraform.placeholders import made
from nlbcheck.terraform.references import Resolver

ShownJson = Mapping[str, Any]


def is_plan(document: ShownJson) -> bool:
    """Whether a document is a plan."""
    return "resource_changes" in document or "planned_values" in document


def is_state(document: ShownJson) -> bool:
    """Whether a document is a state, as ``terraform show -json`` prints it."""
    return "format_version" in document and not is_plan(document)


def of_plan(document: ShownJson, source: str) -> Loaded:
    """Return the resources of a plan, as they are and as they will be."""
    changes = [_change(item, action) for item, action in planned.managed(document, source)]
    named = _named(changes)
    resolver = Resolver(document.get("configuration") or {}, named)
    resolved = [resolver.resolved(change) for change in named]
    prior = (document.get("prior_state") or {}).get("values") or {}
    data = [item for item in _resources(prior.get("root_module") or {}) if item.action is PlanAction.NONE]
    return Loaded(source, (*resolved, *data), _region(document))


def of_state(document: ShownJson, source: str) -> Loaded:
    """Return the resources of a state."""
    root = (document.get("values") or {}).get("root_module") or {}
    return Loaded(source, tuple(_resources(root)))


def _resources(module: ShownJson) -> Iterator[ResourceChange]:
    """Yield the resources of a module and of those inside it; what is only looked up never changes."""
    for item in module.get("resources") or ():
        values = _shown(item.get("values") or {}, item.get("sensitive_values"), str(item["address"]))
        values = values if isinstance(values, Mapping) else {}
        looked_up = item.get("mode") == "data"
        action = PlanAction.NONE if looked_up else PlanAction.CREATE
        yield ResourceChange(str(item["address"]), str(item["type"]), action, values, values)
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _change(item: ShownJson, action: PlanAction) -> ResourceChange:
    change = item["change"]
    address = str(item["address"])
    deposed = f" (deposed object {item['deposed']})" if item.get("deposed") else ""
    after = None
    if action is not PlanAction.DELETE and isinstance(change.get("after"), Mapping | None):
        shown = _shown(change.get("after") or {}, change.get("after_sensitive"), address)
        after = with_unknown(shown, change.get("after_unknown") or {}, address)
        if action is PlanAction.UPDATE:
            after |= _kept_ids(change.get("before") or {}, after)
    before = _shown(change.get("before"), change.get("before_sensitive"), f"{address}, before the apply,")
    return ResourceChange(
        address + deposed, str(item["type"]), action, before if isinstance(before, Mapping) else None, after
    )


def _kept_ids(before: ShownJson, after: ShownJson) -> dict[str, str]:
    """Return the ids of what is there: an update changes none."""
    later = (name for name in ("id", "arn") if isinstance(after.get(name), AfterApply))
    return {name: before[name] for name in later if isinstance(before.get(name), str)}


def _shown(value: Any, sensitive: Any, name: str) -> Any:  # noqa: ANN401
    """Return a value without what is marked sensitive; ``sensitive`` is true there."""
    return (
        with_unknown(value, sensitive or {}, name, partial(AfterApply, is_sensitive=True)) if value else value
    )


def with_unknown(
    value: Any,  # noqa: ANN401  # JSON values of any shape
    unknown: Any,  # noqa: ANN401
    name: str,
    hidden: Callable[[str], AfterApply] = AfterApply,
) -> Any:  # noqa: ANN401
    """Return a value in which what is known only after the apply says so; ``unknown`` is true there."""
    if unknown is True:
        return hidden(name)
    if isinstance(unknown, Mapping):
        inner = value if isinstance(value, Mapping) else {}
        later = {
            key: with_unknown(inner.get(key), item, f"{name}.{key}", hidden)
            for key, item in unknown.items()
            if item
        }
        return {**inner, **later}
    if isinstance(unknown, list) and any(unknown):
        items = value if isinstance(value, list) else []
        pairs = zip(range(max(len(items), len(unknown))), [*unknown, *[False] * len(items)], strict=False)
        return [
            with_unknown(items[number] if number < len(items) else None, item, f"{name}[{number}]", hidden)
            for number, item in pairs
        ]
    return value


def _named(changes: list[ResourceChange]) -> list[ResourceChange]:
    """Return the changes with an id for each resource that is yet to be made."""
    return [_with_id(change) if change.is_new else change for change in changes]


def _with_id(change: ResourceChange) -> ResourceChange:
    after: Attributes = change.after or {}
    ids = {
        name: value
        for name, value in made(change.type, change.address, after).items()
        if name not in after or isinstance(after[name], AfterApply)
    }
    return ResourceChange(change.address, change.type, change.action, change.before, {**after, **ids})


def _region(document: ShownJson) -> str | None:
    """Return the Region of the AWS provider, where the configuration or the variables say it."""
    providers = (document.get("configuration") or {}).get("provider_config") or {}
    aws = providers.get("aws") or {}
    said = (aws.get("expressions") or {}).get("region") or {}
    if isinstance(said.get("constant_value"), str):
        return str(said["constant_value"])
    for reference in said.get("references") or ():
        name = str(reference).removeprefix("var.")
        declared = ((document.get("configuration") or {}).get("root_module") or {}).get("variables") or {}
        if (declared.get(name) or {}).get("sensitive"):
            continue
        variable = (document.get("variables") or {}).get(name) or {}
        if isinstance(variable.get("value"), str):
            return str(variable["value"])
    return None
