"""How are the few system calls made that Python 3.11 does not have?"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_PR_SET_PDEATHSIG = 1
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_OWN_NETWORK = "/proc/thread-self/ns/net"


def unshare(flags: int) -> None:
    """Give the calling thread new namespaces, ``CLONE_…`` of them; OSError where that is refused."""
    _call("unshare", flags)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that forked it ends."""
    _call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def keep_mounts_private() -> None:
    """Give the calling process mounts of its own: what it mounts, nobody else sees."""
    unshare(CLONE_NEWNS)
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)


def mount(kind: str, folder: Path, options: str = "") -> None:
    """Mount a new file system of a ``kind`` such as ``tmpfs`` over ``folder``."""
    _call("mount", kind.encode(), bytes(folder), kind.encode(), 0, options.encode())


def bind(source: Path, path: Path) -> None:
    """Let ``path``, which exists, be what ``source`` is, with all that is mounted below it."""
    _call("mount", bytes(source), bytes(path), None, _MS_BIND | _MS_REC, None)


def new_network() -> int:
    """Return an open file descriptor of a new network namespace, which lives as long as that is open.

    The calling thread stays where it is.
    """
    home = os.open(_OWN_NETWORK, os.O_RDONLY)
    try:
        unshare(CLONE_NEWNET)
        network = os.open(_OWN_NETWORK, os.O_RDONLY)
        _call("setns", home, CLONE_NEWNET)
    finally:
        os.close(home)
    return network


@contextmanager
def inside(network: int) -> Iterator[None]:
    """Put the calling thread, and what it starts, into a network namespace for a while."""
    home = os.open(_OWN_NETWORK, os.O_RDONLY)
    try:
        _call("setns", network, CLONE_NEWNET)
        try:
            yield
        finally:
            _call("setns", home, CLONE_NEWNET)
    finally:
        os.close(home)


def _call(name: str, *arguments: int | bytes | None) -> None:
    """Make one call of the C library; OSError when it fails."""
    if getattr(_libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


_libc = ctypes.CDLL(None, use_errno=True)
