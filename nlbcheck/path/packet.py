"""What is known of a packet at one point of its path?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.prefix_list import PrefixList
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address, Network

EPHEMERAL = PortRange(1024, 65535)
"""The ports that connections of load balancers and NAT gateways come from, and that replies therefore go to.

https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html
"""

CLIENT_PORTS = PortRange(32768, 65535)
"""The ports that clients' connections usually come from."""

SYSTEMS = (("Linux", PortRange(32768, 60999)), ("Windows", PortRange(49152, 65535)))
"""Which of them the clients' systems choose from: the page above, and ``ip_local_port_range`` of Linux."""

GroupIds = tuple[str, ...] | NotVisible
"""The security groups by which one end of a connection is known."""


TransitGateways = tuple[tuple[str, str], ...]
"""The transit gateways that a packet has come to, in order, each with the attachment that it came by."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A firewall that a packet passes: by which endpoint, or one of which."""

    endpoints: frozenset[str]
    by_zone: str | None = None
    """The attachment of the firewall's VPC, where it has brought the packet to the endpoint of a zone."""


PrefixLists = Callable[[str], PrefixList | Absent | NotVisible]
"""How prefix lists are looked up."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of one leg and direction; of a reply, every port that it may go to."""

    source: Address | None
    """None when it is not known."""
    destination: Address | None
    """None when it is not known."""
    ports: PortRange
    """The destination ports that packets of this kind go to; of replies, each is as likely as another."""
    protocol: str = "tcp"
    routed_to: Address | None = None
    """The address that decides about the route, where it is not ``destination``."""
    reply: bool = False
    """Whether it answers a connection's first packet."""
    among: tuple[Address, ...] = ()
    """All addresses of which the client's end has one, where a NAT gateway has several."""

    @property
    def bound_for(self) -> Address | None:
        """The address that route tables look at."""
        return self.routed_to or self.destination

    def each(self) -> tuple[Packet, ...]:
        """Return the packets that it may be, one for each address that the client's end may have."""
        if not self.among:
            return (self,)
        if self.reply:
            return tuple(replace(self, among=(), destination=address) for address in self.among)
        return tuple(replace(self, among=(), source=address) for address in self.among)


def transport(protocol: str | None) -> str:
    """Return what carries connections to a listener's protocol: of TCP_UDP the TCP half."""
    return "udp" if protocol in ("UDP", "QUIC") else "tcp"


@dataclass(frozen=True, slots=True)
class References:
    """Whether rules that name a security group recognize the other end of a connection."""

    inbound: bool | NotVisible
    outbound: bool | NotVisible
    reason: str = ""
    """Why they do not, in a sentence that is marked to be told."""


SEEN = References(True, True)


def holds(network: Network, address: Address | None) -> bool | None:
    """Whether a range holds an address; None when that cannot be told.

    An address that is not known is an IPv4 one: packets of other kinds are not walked.
    """
    if address is None:
        return False if network.version == 6 else True if network.prefixlen == 0 else None
    return address in network
