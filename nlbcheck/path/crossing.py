"""How does a packet come from one position to the next, until it arrives or is out of sight?

Route tables choose the next position, and forwarding tells what is met there. Where a table does not take the
packet on, the walk notes that, asks what should have carried it, and goes on there.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_attachment import TransitAssociation, TransitResource
from nlbcheck.aws.resources.transit_route_table import TransitHop, TransitRoute, TransitRouteTable
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import tell
from nlbcheck.model import Code, Resource
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import loops, neighbours, returning
from nlbcheck.path.alternatives import follow_each
from nlbcheck.path.decision import decide
from nlbcheck.path.forwarding.next_hop import forward
from nlbcheck.path.forwarding.positions import (
    AtOneOf,
    AtOtherAttachment,
    AtRouteTarget,
    AtTransitGateway,
    AtTransitPeering,
    AtVpcAttachment,
    AtVpnAttachment,
    Met,
    Passing,
    Position,
    network_acl_of,
)
from nlbcheck.path.forwarding.transit_gateways import named
from nlbcheck.path.gates import nat_gateway, transit_gateway_route
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.leading import hidden_vpc, transit_leads, vpc_behind
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Outcome, Stopped, Unseen, unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.references import OVER_INTERNET, between
from nlbcheck.path.repair.transit_learning import LostInTransit, has_static, learning, static_range
from nlbcheck.path.repair.transit_routes import inspecting, should_leave_by, tables_of
from nlbcheck.path.repair.vpc_routes import around_peering
from nlbcheck.path.routes import transit_route

_KIND = "transit-gateway"


def aim(passage: Passage) -> None:
    """Look up the route, and with it what becomes of security group references between the two ends."""
    address, start = passage.packet.bound_for, passage.start
    standing = isinstance(start, InVpc) and (not start.is_nowhere or start.route_table_id is not None)
    routes = standing and not passage.inside_subnet
    if routes and isinstance(start, InVpc) and address is not None:
        if passage.returned_by is not None:
            passage.decision = returning.decision(passage.state, start, address, passage.returned_by)
        else:
            passage.decision = decide(
                passage.state, start, passage.destination, address, reply=passage.packet.reply
            )
    route_target = passage.decision.route_target if passage.decision else None
    passage.references = between(passage.state, start, passage.destination, route_target)
    if passage.dialled is not None and passage.start_groups:
        passage.references = OVER_INTERNET


def cross(passage: Passage, position: Position | None) -> None:
    """Take a packet on from a position, and record what it meets."""
    while position is not None:
        match position:
            case InVpc():
                position = _by_route_table(passage, position)
            case AtTransitGateway():
                position = _by_transit_table(passage, position)
            case AtOneOf():
                follow_each(passage, position, cross)
                return
            case _:
                position = _through(passage, position)


def _by_route_table(passage: Passage, position: InVpc) -> Position | None:
    address = passage.packet.bound_for
    if position.is_between:
        _network_acls(passage, position)
    decision = passage.decision if position is passage.start else None
    if decision is None and address is not None:
        decision = decide(passage.state, position, passage.destination, address)
    if decision is None:
        return None
    passage.record("route-table", decision.resource, decision.outcome)
    target = decision.route_target
    if target is None:
        return None
    if position.by_nat and target.kind is RouteTargetKind.NAT_GATEWAY:
        _second_nat_gateway(passage, target.id, decision.outcome)
        return None
    if target.kind is RouteTargetKind.LOCAL and isinstance(position.subnet, Subnet):
        passage.delivered_from = frozenset({position.subnet.id})
    return AtRouteTarget(target, position)


def _second_nat_gateway(passage: Passage, gateway_id: str, by_route: Outcome) -> None:
    """Say that a route leads from a NAT gateway to another one, where it does."""
    if isinstance(by_route, Stopped):
        return
    outcome = nat_gateway.check_second(gateway_id)
    passage.record("nat-gateway", Resource("nat-gateway", gateway_id), outcome)
    passage.lose_sender(outcome.missing)


def _network_acls(passage: Passage, position: InVpc) -> None:
    """Meet the network ACL of a subnet that a packet only passes.

    What a transit gateway hands over meets outbound rules alone, and not even these where the receiver is in
    the same subnet: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html. What comes through a firewall
    endpoint enters and leaves its subnet.
    """
    subnet, end = position.subnet, passage.destination
    if not isinstance(subnet, Subnet):
        return
    if position.by_firewall is not None:
        passage.record_all([network_acl_of(passage.state, passage.packet, subnet, egress=False)])
    if not (isinstance(end, InVpc) and isinstance(end.subnet, Subnet) and end.subnet.id == subnet.id):
        passage.record_all([network_acl_of(passage.state, passage.packet, subnet, egress=True)])


def _through(passage: Passage, position: Passing) -> Position | None:
    if isinstance(position, AtRouteTarget) and position.target.kind is RouteTargetKind.VPC_ENDPOINT:
        if any(position.target.id in item.endpoints for item in passage.inspections):
            passage.record(*loops.check(position))
            return None
        passage.inspect(position.target.id, _zonal(passage, position.sent_from))
    forwarded = forward(passage.state, passage.packet, position)
    passage.record_all(_around(passage, position, met) for met in forwarded.met)
    if forwarded.translated is not None and isinstance(forwarded.onward, InVpc):
        passage.translate(forwarded.translated, forwarded.onward)
    passage.emerged = forwarded.emerged or passage.emerged
    if isinstance(forwarded.onward, AtTransitGateway) and not forwarded.onward.before:
        return replace(forwarded.onward, before=passage.passed)
    return forwarded.onward


def _zonal(passage: Passage, sender: InVpc) -> str | None:
    """Return the attachment without appliance mode that has brought a packet into a VPC of firewalls."""
    ends = [item.vpc_id for item in (passage.start, passage.destination) if isinstance(item, InVpc)]
    if sender.by_gateway is None or sender.vpc_id in ends or not isinstance(sender.vpc, Vpc):
        return None
    found = passage.state.transit_vpc_attachment_of(sender.by_gateway, sender.vpc)
    zonal = isinstance(found, TransitVpcAttachment) and found.appliance_mode is False
    return found.id if isinstance(found, TransitVpcAttachment) and zonal else None


def _around(passage: Passage, position: Passing, met: Met) -> Met:
    """Return what was met, with the remedy that leads around a peering connection that carries no transit."""
    outcome, address = met.outcome, passage.packet.bound_for
    if not isinstance(outcome, Stopped) or outcome.problem.code is not Code.PEERING_NO_TRANSIT:
        return met
    if not isinstance(position, AtRouteTarget) or address is None or outcome.problem.subject != str(address):
        return met
    around = around_peering(passage.state, position.sent_from, passage.destination, address)
    fix = around or outcome.problem.remedy
    return replace(met, outcome=replace(outcome, problem=replace(outcome.problem, remedy=fix)))


def _by_transit_table(passage: Passage, position: AtTransitGateway) -> Position | None:
    """Look up the route table of the attachment that a packet comes from, and follow its route."""
    state, address = passage.state, passage.packet.bound_for
    passage.passed = position.passed
    table_id = _transit_table(passage, position)
    if table_id is None or address is None:
        return None
    route = transit_route(state, table_id, address)
    leads = not isinstance(route, TransitRoute) or transit_leads(
        state, passage.destination, address, route, position.passed
    )
    outcome = transit_gateway_route.check_route(route, table_id, address, None, leads_there=leads)
    followed = isinstance(route, TransitRoute) and bool(route.hops) and leads
    should = None if followed else _should_leave_by(passage, position)
    if isinstance(outcome, Stopped) and should is not None and not isinstance(route, NotVisible):
        lost = LostInTransit(
            state, position.gateway_id, table_id, address, passage.destination, should, route
        )
        outcome = _mended(lost, leads_there=leads)
    known = state.transit_route_table(table_id)
    name = known.name if isinstance(known, TransitRouteTable) else None
    kind = "transit-gateway-route-table"
    passage.record(kind, Resource(kind, table_id, name), outcome)
    translating = [position.attachment_id, *(hop.attachment_id for hop in _hops(route))]
    for key in translating:
        if state.transit_translation(key, position.gateway_id):
            _translated(passage, key)
    if followed and isinstance(route, TransitRoute):
        return _out(passage, position, route)
    if should in {item.id for item in neighbours.transit_peers(state, position.gateway_id)}:
        return AtTransitPeering(position, str(should))
    return _into_vpc(passage, position) if should or not _may_lie_behind(passage, position) else None


def _may_lie_behind(passage: Passage, position: AtTransitGateway) -> bool:
    """Whether the destination may be attached to another transit gateway, by a link that is not seen.

    Where a transit gateway has no route, nothing else tells whether it is attached to this one.
    """
    vpc = passage.destination.vpc if isinstance(passage.destination, InVpc) else None
    if not isinstance(vpc, Vpc) or not isinstance(
        passage.state.transit_vpc_attachment_of(position.gateway_id, vpc), Absent
    ):
        return False
    return neighbours.hidden_way(passage.state, position.gateway_id, vpc) is not None


def _mended(lost: LostInTransit, *, leads_there: bool) -> Outcome:
    """Return why a transit gateway's table does not lead on, with what makes it lead on."""
    should = lost.attachment_id if has_static(lost) else None
    outcome = transit_gateway_route.check_route(
        lost.beaten, lost.table_id, lost.address, should, leads_there=leads_there, prefix=static_range(lost)
    )
    learned = learning(lost) if isinstance(outcome, Stopped) else None
    if not isinstance(outcome, Stopped) or learned is None:
        return outcome
    return replace(outcome, problem=replace(outcome.problem, remedy=learned))


def _hops(route: TransitRoute | NotVisible | None) -> tuple[TransitHop, ...]:
    return route.hops[:1] if isinstance(route, TransitRoute) else ()


def _translated(passage: Passage, attachment_id: str) -> None:
    """Say that an attachment gives packets other addresses.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nat-routing.html: its rules translate sources, and back.
    """
    what = tell("which addresses the NAT of {attachment} gives the packet", attachment=attachment_id)
    fact = NotVisible(what, "", "", None)
    passage.record(_KIND, Resource("transit-gateway-attachment", attachment_id), Unseen(fact))
    passage.lose_sender(fact)


def _should_leave_by(passage: Passage, position: AtTransitGateway) -> str | None:
    """Return the attachment that a route is to lead to, unless a firewall stands between on purpose."""
    if passage.inspections or inspecting(passage.state, position.gateway_id, position.attachment_id):
        return None
    sender = passage.packet.source if passage.request else None
    return should_leave_by(passage.state, position.gateway_id, passage.destination, sender)


def _transit_table(passage: Passage, position: AtTransitGateway) -> str | None:
    """Return the table that decides; where the attachment has none, the only one that there is."""
    found = passage.state.transit_association(position.attachment_id, position.gateway_id)
    outcome = gate.check_association(found, position.attachment_id, ())
    tables = tables_of(passage.state, position.gateway_id) if isinstance(outcome, Stopped) else []
    if tables:
        outcome = gate.check_association(found, position.attachment_id, tables)
    passage.record(_KIND, named(passage.state, position.gateway_id), outcome)
    if isinstance(found, TransitAssociation):
        return found.route_table_id
    return tables[0] if isinstance(found, Absent) and len(tables) == 1 else None


def _out(passage: Passage, position: AtTransitGateway, route: TransitRoute) -> Position | None:
    """Return the position that a transit gateway's route leads to."""
    hop = route.hops[0]
    if hop.resource_type in neighbours.PEERINGS:
        return AtTransitPeering(position, hop.attachment_id)
    if hop.resource_type is TransitResource.VPN:
        return AtVpnAttachment(route)
    if hop.resource_type is not TransitResource.VPC:
        return AtOtherAttachment(hop)
    return _into_vpc_behind(passage, position, hop)


def _into_vpc_behind(passage: Passage, position: AtTransitGateway, hop: TransitHop) -> Position | None:
    """Return the position at the attachment of the VPC that a route leads to, or say that it is not seen."""
    vpc_id, end = vpc_behind(passage.state, hop), passage.destination
    if isinstance(end, InVpc) and vpc_id == end.vpc_id:
        return _into_vpc(passage, position)
    vpc = passage.state.vpc(vpc_id) if vpc_id else None
    if isinstance(vpc, Vpc):
        return AtVpcAttachment(position, vpc)
    hidden = hidden_vpc(passage.state, hop)
    passage.record(_KIND, named(passage.state, position.gateway_id), Unseen(hidden))
    return _into_vpc(passage, position) if vpc_id is None else None


def _into_vpc(passage: Passage, position: AtTransitGateway) -> Position | None:
    """Return the position at the attachment of the destination's VPC."""
    end = passage.destination
    if not isinstance(end, InVpc):
        return None
    if not isinstance(end.vpc, Vpc):
        passage.record(_KIND, named(passage.state, position.gateway_id), unseen(end.vpc))
        return None
    return AtVpcAttachment(position, end.vpc)
