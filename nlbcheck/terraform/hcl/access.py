"""What does a step lead to: an attribute, an item, all items?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lark import Token, Tree

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform.hcl.bounds import known
from nlbcheck.terraform.hcl.evaluation import NODES, Scope, evaluated, parts
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue
from nlbcheck.terraform.hcl.syntax import Syntax


def _get(found: HclValue, step: Syntax, scope: Scope) -> HclValue:
    """Return what one step leads to: ``.name`` or ``[key]``."""
    if isinstance(step, Token):
        return _item(found, int(step))
    if step.data == "get_attr":
        return _attribute(found, _last(step))
    inner = parts(step)
    return _item(found, known(evaluated(inner[0], scope)) if inner else int(_last(step)))


def _last(node: Tree[Token]) -> str:
    """Return the last word of a node."""
    return str(list(node.scan_values(lambda _: True))[-1])


def _attribute(found: HclValue, name: str) -> HclValue:
    if isinstance(found, AfterApply):
        return replace(found, name=f"{found.name}.{name}")
    if isinstance(found, Mapping):
        return found[name]
    if hasattr(found, "attribute"):
        return found.attribute(name)
    raise CannotTellError(f"the attribute {name}")


def _item(found: HclValue, key: HclValue) -> HclValue:
    if isinstance(found, AfterApply):
        return replace(found, name=f"{found.name}[{key}]")
    if hasattr(found, "instance"):
        return found.instance(key)
    return found[int(key)] if isinstance(found, list) else found[key]


def _step(node: Tree[Token], scope: Scope) -> HclValue:
    start, step = node.children[0], node.children[-1]
    return _get(evaluated(start, scope), step, scope)


def _splat(node: Tree[Token], scope: Scope) -> HclValue:
    start, splat = node.children[0], node.children[-1]
    found = evaluated(start, scope)
    items = _every(found)
    for step in splat.children if isinstance(splat, Tree) else ():
        if isinstance(step, Tree):
            items = [_get(item, step, scope) for item in items]
    return items


def _every(found: HclValue) -> list[HclValue]:
    if hasattr(found, "every"):
        items: list[HclValue] = found.every()
        return items
    known(found)
    return list(found) if isinstance(found, list) else [] if found is None else [found]


NODES.update(
    {
        "index_expr_term": _step,
        "get_attr_expr_term": _step,
        "attr_splat_expr_term": _splat,
        "full_splat_expr_term": _splat,
    }
)
