"""To which resource does a value refer that is known only after the apply?

A plan's configuration names the references of each expression, not the expression. So a value is taken for
what it refers to only where nothing else can be meant: an id or ARN, by one reference to one resource. With
``each.key`` that is the resource's instance of the same key; with ``count.index`` it could be any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform.change import Attributes, ResourceChange

_STEP = re.compile(r"""(?:^|\.)((?:[^.\[\]"]+)(?:\["(?:[^"\\]|\\.)*"\]|\[\d+\])?)""")
_REFERRING = re.compile(
    r"(^|_)(ids?|arns?|security_groups|subnets|referenced_security_group_id|target_id|propagating_vgws)$"
)
"""The names of attributes that hold ids."""
_IDS_OF: Mapping[str, tuple[str, ...]] = {
    "vpc_id": ("aws_vpc",),
    "peer_vpc_id": ("aws_vpc",),
    "subnet_id": ("aws_subnet",),
    "instance_id": ("aws_instance",),
    "target_id": ("aws_instance",),
    "security_group_id": ("aws_security_group",),
    "source_security_group_id": ("aws_security_group",),
    "referenced_security_group_id": ("aws_security_group",),
    "network_acl_id": ("aws_network_acl",),
    "route_table_id": ("aws_route_table",),
    "gateway_id": ("aws_internet_gateway", "aws_vpn_gateway"),
    "internet_gateway_id": ("aws_internet_gateway",),
    "vpn_gateway_id": ("aws_vpn_gateway",),
    "vpn_connection_id": ("aws_vpn_connection",),
    "nat_gateway_id": ("aws_nat_gateway",),
    "network_interface_id": ("aws_network_interface",),
    "vpc_peering_connection_id": ("aws_vpc_peering_connection",),
    "transit_gateway_id": ("aws_ec2_transit_gateway",),
    "transit_gateway_attachment_id": ("aws_ec2_transit_gateway_vpc_attachment",),
    "transit_gateway_route_table_id": ("aws_ec2_transit_gateway_route_table",),
    "load_balancer_arn": ("aws_lb", "aws_alb"),
    "target_group_arn": ("aws_lb_target_group", "aws_alb_target_group"),
    "arn": ("aws_lb_target_group", "aws_alb_target_group"),
}
"""Whose id an attribute holds: a reference by a key does not tell which attribute it takes."""
_DEEPEST = 20
"""Modules in modules up to which a reference is followed."""

ModulePath = tuple[str, ...]
"""A module: the names of the calls that lead there, from the root."""


def steps(address: str) -> list[str]:
    """Return the parts of an address or reference: ``module.a["x.y"].aws_lb.b`` has four."""
    return [found.group(1) for found in _STEP.finditer(address)]


class Resolver:
    """Finds what unknown values refer to, by a plan's configuration."""

    def __init__(self, configuration: Mapping[str, Any], changes: Sequence[ResourceChange]) -> None:
        self._root = configuration.get("root_module") or {}
        self._values: dict[str, Attributes] = {change.address: change.after or {} for change in changes}
        self._instances: dict[str, list[str]] = {}
        for address in self._values:
            self._instances.setdefault(_unindexed(address), []).append(address)

    def resolved(self, change: ResourceChange) -> ResourceChange:
        """Return a change whose unknown values are ids, where it is certain of what."""
        if change.after is None or not any(_is_later(value) for value in change.after.values()):
            return change
        path = steps(change.address)
        modules = tuple(path[number + 1] for number in range(0, len(path) - 2, 2))
        said = self._expressions(tuple(_unindexed(name) for name in modules), path[-2:])
        if said is None:
            return change
        scope = _Scope(modules, path[-1])
        return replace(change, after=self._value(change.after, "", said, scope))

    def _expressions(self, place: ModulePath, resource: Sequence[str]) -> Mapping[str, Any] | None:
        wanted = _unindexed(".".join(resource))
        for item in self._module(place).get("resources") or ():
            if item.get("address") == wanted:
                found: Mapping[str, Any] = item.get("expressions") or {}
                return found
        return None

    def _module(self, place: ModulePath) -> Mapping[str, Any]:
        module: Mapping[str, Any] = self._root
        for name in place:
            module = ((module.get("module_calls") or {}).get(name) or {}).get("module") or {}
        return module

    def _value(self, value: Any, name: str, said: Any, scope: _Scope) -> Any:  # noqa: ANN401
        """Return a value, its unknown parts replaced as far as ``said``, its expression, tells.

        A dynamic block is no part of that; only one of an unknown number of blocks is missed.
        """
        if said is None:
            return replace(value, is_left_to_aws=True) if isinstance(value, AfterApply) else value
        if isinstance(said, Mapping) and "references" in said:
            return self._referred(value, name, said["references"], scope)
        if isinstance(value, Mapping) and isinstance(said, Mapping):
            return {key: self._value(item, key, said.get(key), scope) for key, item in value.items()}
        if isinstance(value, list) and isinstance(said, list) and len(value) == len(said):
            return [self._value(item, name, each, scope) for item, each in zip(value, said, strict=True)]
        if isinstance(value, list) and len(value) == 1 and isinstance(said, Mapping):
            return [self._value(value[0], name, said, scope)]
        return value

    def _referred(self, value: Any, name: str, references: Sequence[str], scope: _Scope) -> Any:  # noqa: ANN401
        if not _REFERRING.search(name) or not _is_later(value):
            return value
        scope = replace(scope, wanted=name)
        found = self._followed(references, scope, _DEEPEST)
        if isinstance(value, AfterApply):
            meant = self._meant(value, name, found)
            return meant or replace(value, may_be=self._candidates(references, scope))
        if isinstance(value, list) and len(value) == len(found):
            pairs = zip(value, found, strict=True)
            return [(named or item) if isinstance(item, AfterApply) else item for item, named in pairs]
        return value

    @staticmethod
    def _meant(value: AfterApply, name: str, found: Sequence[str | None]) -> Any:  # noqa: ANN401
        """Return what an unknown value is known to be: one id, or a list where the name is a plural."""
        if name.endswith("s"):
            return [item or value for item in found]
        return found[0] if len(found) == 1 else None

    def _candidates(self, references: Sequence[str], scope: _Scope) -> tuple[str, ...]:
        """Return the ids of which a value is one: of a resource that has several instances."""
        longest = [item for item in references if not any(_is_part(item, other) for other in references)]
        found: list[str] = []
        for path in map(steps, longest):
            if path[0] in ("each", "count"):
                continue
            fits = len(path) > 2 or _holds(scope.wanted, path[0])
            instances = self._instances.get(self._address(path, scope), []) if fits else []
            ids = [self._values[item].get(path[2] if len(path) > 2 else "id") for item in instances]
            if not ids or not all(isinstance(item, str) for item in ids):
                return ()
            found += map(str, ids)
        return tuple(dict.fromkeys(found))

    @staticmethod
    def _address(path: Sequence[str], scope: _Scope) -> str:
        return "".join(f"module.{name}." for name in scope.modules) + ".".join(path[:2])

    def _followed(self, references: Sequence[str], scope: _Scope, deep: int) -> list[str | None]:
        """Return the ids that references name; none where anything else may be meant."""
        longest = [item for item in references if not any(_is_part(item, other) for other in references)]
        by_key = "each.key" in longest
        found: list[str | None] = []
        for reference in longest:
            if reference == "each.key":
                continue
            more = list(self._one(steps(reference), scope, by_key=by_key, deep=deep))
            if not more:
                return []
            found += more
        return found

    def _one(self, path: Sequence[str], scope: _Scope, *, by_key: bool, deep: int) -> Iterator[str | None]:
        if deep == 0 or len(path) < 2 or path[0] in ("local", "each", "count", "path", "self", "terraform"):
            return
        if path[0] == "var":
            yield from self._variable(path[1], scope, deep)
        elif path[0] == "module":
            yield from self._output(path, scope, deep)
        elif path[0] != "data":
            yield from self._resource(path, scope, by_key=by_key)

    def _variable(self, name: str, scope: _Scope, deep: int) -> Iterator[str | None]:
        """Follow a module's variable to what the call of the module gives it."""
        if not scope.modules:
            return
        outer = scope.modules[:-1]
        call = (self._module(_plain(outer)).get("module_calls") or {}).get(
            _unindexed(scope.modules[-1])
        ) or {}
        said = (call.get("expressions") or {}).get(name) or {}
        if isinstance(said, Mapping):
            inside = _Scope(outer, scope.modules[-1], scope.wanted)
            yield from self._followed(said.get("references") or (), inside, deep - 1)

    def _output(self, path: Sequence[str], scope: _Scope, deep: int) -> Iterator[str | None]:
        """Follow a module's output to what it is inside the module."""
        if len(path) < 3:
            return
        inner = (*scope.modules, path[1])
        said = (self._module(_plain(inner)).get("outputs") or {}).get(_unindexed(path[2])) or {}
        references = (said.get("expression") or {}).get("references") or ()
        yield from self._followed(references, _Scope(inner, "", scope.wanted), deep - 1)

    def _resource(self, path: Sequence[str], scope: _Scope, *, by_key: bool) -> Iterator[str | None]:
        address, attribute = self._address(path, scope), path[2] if len(path) > 2 else "id"
        if address not in self._values and by_key:
            address += _index(scope.own)
        if address not in self._values or (len(path) < 3 and not _holds(scope.wanted, path[0])):
            return
        found = self._values[address].get(attribute)
        yield found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where an expression stands."""

    modules: ModulePath
    """The calls that lead to its module, with their indices."""
    own: str
    """The name of the resource or call that it belongs to, with its index."""
    wanted: str = ""
    """The name of the attribute whose value it is."""


def _holds(name: str, kind: str) -> bool:
    """Whether an attribute holds the id of a kind of resource."""
    return kind in _IDS_OF.get(name, ())


def _plain(modules: Sequence[str]) -> ModulePath:
    return tuple(_unindexed(name) for name in modules)


def _index(name: str) -> str:
    return name[len(_unindexed(name)) :]


def _unindexed(name: str) -> str:
    """Return an address without the index at its end."""
    last = steps(name)[-1] if steps(name) else name
    head = name[: len(name) - len(last)]
    return head + last.partition("[")[0]


def _is_part(one: str, other: str) -> bool:
    return one != other and other.startswith((f"{one}.", f"{one}["))


def _is_later(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, Mapping):
        return any(_is_later(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_later(item) for item in value)
    return isinstance(value, AfterApply)
