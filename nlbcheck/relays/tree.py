"""What every reader makes of a file: values with the place where each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

from nlbcheck.errors import InputError
from nlbcheck.escape import printable, shortened

MOST_VALUES = 250_000
"""The most values that a file may have, those that aliases repeat counted each time."""
MOST_ROWS = 65_535
"""There are no more listener ports."""
DEEPEST = 16
"""How deep values may be nested; a table needs 7."""
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is not written in plain decimal digits: ``1e3``, ``0o22``, ``2.5``."""

    text: str


Scalar = bool | int | str | Number | None
Value = Union[Scalar, list["TreeNode"], dict[str, "TreeNode"]]  # noqa: UP007 - the names in quotes come later


@dataclass(slots=True)
class TreeNode:
    """One value of a file, and where it stands."""

    value: Value
    line: int
    key: TreeNode | None = None
    """The key before it, where the file writes one beside each value."""
    heading: str | None = None
    """What the file calls it, where that is not its key: the heading of a column."""
    start: int = 0
    end: int = 0
    """Offsets of its first character and of the one after its last."""
    flow: bool = False
    """Whether a mapping is written in braces."""
    size: int = 1
    """How many values it holds, itself included."""


class Problems:
    """Every mistake that is found in one file."""

    def __init__(self, source: str) -> None:
        self._source = printable(source)
        self._found: list[tuple[int, str]] = []
        self._more = 0

    def __len__(self) -> int:
        return len(self._found) + self._more

    @property
    def full(self) -> bool:
        """Whether further mistakes are only counted."""
        return len(self._found) >= _MOST_PROBLEMS

    def add(self, line: int, sentence: str) -> None:
        """Note one mistake; ``sentence`` begins with what it is about, ``line`` is 0 where there are none."""
        if not self.full:
            place = f"{self._source}:{line}" if line else self._source
            self._found.append((line, f"{place}: {sentence}"))
        else:
            self._more += 1

    def error(self) -> InputError:
        """Return the error that lists them all, in the order of lines."""
        sentences = [sentence for _, sentence in sorted(self._found, key=lambda item: item[0])]
        if self._more:
            sentences.append(f"{self._source}: and {self._more} more mistakes")
        return InputError(*sentences)


def shown(value: Value) -> str:
    """Return ``value`` as a message quotes it: short, on one line, harmless."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case Number(text):
            return _quoted(text)
        case str():
            return f"'{_quoted(value)}'"
        case int():
            return str(value)
        case list():
            return "a list"
        case _:
            return "a mapping"


def _quoted(text: str) -> str:
    return shortened(printable(text[:61]), 60)


def near(word: str, words: Sequence[str], cutoff: float = 0.6) -> list[str]:
    """Return up to three of ``words`` that ``word`` may have meant, as alike as ``cutoff`` says (0 to 1)."""
    from difflib import get_close_matches

    return get_close_matches(word[:100], words, n=3, cutoff=cutoff)
