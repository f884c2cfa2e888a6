"""Which address and port is connected to, and whom is that meant for?"""

from __future__ import annotations

from dataclasses import dataclass, field

from nlbcheck.model.probe import Check, HostKey, HttpExpectation


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
    address: str

    @property
    def label(self) -> str:
        """The zone, or the address where the zone is not known."""
        return self.zone or self.address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One static IP × listener port, and everything that a probe of it needs to know."""

    row: str
    """The name of the row, as in the table: ``tg-10022``."""
    node: Node
    port: int
    check: Check
    target: str
    """Whom the connection is meant for; the runner limits connections per target."""
    host_keys: tuple[HostKey, ...] = ()
    ssh_key_types: tuple[str, ...] = ()
    """Host key types to ask for first, where one must be seen that the server would not show by itself."""
    ssh_banner_only: bool = False
    http: HttpExpectation = field(default_factory=HttpExpectation)
    path: str = "/"
    host: str | None = None
    """The HTTP Host header; by default the address and port that are dialled."""
    server_name: str | None = None
    """TLS server name (SNI), also the name the certificate must carry; by default ``host``."""
    verify: bool | str = True
    """Whether certificates are verified, or the file of authorities to verify them with."""

    @property
    def id(self) -> str:
        """A stable name for reports: ``tg-10022[ap-northeast-1a]``."""
        return f"{self.row}[{self.node.label}]"
