"""What does whoever opens connections owe to whoever asked for them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from nlbcheck.model.net import SocketAddress
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.exchange import Exchange

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Dialled(Generic[Key]):
    """How one dialling ended: with a connection that stands, or with the error that came instead."""

    key: Key
    outcome: Connection | Exception
    """An ``OSError`` is the network's, or this machine's; any other error is a fault of ours."""
    seconds: float
    """From the first packet until the connection stood, or until the error."""
    local_address: str | None = None
    """Where the connection starts, as far as that can be known."""
    held: float | None = None
    """The seconds that its exchange took, where that has been held already."""


class Dialler(Protocol[Key]):
    """Opens connections, many at once; a key says whose each one is. To be closed after use."""

    def dial(self, key: Key, to: SocketAddress, timeout: float, exchange: Exchange | None) -> None:
        """Start a connection; ``timeout`` seconds later it has ended one way or the other.

        Whoever can hold an exchange without waiting does so, within the same time.
        """
        ...

    def poll(self, timeout: float) -> Sequence[Dialled[Key]]:
        """Return the diallings that have ended, waiting for the first at most ``timeout`` seconds."""
        ...

    def wake(self) -> None:
        """End the current or the next ``poll`` at once; may be called from any thread."""
        ...

    def close(self) -> None:
        """Give up what is under way, and what nobody has collected."""
        ...
