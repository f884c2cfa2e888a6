"""What is the value of an expression, as far as it can be told without AWS?"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lark import Token, Tree

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform.change import later
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue, called
from nlbcheck.terraform.hcl.syntax import Syntax


class Names(Protocol):
    """What names mean: ``var``, ``local``, ``each``, the kinds of resources."""

    def named(self, name: str) -> HclValue:
        """Return what a first name means; CannotTellError where it means nothing."""

    def file(self, path: str) -> str:
        """Return the text of a file."""


class Reference(Protocol):
    """Something that has attributes and instances: such as a resource."""

    def attribute(self, name: str) -> HclValue:
        """Return one of its attributes."""

    def instance(self, key: HclValue) -> HclValue:
        """Return one of its instances."""

    def every(self) -> list[HclValue]:
        """Return all of its instances."""


@dataclass(frozen=True)
class Scope:
    """Names, and those that a ``for`` adds to them."""

    names: Names
    own: Mapping[str, HclValue] = field(default_factory=dict)

    def named(self, name: str) -> HclValue:
        """Return what a first name means."""
        return self.own[name] if name in self.own else self.names.named(name)

    def with_own(self, **own: HclValue) -> Scope:
        """Return a scope with more names."""
        return Scope(self.names, {**self.own, **own})


def value(node: Syntax, scope: Scope, name: str) -> HclValue:
    """Return the value of an expression; unknown, and called ``name``, where it cannot be told."""
    try:
        return _value(node, scope)
    except CannotTellError as error:
        return AfterApply(f"{name} ({error})")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        return AfterApply(f"{name} ({type(error).__name__}: {error})")


def _value(node: Syntax, scope: Scope) -> HclValue:
    if isinstance(node, Token):
        return str(node)
    evaluate = _NODES.get(str(node.data))
    if evaluate is None:
        raise CannotTellError(f"an expression of kind {node.data}")
    return evaluate(node, scope)


def _parts(node: Tree[Token]) -> list[Tree[Token]]:
    """Return the trees inside a node, without comments and line ends."""
    return [item for item in node.children if isinstance(item, Tree) and item.data != "new_line_or_comment"]


def _known(found: HclValue) -> HclValue:
    """Return a value that is known as a whole."""
    first = next(later(found), None)
    if first is not None:
        raise CannotTellError(first.name)
    return found


def _inner(node: Tree[Token], scope: Scope) -> HclValue:
    return _value(_parts(node)[0], scope)


def _literal(node: Tree[Token], _: Scope) -> HclValue:
    return {"true": True, "false": False, "null": None}[str(node.children[0])]


def _string(node: Tree[Token], scope: Scope) -> HclValue:
    parts = [part for part in _parts(node) if part.data == "string_part"]
    inner = [part.children[0] for part in parts]
    if len(inner) == 1 and isinstance(inner[0], Tree) and inner[0].data == "interpolation":
        return _inner(inner[0], scope)
    return "".join(_piece(item, scope) for item in inner)


def _piece(node: Syntax, scope: Scope) -> str:
    if isinstance(node, Token):
        if node.type.startswith("ESCAPED"):
            return str(node)[1:]
        return _unescaped(str(node))
    if node.data != "interpolation":
        raise CannotTellError("a template directive")
    found = _known(_inner(node, scope))
    return str(found).lower() if isinstance(found, bool) else str(found)


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        word = found.group(1)
        return chr(int(word[1:], 16)) if word[0] in "uU" else _ESCAPES.get(word, word)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", plain, text, flags=re.DOTALL)


def _heredoc(node: Tree[Token], _: Scope) -> HclValue:
    lines = str(node.children[0]).splitlines()[1:]
    text = "\n".join(lines[:-1])
    if "${" in text or "%{" in text:
        raise CannotTellError("a heredoc with a template")
    return text + "\n"


def _tuple(node: Tree[Token], scope: Scope) -> HclValue:
    return [_value(part, scope) for part in _parts(node)]


def _object(node: Tree[Token], scope: Scope) -> HclValue:
    found = {}
    for element in _parts(node):
        key, inner = _parts(element)[0], _parts(element)[-1]
        found[_key(key, scope)] = _value(inner, scope)
    return found


def _key(node: Tree[Token], scope: Scope) -> str:
    """Return an object's key: a bare name is the name itself."""
    inner: Syntax = node
    while (
        isinstance(inner, Tree)
        and inner.data in ("object_elem_key", "expr_term")
        and len(inner.children) == 1
    ):
        inner = inner.children[0]
    if isinstance(inner, Token) or inner.data in ("identifier", "keyword"):
        return str(inner if isinstance(inner, Token) else inner.children[0])
    found = _known(_value(inner, scope))
    return str(found)


def _identifier(node: Tree[Token], scope: Scope) -> HclValue:
    return scope.named(str(node.children[0]))


def _get(found: HclValue, step: Syntax, scope: Scope) -> HclValue:
    """Return what one step leads to: ``.name`` or ``[key]``."""
    if isinstance(step, Token):
        return _item(found, int(step))
    if step.data == "get_attr":
        return _attribute(found, _last(step))
    inner = _parts(step)
    return _item(found, _known(_value(inner[0], scope)) if inner else int(_last(step)))


def _last(node: Tree[Token]) -> str:
    """Return the last word of a node."""
    return str(list(node.scan_values(lambda _: True))[-1])


def _attribute(found: HclValue, name: str) -> HclValue:
    if isinstance(found, AfterApply):
        return AfterApply(f"{found.name}.{name}")
    if isinstance(found, Mapping):
        return found[name]
    if hasattr(found, "attribute"):
        return found.attribute(name)
    raise CannotTellError(f"the attribute {name}")


def _item(found: HclValue, key: HclValue) -> HclValue:
    if isinstance(found, AfterApply):
        return AfterApply(f"{found.name}[{key}]")
    if hasattr(found, "instance"):
        return found.instance(key)
    return found[int(key)] if isinstance(found, list) else found[key]


def _step(node: Tree[Token], scope: Scope) -> HclValue:
    start, step = node.children[0], node.children[-1]
    return _get(_value(start, scope), step, scope)


def _splat(node: Tree[Token], scope: Scope) -> HclValue:
    start, splat = node.children[0], node.children[-1]
    found = _value(start, scope)
    items = _every(found)
    for step in splat.children if isinstance(splat, Tree) else ():
        if isinstance(step, Tree):
            items = [_get(item, step, scope) for item in items]
    return items


def _every(found: HclValue) -> list[HclValue]:
    if hasattr(found, "every"):
        items: list[HclValue] = found.every()
        return items
    _known(found)
    return list(found) if isinstance(found, list) else [] if found is None else [found]


def _call(node: Tree[Token], scope: Scope) -> HclValue:
    name = str(_parts(node)[0].children[0])
    arguments = [part for group in _parts(node)[1:] for part in _parts(group)]
    if name in ("try", "can", "coalesce"):
        return _tried(name, arguments, scope)
    found = [_value(argument, scope) for argument in arguments]
    if found and _is_spread(node):
        found = [*found[:-1], *found[-1]]
    if name == "file":
        return scope.names.file(_known(found[0]))
    if name in _LAZY:
        return called(name, [_listed(item) for item in found])
    return called(name, [_known(_listed(item)) for item in found])


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
    inside = (child for part in _parts(node) for child in part.children)
    return any(isinstance(child, Token) and child.type == "ELLIPSIS" for child in inside)


def _listed(found: HclValue) -> HclValue:
    if isinstance(found, AfterApply):
        raise CannotTellError(found.name)
    return found.every() if hasattr(found, "every") else found


def _tried(name: str, arguments: list[Tree[Token]], scope: Scope) -> HclValue:
    """Return the first argument that has a value; one that may have any is not known."""
    for argument in arguments:
        try:
            found = _known(_value(argument, scope))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
        if name == "can":
            return True
        if name == "try" or found not in (None, ""):
            return found
    if name == "can":
        return False
    raise CannotTellError(f"{name}(…)")


def _for_intro(node: Tree[Token], scope: Scope) -> Iterator[Scope]:
    intro = next(part for part in _parts(node) if part.data == "for_intro")
    names = [str(part.children[0]) for part in _parts(intro) if part.data == "identifier"]
    over = _parts(intro)[-1]
    items = _pairs(_value(over, scope))
    condition = next((part for part in _parts(node) if part.data == "for_cond"), None)
    for key, item in items:
        own = {names[0]: item} if len(names) == 1 else {names[0]: key, names[1]: item}
        inside = scope.with_own(**own)
        if condition is None or _known(_value(_parts(condition)[-1], inside)) is True:
            yield inside


def _pairs(found: HclValue) -> list[tuple[HclValue, HclValue]]:
    if isinstance(found, AfterApply):
        raise CannotTellError(found.name)
    if hasattr(found, "pairs"):
        pairs: list[tuple[HclValue, HclValue]] = found.pairs()
        return pairs
    return sorted(found.items()) if isinstance(found, Mapping) else list(enumerate(found))


def _for_tuple(node: Tree[Token], scope: Scope) -> HclValue:
    inner = [part for part in _parts(node) if part.data not in ("for_intro", "for_cond")]
    return [_value(inner[0], inside) for inside in _for_intro(node, scope)]


def _for_object(node: Tree[Token], scope: Scope) -> HclValue:
    key, inner = [part for part in _parts(node) if part.data not in ("for_intro", "for_cond")]
    grouped = any(isinstance(child, Token) and child.type == "ELLIPSIS" for child in node.children)
    found: dict[str, HclValue] = {}
    for inside in _for_intro(node, scope):
        name = str(_known(_value(key, inside)))
        item = _value(inner, inside)
        found[name] = [*found.get(name, []), item] if grouped else item
    return found


def _conditional(node: Tree[Token], scope: Scope) -> HclValue:
    condition, then, otherwise = _parts(node)
    return _value(then if _known(_value(condition, scope)) is True else otherwise, scope)


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le,
    ">=": operator.ge, "+": operator.add, "-": operator.sub, "*": operator.mul, "%": operator.mod,
    "&&": lambda one, other: one and other, "||": lambda one, other: one or other,
    "/": lambda one, other: one // other if one % other == 0 else one / other,
}  # fmt: skip


def _binary(node: Tree[Token], scope: Scope) -> HclValue:
    left, term = _parts(node)
    sign, right = _parts(term)
    one, other = _known(_value(left, scope)), _known(_value(right, scope))
    return _OPERATORS[str(sign.children[0])](one, other)


def _unary(node: Tree[Token], scope: Scope) -> HclValue:
    sign, inner = node.children
    found = _known(_value(inner, scope))
    return (not found) if str(sign) == "!" else -found


_NODES: Mapping[str, Callable[[Tree[Token], Scope], HclValue]] = {
    "expr_term": _inner,
    "interpolation": _inner,
    "literal_value": _literal,
    "int_lit": lambda node, _: int(str(node.children[0])),
    "float_lit": lambda node, _: float(str(node.children[0])),
    "string": _string,
    "heredoc_template": _heredoc,
    "tuple": _tuple,
    "object": _object,
    "identifier": _identifier,
    "function_call": _call,
    "index_expr_term": _step,
    "get_attr_expr_term": _step,
    "attr_splat_expr_term": _splat,
    "full_splat_expr_term": _splat,
    "for_tuple_expr": _for_tuple,
    "for_object_expr": _for_object,
    "conditional": _conditional,
    "binary_op": _binary,
    "unary_op": _unary,
}
