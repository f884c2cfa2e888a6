"""In what order, how many at once and for how long are the flows probed?"""

from __future__ import annotations

import heapq
import itertools
import math
import queue
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlbcheck.errors import VantageError
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.model import Flow, Observation, Status
from nlbcheck.probes import bounded, outcome, registry
from nlbcheck.probes.answer import Answer
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.dialling import Dialled, Dialler
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.looked import PATIENCE, Looked
from nlbcheck.probes.outcome import Observations, Watch
from nlbcheck.probes.task import Task
from nlbcheck.probes.workers import Workers

_TICK = 0.02
"""Seconds between two looks at whether the workers get on."""

_PAUSE = 1.0
"""Seconds of standing still after which an answer is late for that; a quarter of a timeout, if less."""

_AT_ONCE = 128
"""Connections that are started before the network is looked at again, so that what answers is timed well."""

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
class _Said:
    """What a conversation came to, and the seconds it took."""

    dialled: Dialled[Task]
    answer: Answer
    seconds: float


def run(
    flows: Sequence[Flow],
    limits: Limits,
    dialler: Dialler[Task],
    watch: Watch = outcome.unwatched,
    on_result: Callable[[int, Observation], None] = lambda _index, _result: None,
) -> Observations:
    """Probe every flow, each on one connection that ``dialler`` opens, within ``limits``.

    ``on_result`` is called with each result and its flow's index as it comes in. A ``KeyboardInterrupt``
    ends the run; what was not finished by then has the status ``interrupted``. The dialler is closed.
    """
    schedule = _Schedule(flows, limits, dialler, on_result)
    interrupted = False
    try:
        schedule.until_done(watch)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        schedule.close()
    return outcome.whole(flows, schedule.results, interrupted=interrupted)


class _Schedule:
    """The state of one run; one thread dials and decides, workers hold the conversations that wait."""

    def __init__(
        self,
        flows: Sequence[Flow],
        limits: Limits,
        dialler: Dialler[Task],
        on_result: Callable[[int, Observation], None],
    ) -> None:
        self.results: list[Observation | None] = [None] * len(flows)
        self._flows = flows
        self._limits = limits
        self._until = math.inf if limits.until is None else limits.until
        self._looked = Looked()
        self._on_result = on_result
        self._ready = deque(Task(index, flow) for index, flow in enumerate(flows))
        self._held: defaultdict[str, deque[Task]] = defaultdict(deque)
        """Tasks that wait for one of a target's places."""
        self._paused: list[tuple[float, int, Task]] = []
        self._order = itertools.count()
        self._unsettled = len(flows)
        self._places: Counter[str] = Counter()
        """Connections per target."""
        self._resting: list[tuple[float, str]] = []
        """Targets with a place that is free again at a certain time."""
        self._active: set[Task] = set()
        self._dialler = dialler
        self._workers = Workers(limits.concurrency)
        self._talking: dict[Task, Connection] = {}
        self._talked: queue.SimpleQueue[_Said] = queue.SimpleQueue()
        # Imported before the clocks start: paramiko alone takes longer than a probe.
        started = time.monotonic()
        self._probes = {check: registry.find(check) for check in {item.check for item in flows}}
        self._until += time.monotonic() - started

    def until_done(self, watch: Watch) -> None:
        """Run until every flow has its result, or the time of the run is over."""
        watch(0)
        next_tick = time.monotonic() + _TICK
        self._looked = Looked()
        while (unsettled := self._unsettled) and time.monotonic() < self._until:
            OF_THIS_PROCESS.check()
            self._start_what_may_start()
            dialled = self._dialler.poll(self._patience())
            self._notice_a_pause()
            for one in dialled:
                self._connected(one)
            while not self._talked.empty():
                said = self._talked.get()
                self._notice_a_pause()
                self._answered(said)
            if self._talking and time.monotonic() >= next_tick:
                self._workers.tick()
                next_tick = time.monotonic() + _TICK
            if settled := unsettled - self._unsettled:
                watch(settled)

    def close(self) -> None:
        """End what is under way."""
        for connection in self._talking.values():
            connection.shutdown()
        self._workers.close(patience=1.0)
        for connection in self._talking.values():
            connection.close()
        self._dialler.close()

    def _notice_a_pause(self) -> None:
        """Note what was under way while this process stood still, and run on for as long."""
        lost = self._looked.again()
        if lost > min(_PAUSE, self._limits.timeout / 4):
            self._until += lost
            for task in self._active:
                task.disturbed = True

    def _patience(self) -> float:
        """Return the seconds to wait for the network before looking at anything else."""
        if self._ready and len(self._active) < self._limits.concurrency:
            return 0.0
        if self._talking:
            return _TICK
        soonest = [heap[0][0] - time.monotonic() for heap in (self._paused, self._resting) if heap]
        # The dialler itself wakes up for its next deadline.
        return max(min([*soonest, PATIENCE]), 0.0)

    def _start_what_may_start(self) -> None:
        now = time.monotonic()
        while self._paused and self._paused[0][0] <= now:
            self._ready.append(heapq.heappop(self._paused)[2])
        while self._resting and self._resting[0][0] <= now:
            self._free_a_place_at(heapq.heappop(self._resting)[1])
        for _ in range(_AT_ONCE):
            if not self._ready or len(self._active) >= self._limits.concurrency:
                break
            task = self._ready.popleft()
            machines = task.flow.machines
            full = next((one for one in machines if self._places[one] >= self._limits.per_target), None)
            if full is not None:
                self._hold(task, full)
                continue
            for machine in machines:
                self._places[machine] += 1
            self._active.add(task)
            task.attempts += 1
            task.spent = 0.0
            self._dial(task)

    def _hold(self, task: Task, full: str) -> None:
        """Let a task wait for a place at one of its targets; those at the others are for who waits there."""
        self._held[full].append(task)
        for machine in task.flow.any_of:
            if self._places[machine] < self._limits.per_target and self._held[machine]:
                self._ready.appendleft(self._held[machine].popleft())

    def _dial(self, task: Task) -> None:
        flow = task.flow
        try:
            task.exchange = self._probes[flow.check].exchange(flow)
        except Exception as error:  # a fault of ours costs this one result, not the run
            self._result(task, outcome.crashed(flow, _named(error), task.attempts))
            return
        to = flow.dialled
        self._dialler.dial(task, to, self._limits.timeout - task.spent, task.exchange)

    def _connected(self, dialled: Dialled[Task]) -> None:
        task, connection = dialled.key, dialled.outcome
        task.spent += dialled.seconds
        if isinstance(connection, OSError):
            self._result(task, outcome.not_connected(task.flow, connection, dialled.seconds, task.attempts))
        elif isinstance(connection, Exception):
            self._result(task, outcome.crashed(task.flow, _named(connection), task.attempts))
        elif task.exchange and dialled.held is not None:
            answer = _guarded(task.exchange.judge, connection)
            self._answered(_Said(dialled, answer, dialled.held))
        else:
            self._talking[task] = connection
            self._workers.submit(lambda: self._talk(dialled, connection))

    def _talk(self, dialled: Dialled[Task], connection: Connection) -> None:
        """Hold a conversation; this is what the workers do."""
        task = dialled.key
        connection.opened = time.monotonic()
        connection.deadline = connection.opened + self._limits.timeout - task.spent
        answer = _guarded(self._probes[task.flow.check].talk, connection, task.flow)
        self._talked.put(_Said(dialled, answer, time.monotonic() - connection.opened))
        self._dialler.wake()

    def _answered(self, said: _Said) -> None:
        dialled, answer = said.dialled, said.answer
        task, connection = dialled.key, dialled.outcome
        self._talking.pop(task, None)
        task.spent += said.seconds
        heard = 0
        if isinstance(connection, Connection):
            connection.close()
            heard = connection.received
            if isinstance(connection.broken_by, VantageError) and answer.status is not Status.OK:
                answer = Answer(Status.INTERRUPTED, error=connection.broken_by.words)
        result = Observation(
            task.flow.check,
            answer.status,
            connect_ms=dialled.seconds * 1000,
            total_ms=(dialled.seconds + said.seconds) * 1000,
            attempts=task.attempts,
            local_address=dialled.local_address,
            detail=bounded.detail(answer.detail, heard),
            error=bounded.error(answer.error),
        )
        if task.stands is None and answer.ask_next:
            task.stands = result
            task.ask_next = answer.ask_next
        self._result(task, result)

    def _result(self, task: Task, result: Observation) -> None:
        if task.disturbed and result.status is not Status.OK:
            self._release(task)
            self._ready.append(Task(task.index, self._flows[task.index], attempts=task.attempts - 1))
            return
        if task.stands and result.status is not Status.OK:
            if task.ask_next and task.spent < self._limits.timeout:
                task.flow, *rest = task.ask_next
                task.ask_next = tuple(rest)
                self._dial(task)
                return
            result = task.stands
        self._release(task)
        if result.status in _WORTH_ANOTHER_ATTEMPT and task.attempts < self._limits.attempts:
            again = time.monotonic() + self._limits.pause
            heapq.heappush(self._paused, (again, next(self._order), task))
            return
        self.results[task.index] = result
        self._unsettled -= 1
        self._on_result(task.index, result)

    def _release(self, task: Task) -> None:
        """Give up a connection's place at its targets, once these have noticed that it is over."""
        self._active.discard(task)
        pause = max(self._limits.rest - task.spent, 0.0)
        for machine in task.flow.machines:
            heapq.heappush(self._resting, (time.monotonic() + pause, machine))

    def _free_a_place_at(self, target: str) -> None:
        self._places[target] -= 1
        if held := self._held[target]:
            self._ready.appendleft(held.popleft())


def _guarded(judge: Callable[..., Answer], *arguments: object) -> Answer:
    """Call a probe; a fault of ours costs its one result, not the run."""
    try:
        return judge(*arguments)
    except Exception as error:
        return Answer(Status.CRASHED, error=_named(error))


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
