"""Which address and port is connected to, from where, and whom is that meant for?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from nlbcheck.language import marked, tell
from nlbcheck.model.net import Address, SocketAddress
from nlbcheck.model.observation import Check, ProbeSpec


class Transport(StrEnum):
    """What carries a connection."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True)
class Port:
    """A port with its protocol, written ``TCP:10022``."""

    protocol: str
    number: int

    def __str__(self) -> str:
        return f"{self.protocol}:{self.number}"


@dataclass(frozen=True, slots=True)
class Node:
    """One static IP of the load balancer; each node has its own zone and its own fate."""

    zone: str | None
    address: Address

    @property
    def label(self) -> str:
        """The zone, or the address where the zone is not known."""
        return self.zone or str(self.address)


@dataclass(frozen=True, slots=True)
class DeclaredTarget:
    """A server that a row of the table must reach."""

    name: str
    """An address, or a name that the table's ``targets`` may resolve."""
    address: Address | None = None
    """None where the name is not resolved."""

    @property
    def is_named(self) -> bool:
        """Whether it has a name besides its address."""
        return self.address is not None and str(self.address) != self.name

    @property
    def key(self) -> str:
        """Its address, by which it is known in other rows, too; else its name."""
        return str(self.address or self.name)


THIS_MACHINE = marked("this machine")
"""The name of the vantage point that nlbcheck itself runs on."""


def named(vantage: str) -> str:
    """Return a vantage point as a sentence names it, in the language that is spoken."""
    return tell(vantage) if vantage == THIS_MACHINE else vantage


@dataclass(frozen=True, slots=True)
class Flow:
    """A vantage point connects to an address and port; by the table that means relay, row and target."""

    row: str
    """The name of the row, as in the table: ``tg-10022``."""
    node: Node
    """The static IP that is dialled."""
    port: int
    target: str
    """Whom the connection is meant for."""
    spec: ProbeSpec = field(default_factory=ProbeSpec)
    """What a probe of it asks and expects."""
    vantage: str = THIS_MACHINE
    """The name of the vantage point that connects."""
    relay: str = ""
    """The load balancer as the table names it, or the table's file."""
    transport: Transport = Transport.TCP
    samples: int = 1
    """How many connections a probe of it makes, each from a port of its own."""
    any_of: tuple[str, ...] = ()
    """The targets of which a connection may reach any, where there are several."""

    @property
    def check(self) -> Check:
        """What a probe of it asks."""
        return self.spec.check

    @property
    def dialled(self) -> SocketAddress:
        """What is connected to."""
        return SocketAddress(str(self.node.address), self.port)

    @property
    def server_name(self) -> str:
        """The name that TLS asks for and the certificate must carry.

        A Host header may carry a port and a last dot, a server name neither.
        """
        host = (self.spec.host or "").partition(":")[0].rstrip(".")
        return self.spec.server_name or host or str(self.node.address)

    @property
    def machines(self) -> tuple[str, ...]:
        """Whom a connection may reach; each hears from no more at once than the schedule allows."""
        return self.any_of or (self.target,)

    @property
    def id(self) -> str:
        """A stable name for reports: ``tg-10022[ap-northeast-1a]``."""
        return f"{self.row}[{self.node.label}]"
