"""How is what a script says taken apart into what each of its commands has said?

Before and after each answer the script writes a line with a mark that nobody can guess, so that no answer can
pass for another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MISSING = 127
"""The exit status of a program that is not there, as a shell's."""


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What one command of the script has said."""

    text: str
    """Its output, and what it complained of; hostile until it is escaped."""
    status: int | None
    """Its exit status; None where it was cut off."""

    @property
    def is_missing(self) -> bool:
        """Whether there is no such program."""
        return self.status == MISSING

    @property
    def is_good(self) -> bool:
        """Whether it has said all that it had to say."""
        return self.status == 0


ABSENT = CommandAnswer("", None)
"""Of a command that was not run, or never came to it."""


def split(output: str, mark: str) -> Mapping[str, tuple[CommandAnswer, ...]]:
    """Return what each command has said, by its name in the script; several answers have one name."""
    found: dict[str, tuple[CommandAnswer, ...]] = {}
    for part in output.split(f"\n{mark} begin ")[1:]:
        name, _, rest = part.partition("\n")
        text, _, status = rest.partition(f"\n{mark} end ")
        ended = status.partition("\n")[0]
        answer = CommandAnswer(
            text, int(ended) if ended.isascii() and ended.isdigit() and len(ended) < 4 else None
        )
        found[name] = (*found.get(name, ()), answer)
    return found
