"""How much may the expressions of a configuration make? What grows without end is nobody's relay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from nlbcheck.aws.fields import AfterApply
from nlbcheck.contents import DEEPEST
from nlbcheck.errors import InputError
from nlbcheck.terraform.hcl.functions import CannotTellError, HclValue

STEP, INSTANCE, MODULE = 4, 40, 400
"""What it costs to evaluate a part of an expression, to make an instance, and to call a module."""
MOST = 5_000_000
"""What a whole configuration may cost, some five seconds of it; 2,000 resources cost about 400,000."""
_TEXT = 16
"""Characters of a text that count as much as one item of a list."""


@dataclass
class Effort:
    """What evaluating a configuration may still cost."""

    left: int = MOST


_EFFORT: ContextVar[Effort] = ContextVar("effort")


class TooMuchError(InputError):
    """What a configuration makes has no end that could be waited for."""

    def __init__(self, problem: str, of: str = "") -> None:
        super().__init__(f"{of}: {problem}" if of else problem)
        self.problem = problem
        self.of = of
        """The value that it came up in."""


@contextmanager
def bounded() -> Iterator[None]:
    """Bound what is evaluated in here."""
    before = _EFFORT.set(Effort())
    try:
        yield
    finally:
        _EFFORT.reset(before)


def spend(cost: int) -> None:
    """Note what evaluating something costs, before it is done; TooMuchError where it is more than is left."""
    effort = _EFFORT.get()
    effort.left -= cost
    if effort.left < 0:
        raise TooMuchError("makes more than can be evaluated: expected what Terraform could apply to AWS")


def size(found: HclValue) -> int:
    """Return what a value costs, without what is inside its items."""
    if isinstance(found, str):
        return len(found) // _TEXT
    return len(found) if isinstance(found, (dict, list, tuple)) else 1


def walked(found: HclValue, deep: int = 0) -> AfterApply | None:
    """Count all that is inside a value, also what is there many times; return the first that is not known."""
    if isinstance(found, AfterApply):
        return found
    spend(size(found))
    if not isinstance(found, (dict, list, tuple)):
        return None
    if deep > DEEPEST:
        raise TooMuchError(f"is nested too deeply: expected at most {DEEPEST} lists or objects deep")
    first = None
    for item in found.values() if isinstance(found, dict) else found:
        if isinstance(item, (str, dict, list, tuple, AfterApply)):
            unknown = walked(item, deep + 1)
            first = first or unknown
    return first


def known(found: HclValue) -> HclValue:
    """Return a value that is known as a whole."""
    unknown = walked(found)
    if unknown is not None:
        raise CannotTellError.of(unknown)
    return found
