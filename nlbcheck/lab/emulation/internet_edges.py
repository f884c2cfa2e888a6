"""What does an internet gateway do between its VPC and the internet, and what joins the gateways?

It puts one public address in the place of each private one, and drops what has none and what goes to private
addresses: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html. VPC Block Public Access
and an Automated Internet Firewall stand there, too; of the firewall the lab has what it drops for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from nlbcheck.aws.resources.gateway_attachment import AttachmentState
from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.aws.resources.public_access import BlockMode, ExclusionMode, PublicAccess
from nlbcheck.aws.resources.subnet import InternetConnectivity
from nlbcheck.aws.resources.vpc import FirewallMode, FirewallStatus, Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.emulation import nft, routers
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import INTERNET, Role, Seat, device
from nlbcheck.lab.plan import Link, LinkEnd, Namespace, PlannedRoute
from nlbcheck.model.facts import NotVisible

_VPC, _OUT = "vpc", "internet"
_PRIVATE = tuple(
    map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"))
)
_ONE_WAY = (InternetConnectivity.OUTBOUND_ONLY,)


@dataclass(frozen=True, slots=True)
class Edge:
    """An internet gateway that is attached to a VPC of the lab."""

    id: str
    vpc: Vpc
    public: tuple[tuple[IPv4Address, IPv4Address], ...]
    """The private addresses that have a public one, each with that."""
    no_inbound: tuple[IPv4Address, ...]
    """The private addresses that nobody outside may open connections to."""
    no_outbound: tuple[IPv4Address, ...]
    """The private addresses that may open none."""

    @property
    def device(self) -> str:
        """The VPC router's and the internet's link to it."""
        return device("igw", self.id)


def edges(state: AwsState, vpcs: Iterable[Vpc], seats: Sequence[Seat], remarks: Remarks) -> tuple[Edge, ...]:
    """Return the internet gateways that are attached to VPCs of the lab, where somebody needs them."""
    if not any(seat.public or seat.site == INTERNET for seat in seats):
        return ()
    found = []
    for vpc in vpcs:
        gateway = state.internet_gateway_of(vpc)
        if isinstance(gateway, NotVisible):
            remarks.missing(gateway, "the lab has none")
        if isinstance(gateway, InternetGateway) and _is_attached(gateway, vpc):
            found.append(_edge(state, gateway.id, vpc, [seat for seat in seats if seat.site == vpc.id]))
    return tuple(found)


def _is_attached(gateway: InternetGateway, vpc: Vpc) -> bool:
    states = [item.state for item in gateway.attachments if item.vpc_id == vpc.id]
    return any(item in (AttachmentState.ATTACHED, AttachmentState.AVAILABLE, None) for item in states)


def _edge(state: AwsState, gateway_id: str, vpc: Vpc, seats: Sequence[Seat]) -> Edge:
    pairs = [(private, seat) for seat in seats for private, _ in seat.public]
    return Edge(
        gateway_id,
        vpc,
        tuple(pair for seat in seats for pair in seat.public),
        tuple(private for private, seat in pairs if not _may(state, vpc, seat, outbound=False)),
        tuple(private for private, seat in pairs if not _may(state, vpc, seat, outbound=True)),
    )


def _may(state: AwsState, vpc: Vpc, seat: Seat, *, outbound: bool) -> bool:
    """Whether a machine's connections pass what stands at the gateway."""
    if not outbound and seat.subnet and seat.subnet.connectivity in _ONE_WAY and _enforces(vpc):
        return False
    access = state.public_access(vpc.account_region)
    if not isinstance(access, PublicAccess) or access.mode in (BlockMode.OFF, None):
        return True
    if access.mode is BlockMode.INGRESS and outbound and seat.role is Role.NAT:
        return True
    exclusions = state.public_access_exclusions(vpc.account_region)
    places = {vpc.id, seat.subnet.id} if seat.subnet and seat.role is not Role.NAT else {vpc.id}
    modes = [
        item.mode
        for item in (() if isinstance(exclusions, NotVisible) else exclusions)
        if item.resource_id in places and item.in_force
    ]
    egress = outbound and access.mode is BlockMode.BIDIRECTIONAL
    return ExclusionMode.BIDIRECTIONAL in modes or (egress and ExclusionMode.EGRESS in modes)


def _enforces(vpc: Vpc) -> bool:
    return any(
        item.status is FirewallStatus.ACTIVE and item.mode is FirewallMode.ENFORCE for item in vpc.firewalls
    )


def gateway(edge: Edge) -> tuple[Namespace, tuple[Link, ...]]:
    """Return an internet gateway as a router, and its links.

    Sources change before connections are tracked and destinations after, so that both directions are known by
    the public address.
    """
    routes = [
        PlannedRoute(routers.EVERYWHERE, _OUT, routers.OWN_TABLE),
        *(PlannedRoute(IPv4Network(private), _VPC, routers.OWN_TABLE) for private, _ in edge.public),
    ]
    outward = {str(private): public for private, public in edge.public}
    inward = {str(public): private for private, public in edge.public}
    known = bool(edge.public)
    sources = [
        "type filter hook prerouting priority raw; policy accept;",
        f'iifname "{_VPC}" ip daddr {nft.networks(_PRIVATE)} drop',
    ]
    sources += [
        f'iifname "{_VPC}" ip saddr != {nft.networks(p for p, _ in edge.public)} drop' if known
        else f'iifname "{_VPC}" drop',
    ]  # fmt: skip
    prerouting: list[str] = []
    if known:
        sources.append(f'iifname "{_VPC}" ip saddr set ip saddr map {nft.mapping(outward)}')
        prerouting = [
            f'iifname "{_OUT}" ip daddr != {nft.networks(public for _, public in edge.public)} drop',
            f'iifname "{_OUT}" ip daddr set ip daddr map {nft.mapping(inward)}',
        ]
    else:
        prerouting = [f'iifname "{_OUT}" drop']
    router = routers.router(
        edge.id, routes, (), {}, prerouting, _closed(edge, outward), [nft.chain("sources", sources)]
    )
    links = (
        Link(LinkEnd(edge.vpc.id, edge.device), LinkEnd(edge.id, _VPC)),
        Link(LinkEnd(INTERNET, edge.device), LinkEnd(edge.id, _OUT)),
    )
    return router, links


def _closed(edge: Edge, outward: dict[str, IPv4Address]) -> list[str]:
    """Return the statements that stop what may not be opened from outside, or from inside."""
    lines = []
    if edge.no_inbound:
        lines.append(f'ct direction original iifname "{_OUT}" ip daddr {nft.networks(edge.no_inbound)} drop')
    if edge.no_outbound:
        public = [outward[str(private)] for private in edge.no_outbound]
        lines.append(f'ct direction original iifname "{_VPC}" ip saddr {nft.networks(public)} drop')
    return lines


def network(seats: Sequence[Seat], found: Sequence[Edge]) -> tuple[Namespace, tuple[Link, ...]]:
    """Return the internet: it knows every public address, and nothing stops a packet there."""
    own = [routers.machine(address, seat.port) for seat in seats for address in seat.addresses]
    known = [
        PlannedRoute(IPv4Network(public), edge.device, routers.OWN_TABLE)
        for edge in found
        for _, public in edge.public
    ]
    router = routers.router(INTERNET, [*own, *known], (), {}, (), ())
    return router, tuple(Link(LinkEnd(seat.name, "eth0"), LinkEnd(INTERNET, seat.port)) for seat in seats)
