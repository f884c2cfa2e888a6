"""Run from ``python -m``: one run by several processes, in a process that has one thread.

Reads a JSON object from stdin: the ``flows`` as (port, check, target), the ``limits``, how many
``processes``, what to ``do`` on the way, and after how many results to ``tell`` (0: never). Writes a line
with the processes it started, one when it tells, then what came of the run.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from nlbcheck.model import Check
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage.local import ThisMachine
from tests.probes.probing import endpoint


def children() -> list[int]:
    pid = os.getpid()
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _interrupt() -> int:
    raise KeyboardInterrupt


def main() -> None:
    asked = json.load(sys.stdin)
    counts: list[int] = []
    forks: list[int] = []

    def watch(count: int) -> None:
        if not counts:
            forks.extend(children())
            sys.stdout.write(json.dumps(forks) + "\n")
            sys.stdout.flush()
        counts.append(count)
        if 0 < asked["tell"] <= sum(counts):
            asked["tell"] = 0
            sys.stdout.write("so many\n")
            sys.stdout.flush()
            if asked["do"] == "kill a child":
                os.kill(forks[0], signal.SIGKILL)

    def refused(*_: object) -> int:
        raise OSError(errno.EAGAIN, "refused")

    if asked["do"] in ("fork", "memfd_create"):
        setattr(os, asked["do"], refused)
    if asked["do"] == "interrupt":
        forks_left, fork = [1], os.fork
        os.fork = lambda: fork() if forks_left and forks_left.pop() else _interrupt()
    if asked["do"] == "second fork":
        forks_left, fork = [1], os.fork
        os.fork = lambda: fork() if forks_left and forks_left.pop() else refused()
    if asked["do"] == "thread":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    flows = [endpoint(port, Check(check), target=target) for port, check, target in asked["flows"]]
    if asked["do"] == "interrupt":
        watch(0)
    done = ThisMachine(processes=asked["processes"]).probe(flows, Limits(**asked["limits"]), watch)
    result: dict[str, Any] = {
        "statuses": [item.status for item in done.results],
        "checks": [item.check for item in done.results],
        "errors": [item.error for item in done.results],
        "interrupted": done.interrupted,
        "counted": sum(counts),
        "left": children(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
