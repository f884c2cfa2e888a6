"""What does paramiko's side of an SSH connection not do by itself?"""

from __future__ import annotations

from nlbcheck.lean_paramiko import paramiko

_CHANNEL_REQUEST = b"\x62"


class SshTransport(paramiko.Transport):
    """An SSH connection."""

    def terminate(self, channel: paramiko.Channel) -> None:
        """Ask the server to end what a session's channel runs (RFC 4254, section 6.9)."""
        message = paramiko.Message()
        message.add_byte(_CHANNEL_REQUEST)
        message.add_int(channel.remote_chanid)
        message.add_string("signal")
        message.add_boolean(False)
        message.add_string("TERM")
        self._send_user_message(message)  # type: ignore[attr-defined]
