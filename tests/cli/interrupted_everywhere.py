"""Interrupt `nlbcheck smoke` at the Nth step after its first probe, for each N: run as a program.

``interrupted_everywhere.py FIRST STRIDE smoke …``; prints a line of JSON for each: status and report.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from types import FrameType
from typing import Any

import boto3.session  # noqa: F401  # what takes long to import each run has from its beginning

from nlbcheck import cli
from nlbcheck.aws.sources import live  # noqa: F401
from nlbcheck.cli import interrupts
from nlbcheck.probes import ssh  # noqa: F401
from nlbcheck.run import diagnose, smoke, watch  # noqa: F401

PLACES = ("/nlbcheck/run/smoke.py", "/nlbcheck/run/watch.py", "/nlbcheck/cli/watch.py")


def run(number: int, out: int) -> None:
    """Be nlbcheck, and interrupt it once at that step."""
    left, probing = number, False
    begins = interrupts.probing_begins.__code__

    def step(frame: FrameType, event: str, _: Any) -> None:
        nonlocal left, probing
        if event == "return" and frame.f_code is begins:
            probing = True
        elif probing and event in ("call", "return") and frame.f_code.co_filename.endswith(PLACES):
            left -= 1
            if left == 0:
                sys.setprofile(None)
                os.kill(os.getpid(), signal.SIGINT)

    os.dup2(out, 1)
    sys.setprofile(step)
    try:
        cli.main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(int(end.code or 0) if left <= 0 else 77)


def main() -> None:
    """Interrupt at one step after another until there are no more."""
    number, stride = int(sys.argv.pop(1)), int(sys.argv.pop(1))
    while True:
        with tempfile.TemporaryFile() as out:
            pid = os.fork()
            if not pid:
                run(number, out.fileno())
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if status == 77:
                return
            out.seek(0)
            said = out.read().decode()
        print(json.dumps([number, status, said]), flush=True)  # noqa: T201
        number += stride


if __name__ == "__main__":
    main()
