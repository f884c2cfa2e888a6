"""What does paramiko's side of an SSH connection not do by itself?"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial

from nlbcheck.hosts.ssh.tunnel import WINDOW, ChannelRefusal, SshTunnel
from nlbcheck.lean_paramiko import paramiko

_GLOBAL_REQUEST = b"\x50"
_CHANNEL_OPEN = b"\x5a"
_CHANNEL_REQUEST = b"\x62"
_LARGEST_PACKET = 1 << 15
_EVENTS = {93: SshTunnel.on_window, 94: SshTunnel.on_data, 96: SshTunnel.on_eof, 97: SshTunnel.on_close}
"""What the server says on an open channel: RFC 4254, section 5."""

Message = paramiko.Message


class SshTransport(paramiko.Transport):
    """An SSH connection that opens TCP connections from its server, many at once, without waiting for any."""

    def __init__(self, way: socket.socket | paramiko.Channel) -> None:
        super().__init__(way)
        self._tunnels: dict[int, SshTunnel] = {}
        """Those that either side has not closed yet; paramiko itself holds channels weakly."""
        self._late: list[SshTunnel] = []
        """Channels that were given up before they were open, and are to be closed now that they are."""
        self._pings: list[Callable[[], None]] = []
        handlers = vars(paramiko.Transport)["_channel_handler_table"]
        self._channel_handler_table = {kind: partial(_handle, kind, then) for kind, then in handlers.items()}

    def tunnel(self, address: str, port: int, changed: Callable[[SshTunnel], None]) -> SshTunnel:
        """Ask for a connection to an address; ``changed`` is called whenever something becomes of it."""
        while self._late:
            self._late.pop().close()
        with self.lock:
            number = self._next_channel()  # type: ignore[attr-defined]
            tunnel = self._tunnels[number] = SshTunnel(number, self, changed)
            self._channels.put(number, tunnel)  # type: ignore[attr-defined]
        message = Message()
        message.add_byte(_CHANNEL_OPEN)
        message.add_string("direct-tcpip")
        for value in (number, WINDOW, _LARGEST_PACKET):
            message.add_int(value)
        message.add_string(address)
        message.add_int(port)
        message.add_string("127.0.0.1")  # who asks for it: what stands there makes no difference
        message.add_int(0)
        self.say(message)
        if not self.is_active():  # it may have ended before the channel was there to be told
            tunnel._unlink()  # noqa: SLF001 (paramiko's name)
        return tunnel

    def ping(self, answered: Callable[[], None]) -> None:
        """Ask the server for a sign of life; it comes after all that the server had said before."""
        self._pings.append(answered)
        message = Message()
        message.add_byte(_GLOBAL_REQUEST)
        message.add_string("keepalive@openssh.com")
        message.add_boolean(True)
        self.say(message)

    def execute(self, channel: paramiko.Channel, command: str, seconds: float) -> None:
        """Run a command on a session's channel (RFC 4254, section 6.5); paramiko's own way may wait for ever.

        Raises ``SSHException`` where the server refuses, or says nothing for so many seconds.
        """
        channel.event.clear()
        self.say(_request(channel, "exec", command, replied=True))
        if not channel.event.wait(seconds):
            raise paramiko.SSHException("the server does not say whether it runs a command")
        if not channel.event_ready:
            raise paramiko.SSHException("the server runs no command")

    def terminate(self, channel: paramiko.Channel) -> None:
        """Ask the server to end what a session's channel runs (RFC 4254, section 6.9)."""
        self.say(_request(channel, "signal", "TERM", replied=False))

    def say(self, message: paramiko.Message) -> None:
        """Send a message; nothing happens where the connection has ended."""
        try:
            self._send_user_message(message)  # type: ignore[attr-defined]
        except (OSError, EOFError, paramiko.SSHException):
            self.close()

    def forget(self, tunnel: SshTunnel) -> None:
        """Take note that both sides have closed a channel."""
        self._tunnels.pop(tunnel.number, None)
        self._channels.delete(tunnel.number)  # type: ignore[attr-defined]

    def _parse_channel_open_success(self, message: paramiko.Message) -> None:
        tunnel = self._tunnels.get(message.get_int())
        if tunnel:
            tunnel.on_open(message.get_int(), message.get_int(), message.get_int())
            if tunnel.is_to_be_closed:
                self._late.append(tunnel)  # while keys are exchanged anew, this thread could not send
        else:
            message.rewind()
            super()._parse_channel_open_success(message)  # type: ignore[misc]

    def _parse_channel_open_failure(self, message: paramiko.Message) -> None:
        tunnel = self._tunnels.get(message.get_int())
        if tunnel:
            self.forget(tunnel)
            tunnel.on_refusal(
                ChannelRefusal(message.get_int(), message.get_binary().decode("utf-8", "replace"))
            )
        else:
            message.rewind()
            super()._parse_channel_open_failure(message)  # type: ignore[misc]

    def _parse_request_success(self, _message: paramiko.Message) -> None:
        if self._pings:
            self._pings.pop(0)()

    _parse_request_failure = _parse_request_success


def _request(channel: paramiko.Channel, kind: str, text: str, *, replied: bool) -> paramiko.Message:
    message = Message()
    message.add_byte(_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string(kind)
    message.add_boolean(replied)
    message.add_string(text)
    return message


def _handle(
    kind: int,
    then: Callable[[object, paramiko.Message], None],
    channel: object,
    message: paramiko.Message,
) -> None:
    """Hand what was said on a channel to whoever holds it."""
    if not isinstance(channel, SshTunnel):
        then(channel, message)
    elif kind in _EVENTS:
        _EVENTS[kind](channel, message)
