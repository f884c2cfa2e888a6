"""Where does a connection lead, or come from, and how is that written?"""

from __future__ import annotations

import socket
from typing import Any, NamedTuple


class SocketAddress(NamedTuple):
    """An IP address of either family, and a port; written ``192.0.2.1:443`` or ``[2001:db8::1]:443``."""

    address: str
    port: int

    @classmethod
    def local(cls, of: socket.socket) -> SocketAddress:
        """Return the address that a socket starts from."""
        name: tuple[Any, ...] = of.getsockname()
        return cls(name[0], name[1])

    @property
    def family(self) -> socket.AddressFamily:
        """The address family that a socket for it needs."""
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def __str__(self) -> str:
        if ":" in self.address:
            return f"[{self.address}]:{self.port}"
        return f"{self.address}:{self.port}"
