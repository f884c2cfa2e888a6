"""What is written down: texts, numbers, lists and objects."""

from __future__ import annotations

import re

from lark import Token, Tree

from nlbcheck.terraform.hcl.bounds import known, size, spend
from nlbcheck.terraform.hcl.evaluation import NODES, Scope, evaluated, parts
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue, within
from nlbcheck.terraform.hcl.syntax import Syntax


def _inner(node: Tree[Token], scope: Scope) -> HclValue:
    return evaluated(parts(node)[0], scope)


def _literal(node: Tree[Token], _: Scope) -> HclValue:
    return {"true": True, "false": False, "null": None}[str(node.children[0])]


def _string(node: Tree[Token], scope: Scope) -> HclValue:
    inner = [part.children[0] for part in parts(node) if part.data == "string_part"]
    if len(inner) == 1 and isinstance(inner[0], Tree) and inner[0].data == "interpolation":
        return _inner(inner[0], scope)
    text = "".join(_piece(item, scope) for item in inner)
    spend(size(text))
    return text


def _piece(node: Syntax, scope: Scope) -> str:
    if isinstance(node, Token):
        if node.type.startswith("ESCAPED"):
            return str(node)[1:]
        return _unescaped(str(node))
    if node.data != "interpolation":
        raise CannotTellError("a template directive")
    found = known(_inner(node, scope))
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
    return [evaluated(part, scope) for part in parts(node)]


def _object(node: Tree[Token], scope: Scope) -> HclValue:
    found = {}
    for element in parts(node):
        key, inner = parts(element)[0], parts(element)[-1]
        found[_key(key, scope)] = evaluated(inner, scope)
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
    found = known(evaluated(inner, scope))
    return str(found)


def _identifier(node: Tree[Token], scope: Scope) -> HclValue:
    return scope.named(str(node.children[0]))


NODES.update(
    {
        "expr_term": _inner,
        "interpolation": _inner,
        "literal_value": _literal,
        "int_lit": lambda node, _: int(str(node.children[0])),
        "float_lit": lambda node, _: within(float(str(node.children[0]))),
        "string": _string,
        "heredoc_template": _heredoc,
        "tuple": _tuple,
        "object": _object,
        "identifier": _identifier,
    }
)
