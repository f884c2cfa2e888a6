"""What does a run say besides its report?"""

from __future__ import annotations

from nlbcheck.run.progress import Progress


class HeardRemarks(Progress):
    """Keeps what it hears, to be told with the answer."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def remark(self, sentence: str) -> None:
        """See `Progress.remark`."""
        self.said.append(sentence)
