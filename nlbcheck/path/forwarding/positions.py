"""Which positions does a packet come to between its two ends, and what is met at one?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.network_acl import NetworkAcl
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_route_table import TransitHop, TransitRoute
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Network
from nlbcheck.path.among import for_each
from nlbcheck.path.gates import network_acl
from nlbcheck.path.location import InVpc, OutsideAws
from nlbcheck.path.outcome import Outcome, Passed, Unseen, unseen
from nlbcheck.path.packet import Packet, TransitGateways
from nlbcheck.path.routes import RouteTarget


@dataclass(frozen=True, slots=True)
class AtRouteTarget:
    """At what a route of a VPC points at."""

    target: RouteTarget
    sent_from: InVpc


@dataclass(frozen=True, slots=True)
class AtTransitGateway:
    """In a transit gateway, whose route table for the attachment decides."""

    gateway_id: str
    attachment_id: str
    """By which the packet has come in."""
    before: TransitGateways = ()
    """Those that the packet has come to before."""
    sent_from: Subnet | None = None
    """The subnet in whose Availability Zone it has come in; None where that is not told."""

    @property
    def passed(self) -> TransitGateways:
        """Those that the packet has come to, this one included."""
        return (*self.before, (self.gateway_id, self.attachment_id))


@dataclass(frozen=True, slots=True)
class AtTransitPeering:
    """At the link of a transit gateway to another one."""

    gateway: AtTransitGateway
    attachment_id: str


@dataclass(frozen=True, slots=True)
class AtVpcAttachment:
    """Where a transit gateway sends a packet into a VPC."""

    gateway: AtTransitGateway
    vpc: Vpc


@dataclass(frozen=True, slots=True)
class AtVpnAttachment:
    """Where a transit gateway sends a packet to a network on premises."""

    route: TransitRoute


@dataclass(frozen=True, slots=True)
class AtOtherAttachment:
    """Where a transit gateway sends a packet to what is not modelled."""

    hop: TransitHop


@dataclass(frozen=True, slots=True)
class AtOneOf:
    """In one of several subnets, of which it is not known which one a packet is in."""

    places: tuple[InVpc, ...]
    choice: str
    """What is not known, in words: ``which subnet vpce-0… is in``."""
    inferred: bool = False
    """Whether that it is one of these is inferred only."""


Passing = AtRouteTarget | AtTransitPeering | AtVpcAttachment | AtVpnAttachment | AtOtherAttachment
"""Positions where no route table decides: each leads to one other position, or to none."""
Position = InVpc | AtTransitGateway | AtOneOf | Passing
"""Where a packet is between its two ends."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a subnet's route table does with a packet."""

    resource: Resource
    outcome: Outcome
    route_target: RouteTarget | None
    """Where the walk goes on: the chosen route's target, or what should have carried the packet."""


@dataclass(frozen=True, slots=True)
class Met:
    """What a packet has met, and what that did."""

    kind: str
    resource: Resource
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What a packet meets at a position, and where it is then."""

    met: tuple[Met, ...]
    onward: Position | None = None
    """None where it is delivered, lost, or out of sight."""
    translated: Packet | None = None
    """The packet from here on, where its source was translated."""
    emerged: OutsideAws | None = None
    """Who its sender is in the internet, where it has come there."""


def unknown(kind: str, resource: Resource, fact: NotVisible) -> Forwarded:
    """Return the step of a packet of which nothing more can be told."""
    return Forwarded((Met(kind, resource, Unseen(fact)),))


def network_acl_of(state: AwsState, packet: Packet, subnet: Subnet, *, egress: bool) -> Met:
    """Ask the network ACL of a subnet that a packet leaves or enters."""
    acl = state.network_acl_of(subnet)
    if isinstance(acl, NetworkAcl):
        outcome = for_each(packet, partial(network_acl.check, acl=acl, egress=egress))
        return Met("network-acl", Resource("network-acl", acl.id, acl.name), outcome)
    return Met("network-acl", Resource("network-acl", f"of {subnet.id}"), unseen(acl))


def behind_customer_gateway(packet: Packet, prefix: Network | None) -> Met:
    """Say that nothing is known of a network on premises.

    Where it is but a default route that leads a public address there, not even whether it has the address.
    """
    resource = Resource("address", str(packet.destination))
    address = packet.bound_for
    if address and routable(address) and prefix and not prefix.prefixlen and not packet.reply:
        fact = tell(
            "what the network behind the customer gateway does with packets to {address}", address=address
        )
        return Met("on-premises", resource, Unseen(NotVisible(fact, "", "", None)))
    meaning = "what lies behind the customer gateway is not visible from AWS"
    return Met("on-premises", resource, Passed({"meaning": meaning}))
