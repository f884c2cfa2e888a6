"""How is a listening socket served, however clients behave, until it is stopped?"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from nlbcheck.lab.servers import threads
from nlbcheck.lab.servers.identity import Identity

Talk = Callable[[socket.socket, Identity], None]
"""Speaks with one client to the end; OSError and EOFError mean that the client has gone."""

_AT_ONCE = 64
"""Connections that one server speaks with at a time; more wait in the kernel's queue."""
_BACKLOG = 1024
_PAUSE = 0.1
"""Seconds until the next try where the kernel has no file descriptor for a connection."""


class Server:
    """A listening socket, served by threads until it is closed.

    The socket stays in the network namespace that the calling thread is in here.
    """

    def __init__(self, address: str, port: int, talk: Talk, identity: Identity) -> None:
        self._listener = socket.create_server((address, port), backlog=_BACKLOG)
        self._talk = talk
        self._identity = identity
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._closing = threading.Event()
        threads.start(self._accept)

    def close(self) -> None:
        """Stop listening: the kernel refuses connections from here on. Those that stand go on."""
        self._closing.set()
        # Closing alone would leave it listening for as long as a thread is blocked in accept().
        with suppress(OSError):  # between two clients, the thread has closed it by itself
            self._listener.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with self._listener:
            while not self._closing.is_set():
                self._free.acquire()
                try:
                    connection, _ = self._listener.accept()
                except OSError:
                    self._free.release()
                    self._closing.wait(_PAUSE)
                else:
                    self._hand_on(connection)

    def _hand_on(self, connection: socket.socket) -> None:
        try:
            threads.start(self._serve, connection)
        except OSError:  # this machine has no thread for it: the client is cut off, the next may fare better
            connection.close()
            self._free.release()
            self._closing.wait(_PAUSE)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError, EOFError):
                self._talk(connection, self._identity)
        finally:
            self._free.release()
