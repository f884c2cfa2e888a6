"""How do several processors share one run, so that no target hears from two of them?

Each process has targets of its own, so the limit per target holds. What a process has to say lies in a file
in memory that outlives it; a socket tells how many results that is, and its end tells either side that the
other is gone: a process whose parent dies stops, whatever killed the parent.
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import os
import pickle
import selectors
import signal
import socket
import struct
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.language import tell
from nlbcheck.model import Flow, Observation, Status
from nlbcheck.probes import outcome, registry, schedule
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch, unwatched
from nlbcheck.probes.sockets import SocketDialler

_PATIENCE = 3.0
"""Seconds that processes have to end what they do, once they are told to."""

_LOOK = 0.1
"""Seconds between two looks at whether the run is to end."""

_CHUNK = 1 << 16
_LENGTH = struct.Struct("=Q")


def shares(flows: Sequence[Flow], count: int) -> list[list[int]]:
    """Return the indices of the flows in at most ``count`` shares of about one size, by target.

    Targets of which one connection may reach any belong together.
    """
    together = _together(flows)
    by_target = Counter(together.get(flow.machines[0], flow.target) for flow in flows)
    sizes = [(0, number) for number in range(min(count, len(by_target)))]
    owner: dict[str, int] = {}
    for target, size in by_target.most_common():
        least, number = sizes[0]
        owner[target] = number
        heapq.heapreplace(sizes, (least + size, number))
    made: list[list[int]] = [[] for _ in sizes]
    for index, flow in enumerate(flows):
        made[owner[together.get(flow.machines[0], flow.target)]].append(index)
    return made


def _together(flows: Sequence[Flow]) -> dict[str, str]:
    """Return for each target that is one of several what all that hang together with it are called."""
    named: dict[str, str] = {}
    members: defaultdict[str, list[str]] = defaultdict(list)
    for machines in {flow.any_of for flow in flows if flow.any_of}:
        first = named.setdefault(machines[0], machines[0])
        members[first] = members[first] or [first]
        for machine in machines[1:]:
            other = named.get(machine, machine)
            if other != first:
                joining = members.pop(other, None) or [other]
                members[first] += joining
                named.update(dict.fromkeys(joining, first))
    return named


def run(
    parts: Sequence[Sequence[int]], flows: Sequence[Flow], limits: Limits, watch: Watch = unwatched
) -> Observations | None:
    """Probe each of ``parts``, the indices of some ``flows``, in a process of its own.

    Returns None, with nothing probed, where this machine gives no more processes or files. A process that
    dies costs the results that it had not made yet: these are ``crashed``. To be called while there is
    one thread.
    """
    for check in {flow.check for flow in flows}:
        registry.find(check)  # imported once, not in every process
    crew: list[_Process] = []
    gc.freeze()  # what is there already stays in memory that all share
    try:
        each, more = divmod(limits.concurrency, len(parts))
        try:
            for number, part in enumerate(parts):
                own = replace(limits, concurrency=max(each + (number < more), 1))
                OF_THIS_PROCESS.check()
                process = _Process(part)
                crew.append(process)
                process.fork(flows, own, crew)
        except OSError:
            return None
        except KeyboardInterrupt:
            return outcome.whole(flows, [None] * len(flows), interrupted=True)
        interrupted = _attend(crew, len(flows), watch)
        results: list[Observation | None] = [None] * len(flows)
        for process in crew:
            for index, result in process.results(flows, interrupted=interrupted):
                results[index] = result
        return outcome.whole(flows, results, interrupted=interrupted)
    finally:
        gc.unfreeze()
        for process in crew:
            process.close()


def _attend(crew: Sequence[_Process], total: int, watch: Watch) -> bool:
    """Let the processes probe until they have ended; return whether that was an interrupt's doing."""
    interrupted = False
    try:
        for process in crew:
            process.begin()
        watch(0)
        watch(total - _until_done(crew, watch))
    except KeyboardInterrupt:
        interrupted = True
        for process in crew:
            process.stop()
        _until_done(crew, unwatched, time.monotonic() + _PATIENCE)
    finally:
        for process in crew:
            process.end()
    return interrupted


def _until_done(crew: Sequence[_Process], watch: Watch, until: float | None = None) -> int:
    """Wait until all processes have ended, or the time is over; return how many results they told of."""
    counted = 0
    with selectors.DefaultSelector() as selector:
        for process in crew:
            if not process.ended:
                selector.register(process.socket, selectors.EVENT_READ, process)
        while selector.get_map() and (until is None or time.monotonic() < until):
            if until is None:
                OF_THIS_PROCESS.check()
            for ready, _ in selector.select(_LOOK if until is None else max(until - time.monotonic(), 0.0)):
                count = ready.data.heard()
                counted += count
                if ready.data.ended:
                    selector.unregister(ready.fileobj)
                else:
                    watch(count)
    return counted


class _Process:
    """A process with a part of the flows, as its parent sees it."""

    def __init__(self, part: Sequence[int]) -> None:
        self.part = part
        self.ended = True
        """Whether it has said its last word; true before it has begun."""
        self._pid = self._status = 0
        self.socket, self._theirs = socket.socketpair()
        try:
            self._file = os.memfd_create("nlbcheck")
        except OSError:
            self.socket.close()
            self._theirs.close()
            raise

    def fork(self, flows: Sequence[Flow], limits: Limits, before: Sequence[_Process]) -> None:
        """Start the process, which waits for `begin`; raises ``OSError`` where there can be none."""
        # A Ctrl-C is the parent's affair, also while the new process has not said so yet.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._pid = os.fork()
            if not self._pid:
                self._work(flows, limits, before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._theirs.close()
        self.ended = False

    def begin(self) -> None:
        """Let the process probe; that it is dead already shows later."""
        with contextlib.suppress(OSError):
            self.socket.send(b"!")

    def heard(self) -> int:
        """Return how many results the process tells of now, or note that it has ended."""
        try:
            said = self.socket.recv(_CHUNK)
        except ConnectionResetError:
            said = b""
        self.ended = not said
        return sum(said)

    def stop(self) -> None:
        """Tell the process to end what it does, and to leave what it has."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Make sure that the process is no more, and note how it ended."""
        self.socket.close()
        self._theirs.close()
        if self._pid:
            if not self.ended:
                os.kill(self._pid, signal.SIGKILL)
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
            self._pid = 0

    def close(self) -> None:
        """Give up what the process left, and the process itself if it still is."""
        self.end()
        os.close(self._file)

    def results(self, flows: Sequence[Flow], *, interrupted: bool) -> Iterator[tuple[int, Observation]]:
        """Yield what the process left, by index; what it did not get to is crashed, or not there."""
        missing = dict.fromkeys(self.part)
        why = tell("its process ended with status {status}", status=self._status)
        if self._status < 0:
            name = signal.Signals(-self._status).name
            why = tell("its process was ended by {signal}", signal=name)
        for left in _read(self._file):
            if isinstance(left, str):
                why = left
                continue
            for index, status, *rest in left:
                del missing[index]
                yield index, Observation(flows[index].check, Status(status), *rest)
        if not interrupted:
            for index in missing:
                yield index, outcome.crashed(flows[index], why, attempts=0)

    def _work(self, flows: Sequence[Flow], limits: Limits, before: Sequence[_Process]) -> NoReturn:
        """Be the process."""
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for other in (*before, self):  # whose ends are the parent's
                other.socket.close()
            if self._theirs.recv(1):
                self._probe([flows[index] for index in self.part], limits)
            status = 0
        except BaseException as error:
            _write(self._file, f"{type(error).__name__}: {error}")
        finally:
            os._exit(status)

    def _probe(self, flows: Sequence[Flow], limits: Limits) -> None:
        """Probe the flows; results are left as soon as they are there."""
        self._theirs.setblocking(False)
        ready: list[tuple[object, ...]] = []

        def keep(index: int, result: Observation) -> None:
            ready.append((self.part[index], *_fields(result)))

        def leave(_count: int) -> None:
            if ready:
                _write(self._file, ready)
                with contextlib.suppress(BlockingIOError):  # a parent that does not look sees no progress
                    self._theirs.send(bytes([255]) * (len(ready) // 255) + bytes([len(ready) % 255]))
                ready.clear()

        try:
            schedule.run(flows, limits, SocketDialler(until=self._theirs.fileno()), leave, keep)
        finally:
            leave(0)


def _fields(result: Observation) -> tuple[object, ...]:
    """Return a result as plain values, in the order of its fields after the check."""
    return (
        result.status.value,
        result.connect_ms,
        result.total_ms,
        result.attempts,
        result.local_address,
        result.detail,
        result.error,
    )


def _write(file: int, value: object) -> None:
    data = pickle.dumps(value)
    left = memoryview(_LENGTH.pack(len(data)) + data)
    while left:
        left = left[os.write(file, left) :]


def _read(file: int) -> Iterator[Any]:
    """Yield what was written; what its writer did not get done is left out."""
    data = memoryview(os.pread(file, os.fstat(file).st_size, 0))
    while len(data) >= _LENGTH.size:
        end = _LENGTH.size + _LENGTH.unpack_from(data)[0]
        if len(data) >= end:
            yield pickle.loads(data[_LENGTH.size : end])  # noqa: S301 (our own process wrote it)
        data = data[end:]
