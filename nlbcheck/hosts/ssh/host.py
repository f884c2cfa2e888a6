"""How are commands run on a host behind SSH, whatever its login shell is and says?"""

from __future__ import annotations

import secrets
import selectors
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from nlbcheck.errors import UnseenError
from nlbcheck.escape import printable, shortened
from nlbcheck.hosts.host import Ran
from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.link import SshLink
from nlbcheck.hosts.ssh.login import words
from nlbcheck.hosts.ssh.passphrases import Asking, on_the_terminal
from nlbcheck.lean_paramiko import paramiko

_KEPT = 1 << 20
"""Bytes of each of a script's outputs that are kept."""
_READ = 1 << 24
"""Bytes of each that are read at all, so that a script that says a little too much can end."""
_CHUNK = 1 << 15
_EXCERPT = 160
_PATIENCE = 10.0
"""Seconds for the server to open a session in; those of a script that was left to itself may have to end."""
_PAUSE = 0.25


class SshHost:
    """A machine on which scripts run over one SSH connection, one at a time: ``MaxSessions 1`` is enough."""

    def __init__(self, link: SshLink, name: str | None = None, asking: Asking = on_the_terminal) -> None:
        self.name = name or str(link.to)
        """What reports call it."""
        self.link = link
        self._asking = asking
        self._one_at_a_time = threading.Lock()
        self._has_run = False

    def run(self, script: str, timeout: float) -> Ran:
        """Run a script of a POSIX shell on it; see `nlbcheck.hosts.host.Host`.

        The script runs in the C locale. What the login shell prints is left out. A script that takes longer
        than ``timeout`` seconds is told to end (SIGTERM), where the server passes that on.
        """
        mark = secrets.token_hex(16)
        until = time.monotonic() + timeout
        with self._one_at_a_time:
            self.log_in_again()
            channel = self._session(until)
            try:
                channel.settimeout(timeout)
                self.link.transport.execute(channel, "exec sh -s", timeout)
                channel.sendall(_wrapped(script, mark))
                channel.shutdown_write()
                outputs = _Outputs(channel)
                outputs.read(until)
                if not channel.closed:
                    self.link.transport.terminate(channel)
            except (paramiko.SSHException, OSError, EOFError) as error:
                raise UnseenError(f"{self.name}: no command could be run: {words(error)}") from None
            finally:
                channel.close()
        if not self.link.transport.is_active():
            raise UnseenError(f"{self.name}: the SSH connection ended while a command ran")
        return self._ran(outputs, mark, channel.exit_status if channel.exit_status >= 0 else None)

    def log_in_again(self) -> None:
        """Log in anew where the connection has ended; raises what `SshLink.open` raises."""
        if not self.link.transport.is_active():
            self.link.close()
            self.link = SshLink.open(self.link.to, self._asking)
            self._has_run = False

    def _session(self, until: float) -> paramiko.Channel:
        """Open a session; one that has just ended may still count for the server."""
        patience = min(until, time.monotonic() + _PATIENCE)
        while True:
            try:
                channel = self.link.transport.open_session(timeout=max(patience - time.monotonic(), 0.1))
            except (paramiko.SSHException, OSError, EOFError) as error:
                if not self.link.transport.is_active():
                    raise UnseenError(f"{self.name}: the SSH connection has ended: {words(error)}") from None
                if not self._has_run or time.monotonic() >= patience:
                    raise UnseenError(
                        f"{self.name}: its SSH server gives no session (MaxSessions): {words(error)}"
                    ) from None
            else:
                self._has_run = True
                return channel
            time.sleep(_PAUSE)

    def _ran(self, outputs: _Outputs, mark: str, status: int | None) -> Ran:
        output, errors = (_after(bytes(kept), mark) for kept in (outputs.output, outputs.errors))
        if output is None:
            said = bytes(outputs.output or outputs.errors).decode("utf-8", "replace").strip()
            heard = f'; it says "{shortened(printable(said), _EXCERPT)}"' if said else ""
            raise UnseenError(f"{self.name}: its login shell has run no command{heard}")
        return Ran(status, output, errors or "", outputs.is_cut)


@contextmanager
def connected(
    to: Destination, name: str | None = None, asking: Asking = on_the_terminal
) -> Iterator[SshHost]:
    """Log in to a host, and log out in the end; raises what `SshLink.open` raises."""
    host = SshHost(SshLink.open(to, asking), name, asking)
    try:
        yield host
    finally:
        host.link.close()


class _Outputs:
    """What a command writes, as far as it is kept."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self.output, self.errors = bytearray(), bytearray()
        self.is_cut = False
        self._channel = channel
        self._read = 0

    def read(self, until: float) -> None:
        """Read until the command has ended and the channel is closed, or time or patience is over."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel.fileno(), selectors.EVENT_READ)
            while self._read < _READ:
                if not self._heard() and self._channel.closed:
                    return
                if not selector.select(max(until - time.monotonic(), 0.0)) and time.monotonic() >= until:
                    return

    def _heard(self) -> bool:
        """Take what is there; return whether there was anything."""
        heard = False
        if self._channel.recv_ready():
            heard = self._keep(self.output, self._channel.recv(_CHUNK))
        if self._channel.recv_stderr_ready():
            heard = self._keep(self.errors, self._channel.recv_stderr(_CHUNK)) or heard
        return heard

    def _keep(self, kept: bytearray, data: bytes) -> bool:
        room = _KEPT - len(kept)
        kept += data[:room]
        self.is_cut = self.is_cut or len(data) > room
        self._read += len(data)
        return bool(data)


def _wrapped(script: str, mark: str) -> bytes:
    """Return a script that says where its outputs begin; its shell reads all of it before any of it runs."""
    return (
        f"printf '%s\\n' {mark}; printf '%s\\n' {mark} >&2\n"
        "LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin; export LC_ALL PATH\n"
        f"{{ {script}\n}} </dev/null\n"
    ).encode()


def _after(heard: bytes, mark: str) -> str | None:
    """Return what follows the mark; None where there is no mark."""
    _, found, rest = heard.partition(f"{mark}\n".encode())
    return rest.decode("utf-8", "replace") if found else None
