"""Where can a run that asks AWS be ended? Before each call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.model import Flow
from nlbcheck.probes.limits import Limits
from nlbcheck.run.progress import Progress


class Heeding(Progress):
    """Hands on what it hears; raises KeyboardInterrupt before a call to AWS, once somebody has asked."""

    def __init__(self, other: Progress) -> None:
        self._other = other

    def remark(self, sentence: str) -> None:
        """See `Progress.remark`."""
        self._other.remark(sentence)

    @contextmanager
    def asking(self) -> Iterator[Callable[[str], None]]:
        """See `Progress.asking`."""
        with self._other.asking() as told:

            def heeded(call: str) -> None:
                OF_THIS_PROCESS.check()
                told(call)

            yield heeded

    @contextmanager
    def probing(self, flows: Sequence[Flow], limits: Limits) -> Iterator[Callable[[int], None]]:
        """See `Progress.probing`."""
        with self._other.probing(flows, limits) as step:
            yield step

    def waiting(self, sentence: str, spent: float, bound: float) -> None:
        """See `Progress.waiting`."""
        self._other.waiting(sentence, spent, bound)

    def waited(self) -> None:
        """See `Progress.waited`."""
        self._other.waited()
