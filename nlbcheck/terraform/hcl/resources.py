"""Which values has each instance of a resource?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform.change import PlanAction, ResourceChange
from nlbcheck.terraform.hcl.bounds import INSTANCE, spend
from nlbcheck.terraform.hcl.expressions import Scope, value
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue
from nlbcheck.terraform.hcl.repeated import META, Repeated
from nlbcheck.terraform.hcl.syntax import Block, Body
from nlbcheck.terraform.placeholders import made

if TYPE_CHECKING:
    from nlbcheck.terraform.hcl.modules import CalledModule


class ResourceBlock(Repeated):
    """A resource block."""

    def __init__(self, module: CalledModule, block: Block) -> None:
        super().__init__(module, block, f"{module.prefix}{'.'.join(block.labels)}")
        self.kind = block.labels[0]

    def attribute(self, name: str) -> HclValue:
        """Return an attribute of the only instance."""
        return self.of(None, name)

    def instance(self, key: HclValue) -> HclValue:
        """Return one of several instances."""
        return OneOfSeveral(self, key)

    def every(self) -> list[HclValue]:
        """Return all instances."""
        return [item for _, item in self.pairs()]

    def pairs(self) -> list[tuple[HclValue, HclValue]]:
        """Return all instances with their keys."""
        return [(key, OneOfSeveral(self, key)) for key in self.known()]

    def of(self, key: HclValue, name: str) -> HclValue:
        """Return an attribute of an instance: as written, or an id that stands for what AWS gives it."""
        scope = self.known().get(key)
        if scope is None:
            raise CannotTellError(self.name_of(key))
        written = self.block.body.attributes.get(name)
        if written is not None:
            return value(written, scope, f"{self.name_of(key)}.{name}")
        return self._ids(key, scope).get(name, AfterApply(f"{self.name_of(key)}.{name}"))

    def _ids(self, key: HclValue, scope: Scope) -> Mapping[str, str]:
        named = self.block.body.attributes.get("name")
        own = {"name": value(named, scope, "name")} if named is not None else {}
        return made(self.kind, self.name_of(key), own)

    def changes(self) -> Iterator[ResourceChange]:
        """Yield each instance as Terraform is to make it."""
        found = self.scopes()
        if isinstance(found, AfterApply):
            told = f"{self.block.place}: {self.address} is left out: {found}"
            self.module.remarks.append(told)
            return
        for key, scope in found.items():
            address = self.name_of(key)
            values = _values(self.block.body, scope, address)
            after = {**self._ids(key, scope), **values}
            yield ResourceChange(address, self.kind, PlanAction.CREATE, None, after)


@dataclass(frozen=True)
class OneOfSeveral:
    """One instance of a resource."""

    resource: ResourceBlock
    key: HclValue

    def attribute(self, name: str) -> HclValue:
        """Return an attribute."""
        return self.resource.of(self.key, name)


def _values(body: Body, scope: Scope, name: str) -> dict[str, HclValue]:
    """Return the attributes and blocks of a resource."""
    found = {
        key: value(node, scope, f"{name}.{key}") for key, node in body.attributes.items() if key not in META
    }
    for block in body.blocks:
        if block.kind in META:
            continue
        kind = block.labels[0] if block.kind == "dynamic" and block.labels else block.kind
        found[kind] = _joined(found.get(kind, []), _nested(block, scope, f"{name}.{kind}"))
    return found


def _nested(block: Block, scope: Scope, name: str) -> list[dict[str, HclValue]] | AfterApply:
    """Return what a block inside a resource stands for."""
    if block.kind == "dynamic":
        return _dynamic(block, scope, name)
    return [_values(block.body, scope, name)]


def _joined(known: HclValue, more: list[dict[str, HclValue]] | AfterApply) -> HclValue:
    if isinstance(known, AfterApply) or isinstance(more, AfterApply):
        return known if isinstance(known, AfterApply) else more
    return [*known, *more]


def _dynamic(block: Block, scope: Scope, name: str) -> list[dict[str, HclValue]] | AfterApply:
    """Return the blocks that a dynamic block stands for."""
    said = block.body.attributes.get("for_each")
    over = AfterApply(name) if said is None else value(said, scope, name)
    content = next(block.body.of("content"), None)
    if isinstance(over, AfterApply):
        return replace(over, name=name)
    if content is None or not isinstance(over, (Mapping, list)):
        return AfterApply(name)
    spend(len(over) * INSTANCE)
    items = over.items() if isinstance(over, Mapping) else enumerate(over)
    kind = block.labels[0]
    return [
        _values(content.body, scope.with_own(**{kind: {"key": key, "value": item}}), name)
        for key, item in items
    ]
