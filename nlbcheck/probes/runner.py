"""In what order, how many at once and for how long are the endpoints probed?"""

from __future__ import annotations

import errno
import heapq
import itertools
import queue
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module

from nlbcheck.model import Check, Endpoint, ProbeResult, Status
from nlbcheck.probes.connection import Answer, Connection
from nlbcheck.probes.dial import Dialled, Dialler
from nlbcheck.probes.limits import Limits, within_open_files
from nlbcheck.probes.workers import Workers

Probe = Callable[[Connection, Endpoint], Answer]

PROBES = {Check.TCP: "tcp", Check.HTTP: "http", Check.HTTPS: "https", Check.SSH: "ssh"}
"""The module of each check's ``probe``, imported when the first endpoint asks for it."""

_TICK = 0.02
"""Seconds between two looks at whether the workers get on."""

_DIAL_ERRORS = {
    errno.ECONNREFUSED: (Status.REFUSED, "the connection was refused"),
    errno.ETIMEDOUT: (Status.TIMED_OUT, "no answer"),
    errno.ECONNRESET: (Status.RESET, "the connection was reset while it was made"),
}
_UNREACHABLE = {
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EHOSTDOWN,
    errno.ENETDOWN,
    errno.EACCES,
    errno.EPERM,
}
_WORTH_ANOTHER_ATTEMPT = {
    Status.REFUSED,
    Status.TIMED_OUT,
    Status.RESET,
    Status.UNREACHABLE,
    Status.NO_REPLY,
    Status.BAD_REPLY,
}
"""A wrong answer is an answer, and stands; the rest may have been a passing trouble."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results, in the order of the endpoints, and whether all of them could be had."""

    results: tuple[ProbeResult, ...]
    interrupted: bool


def run(
    endpoints: Sequence[Endpoint], limits: Limits, on_result: Callable[[], None] = lambda: None
) -> Outcome:
    """Probe every endpoint, each on one connection, within ``limits``.

    ``on_result`` is called as each result comes in. A ``KeyboardInterrupt`` ends the run; what was not
    finished by then has the status ``interrupted``.
    """
    running = _Run(endpoints, replace(limits, concurrency=within_open_files(limits.concurrency)), on_result)
    interrupted = False
    try:
        running.until_done()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        running.close()
    unfinished = Status.INTERRUPTED, "interrupted before it was done"
    return Outcome(
        tuple(
            result or ProbeResult(endpoint.check, unfinished[0], attempts=0, error=unfinished[1])
            for endpoint, result in zip(endpoints, running.results, strict=True)
        ),
        interrupted,
    )


@dataclass(slots=True)
class _Task:
    """One endpoint on its way to a result."""

    index: int
    endpoint: Endpoint
    attempts: int = 0
    spent: float = 0.0
    """Seconds that this attempt has used so far."""
    key_types: deque[str] = field(default_factory=deque)
    """Host key types to ask for, each on a connection of its own, until a pinned key is seen."""
    stands: ProbeResult | None = None
    """The result that stands if none of these connections brings a better one."""


@dataclass(frozen=True, slots=True)
class _Conversation:
    task: _Task
    connection: Connection
    connected_in: float
    """Seconds."""
    local_address: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What a conversation came to, and the seconds it took."""

    conversation: _Conversation
    answer: Answer
    seconds: float


class _Run:
    """The state of one run; one thread dials and decides, workers talk to those who answer."""

    def __init__(self, endpoints: Sequence[Endpoint], limits: Limits, on_result: Callable[[], None]) -> None:
        self.results: list[ProbeResult | None] = [None] * len(endpoints)
        self._limits = limits
        self._on_result = on_result
        self._ready = deque(_Task(index, endpoint) for index, endpoint in enumerate(endpoints))
        self._held: defaultdict[str, deque[_Task]] = defaultdict(deque)
        """Tasks that wait for one of their target's places."""
        self._paused: list[tuple[float, int, _Task]] = []
        self._order = itertools.count()
        self._unsettled = len(endpoints)
        self._places: Counter[str] = Counter()
        """Connections per target."""
        self._resting: list[tuple[float, str]] = []
        """Targets with a place that is free again at a certain time."""
        self._active = 0
        self._dialler: Dialler[_Task] = Dialler()
        self._workers = Workers(limits.concurrency)
        self._talking: dict[int, _Conversation] = {}
        self._talked: queue.SimpleQueue[_Said] = queue.SimpleQueue()
        # Imported before the clocks start: paramiko alone takes longer than a probe.
        self._probes: dict[Check, Probe] = {
            check: import_module(f"nlbcheck.probes.{PROBES[check]}").probe
            for check in {endpoint.check for endpoint in endpoints}
        }

    def until_done(self) -> None:
        next_tick = time.monotonic() + _TICK
        while self._unsettled:
            self._start_what_may_start()
            for dialled in self._dialler.poll(self._patience()):
                self._connected(dialled)
            while not self._talked.empty():
                self._answered(self._talked.get())
            if self._talking and time.monotonic() >= next_tick:
                self._workers.tick()
                next_tick = time.monotonic() + _TICK

    def close(self) -> None:
        for conversation in self._talking.values():
            conversation.connection.shutdown_quietly()
        self._workers.close(patience=1.0)
        for conversation in self._talking.values():
            conversation.connection.close()
        self._dialler.close()

    def _patience(self) -> float:
        """Return the seconds to wait for the network before looking at anything else."""
        if self._talking:
            return _TICK
        soonest = [heap[0][0] for heap in (self._paused, self._resting) if heap]
        # The dialler itself wakes up for its next deadline.
        return max(min(soonest) - time.monotonic(), 0.0) if soonest else 60.0

    def _start_what_may_start(self) -> None:
        now = time.monotonic()
        while self._paused and self._paused[0][0] <= now:
            self._ready.append(heapq.heappop(self._paused)[2])
        while self._resting and self._resting[0][0] <= now:
            self._free_a_place_at(heapq.heappop(self._resting)[1])
        while self._ready and self._active < self._limits.concurrency:
            task = self._ready.popleft()
            target = task.endpoint.target
            if self._places[target] >= self._limits.per_target:
                self._held[target].append(task)
                continue
            self._places[target] += 1
            self._active += 1
            task.attempts += 1
            task.spent = 0.0
            self._dial(task)

    def _dial(self, task: _Task) -> None:
        endpoint = task.endpoint
        self._dialler.dial(task, endpoint.node.address, endpoint.port, self._limits.timeout - task.spent)

    def _connected(self, dialled: Dialled[_Task]) -> None:
        task = dialled.key
        task.spent += dialled.seconds
        if isinstance(dialled.outcome, OSError):
            self._result(task, _not_connected(task, dialled.outcome, dialled.seconds))
            return
        address, port = dialled.outcome.getsockname()
        conversation = _Conversation(task, dialled.outcome, dialled.seconds, f"{address}:{port}")
        self._talking[id(conversation)] = conversation
        if task.endpoint.check is Check.TCP:
            self._answered(self._talk(conversation))
        else:
            self._workers.submit(lambda: self._talk_aside(conversation))

    def _talk_aside(self, conversation: _Conversation) -> None:
        self._talked.put(self._talk(conversation))
        self._dialler.wake()

    def _talk(self, conversation: _Conversation) -> _Said:
        connection, task = conversation.connection, conversation.task
        connection.opened = time.monotonic()
        connection.deadline = connection.opened + self._limits.timeout - task.spent
        try:
            answer = self._probes[task.endpoint.check](connection, task.endpoint)
        except Exception as error:  # a fault of ours costs this one result, not the run
            answer = Answer(Status.CRASHED, error=f"{type(error).__name__}: {error}")
        return _Said(conversation, answer, time.monotonic() - connection.opened)

    def _answered(self, said: _Said) -> None:
        conversation, answer = said.conversation, said.answer
        task, connection = conversation.task, conversation.connection
        del self._talking[id(conversation)]
        task.spent += said.seconds
        connection.close()
        result = ProbeResult(
            task.endpoint.check,
            answer.status,
            connect_ms=conversation.connected_in * 1000,
            total_ms=(conversation.connected_in + said.seconds) * 1000,
            attempts=task.attempts,
            local_address=conversation.local_address,
            detail=answer.detail,
            error=answer.error,
        )
        if task.stands is None and answer.ask_next:
            task.stands = result
            task.key_types.extend(answer.ask_next)
        self._result(task, result)

    def _result(self, task: _Task, result: ProbeResult) -> None:
        if task.stands and result.status is not Status.OK:
            if task.key_types and task.spent < self._limits.timeout:
                task.endpoint = replace(task.endpoint, ssh_key_types=(task.key_types.popleft(),))
                self._dial(task)
                return
            result = task.stands
        self._active -= 1
        rest = max(self._limits.rest - task.spent, 0.0)
        heapq.heappush(self._resting, (time.monotonic() + rest, task.endpoint.target))
        if result.status in _WORTH_ANOTHER_ATTEMPT and task.attempts < self._limits.attempts:
            again = time.monotonic() + self._limits.pause
            heapq.heappush(self._paused, (again, next(self._order), task))
            return
        self.results[task.index] = result
        self._unsettled -= 1
        self._on_result()

    def _free_a_place_at(self, target: str) -> None:
        self._places[target] -= 1
        if held := self._held[target]:
            self._ready.appendleft(held.popleft())


def _not_connected(task: _Task, error: OSError, seconds: float) -> ProbeResult:
    if error.errno in _DIAL_ERRORS:
        status, words = _DIAL_ERRORS[error.errno]
        words = f"{words} within {seconds:.1f} s" if status is Status.TIMED_OUT else words
    elif error.errno in _UNREACHABLE:
        status, words = Status.UNREACHABLE, f"this machine was told: {error.strerror}"
    else:
        status, words = Status.CRASHED, f"no connection could be started: {error.strerror}"
    return ProbeResult(
        task.endpoint.check, status, total_ms=seconds * 1000, attempts=task.attempts, error=words
    )
