"""How many instances does a block stand for, by ``count`` or ``for_each``?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.terraform.hcl.bounds import INSTANCE, MOST, spend
from nlbcheck.terraform.hcl.expressions import Scope, value
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue
from nlbcheck.terraform.hcl.syntax import Block

if TYPE_CHECKING:
    from nlbcheck.terraform.hcl.modules import CalledModule

META = frozenset(
    {"count", "for_each", "provider", "depends_on", "lifecycle", "source", "version", "providers"}
)
"""What a block says of itself, and not of what it stands for."""


class Repeated:
    """A block that may stand for several instances, by ``count`` or ``for_each``."""

    def __init__(self, module: CalledModule, block: Block, address: str) -> None:
        self.module = module
        self.block = block
        self.address = address
        self._keys: dict[HclValue, Scope] | AfterApply | None = None

    def scopes(self) -> dict[HclValue, Scope] | AfterApply:
        """Return the scope of each instance by its key; by None of the only one."""
        if self._keys is None:
            self._keys = AfterApply(f"how many there are of {self.address}")
            self._keys = self._repeated()
        return self._keys

    def _repeated(self) -> dict[HclValue, Scope] | AfterApply:
        said, scope = self.block.body.attributes, Scope(self.module)
        if "count" in said:
            count = value(said["count"], scope, f"{self.address}: count")
            if isinstance(count, AfterApply):
                return count
            return self._counted(count, scope)
        if "for_each" in said:
            found = value(said["for_each"], scope, f"{self.address}: for_each")
            if isinstance(found, AfterApply):
                return found
            return self._for_each(found, scope)
        return {None: scope}

    def _counted(self, count: HclValue, scope: Scope) -> dict[HclValue, Scope] | AfterApply:
        if not str(count).isdecimal() or isinstance(count, bool):
            return AfterApply(f"{self.address}: count (expected a whole number)")
        if int(count) * INSTANCE > MOST:
            told = f"count is {count}: expected a number of resources that AWS could have"
            raise InputError(f"{self.block.place}: {self.address}: {told}")
        spend(int(count) * INSTANCE)
        return {number: scope.with_own(count={"index": number}) for number in range(int(count))}

    def _for_each(self, found: HclValue, scope: Scope) -> dict[HclValue, Scope] | AfterApply:
        keys = found if isinstance(found, (Mapping, list)) else [None]
        if not all(isinstance(key, str) for key in keys):
            return AfterApply(f"{self.address}: for_each (expected a map or a set of texts)")
        spend(len(keys) * INSTANCE)
        items = found.items() if isinstance(found, Mapping) else ((item, item) for item in found)
        return {key: scope.with_own(each={"key": key, "value": item}) for key, item in items}

    def known(self) -> dict[HclValue, Scope]:
        """Return the instances; CannotTellError where it is not known which there are."""
        found = self.scopes()
        if isinstance(found, AfterApply):
            raise CannotTellError.of(found)
        return found

    def name_of(self, key: HclValue) -> str:
        """Return an instance's address."""
        if key is None:
            return self.address
        return f'{self.address}["{key}"]' if isinstance(key, str) else f"{self.address}[{key}]"
