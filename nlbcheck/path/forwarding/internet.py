"""What does a packet meet between a VPC and the internet?"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.aws.resources.gateway_attachment import ATTACHED
from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.aws.resources.public_access import BlockMode
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import InternetFirewall, Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.forwarding.positions import AtRouteTarget, Forwarded, Met
from nlbcheck.path.gates import internet_firewall, internet_gateway, public_access
from nlbcheck.path.gates.internet_gateway import Inside
from nlbcheck.path.location import InVpc, OutsideAws
from nlbcheck.path.outcome import Unseen, unseen
from nlbcheck.path.packet import Packet
from nlbcheck.path.route_choice import Choice
from nlbcheck.path.routes import routed


def into_internet(state: AwsState, packet: Packet, position: AtRouteTarget) -> Forwarded:
    """Send a packet to the internet, where its sender is known by a public address."""
    inside, outside = position.sent_from, packet.bound_for
    met = internet_gateway_between(state, position.target.id, inside, outside, outbound=not packet.reply)
    public = () if _is_translated(state, inside, outside) else inside.public_addresses
    many = public if len(public) > 1 else ()
    if not public:
        return Forwarded(tuple(met))
    sender = OutsideAws(public[0], among=many, in_internet=True, by_nat=inside.by_nat)
    return Forwarded(tuple(met), emerged=sender)


def kind_of(inside: InVpc) -> Inside:
    """Return what stands at an address."""
    if _is_of_others(inside):
        return Inside.OTHERS
    return Inside.NODE if inside.balancer else Inside.NAT if inside.by_nat else Inside.MACHINE


def _is_of_others(inside: InVpc) -> bool:
    """Whether a packet is only passing through the VPC, and comes from an address outside it."""
    vpc = inside.vpc if isinstance(inside.vpc, Vpc) and inside.vpc.has_all_cidrs else None
    return inside.is_between and vpc is not None and not vpc.contains(inside.address)


def gateway_into(state: AwsState, inside: InVpc, vpc: Vpc, outside: Address) -> str | Absent | NotVisible:
    """Return the internet gateway by which packets to a VPC's public address come in: it has but one.

    The one that its own routes name, if that is attached or there is no other.
    """
    target = routed(state, inside, outside).target if isinstance(inside.subnet, Subnet) else None
    named = target.id if target and target.kind is RouteTargetKind.INTERNET_GATEWAY else None
    known = state.internet_gateway(named) if named else None
    if isinstance(known, InternetGateway) and any(
        item.vpc_id == vpc.id and item.state in ATTACHED for item in known.attachments
    ):
        return known.id
    own = state.internet_gateway_of(vpc)
    if isinstance(own, InternetGateway):
        return own.id
    return named or own


def internet_gateway_between(
    state: AwsState, gateway_id: str, inside: InVpc, outside: Address | None, *, outbound: bool
) -> Iterator[Met]:
    """Yield what is met at the internet gateway of a VPC, in either direction, and what may close it.

    ``outbound`` says that the connection was opened from inside.
    """
    found = state.internet_gateway(gateway_id)
    if not isinstance(found, InternetGateway):
        yield Met("internet-gateway", Resource("internet-gateway", gateway_id), unseen(found))
        return
    resource = Resource("internet-gateway", found.id, found.name)
    told = inside.public_address is not None or inside.by_nat or _is_of_others(inside)
    if isinstance(inside.interface, NotVisible) and not told:
        yield Met("internet-gateway", resource, Unseen(inside.interface))
    elif not (outbound and _is_translated(state, inside, outside)):
        outcome = internet_gateway.check(
            found, inside.vpc_id, inside.address, inside.public_address, kind_of(inside)
        )
        yield Met("internet-gateway", resource, outcome)
    yield _public_access(state, inside, outbound=outbound)
    yield from _firewalls(state, inside, outside, outbound=outbound)


def _public_access(state: AwsState, inside: InVpc, *, outbound: bool) -> Met:
    """Ask VPC Block Public Access, which belongs to the VPC's owner."""
    resource = Resource("vpc", inside.vpc_id, inside.vpc.name if isinstance(inside.vpc, Vpc) else None)
    if not isinstance(inside.vpc, Vpc):
        return Met("public-access", resource, unseen(inside.vpc))
    if isinstance(inside.subnet, NotVisible):
        return Met("public-access", resource, unseen(inside.subnet))
    account_region = inside.vpc.account_region
    access = state.public_access(account_region)
    open_to_all = isinstance(access, NotVisible) or access.mode is BlockMode.OFF
    outcome = public_access.check(
        access,
        () if open_to_all else state.public_access_exclusions(account_region),
        inside.vpc_id,
        inside.subnet.id if isinstance(inside.subnet, Subnet) else None,
        outbound=outbound,
        by_nat=inside.by_nat,
    )
    return Met("public-access", resource, outcome)


def _firewalls(state: AwsState, inside: InVpc, outside: Address | None, *, outbound: bool) -> Iterator[Met]:
    """Ask the Automated Internet Firewall, where the VPC has one."""
    for firewall in _firewalls_of(state, inside, outside):
        resource = Resource("internet-firewall", firewall.arn or f"of {inside.vpc_id}")
        if isinstance(inside.subnet, Subnet):
            outcome = internet_firewall.check(
                firewall, inside.subnet, outbound=outbound, is_public=inside.public_address is not None
            )
            yield Met("internet-firewall", resource, outcome)
        else:
            fact = tell(
                "what the Automated Internet Firewall of {vpc} does with the packet", vpc=inside.vpc_id
            )
            yield Met("internet-firewall", resource, Unseen(NotVisible(fact, "", "", None)))


def _firewalls_of(state: AwsState, inside: InVpc, outside: Address | None) -> tuple[InternetFirewall, ...]:
    """Return the firewalls that the VPC names, or else the one that the route names."""
    if isinstance(inside.vpc, Vpc) and inside.vpc.firewalls:
        return inside.vpc.firewalls
    if outside is None or not isinstance(inside.subnet, Subnet):
        return ()
    choice = routed(state, inside, outside).choice
    named = isinstance(choice, Choice) and choice.route.firewalled
    return (InternetFirewall(None, None, None),) if named else ()


def _is_translated(state: AwsState, inside: InVpc, outside: Address | None) -> bool:
    """Whether a firewall gives connections from inside another source address than the interface's own."""
    return (
        isinstance(inside.subnet, Subnet)
        and internet_firewall.translates(inside.subnet, is_public=inside.public_address is not None)
        and bool(_firewalls_of(state, inside, outside))
    )
