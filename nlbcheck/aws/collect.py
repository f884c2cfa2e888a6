"""What does AWS have to be asked, so that a question can be answered?

The question itself says so: each of its lookups that finds nothing notes what would show it. That is asked,
and the question is put again, until it misses nothing that can be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from nlbcheck import __version__
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.misses import Miss, ReadCall, calls, next_ones, reachable
from nlbcheck.aws.permission_trials import trials
from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall, without_secrets
from nlbcheck.aws.sources.port import RefusedError, Source
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import NlbcheckError
from nlbcheck.model.facts import DENIED, AccountRegion

_Result = TypeVar("_Result")

_AT_ONCE = 4
"""Calls at the same time: well below the 10 a second that ELB refills for a whole account."""
_ROUNDS = 60
"""So often a question is put at most. Each router on a path takes a few; what is still missed then, because
AWS answers with ever new things, stays not visible."""


class Recorded:
    """Answers questions from what is recorded, and asks nobody."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._state = AwsState(recording)

    def ask(self, question: Callable[[AwsState], _Result]) -> _Result:
        """Return the answer to a question."""
        return question(self._state)

    def forget(self, kind: Kind[Any]) -> None:
        """Do nothing: what is recorded does not change."""

    def try_permissions(self) -> None:
        """Do nothing: who made the recording has tried, or has not."""


class Collector:
    """Asks for what questions need, each thing once, and keeps every answer."""

    def __init__(
        self,
        sources: Mapping[AccountRegion, Source],
        progress: Callable[[str], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Ask ``sources``, one for each account and Region; tell ``progress`` of every call.

        The first of them is where the load balancer is looked for.
        """
        self._sources = sources
        self._progress = progress
        self._asked: set[Miss] = set()
        self._state = AwsState(Recording(clock(), __version__, ()), sources=tuple(sources))

    @property
    def recording(self) -> Recording:
        """Everything that was answered so far."""
        return self._state.recording

    def ask(self, question: Callable[[AwsState], _Result]) -> _Result:
        """Return the answer to a question, which may be put many times; or raise what it raises at last.

        What it needs to know beyond that AWS refused, or may not be asked here, is not visible to it.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in range(_ROUNDS):
                self._state.missed.clear()
                try:
                    result = question(self._state)
                except NlbcheckError:
                    if not self._learn(pool):
                        raise
                else:
                    if not self._learn(pool):
                        return result
        return question(self._state)

    def forget(self, kind: Kind[Any]) -> None:
        """Let AWS be asked anew for things of a kind, which may have changed, when they are next needed."""
        known = self._state.recording
        call = (kind.service, kind.operation)
        answers = tuple(item for item in known.answers if (item.service, item.operation) != call)
        gaps = tuple(item for item in known.gaps if (item.service, item.operation) != call)
        self._asked = {miss for miss in self._asked if (miss.kind.service, miss.kind.operation) != call}
        self._state = self._state.changed(replace(known, answers=answers, gaps=gaps))

    def _learn(self, pool: ThreadPoolExecutor) -> bool:
        """Ask what was missed and was not asked before; whether there was anything."""
        missed = reachable(self._state.missed, self._sources)
        fresh = next_ones([miss for miss in missed if miss not in self._asked])
        self._asked.update(fresh)
        self._state = self._state.learned(list(pool.map(self._call, calls(fresh))))
        return bool(fresh)

    def try_permissions(self) -> None:
        """Where AWS refused something, note in the recording what else it would refuse to show of a path."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = pool.map(self._call, trials(self._state.recording, tuple(self._sources)))
            refused = [item for item in answers if isinstance(item, RefusedCall) and item.error in DENIED]
        self._state = self._state.learned(refused)

    def _call(self, call: ReadCall) -> AnsweredCall | RefusedCall:
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
            return RefusedCall(*made, error=refused.code)
        return AnsweredCall(*made, response=without_secrets(response))
