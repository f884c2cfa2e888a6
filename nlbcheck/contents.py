"""How is a file read that may be anything: a pipe, a device without end, as large as the disk?"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from select import select
from typing import Any

from nlbcheck.errors import InputError

MOST = 1 << 29
"""Bytes of a file that are read: of the largest fleets, a snapshot has a tenth of that."""
DEEPEST = 100
"""How deep JSON may be nested; plans of Terraform go down to some forty."""
_PIECE = 1 << 20


def read(path: Path, most: int = MOST) -> bytes:
    """Return what a file holds; InputError where that is more than ``most`` bytes, ``OSError`` as `open`."""
    with opened(path) as file:
        found = bounded(file, most)
    if len(found) > most:
        raise InputError(f"{path}: is larger than {most >> 10} KiB, which is all that is read of such a file")
    return bytes(found)


def bounded(file: io.BufferedIOBase, most: int) -> bytearray:
    """Return what is left of an open file, or one piece more than ``most`` bytes of it."""
    found = bytearray()  # by pieces: Python takes the memory for all that it is asked to read
    while len(found) <= most and (piece := file.read(_PIECE)):
        found += piece
    return found


def parsed(
    data: bytes | bytearray,
    source: str,
    *,
    expected: str = "",
    binary: str = "not text, so not JSON",
    hook: Callable[[dict[str, Any]], object] | None = None,
) -> object:
    """Return the JSON that a file's content is; InputError where it is none, with what was ``expected``.

    ``binary`` is what is said of content that is no text; ``hook`` makes something else of each object.
    """
    also = f"; {expected}" if expected else ""
    try:
        document: object = json.loads(data, object_hook=hook, parse_float=_finite, parse_constant=_finite)
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: {binary}{also}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{source}:{error.lineno}: not complete JSON: {error.msg}{also}") from error
    except RecursionError:
        raise too_deep(source) from None
    except ValueError as error:
        raise InputError(f"{source}: has a number that JSON cannot hold") from error
    check_depth(document, source)
    return document


def _finite(number: str) -> float:
    """Return a number; ValueError for NaN, infinity and what is as large, which JSON cannot carry on."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def check_depth(document: object, source: str) -> None:
    """Raise InputError for JSON that goes down deeper than whoever reads it can follow."""
    level = [document]
    for _ in range(DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise too_deep(source)


def too_deep(source: str) -> InputError:
    """Return the sentence on JSON that is nested too deeply, which Python's own parser may notice, too."""
    return InputError(f"{source}: is nested too deeply: expected at most {DEEPEST} lists or objects deep")


def opened(path: Path) -> io.BufferedReader:
    """Return an open file; InputError for a pipe that nobody writes into, which would never end.

    The other end of ``<(zcat …)`` and of ``/dev/stdin`` is open already.
    """
    if not path.is_fifo():
        return path.open("rb")
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        found = _first_byte(pipe)
        os.set_blocking(pipe, True)
        if not found:
            raise InputError(f"{path}: is a pipe that nobody writes into")
        with open(pipe, "rb", closefd=False) as file:
            return io.BufferedReader(io.BytesIO(found + file.read(MOST)))
    finally:
        os.close(pipe)


def _first_byte(pipe: int) -> bytes:
    """Wait for the first byte of a pipe while somebody has it open for writing; none where nobody has."""
    while True:
        try:
            return os.read(pipe, 1)
        except BlockingIOError:
            select([pipe], [], [])
