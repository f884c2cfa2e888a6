"""Which pseudonym stands for a name, the same everywhere?"""

from __future__ import annotations

from collections.abc import Iterator

_LONGEST = 255
"""Characters of a name that may end in another one; no name in AWS or in a table is longer."""


class Pseudonyms:
    """Names and what stands for them: all are noted first, then settled, then asked for."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def note(self, name: str) -> str:
        """Remember that a name is to be replaced, and return it."""
        self._known.setdefault(name, f"name-{len(self._known) + 1}")
        return name

    def settle(self) -> None:
        """Let a name that ends in another one, as ``example-tg-10022`` in ``tg-10022``, still end in it.

        A table may leave the beginning of a name out.
        """
        for name in sorted(self._known, key=len):
            ending = next((part for part in _endings(name) if part in self._known), None)
            if ending is not None:
                self._known[name] += f"-{self._known[ending]}"

    def of(self, name: str) -> str:
        """Return the pseudonym of a name that was noted."""
        return self._known[name]

    def __len__(self) -> int:
        return len(self._known)


def _endings(name: str) -> Iterator[str]:
    """Yield what a table may write in place of a name, the longest first."""
    for place, character in enumerate(name if len(name) <= _LONGEST else ""):
        if character == "-" and place + 1 < len(name):
            yield name[place + 1 :]
