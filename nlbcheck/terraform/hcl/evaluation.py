"""How is an expression evaluated, whatever it is made of?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lark import Token, Tree

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform.hcl.bounds import STEP, TooMuchError, spend, walked
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue
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
        found = evaluated(node, scope)
        walked(found)
    except TooMuchError as error:
        raise TooMuchError(error.problem, error.of or name) from None
    except CannotTellError as error:
        return AfterApply(f"{name} ({error})", is_sensitive=error.is_sensitive)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        return AfterApply(f"{name} ({type(error).__name__}: {error})")
    return found


def evaluated(node: Syntax, scope: Scope) -> HclValue:
    """Return the value of an expression; CannotTellError where it cannot be told."""
    spend(STEP)
    if isinstance(node, Token):
        return str(node)
    evaluate = NODES.get(str(node.data))
    if evaluate is None:
        raise CannotTellError(f"an expression of kind {node.data}")
    return evaluate(node, scope)


def parts(node: Tree[Token]) -> list[Tree[Token]]:
    """Return the trees inside a node, without comments and line ends."""
    return [item for item in node.children if isinstance(item, Tree) and item.data != "new_line_or_comment"]


NODES: dict[str, Callable[[Tree[Token], Scope], HclValue]] = {}
"""How each kind of node is evaluated; the modules beside this one fill it."""
