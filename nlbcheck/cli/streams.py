"""What if stdout or stderr is closed, full, or cannot show a character?"""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from nlbcheck.escape import printable

_MOST_ERRORS = 200
"""Errors that are told each: of one table there are at most half of that."""


def make_usable() -> None:
    """Let closed streams lead nowhere, and let characters that a stream cannot show be written out."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


_CHUNK = 1 << 14


def write_stdout(text: str, better: Callable[[str], str] = lambda text: text) -> bool:
    """Write to stdout and flush; return False where the reader went away: it has seen what it wanted.

    ``better`` is asked before each part of what is left: it may know of another text by now, which goes on
    where that one begins as this one did.
    """
    done = 0
    try:
        while done < len(text) or not done:
            newer = better(text)
            text = newer if newer.startswith(text[:done]) else text
            _write(sys.stdout, text[done : done + _CHUNK])
            done += _CHUNK
    except BrokenPipeError:
        forget(sys.stdout.fileno())
        return False
    except OSError:
        forget(sys.stdout.fileno())
        raise
    return True


def _write(stream: TextIO, text: str) -> None:
    """Write all of a text to a stream, and flush.

    With ``PYTHONUNBUFFERED`` a stream drops what a write leaves over that a signal has cut short.
    """
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if not isinstance(raw, io.RawIOBase) or not isinstance(stream, io.TextIOWrapper):
        stream.write(text)
        stream.flush()
        return
    stream.flush()
    rest = memoryview(text.encode(stream.encoding, stream.errors or "strict"))
    while rest:
        written = raw.write(rest)
        if written is None:  # whoever opened it does not want anybody to wait for it
            select.select([], [raw], [])
        rest = rest[written or 0 :]


def write_errors(errors: Sequence[str]) -> None:
    """Write errors to stderr, a line each; of very many, such as of a folder full of tables, the first."""
    for error in errors[:_MOST_ERRORS]:
        write_stderr(f"nlbcheck: {printable(error)}")
    if len(errors) > _MOST_ERRORS:
        write_stderr(f"nlbcheck: and {len(errors) - _MOST_ERRORS:,} more such errors")


def write_stderr(line: str) -> None:
    """Write a line to stderr, if anybody takes it."""
    try:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 (the one place)
    except OSError:
        forget(sys.stderr.fileno())


def forget(number: int) -> None:
    """Let a file descriptor lead nowhere, so that the interpreter does not stumble over it at its end."""
    with contextlib.suppress(OSError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, number)
        os.close(nothing)
