"""What is to be seen at a target?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.model import Address, Check, Port


@dataclass(frozen=True, slots=True)
class HostQuestion:
    """What is asked of a host, for one row of the mapping table."""

    row: str
    listener: Port
    name: str
    """The target as the table names it."""
    address: Address
    port: int
    check: Check
    """What the row's service speaks."""
    nodes: tuple[Address, ...] = ()
    """The load balancer's own addresses: health checks come from there, and clients whose own are hidden."""
    clients: tuple[Address, ...] = ()
    """Clients whose own address the target sees."""
    preserves_client: bool | None = None
    """Whether the target sees clients' addresses; None where that is not known."""
    health_port: int | None = None
    """None where it is not known."""
    checks_by_tcp: bool = False
    """Whether a health check connects and says nothing."""
    other_ports: frozenset[int] = frozenset()
    """Ports of the same target that other rows name."""
    instance: str | None = None
    """The EC2 instance that it is; None where it is none, or that is not known."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The registered port, and that of health checks."""
        return tuple(dict.fromkeys((self.port, *([self.health_port] if self.health_port else []))))

    @property
    def peers(self) -> tuple[Address, ...]:
        """Everybody who must get an answer, of the target's own family."""
        every = dict.fromkeys((*self.nodes, *self.clients))
        return tuple(peer for peer in every if peer.version == self.address.version)

    def senders(self, port: int) -> tuple[Address, ...]:
        """Return who connects to one of the ports, as the host sees it; nobody where that is not known."""
        connecting = {True: self.clients, False: self.nodes, None: ()}[self.preserves_client]
        checking = self.nodes if port == self.health_port else ()
        every = dict.fromkeys((*(connecting if port == self.port else ()), *checking))
        return tuple(peer for peer in every if peer.version == self.address.version)
