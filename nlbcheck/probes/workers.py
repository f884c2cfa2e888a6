"""How many threads does it take to talk to servers of which some never answer?"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from nlbcheck.errors import UnseenError

Job = Callable[[], None]

_FIRST = 2
_BUSY = 0.6
"""The share of one processor above which more threads would only get in each other's way."""


class Workers:
    """Threads that run jobs: two while these keep the processor busy, more while they wait.

    Python runs one thread at a time, so two are the quickest way through many short conversations; but a
    distant or silent server holds its thread until it answers. So the threads double for as long as jobs
    queue up and the processor has nothing to do.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._seen = (time.monotonic(), time.process_time())

    def submit(self, job: Job) -> None:
        """Run ``job`` on a thread, soon."""
        self._jobs.put(job)
        if len(self._threads) < _FIRST:
            self._grow(1)

    def tick(self) -> None:
        """Double the threads if jobs queue up while the processor is idle; to be called regularly."""
        now, cpu = time.monotonic(), time.process_time()
        idle = cpu - self._seen[1] < _BUSY * (now - self._seen[0])
        self._seen = (now, cpu)
        if idle and not self._jobs.empty():
            self._grow(len(self._threads))

    def close(self, patience: float) -> None:
        """Let the threads go, and wait up to ``patience`` seconds for those that are at work."""
        for _ in self._threads:
            self._jobs.put(None)
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))

    def _grow(self, count: int) -> None:
        for _ in range(min(count, self._most - len(self._threads))):
            # A daemon, so that one that cannot be woken does not keep the program from ending.
            thread = threading.Thread(target=self._work, daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # this machine gives no more
                if not self._threads:
                    raise UnseenError(f"no thread could be started to talk to servers: {error}") from None
                self._most = len(self._threads)
                return
            self._threads.append(thread)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()
