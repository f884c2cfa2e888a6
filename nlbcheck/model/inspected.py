"""What was seen on a target itself: who listens, who is connected, what its firewall and routes do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address

from nlbcheck.language import marked
from nlbcheck.model.finding import Direction, Finding
from nlbcheck.model.flow import Port
from nlbcheck.model.net import Address, SocketAddress
from nlbcheck.model.verdict import Verdict, worst


class PeerKind(StrEnum):
    """Whose connection it is, as far as its addresses and bytes tell."""

    HEALTH_CHECK = marked("health check")
    RELAYED = marked("relayed client")
    CHECK_OR_RELAYED = marked("health check or relayed client")
    OTHER = marked("other")
    """Somebody who does not come through the load balancer."""


@dataclass(frozen=True, slots=True)
class HostListener:
    """A socket that accepts connections."""

    address: Address | None
    """Where it listens; None for all addresses, of IPv6 and, unless ``v6_only``, of IPv4."""
    port: int
    v6_only: bool | None = False
    """Whether it leaves IPv4 out; None where that is not seen."""
    process: str | None = None
    """The process's name; None where it is not seen. Hostile until it is escaped."""

    def takes(self, address: Address) -> bool | None:
        """Whether it takes connections to an address of the host; None where that is not seen."""
        if self.address is None:
            if address.version == 6:
                return True
            return None if self.v6_only is None else not self.v6_only
        return self.address == address or (
            self.address.is_unspecified and self.address.version == address.version
        )

    @property
    def is_local(self) -> bool:
        """Whether only the host itself can connect."""
        return self.address is not None and self.address.is_loopback

    @property
    def where(self) -> str:
        """The address as it is listened on, with the port."""
        if self.address is None:
            return f"[::]:{self.port}"
        return str(SocketAddress(str(self.address), self.port))


@dataclass(frozen=True, slots=True)
class HostConnection:
    """A connection to one of the ports, as seen in one look or several."""

    port: int
    """The host's own."""
    peer: SocketAddress
    state: str
    """As it was seen last, in the words of netstat: ``ESTABLISHED``, ``SYN_RECV`` …"""
    received: int | None = None
    """Bytes that the peer has sent; None where that is not seen."""
    lasts: bool = False
    """Whether it stood from the first look to the last."""
    process: str | None = None
    kind: PeerKind = PeerKind.OTHER


@dataclass(frozen=True, slots=True)
class HostRuling:
    """What the host's firewall does with a peer's packets, or with the answers to them."""

    peer: Address
    port: int
    direction: Direction
    verdict: Verdict
    """Pass: admitted; fail: dropped or rejected; unknown: not seen, or not understood."""
    rejects: bool = False
    """Whether it answers that it drops."""
    rule: str = ""
    """The rule that decides, or what is not understood; hostile until it is escaped."""
    where: str = ""
    """The table and chain that it stands in."""


@dataclass(frozen=True, slots=True)
class RouteBack:
    """By which path the host answers a peer."""

    peer: Address
    device: str | None
    """The interface that answers leave by; None where there is no route."""
    gateway: str | None = None
    said: str = ""
    """What the host says where there is none."""
    is_bridge: bool = False
    """Whether that interface is a bridge, as those of containers are."""
    holding: str | None = None
    """The address range of that interface that holds the peer's address."""


@dataclass(frozen=True, slots=True)
class HostLook:
    """What one look at a target says of one row of the mapping table."""

    row: str
    listener: Port
    name: str
    """The target as the table names it."""
    address: Address
    port: int
    health_port: int | None
    """None where it is not known."""
    host: str
    """Where the look was taken."""
    system: str = ""
    """What the host runs: ``Linux 6.1.0``."""
    device: str | None = None
    """The interface that has the target's address."""
    listeners: Sequence[HostListener] | None = None
    """All that listen; None where that is not seen."""
    seen_by: str = ""
    """What told of the sockets: ``ss``, ``netstat`` or ``/proc/net/tcp``."""
    connections: Sequence[HostConnection] | None = None
    """Those to the two ports; None where they are not seen."""
    seconds: int = 0
    """For how long connections were looked at."""
    preserves_client: bool | None = None
    """Whether the target sees clients' own addresses."""
    firewalls: Sequence[str] = ()
    """What manages the firewall: ``nft``, ``iptables``, ``firewalld``, ``ufw``."""
    rulings: Sequence[HostRuling] = ()
    routes: Sequence[RouteBack] = ()
    reverse_path_filter: int | None = None
    """What rp_filter is at that interface: 0 off, 1 strict, 2 loose; None where it is not seen."""
    nodes: Sequence[Address] = ()
    findings: Sequence[Finding] = ()
    unseen: Sequence[str] = ()
    """What could not be seen and may decide, a sentence each."""
    notes: Sequence[str] = ()
    """What could not be seen and decides nothing, a sentence each."""

    @property
    def verdict(self) -> Verdict:
        """The gravest of all findings; unknown where something that decides is not seen."""
        seen = [finding.verdict for finding in self.findings]
        return worst([*seen, Verdict.UNKNOWN] if self.unseen else seen or [Verdict.PASS])

    def at(self, port: int) -> Sequence[HostListener]:
        """Return who listens on a port, wherever."""
        return [item for item in self.listeners or () if item.port == port]


def plain(address: Address) -> Address:
    """Return an IPv4 address that is written as one of IPv6 as what it is."""
    mapped: IPv4Address | None = getattr(address, "ipv4_mapped", None)
    return mapped or address
