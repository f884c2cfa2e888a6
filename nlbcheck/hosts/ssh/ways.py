"""How does one get to an SSH server: directly, through a command, or over another SSH server?"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from contextlib import suppress
from typing import IO

from nlbcheck.errors import UnseenError
from nlbcheck.escape import printable, shortened
from nlbcheck.hosts.ssh.login import words
from nlbcheck.hosts.ssh.settings import ServerSettings
from nlbcheck.lean_paramiko import paramiko

Way = socket.socket | paramiko.Channel

_LONGEST = 300
_KEPT = 1 << 12
"""Bytes of a command's errors that are kept: its last ones."""
_PATIENCE = 2.0
"""Seconds for a command to end in once its connection is closed."""
_LAST_WORDS = 0.2
"""Seconds for what a command has just said to be heard."""


class Proxy:
    """A command of ``ProxyCommand``, which speaks to the server on its standard input and output."""

    def __init__(self, command: str) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            self._running = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
            )
        self._said = b""
        # A daemon, for a command's own children may keep its errors open.
        self._listening = threading.Thread(target=self._listen, args=(self._running.stderr,), daemon=True)
        self._listening.start()

    def last_words(self) -> str:
        """Return the end of what the command wrote to its standard error, fit to be printed."""
        self._listening.join(_LAST_WORDS)
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        return shortened(printable(lines[-1]), _LONGEST) if lines else ""

    def close(self) -> None:
        """End the command."""
        self.socket.close()
        self._running.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._running.wait(_PATIENCE)
        self._running.kill()
        self._running.wait()
        self._listening.join(_LAST_WORDS)

    def _listen(self, errors: IO[bytes]) -> None:
        """Take all that the command writes to its standard error, and keep its end."""
        with errors:
            while said := os.read(errors.fileno(), 1 << 16):
                self._said = (self._said + said)[-_KEPT:]


def direct(settings: ServerSettings) -> socket.socket:
    """Connect to a server; raises UnseenError where that is not possible."""
    try:
        made = socket.create_connection((settings.host, settings.port), settings.patience)
    except UnicodeError:  # of a label of a name that is empty, or longer than DNS has it
        raise UnseenError(f"{settings.named}: no connection: expected the name of a host") from None
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
