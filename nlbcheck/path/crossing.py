"""How does a packet come from one place to the next, until it arrives or is out of sight?

Route tables choose the next place, and forwarding tells what is met there. Where a table does not take the
packet on, the walk notes that, asks what should have carried it, and goes on there.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.resources.transit_attachment import TransitAssociation, TransitResource
from nlbcheck.aws.resources.transit_route_table import TransitRoute, TransitRouteTable
from nlbcheck.model import Code, Resource
from nlbcheck.model.facts import Absent
from nlbcheck.path import neighbours
from nlbcheck.path.decision import decide
from nlbcheck.path.forwarding.next_hop import forward
from nlbcheck.path.forwarding.step import (
    AtOtherAttachment,
    AtRouteTarget,
    AtTransitGateway,
    AtTransitPeering,
    AtVpcAttachment,
    AtVpnAttachment,
    Met,
    Passing,
    Place,
)
from nlbcheck.path.forwarding.transit_gateways import named
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.leading import hidden_vpc, transit_leads
from nlbcheck.path.location import InVpc
from nlbcheck.path.outcome import Stopped, Unseen
from nlbcheck.path.passage import Passage
from nlbcheck.path.references import between
from nlbcheck.path.repair.transit_routes import should_leave_by, tables_of
from nlbcheck.path.repair.vpc_routes import around_peering
from nlbcheck.path.routes import transit_route

_KIND = "transit-gateway"


def aim(passage: Passage) -> None:
    """Look up the route, and with it what becomes of security group references between the two ends."""
    address, start = passage.packet.bound_for, passage.start
    routes = isinstance(start, InVpc) and not start.is_nowhere and not passage.inside_subnet
    if routes and isinstance(start, InVpc) and address is not None:
        passage.decision = decide(
            passage.state, start, passage.destination, address, reply=passage.packet.reply
        )
    route_target = passage.decision.route_target if passage.decision else None
    passage.references = between(passage.state, start, passage.destination, route_target)


def cross(passage: Passage, place: Place | None) -> None:
    """Take a packet on from a place, and record what it meets."""
    while place is not None:
        match place:
            case InVpc():
                place = _by_route_table(passage, place)
            case AtTransitGateway():
                place = _by_transit_table(passage, place)
            case _:
                place = _through(passage, place)


def _by_route_table(passage: Passage, place: InVpc) -> Place | None:
    address = passage.packet.bound_for
    decision = passage.decision if place is passage.start else None
    if decision is None and address is not None:
        decision = decide(passage.state, place, passage.destination, address)
    if decision is None:
        return None
    passage.record("route-table", decision.resource, decision.outcome)
    target = decision.route_target
    if target is None or (place.by_nat and target.kind is RouteTargetKind.NAT_GATEWAY):
        return None
    return AtRouteTarget(target, place)


def _through(passage: Passage, place: Passing) -> Place | None:
    step = forward(passage.state, passage.packet, place)
    passage.record_all(_around(passage, place, met) for met in step.met)
    if step.translated is not None and isinstance(step.onward, InVpc):
        passage.translate(step.translated, step.onward)
    return step.onward


def _around(passage: Passage, place: Passing, met: Met) -> Met:
    """Return what was met, with the remedy that leads around a peering connection that carries no transit."""
    outcome, address = met.outcome, passage.packet.bound_for
    if not isinstance(outcome, Stopped) or outcome.problem.code is not Code.PEERING_NO_TRANSIT:
        return met
    if not isinstance(place, AtRouteTarget) or address is None:
        return met
    around = around_peering(passage.state, place.sent_from, passage.destination, address)
    fix = around or outcome.problem.remedy
    return replace(met, outcome=replace(outcome, problem=replace(outcome.problem, remedy=fix)))


def _by_transit_table(passage: Passage, place: AtTransitGateway) -> Place | None:
    """Look up the route table of the attachment that a packet comes from, and follow its route."""
    state, address = passage.state, passage.packet.bound_for
    table_id = _transit_table(passage, place)
    if table_id is None or address is None:
        return None
    route = transit_route(state, table_id, address)
    leads = not isinstance(route, TransitRoute) or transit_leads(
        state, passage.destination, address, route, place.passed
    )
    outcome = gate.check_route(route, table_id, address, None, leads_there=leads)
    followed = isinstance(route, TransitRoute) and bool(route.hops) and leads
    should = None if followed else should_leave_by(state, place.gateway_id, passage.destination)
    if isinstance(outcome, Stopped):
        outcome = gate.check_route(route, table_id, address, should, leads_there=leads)
    known = state.transit_route_table(table_id)
    name = known.name if isinstance(known, TransitRouteTable) else None
    kind = "transit-gateway-route-table"
    passage.record(kind, Resource(kind, table_id, name), outcome)
    if followed and isinstance(route, TransitRoute):
        return _out(passage, place, route)
    if should in {item.id for item in neighbours.transit_peers(state, place.gateway_id)}:
        return AtTransitPeering(place, str(should))
    return _into_vpc(passage, place)


def _transit_table(passage: Passage, place: AtTransitGateway) -> str | None:
    """Return the table that decides; where the attachment has none, the only one that there is."""
    found = passage.state.transit_association(place.attachment_id, place.gateway_id)
    outcome = gate.check_association(found, place.attachment_id, ())
    tables = tables_of(passage.state, place.gateway_id) if isinstance(outcome, Stopped) else []
    if tables:
        outcome = gate.check_association(found, place.attachment_id, tables)
    passage.record(_KIND, named(passage.state, place.gateway_id), outcome)
    if isinstance(found, TransitAssociation):
        return found.route_table_id
    return tables[0] if isinstance(found, Absent) and len(tables) == 1 else None


def _out(passage: Passage, place: AtTransitGateway, route: TransitRoute) -> Place | None:
    """Return the place that a transit gateway's route leads to."""
    hop = route.hops[0]
    if hop.resource_type in neighbours.PEERINGS:
        return AtTransitPeering(place, hop.attachment_id)
    if hop.resource_type is TransitResource.VPN:
        return AtVpnAttachment(route)
    if hop.resource_type is not TransitResource.VPC:
        return AtOtherAttachment(hop)
    if hidden := hidden_vpc(passage.state, passage.destination, hop):
        passage.record(_KIND, named(passage.state, place.gateway_id), Unseen(hidden))
    return _into_vpc(passage, place)


def _into_vpc(passage: Passage, place: AtTransitGateway) -> Place | None:
    if not isinstance(passage.destination, InVpc):
        return None
    return AtVpcAttachment(place.gateway_id, passage.destination)
