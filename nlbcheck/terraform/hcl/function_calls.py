"""What does a call of a function give?"""

from __future__ import annotations

from lark import Token, Tree

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform.hcl.bounds import known, size, spend, walked
from nlbcheck.terraform.hcl.evaluation import NODES, Scope, evaluated, parts
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue, called, cost


def _call(node: Tree[Token], scope: Scope) -> HclValue:
    name = str(parts(node)[0].children[0])
    arguments = [part for group in parts(node)[1:] for part in parts(group)]
    if name in ("try", "can", "coalesce"):
        return _tried(name, arguments, scope)
    found = [evaluated(argument, scope) for argument in arguments]
    if found and _is_spread(node):
        found = [*found[:-1], *found[-1]]
    if name == "file":
        return scope.names.file(known(found[0]))
    given = [_listed(item) if name in _LAZY else known(_listed(item)) for item in found]
    if name == "flatten":
        walked(given)
    spend(cost(name, given))
    made = called(name, given)
    spend(size(made))
    return made


_LAZY = (
    "merge",
    "concat",
    "flatten",
    "tolist",
    "values",
    "keys",
    "length",
    "element",
    "lookup",
    "zipmap",
    "one",
)
"""Functions that need not know every value inside what they are given."""


def _is_spread(node: Tree[Token]) -> bool:
    """Whether the last argument of a call is a list of arguments."""
    inside = (child for part in parts(node) for child in part.children)
    return any(isinstance(child, Token) and child.type == "ELLIPSIS" for child in inside)


def _listed(found: HclValue) -> HclValue:
    if isinstance(found, AfterApply):
        raise CannotTellError.of(found)
    return found.every() if hasattr(found, "every") else found


def _tried(name: str, arguments: list[Tree[Token]], scope: Scope) -> HclValue:
    """Return the first argument that has a value; one that may have any is not known."""
    for argument in arguments:
        try:
            found = known(evaluated(argument, scope))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
        if name == "can":
            return True
        if name == "try" or found not in (None, ""):
            return found
    if name == "can":
        return False
    raise CannotTellError(f"{name}(…)")


NODES.update(
    {
        "function_call": _call,
    }
)
