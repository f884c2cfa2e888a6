"""How do several processes change one file after another, so that none loses what another wrote?"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.escape import printable

_PATIENCE = 20.0
"""Seconds to wait for others, of which each takes far less than one."""
_PAUSE = 0.01
_BUSY = (errno.EAGAIN, errno.EACCES)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the file at ``path`` for oneself, among all who do so; InputError where others do not let go.

    The folder is locked, since a file that is replaced is another one afterwards, and the file itself, since
    it may have a name in another folder. Where a file system locks nothing, such as some of NFS, or lets a
    file that is only read not be locked, it goes without: whoever writes makes sure of what was written.
    """
    until = time.monotonic() + _PATIENCE
    file = Path(os.path.realpath(path))
    with ExitStack() as stack:
        for each in (file.parent, file):
            _lock(stack, each, until)
        yield


def _lock(stack: ExitStack, path: Path, until: float) -> None:
    """Lock what is at ``path`` until the stack is left, as soon as nobody else does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # whoever reads or writes it says so
        return
    stack.callback(os.close, descriptor)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _BUSY:
                return
        else:
            return
        if time.monotonic() >= until:
            raise InputError(f"{printable(str(path))}: is locked by another program for {_PATIENCE:.0f} s")
        time.sleep(_PAUSE)
