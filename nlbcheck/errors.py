"""The errors that end a command, each with the exit status it ends with."""

from __future__ import annotations

import errno
import re
import traceback
from enum import IntEnum
from pathlib import Path


class ExitStatus(IntEnum):
    """How a command ends; the same for every output format."""

    OK = 0
    """All that was asked holds."""
    BROKEN = 1
    """Something is proven broken."""
    USAGE = 2
    """The command line, the mapping table or a file is wrong."""
    UNSEEN = 3
    """Nothing is proven broken, but something could not be seen."""
    INTERNAL = 70
    """nlbcheck itself failed: a fault of ours, never a verdict (``EX_SOFTWARE`` of sysexits.h)."""
    INTERRUPTED = 130
    """Interrupted from the keyboard; what was finished is still printed."""


def place(error: BaseException) -> str:
    """Return in which function and line an error came up. What it says may hold what is not to be shown."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {where.name}, {Path(where.filename).name}:{where.lineno}"


class NlbcheckError(Exception):
    """One sentence for the user: what is wrong, where, and what was expected."""

    exit_status = ExitStatus.USAGE


class InputError(NlbcheckError):
    """The command line, the mapping table or another file is wrong.

    ``problems`` lists every mistake that was found, one line each; the message joins them.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ProseError(InputError):
    """A file that may hold a mapping table holds text for people, and nothing like one."""


class UnseenError(NlbcheckError):
    """What was asked for could not be looked at: no permission, no network, no namespaces."""

    exit_status = ExitStatus.UNSEEN


class VantageError(OSError):
    """The place that probes are made from does not make this one, which says nothing of who is probed."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
        """Why not, in words; hostile until it is escaped."""


class OwnFaultError(NlbcheckError):
    """nlbcheck itself failed, which says nothing of the network."""

    exit_status = ExitStatus.INTERNAL

    def __init__(self, where: str) -> None:
        super().__init__(f"a fault of nlbcheck, which says nothing of the network: {where}")


_NO_ROOM = "this machine has too little memory left, or the limit of it (ulimit -v) is too low"
_NO_THREADS = (
    "this machine allows no more threads or processes (ulimit -u, the pids limit of a container), "
    "or has too little memory for them"
)
_LOCKLESS = re.compile("can't allocate (read )?lock")
"""What Python says where there is no memory for a lock: no MemoryError."""


def lacking(error: BaseException) -> str | None:
    """Return what this machine has too little of, where that is why ``error`` came up; else None."""
    said, number = str(error), getattr(error, "errno", None)
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return _NO_ROOM
    if isinstance(error, RuntimeError) and _LOCKLESS.match(said):
        return _NO_ROOM
    if said == "can't start new thread" or number == errno.EAGAIN:
        return _NO_THREADS
    return None
