"""Where does a connection start, and which family of sockets does an address need?"""

from __future__ import annotations

import socket
from typing import Any

from nlbcheck.model.net import SocketAddress


def local(of: socket.socket) -> SocketAddress:
    """Return the address that a socket starts from."""
    name: tuple[Any, ...] = of.getsockname()
    return SocketAddress(name[0], name[1])


def family(of: SocketAddress) -> socket.AddressFamily:
    """Return the address family that a socket for an address needs."""
    return socket.AF_INET6 if ":" in of.address else socket.AF_INET
