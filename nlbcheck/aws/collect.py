"""Which recording tells all that a relay's rows need?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Protocol

from nlbcheck import __version__
from nlbcheck.aws.needs import Call, calls
from nlbcheck.aws.plan import next_needs
from nlbcheck.aws.players import Question
from nlbcheck.aws.recording import Answer, Gap, Recording, without_secrets
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import AccountRegion

_AT_ONCE = 4
"""Calls at the same time: well below the 10 a second that ELB refills for a whole account."""


class RefusedError(Exception):
    """AWS refused one call; ``code`` is its error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Source(Protocol):
    """Who answers calls."""

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer, or raise RefusedError."""


class Collector:
    """Asks for what questions need, each thing once, and keeps every answer."""

    def __init__(
        self,
        sources: Mapping[AccountRegion, Source],
        progress: Callable[[str], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Ask ``sources``, one for each account and Region; tell ``progress`` of every call."""
        self._sources = sources
        self._progress = progress
        self._taken_at = clock()
        self._asked: set[object] = set()
        self._answers: list[Answer] = []
        self._gaps: list[Gap] = []

    @property
    def recording(self) -> Recording:
        """Everything that was answered so far."""
        return Recording(self._taken_at, __version__, tuple(self._answers), tuple(self._gaps))

    def collect(self, question: Question) -> Recording:
        """Ask until nothing more can be learned about a question; return all that is known."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while needs := next_needs(AwsState(self.recording), question, self._asked):
                self._asked |= {need.identity for need in needs}
                reachable = [call for call in calls(needs) if call.account_region in self._sources]
                for item in pool.map(self._ask, reachable):
                    if isinstance(item, Answer):
                        self._answers.append(item)
                    else:
                        self._gaps.append(item)
        return self.recording

    def _ask(self, call: Call) -> Answer | Gap:
        self._progress(f"{call.service}:{call.operation}")
        made = (
            call.account_region.account,
            call.account_region.region,
            call.service,
            call.operation,
            call.parameters,
        )
        try:
            response = self._sources[call.account_region].call(call.service, call.operation, call.parameters)
        except RefusedError as refused:
            return Gap(*made, error=refused.code)
        return Answer(*made, response=without_secrets(response))
