"""Which modules does a module call, and with what?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlbcheck.terraform.change import ResourceChange
from nlbcheck.terraform.hcl.expressions import Scope, value
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue
from nlbcheck.terraform.hcl.repeated import META, Repeated
from nlbcheck.terraform.hcl.syntax import Block

if TYPE_CHECKING:
    from nlbcheck.terraform.hcl.modules import CalledModule

_DEEPEST = 20
"""Modules in modules."""


class ModuleCall(Repeated):
    """A call of a module."""

    def __init__(self, module: CalledModule, block: Block) -> None:
        super().__init__(module, block, f"{module.prefix}module.{block.labels[0]}")
        self._made: dict[HclValue, CalledModule] = {}

    def attribute(self, name: str) -> HclValue:
        """Return an output of the only instance."""
        return self.called(None).output(name)

    def instance(self, key: HclValue) -> HclValue:
        """Return one of several instances."""
        return Outputs(self.called(key))

    def every(self) -> list[HclValue]:
        """Return all instances."""
        return [self.instance(key) for key in self.known()]

    def called(self, key: HclValue) -> CalledModule:
        """Return the module as it is called; CannotTellError where its files are not here."""
        if key not in self._made:
            scope = self.known()[key]
            folder = self._folder(scope)
            given = {
                name: value(node, scope, f"{self.address}: {name}")
                for name, node in self.block.body.attributes.items()
                if name not in META
            }
            outer = self.module
            self._made[key] = type(outer)(
                folder,
                outer.root,
                given,
                f"{self.name_of(key)}.",
                outer.depth + 1,
                outer.remarks,
                outer.read,
            )
        return self._made[key]

    def _folder(self, scope: Scope) -> Path:
        source = self.block.body.attributes.get("source")
        written = value(source, scope, "source") if source is not None else None
        folder = self.module.folder / str(written)
        is_here = isinstance(written, str) and written.startswith(("./", "../")) and folder.is_dir()
        if not is_here or self.module.depth >= _DEEPEST:
            raise CannotTellError(f"{self.address}, whose source {written} is not here")
        return folder

    def changes(self) -> Iterator[ResourceChange]:
        """Yield the resources of each instance."""
        try:
            modules = [self.called(key) for key in self.known()]
        except CannotTellError as error:
            self.module.remarks.append(f"{self.block.place}: {self.address} is left out: {error}")
            return
        for module in modules:
            yield from module.resources()


@dataclass(frozen=True)
class Outputs:
    """One instance of a module."""

    module: CalledModule

    def attribute(self, name: str) -> HclValue:
        """Return an output."""
        return self.module.output(name)
