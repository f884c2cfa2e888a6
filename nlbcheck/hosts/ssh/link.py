"""What is a connection to an SSH server, from the first hop on its way to the login?"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.ssh import known_hosts, ways
from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.hosts.ssh.keys import LoginKeys
from nlbcheck.hosts.ssh.login import log_in, words
from nlbcheck.hosts.ssh.passphrases import Asking, on_the_terminal
from nlbcheck.hosts.ssh.settings import ServerSettings, settings_of
from nlbcheck.hosts.ssh.transport import SshTransport

_MOST_JUMPS = 8
_KEEPALIVE = 15
"""Seconds after which a connection on which nothing is said is used, so that no gateway forgets it."""


class SshLink:
    """A connection to an SSH server, logged in; to be closed after use."""

    def __init__(self, to: Destination, settings: ServerSettings) -> None:
        self.to = to
        self.settings = settings
        self.transport: SshTransport
        self._owned = ExitStack()
        """What the connection goes through."""
        self._proxy: ways.Proxy | None = None

    @classmethod
    def open(cls, to: Destination, asking: Asking = on_the_terminal) -> Self:
        """Connect, trust the server as known_hosts says, and log in by a key.

        Raises UnseenError where any of that is not possible, saying what to do, and InputError for an
        ssh_config that cannot be. A passphrase is asked for by ``asking``.
        """
        return cls.open_over((), to, asking)

    @classmethod
    def open_over(
        cls,
        jumps: tuple[Destination, ...],
        to: Destination,
        asking: Asking = on_the_terminal,
        depth: int = 0,
    ) -> Self:
        """Do as `open`, over ``jumps``; where there are none, as the server's own settings say."""
        if depth > _MOST_JUMPS:
            raise UnseenError(f"{to}: more than {_MOST_JUMPS} hosts to jump over (ProxyJump)")
        settings = settings_of(to)
        link = cls(to, settings)
        try:
            way = link._way(asking, jumps or settings.jumps, depth)
            link._owned.callback(way.close)
            link._log_in(way, asking)
        except BaseException:
            link.close()
            raise
        return link

    def close(self) -> None:
        """End the connection, and what it goes through."""
        self._owned.close()

    def _way(self, asking: Asking, jumps: tuple[Destination, ...], depth: int) -> ways.Way:
        """Return a stream to the server."""
        if jumps:
            *before, last = jumps
            hop = type(self).open_over(tuple(before), last, asking, depth + 1)
            self._owned.callback(hop.close)
            return ways.over(hop.transport, self.settings)
        if self.settings.proxy_command:
            self._proxy = ways.Proxy(self.settings.proxy_command)
            self._owned.callback(self._proxy.close)
            return self._proxy.socket
        return ways.direct(self.settings)

    def _log_in(self, way: ways.Way, asking: Asking) -> None:
        known = known_hosts.known_keys(self.settings)
        transport = self.transport = SshTransport(way)
        self._owned.callback(transport.close)
        self._exchange_keys(known_hosts.algorithms(known))
        known_hosts.verify(transport.get_remote_server_key(), self.settings, known)
        keys = LoginKeys(self.settings, asking)
        try:
            log_in(transport, self.settings, keys)
        finally:
            keys.close()
        transport.set_keepalive(_KEEPALIVE)

    def _exchange_keys(self, algorithms: list[str]) -> None:
        """Let the server show its key and prove that it has it."""
        transport, patience = self.transport, self.settings.patience
        transport.banner_timeout = patience
        transport.handshake_timeout = patience + 1  # it ends as if the server had closed the connection
        options = transport.get_security_options()
        options.key_types = algorithms
        try:
            transport.start_client(timeout=patience)
        except Exception as error:  # whatever paramiko's parsers make of a stranger's packets
            said = self._proxy.last_words() if self._proxy else ""
            why = f"the ProxyCommand says: {said}" if said else words(error)
            raise UnseenError(f"{self.settings.named}: no SSH connection: {why}") from None
        if not transport.initial_kex_done:
            raise UnseenError(
                f"{self.settings.named}: no SSH connection within {patience:g} s (ConnectTimeout)"
            )
