"""How is one connection opened over an SSH connection, by whoever can wait for it?"""

from __future__ import annotations

import errno
import os
import threading

from nlbcheck.errors import VantageError
from nlbcheck.hosts.ssh.transport import SshTransport
from nlbcheck.hosts.ssh.tunnel import SshTunnel
from nlbcheck.language import tell
from nlbcheck.model.net import SocketAddress
from nlbcheck.vantage.ssh.refusals import as_error


def opened_within(transport: SshTransport, to: SocketAddress, seconds: float) -> SshTunnel:
    """Return a stream from the SSH server's host to an address; raises ``OSError`` as a connect does."""
    something = threading.Event()
    tunnel = transport.tunnel(to.address, to.port, lambda _tunnel: something.set())
    something.wait(seconds)
    if tunnel.refusal:
        raise as_error(tunnel.refusal, to, lambda _address: None)
    if tunnel.opened_at is None:
        tunnel.close()
        if tunnel.lost:
            raise VantageError(tell("the SSH connection to it has ended"))
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    return tunnel
