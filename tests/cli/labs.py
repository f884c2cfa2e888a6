"""Labs as users run them: ``nlbcheck lab run`` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.lab.machine import NLBCHECK, Trace

READ_SSH = "exec 3<>/dev/tcp/172.31.128.10/10022; head -c 20 <&3"
"""For bash: what the article's first target says."""


def lab_run(
    *words: str | Path, before: Sequence[str] = NLBCHECK, cwd: Path | None = None, **environment: str
) -> tuple[int, str, str]:
    """Run ``nlbcheck lab run`` to its end and return its exit status, output and errors."""
    inherited = {key: value for key, value in os.environ.items() if key != "NLBCHECK_MAPPING"}
    done = subprocess.run(
        [*before, "lab", "run", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**inherited, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        input="typed\n",
    )
    return done.returncode, done.stdout, done.stderr


def lab(*command: str, before: Sequence[str] = NLBCHECK, **environment: str) -> tuple[int, str, str]:
    """Run a command in the article's lab."""
    return lab_run("--", *command, before=before, cwd=None, **environment)


def starting(trace: Trace, script: str) -> subprocess.Popen[str]:
    """Start a shell script in the article's lab."""
    return subprocess.Popen(
        [*NLBCHECK, "lab", "run", "--", "bash", "-c", script],
        env=trace.environment,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def is_up(running: subprocess.Popen[str]) -> None:
    """Return when the script says that it is up."""
    assert running.stdout
    assert running.stdout.readline() == "up\n"
