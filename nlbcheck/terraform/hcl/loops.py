"""What do loops, conditions and operators give?"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lark import Token, Tree

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform.hcl.bounds import STEP, known, size, spend
from nlbcheck.terraform.hcl.evaluation import NODES, Scope, evaluated, parts
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue, within


def _for_intro(node: Tree[Token], scope: Scope) -> Iterator[Scope]:
    intro = next(part for part in parts(node) if part.data == "for_intro")
    names = [str(part.children[0]) for part in parts(intro) if part.data == "identifier"]
    over = parts(intro)[-1]
    items = _pairs(evaluated(over, scope))
    condition = next((part for part in parts(node) if part.data == "for_cond"), None)
    for key, item in items:
        spend(STEP)
        own = {names[0]: item} if len(names) == 1 else {names[0]: key, names[1]: item}
        inside = scope.with_own(**own)
        if condition is None or known(evaluated(parts(condition)[-1], inside)) is True:
            yield inside


def _pairs(found: HclValue) -> list[tuple[HclValue, HclValue]]:
    if isinstance(found, AfterApply):
        raise CannotTellError.of(found)
    if hasattr(found, "pairs"):
        pairs: list[tuple[HclValue, HclValue]] = found.pairs()
        return pairs
    spend(size(found))
    return sorted(found.items()) if isinstance(found, Mapping) else list(enumerate(found))


def _for_tuple(node: Tree[Token], scope: Scope) -> HclValue:
    inner = [part for part in parts(node) if part.data not in ("for_intro", "for_cond")]
    return [evaluated(inner[0], inside) for inside in _for_intro(node, scope)]


def _for_object(node: Tree[Token], scope: Scope) -> HclValue:
    key, inner = [part for part in parts(node) if part.data not in ("for_intro", "for_cond")]
    grouped = any(isinstance(child, Token) and child.type == "ELLIPSIS" for child in node.children)
    found: dict[str, HclValue] = {}
    for inside in _for_intro(node, scope):
        name = str(known(evaluated(key, inside)))
        item = evaluated(inner, inside)
        found[name] = [*found.get(name, []), item] if grouped else item
    return found


def _conditional(node: Tree[Token], scope: Scope) -> HclValue:
    condition, then, otherwise = parts(node)
    return evaluated(then if known(evaluated(condition, scope)) is True else otherwise, scope)


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le,
    ">=": operator.ge, "+": operator.add, "-": operator.sub, "*": operator.mul, "%": operator.mod,
    "&&": lambda one, other: one and other, "||": lambda one, other: one or other,
    "/": lambda one, other: one // other if one % other == 0 else one / other,
}  # fmt: skip


_COMPARING = ("==", "!=", "<", ">", "<=", ">=", "&&", "||")


def _binary(node: Tree[Token], scope: Scope) -> HclValue:
    left, term = parts(node)
    sign, right = parts(term)
    one, other = known(evaluated(left, scope)), known(evaluated(right, scope))
    name = str(sign.children[0])
    if name in _COMPARING:
        return _OPERATORS[name](one, other)
    return within(_OPERATORS[name](_numeric(one), _numeric(other)))


def _numeric(found: HclValue) -> HclValue:
    """Return a number; CannotTellError for what is none, for which Python's operators mean something else."""
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise CannotTellError("an operator of numbers, given something else")
    return found


def _unary(node: Tree[Token], scope: Scope) -> HclValue:
    sign, inner = node.children
    found = known(evaluated(inner, scope))
    return (not found) if str(sign) == "!" else -found


NODES.update(
    {
        "for_tuple_expr": _for_tuple,
        "for_object_expr": _for_object,
        "conditional": _conditional,
        "binary_op": _binary,
        "unary_op": _unary,
    }
)
