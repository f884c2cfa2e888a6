"""How does a packet come from one position to the next, until it arrives or is out of sight?

Route tables choose the next position, and forwarding tells what is met there. Where a table does not take the
packet on, the walk notes that, asks what should have carried it, and goes on there.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.transit_attachment import TransitAssociation, TransitResource
from nlbcheck.aws.resources.transit_route_table import TransitRoute, TransitRouteTable
from nlbcheck.model import Code, Resource
from nlbcheck.model.facts import Absent
from nlbcheck.path import neighbours, returning
from nlbcheck.path.decision import decide
from nlbcheck.path.forwarding.next_hop import forward
from nlbcheck.path.forwarding.positions import (
    AtOtherAttachment,
    AtRouteTarget,
    AtTransitGateway,
    AtTransitPeering,
    AtVpcAttachment,
    AtVpnAttachment,
    Met,
    Passing,
    Position,
)
from nlbcheck.path.forwarding.transit_gateways import named
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.leading import hidden_vpc, transit_leads
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Stopped, Unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.references import OVER_INTERNET, between
from nlbcheck.path.repair.transit_routes import should_leave_by, tables_of
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
            case _:
                position = _through(passage, position)


def _by_route_table(passage: Passage, position: InVpc) -> Position | None:
    address = passage.packet.bound_for
    decision = passage.decision if position is passage.start else None
    if decision is None and address is not None:
        decision = decide(passage.state, position, passage.destination, address)
    if decision is None:
        return None
    passage.record("route-table", decision.resource, decision.outcome)
    target = decision.route_target
    if target is None or (position.by_nat and target.kind is RouteTargetKind.NAT_GATEWAY):
        return None
    return AtRouteTarget(target, position)


def _through(passage: Passage, position: Passing) -> Position | None:
    forwarded = forward(passage.state, passage.packet, position)
    passage.record_all(_around(passage, position, met) for met in forwarded.met)
    if forwarded.translated is not None and isinstance(forwarded.onward, InVpc):
        passage.translate(forwarded.translated, forwarded.onward)
    passage.emerged = forwarded.emerged or passage.emerged
    return forwarded.onward


def _around(passage: Passage, position: Passing, met: Met) -> Met:
    """Return what was met, with the remedy that leads around a peering connection that carries no transit."""
    outcome, address = met.outcome, passage.packet.bound_for
    if not isinstance(outcome, Stopped) or outcome.problem.code is not Code.PEERING_NO_TRANSIT:
        return met
    if not isinstance(position, AtRouteTarget) or address is None:
        return met
    around = around_peering(passage.state, position.sent_from, passage.destination, address)
    fix = around or outcome.problem.remedy
    return replace(met, outcome=replace(outcome, problem=replace(outcome.problem, remedy=fix)))


def _by_transit_table(passage: Passage, position: AtTransitGateway) -> Position | None:
    """Look up the route table of the attachment that a packet comes from, and follow its route."""
    state, address = passage.state, passage.packet.bound_for
    table_id = _transit_table(passage, position)
    if table_id is None or address is None:
        return None
    route = transit_route(state, table_id, address)
    leads = not isinstance(route, TransitRoute) or transit_leads(
        state, passage.destination, address, route, position.passed
    )
    outcome = gate.check_route(route, table_id, address, None, leads_there=leads)
    followed = isinstance(route, TransitRoute) and bool(route.hops) and leads
    should = None if followed else should_leave_by(state, position.gateway_id, passage.destination)
    if isinstance(outcome, Stopped):
        outcome = gate.check_route(route, table_id, address, should, leads_there=leads)
    known = state.transit_route_table(table_id)
    name = known.name if isinstance(known, TransitRouteTable) else None
    kind = "transit-gateway-route-table"
    passage.record(kind, Resource(kind, table_id, name), outcome)
    if followed and isinstance(route, TransitRoute):
        return _out(passage, position, route)
    if should in {item.id for item in neighbours.transit_peers(state, position.gateway_id)}:
        return AtTransitPeering(position, str(should))
    return _into_vpc(passage, position)


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
    if hidden := hidden_vpc(passage.state, passage.destination, hop):
        passage.record(_KIND, named(passage.state, position.gateway_id), Unseen(hidden))
    return _into_vpc(passage, position)


def _into_vpc(passage: Passage, position: AtTransitGateway) -> Position | None:
    if not isinstance(passage.destination, InVpc):
        return None
    return AtVpcAttachment(position.gateway_id, passage.destination)
