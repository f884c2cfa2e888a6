"""What of the snapshot could not be brought up?"""

from __future__ import annotations

from nlbcheck.model.facts import Absent, NotVisible


class Remarks:
    """Sentences, each said once, in the order in which they came up."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def say(self, sentence: str) -> None:
        """Note a sentence."""
        self._said.setdefault(sentence)

    def missing(self, found: Absent | NotVisible, instead: str) -> None:
        """Note that something is not in the snapshot, and what the lab has ``instead``."""
        what = found.fact if isinstance(found, NotVisible) else found.what
        how = "is not in the snapshot" if isinstance(found, NotVisible) else "does not exist"
        self.say(f"{what} {how}: {instead}")

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self._said)
