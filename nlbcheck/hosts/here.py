"""How are commands run on this machine, so that it can be looked at as any other?"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.host import Ran

LIMIT = 4_000_000
"""Bytes that are kept of each of a script's outputs; the rest is read and thrown away."""
_CHUNK = 65536


@dataclass(slots=True)
class _Heard:
    """What one of a script's outputs has said, as far as it is kept."""

    limit: int
    kept: bytearray = field(default_factory=bytearray)
    is_cut: bool = False

    def hear(self, said: bytes) -> None:
        room = self.limit - len(self.kept)
        self.kept += said[:room]
        self.is_cut = self.is_cut or len(said) > room

    @property
    def text(self) -> str:
        return self.kept.decode("utf-8", errors="replace")


class ThisHost:
    """The machine that nlbcheck runs on, in the network namespace of the calling thread."""

    def __init__(self, name: str = "this machine", limit: int = LIMIT) -> None:
        self.name = name
        """What reports call it."""
        self._limit = limit

    def run(self, script: str, timeout: float) -> Ran:
        """Run a script of ``sh`` with the C locale and return what came of it.

        After ``timeout`` seconds it is killed, with what it has started. Raises UnseenError where there is
        no ``sh``.
        """
        try:
            child = subprocess.Popen(
                ["sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,
            )
        except OSError as error:
            raise UnseenError(f"{self.name}: no commands can be run ({error.strerror})") from error
        with child:
            try:
                return self._listened(child, time.monotonic() + timeout)
            finally:
                _end(child)

    def _listened(self, child: subprocess.Popen[bytes], deadline: float) -> Ran:
        output, errors = _Heard(self._limit), _Heard(self._limit)
        with selectors.DefaultSelector() as selector:
            for stream, heard in ((child.stdout, output), (child.stderr, errors)):
                selector.register(_open(stream), selectors.EVENT_READ, heard)
            while selector.get_map() and (left := deadline - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    said = os.read(key.fd, _CHUNK)
                    key.data.hear(said)
                    if not said:
                        selector.unregister(key.fileobj)
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))
        status = child.returncode
        ended = status if status is not None and status >= 0 else None
        return Ran(ended, output.text, errors.text, output.is_cut)


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    """Return a stream that is a pipe, as was asked for."""
    if stream is None:
        raise ValueError("the child's outputs are pipes")
    return stream


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill a child that still runs, and what it has started in its session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
