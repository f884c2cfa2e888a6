"""What does a run tell while it is under way?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from nlbcheck.model import Flow
from nlbcheck.probes.limits import Limits


class Progress:
    """Hears how far a run is. This one says nothing; a command line overrides what it shows."""

    def remark(self, sentence: str) -> None:
        """Hear what a reader should know besides the report; ``sentence`` is not yet escaped."""

    @contextmanager
    def asking(self) -> Iterator[Callable[[str], None]]:
        """Yield what is told of each call to AWS, as ``ec2:DescribeSubnets``."""
        yield lambda _call: None

    @contextmanager
    def probing(self, flows: Sequence[Flow], limits: Limits) -> Iterator[Callable[[int], None]]:
        """Yield what is told how many more of ``flows`` are done; first, with 0, that it begins.

        A flow stands there once for each connection that it may have; more may be done than are made.
        """
        yield lambda _count: None

    def waiting(self, sentence: str, spent: float, bound: float) -> None:
        """Hear what a run waits for, once a second; ``spent`` of at most ``bound`` seconds are over."""

    def waited(self) -> None:
        """Hear that what was waited for is there, or is waited for no longer."""


SILENT = Progress()
