"""Which blocks and attributes does a file hold?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hcl2 import parses_to_tree
from lark import Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from nlbcheck import contents
from nlbcheck.errors import InputError

Syntax = Tree[Token] | Token
"""A part of an expression, as the parser gives it."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stands between braces, or in a whole file."""

    attributes: dict[str, Syntax] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def of(self, kind: str) -> Iterator[Block]:
        """Yield the blocks of a kind."""
        return (block for block in self.blocks if block.kind == kind)


@dataclass(frozen=True, slots=True)
class Block:
    """A block: ``resource "aws_lb" "relay" { … }``."""

    kind: str
    labels: tuple[str, ...]
    body: Body
    place: str
    """File and line, for messages."""


_MOST = 1 << 24
"""Bytes of a file that are read; people write less."""


def read(path: Path) -> Body:
    """Return what a file holds; InputError with file and line where it is not HCL."""
    try:
        text = contents.read(path, _MOST).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text in UTF-8") from error
    try:
        return _body(parses_to_tree(text).children[0], path)
    except UnexpectedInput as error:
        line, found = _found(error, text)
        if path.suffix == ".tfvars":
            found = "its text is not shown, for it may be a secret"
        raise InputError(f"{path}:{line}: not HCL: {found}") from None
    except (LarkError, RecursionError) as error:
        raise InputError(f"{path}: not HCL that can be read") from error


def _found(error: UnexpectedInput, text: str) -> tuple[int, str]:
    """Return the line of a mistake, and what is there."""
    lines = text.splitlines() or [""]
    if error.line < 1 or error.line > len(lines):
        return len(lines), "the file ends where more was expected"
    shown = lines[error.line - 1].strip()[:60]
    return error.line, f"unexpected {shown!r}" if shown else "unexpected end of the line"


def _body(node: Syntax, path: Path) -> Body:
    body = Body()
    for child in _trees(node):
        if child.data == "attribute":
            body.attributes[_word(child.children[0])] = child.children[-1]
        elif child.data == "block":
            body.blocks.append(_block(child, path))
    return body


def _block(node: Tree[Token], path: Path) -> Block:
    names = [child for child in _trees(node) if child.data not in ("body", "new_line_or_comment")]
    inner = next(child for child in _trees(node) if child.data == "body")
    kind, *labels = map(_word, names)
    return Block(kind, tuple(labels), _body(inner, path), f"{path}:{node.meta.line}")


def _trees(node: Syntax) -> Iterator[Tree[Token]]:
    if isinstance(node, Tree):
        yield from (child for child in node.children if isinstance(child, Tree))


def _word(node: Syntax) -> str:
    """Return a name: an identifier, a keyword or a quoted label."""
    if isinstance(node, Token):
        return str(node)
    return "".join(str(word) for word in node.scan_values(lambda _: True) if word != '"')
