"""How many threads does it take to talk to servers of which some never answer?"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Job = Callable[[], None]


class Workers:
    """Threads that run jobs, few while jobs get done, more when all of them are stuck.

    A handful of threads is the quickest way through many short conversations; a silent server holds
    its thread until the deadline. So the pool doubles whenever jobs wait and none gets done.
    """

    FIRST = 8

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._waiting = 0
        self._stuck = False

    @property
    def waiting(self) -> bool:
        """Whether jobs have been handed over that are not done."""
        return self._waiting > 0

    def submit(self, job: Job) -> None:
        """Run ``job`` on a thread, soon; ``done`` must be called when its result was collected."""
        self._waiting += 1
        self._jobs.put(job)
        if len(self._threads) < self.FIRST:
            self._grow(1)

    def done(self) -> None:
        """Count one job as done."""
        self._waiting -= 1
        self._stuck = False

    def tick(self) -> None:
        """Double the threads if jobs wait and none was done since the last tick."""
        if self._stuck and not self._jobs.empty():
            self._grow(len(self._threads))
        self._stuck = True

    def close(self, patience: float) -> None:
        """Let the threads go, and wait up to ``patience`` seconds for each that is at work."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(patience)

    def _grow(self, count: int) -> None:
        for _ in range(min(count, self._most - len(self._threads))):
            # A daemon, so that one that cannot be woken does not keep the program from ending.
            thread = threading.Thread(target=self._work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()
