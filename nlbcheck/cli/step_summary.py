"""What stands in the summary of a step of GitHub Actions, and what if it cannot be written there?

A step's summary is the file that ``GITHUB_STEP_SUMMARY`` names, to which every command of the step appends
Markdown. GitHub drops one of more than 1 MiB whole:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nlbcheck import files
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Report

VARIABLE = "GITHUB_STEP_SUMMARY"
_LIMIT = 1024 * 1024


def file() -> Path | None:
    """Return the file of this step's summary, None where there is none."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def append(report: Report) -> None:
    """Append a report to the summary of this step, if there is one; InputError where that fails.

    What is there already stays as it is then.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        _append(path, FORMATS["markdown"](report, Style()).encode())
    except OSError as error:
        raise InputError(f"{VARIABLE}={printable(path)}: was not written: {error.strerror}") from None


def _append(path: str, content: bytes) -> None:
    # A FIFO that nobody reads is an error at once; what nobody has made yet is for its owner alone.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        before = os.fstat(descriptor)
        content = b"\n" * bool(before.st_size) + content
        if before.st_size + len(content) > _LIMIT:
            raise OSError(None, "GitHub takes no more than 1 MiB, with what is there already")
        try:
            files.put(descriptor, content)
        except OSError:
            if stat.S_ISREG(before.st_mode):
                os.ftruncate(descriptor, before.st_size)
            raise
    finally:
        os.close(descriptor)
