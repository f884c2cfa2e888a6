"""How does one get to an SSH server: directly, through a command, or over another SSH server?"""

from __future__ import annotations

import socket
import subprocess
import tempfile
from contextlib import suppress
from typing import IO

from nlbcheck.errors import UnseenError
from nlbcheck.escape import printable, shortened
from nlbcheck.hosts.ssh.login import words
from nlbcheck.hosts.ssh.settings import ServerSettings
from nlbcheck.lean_paramiko import paramiko

Way = socket.socket | paramiko.Channel

_LONGEST = 300
_PATIENCE = 2.0
"""Seconds for a command to end in once its connection is closed."""


class Proxy:
    """A command of ``ProxyCommand``, which speaks to the server on its standard input and output."""

    def __init__(self, command: str) -> None:
        self.socket, theirs = socket.socketpair()
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the command)
        with theirs:
            self._running = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._said,
            )

    def last_words(self) -> str:
        """Return the end of what the command wrote to its standard error, fit to be printed."""
        self._said.seek(0)
        lines = self._said.read(1 << 16).decode("utf-8", "replace").strip().splitlines()
        return shortened(printable(lines[-1]), _LONGEST) if lines else ""

    def close(self) -> None:
        """End the command."""
        self.socket.close()
        self._running.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._running.wait(_PATIENCE)
        self._running.kill()
        self._running.wait()
        self._said.close()


def direct(settings: ServerSettings) -> socket.socket:
    """Connect to a server; raises UnseenError where that is not possible."""
    try:
        made = socket.create_connection((settings.host, settings.port), settings.patience)
    except OSError as error:
        raise UnseenError(f"{settings.named}: no connection: {error.strerror or error}") from None
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def over(hop: paramiko.Transport, settings: ServerSettings) -> paramiko.Channel:
    """Connect to a server from another one; raises UnseenError where that one does not."""
    try:
        return hop.open_channel(
            "direct-tcpip", (settings.host, settings.port), ("127.0.0.1", 0), timeout=settings.patience
        )
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise UnseenError(
            f"{settings.named}: the host to jump over gives no connection to it: {words(error)}"
        ) from None
