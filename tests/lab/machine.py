"""What do the lab's tests need from this machine, and what do they see of it?"""

from __future__ import annotations

import functools
import os
import site
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

import nlbcheck

NLBCHECK = ("env", "--default-signal=HUP,INT,QUIT", sys.executable, "-m", "nlbcheck")
"""With the signals as a terminal leaves them: a job in the background inherits some ignored."""
# setpriv itself still has root's rights when it looks for what it executes; the shell has not.
_NOBODY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    *("sh", "-c", 'exec "$0" "$@"', "env"),
)


@functools.cache
def obstacle() -> str:
    """Return why no lab can run here; nothing where one can."""
    tried = subprocess.run(
        [*NLBCHECK, "lab", "run", "--", "true"], capture_output=True, text=True, check=False
    )
    return "" if tried.returncode == 0 else tried.stderr.strip()


def needs_lab() -> None:
    """Skip the calling test where no lab can run, but never in CI: there it has to."""
    if obstacle() and not os.environ.get("CI"):
        pytest.skip(obstacle())


@functools.cache
def ordinary_nlbcheck() -> tuple[str, ...]:
    """Return the command line of an nlbcheck that an ordinary user runs.

    Root's Python may lie where nobody else may look; then the system's runs the same modules.
    """
    if os.geteuid() != 0:
        return NLBCHECK
    modules = os.pathsep.join([str(Path(nlbcheck.__file__).parents[1]), *site.getsitepackages()])
    for python in (sys.executable, "/usr/bin/python3"):
        command = (*_NOBODY, f"PYTHONPATH={modules}", python, "-m", "nlbcheck")
        tried = subprocess.run([*command, "lab", "run", "--help"], capture_output=True, check=False)
        if tried.returncode == 0:
            return command
    reason = "there is no Python here that an ordinary user may run"
    return pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


class Trace:
    """Finds the processes that descend from one started with ``environment``, dead parents or not."""

    def __init__(self) -> None:
        self._mark = f"NLBCHECK_TEST={uuid4()}"
        self.environment = {**os.environ, **dict([self._mark.split("=")])}

    def processes(self) -> dict[int, str]:
        """Return the command lines of those that live, by process id."""
        return dict(self._living())

    def _living(self) -> Iterator[tuple[int, str]]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    yield int(folder.name), command
            except OSError:  # it ended meanwhile, or is none of ours
                continue


@contextmanager
def nothing_left() -> Iterator[Trace]:
    """Yield a trace, and see afterwards that no process of it and no change of the machine is left."""
    before = state()
    trace = Trace()
    yield trace
    assert trace.processes() == {}
    assert state() == before


def state() -> tuple[str, ...]:
    """Return the machine's links, routes, rules, rulesets, mounts and named network namespaces."""
    commands = (
        ["ip", "-o", "link"],
        ["ip", "route", "show", "table", "all"],
        ["ip", "rule"],
        ["ip", "netns", "list"],
        ["nft", "list", "tables"],
    )
    outputs = [subprocess.run(line, capture_output=True, text=True, check=False).stdout for line in commands]
    return (*outputs, Path("/proc/self/mounts").read_text())
