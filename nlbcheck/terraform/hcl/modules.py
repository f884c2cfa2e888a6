"""Which resources does a module make, with which values?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nlbcheck import contents
from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.terraform.change import ResourceChange
from nlbcheck.terraform.hcl import syntax
from nlbcheck.terraform.hcl.bounds import MODULE, spend
from nlbcheck.terraform.hcl.calls import ModuleCall
from nlbcheck.terraform.hcl.expressions import Scope, value
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue
from nlbcheck.terraform.hcl.resources import ResourceBlock
from nlbcheck.terraform.hcl.syntax import Body, Syntax

_LARGEST = 1 << 20
"""Bytes of a file that an expression may read."""


def bodies(folder: Path) -> Body:
    """Return what the files of a folder hold together."""
    files = sorted(folder.glob("*.tf")) if folder.is_dir() else [folder]
    if not files:
        raise InputError(f"{folder}: no file ends in .tf")
    whole = Body()
    problems: list[str] = []
    for file in files:
        try:
            found = syntax.read(file)
        except InputError as error:
            problems += error.problems
            continue
        whole.attributes.update(found.attributes)
        whole.blocks.extend(found.blocks)
    if problems:
        raise InputError(*problems)
    return whole


@dataclass
class CalledModule:
    """A module as it is called once."""

    folder: Path
    root: Path
    given: Mapping[str, HclValue]
    """The values of its variables."""
    prefix: str = ""
    """How the addresses of its resources begin: ``module.relay.``."""
    depth: int = 0
    remarks: list[str] = field(default_factory=list)
    read: dict[Path, Body] = field(default_factory=dict)
    """What the files of each folder hold, of all modules that are called."""

    def __post_init__(self) -> None:
        """Read the module's files."""
        spend(MODULE)
        folder = Path(os.path.realpath(self.folder))
        if folder not in self.read:
            self.read[folder] = bodies(self.folder)
        self.body = self.read[folder]
        self._resources = {
            block.labels: ResourceBlock(self, block)
            for block in self.body.of("resource")
            if len(block.labels) == 2
        }
        self._locals = {
            name: node for block in self.body.of("locals") for name, node in block.body.attributes.items()
        }
        self._known: dict[str, HclValue] = {}
        self._calls = {block.labels[0]: ModuleCall(self, block) for block in self.body.of("module")}

    def resources(self) -> Iterator[ResourceChange]:
        """Yield every resource of the module and of those that it calls."""
        for resource in self._resources.values():
            yield from resource.changes()
        for call in self._calls.values():
            yield from call.changes()

    def named(self, name: str) -> HclValue:
        """Return what a first name means."""
        own = {"var": Variables, "local": Locals, "module": ModuleCalls, "data": Data}
        if name in own:
            return own[name](self)
        if name == "path":
            return {"module": str(self.folder), "root": str(self.root), "cwd": str(self.root)}
        if name == "terraform":
            return {"workspace": "default"}
        if any(kind == name for kind, _ in self._resources):
            return OfKind(self, name)
        raise CannotTellError(name)

    def file(self, path: str) -> str:
        """Return the text of a file; a relative path is from the root folder."""
        found = self.root / path
        try:
            return contents.read(found, _LARGEST).decode()
        except (InputError, OSError, ValueError) as error:
            raise CannotTellError(f"{found}, which cannot be read") from error

    def variable(self, name: str) -> HclValue:
        """Return a variable; unknown where it is sensitive, or is neither given nor has a default."""
        unknown = AfterApply(f"{self.prefix}var.{name}")
        block = next((block for block in self.body.of("variable") if block.labels == (name,)), None)
        said = block.body.attributes if block else {}
        if self._is_sensitive(said):
            return replace(unknown, is_sensitive=True)
        if name in self.given:
            return self.given[name]
        return value(said["default"], Scope(self), f"var.{name}") if "default" in said else unknown

    def _is_sensitive(self, said: Mapping[str, Syntax]) -> bool:
        """Whether a variable or an output is marked sensitive, or it cannot be told whether."""
        marked = value(said["sensitive"], Scope(self), "sensitive") if "sensitive" in said else False
        return marked is not False

    def local(self, name: str) -> HclValue:
        """Return the value of a local; one that is made of itself cannot be told."""
        if name not in self._known:
            self._known[name] = AfterApply(f"{self.prefix}local.{name}")
            if name in self._locals:
                self._known[name] = value(self._locals[name], Scope(self), f"{self.prefix}local.{name}")
        return self._known[name]

    def resource(self, kind: str, name: str) -> ResourceBlock:
        """Return a resource of the module."""
        found = self._resources.get((kind, name))
        if found is None:
            raise CannotTellError(f"{self.prefix}{kind}.{name}")
        return found

    def call(self, name: str) -> ModuleCall:
        """Return a call of another module."""
        found = self._calls.get(name)
        if found is None:
            raise CannotTellError(f"{self.prefix}module.{name}")
        return found

    def output(self, name: str) -> HclValue:
        """Return an output of the module."""
        for block in self.body.of("output"):
            said = block.body.attributes
            if block.labels == (name,) and "value" in said:
                told = f"{self.prefix}output.{name}"
                if self._is_sensitive(said):
                    return AfterApply(told, is_sensitive=True)
                return value(said["value"], Scope(self), told)
        raise CannotTellError(f"{self.prefix}output.{name}")


@dataclass(frozen=True)
class Variables:
    """``var``."""

    module: CalledModule

    def attribute(self, name: str) -> HclValue:
        """Return a variable."""
        return self.module.variable(name)


@dataclass(frozen=True)
class Locals:
    """``local``."""

    module: CalledModule

    def attribute(self, name: str) -> HclValue:
        """Return a local."""
        return self.module.local(name)


@dataclass(frozen=True)
class ModuleCalls:
    """``module``."""

    module: CalledModule

    def attribute(self, name: str) -> HclValue:
        """Return a call of a module."""
        return self.module.call(name)


@dataclass(frozen=True)
class Data:
    """``data``: what Terraform asks AWS for."""

    module: CalledModule

    def attribute(self, name: str) -> HclValue:
        """Return something that only AWS knows."""
        return AfterApply(f"{self.module.prefix}data.{name}")


@dataclass(frozen=True)
class OfKind:
    """The resources of a kind."""

    module: CalledModule
    kind: str

    def attribute(self, name: str) -> HclValue:
        """Return the resource of a name."""
        return self.module.resource(self.kind, name)
