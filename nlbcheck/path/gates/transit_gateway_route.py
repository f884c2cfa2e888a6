"""Which route of a transit gateway's table does the packet take, and does that lead on?

The longest prefix wins, then static over propagated; blackhole routes drop:
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_route_table import TransitRoute, TransitRouteState, TransitRouteType
from nlbcheck.language import tell
from nlbcheck.model import Code, Confidence, Json, Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, longest_matches, single
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


def select(
    routes: Sequence[TransitRoute], table_id: str, address: Address
) -> TransitRoute | NotVisible | None:
    """Return the route that wins for an address; None when there is none."""
    fact = NotVisible(tell("a route of {table}", table=table_id), "ec2", "SearchTransitGatewayRoutes", None)
    if any(route.destination is None for route in routes):
        return fact
    gone = (TransitRouteState.PENDING, TransitRouteState.DELETING, TransitRouteState.DELETED)
    usable = [route for route in routes if route.state not in gone]
    best = longest_matches(usable, address, lambda route: route.destination)
    if not best:
        return None
    if len(best) > 1 and any(route.type is None for route in best):
        return fact
    static = [route for route in best if route.type is not TransitRouteType.PROPAGATED]
    return (static or best)[0]


def check_route(
    found: TransitRoute | NotVisible | None,
    table_id: str,
    address: Address,
    should: str | None,
    *,
    leads_there: bool,
    prefix: Network | None = None,
) -> Outcome:
    """Say whether the table's route leads on; ``should`` is the attachment that it should lead to.

    ``prefix`` is what a new route is for, by default the address alone.
    """
    if isinstance(found, NotVisible):
        return Unseen(found)
    evidence: dict[str, Json] = {"route_table": table_id, "destination": str(address)}
    narrow = prefix or single(address)
    if found is None:
        summary = tell("{table} has no route for {address}.", table=table_id, address=address)
        fix = _fix("Create", table_id, str(narrow), should)
        return Stopped(
            Problem(Code.TRANSIT_GATEWAY_ROUTE_MISSING, summary, fix, subject=str(address)), evidence
        )
    evidence |= {
        "route": str(found.destination),
        "state": found.state.value if found.state else None,
        "type": found.type.value if found.type else None,
        "attachments": [hop.attachment_id for hop in found.hops],
    }
    if found.state is TransitRouteState.BLACKHOLE:
        return Stopped(_blackhole(found, table_id, should, prefix), evidence)
    if found.state is None or not found.hops:
        fact = tell("the state of a route of {table}", table=table_id)
        return Unseen(NotVisible(fact, "ec2", "SearchTransitGatewayRoutes", None), evidence)
    if leads_there:
        return Passed(evidence)
    return Stopped(_elsewhere(found, table_id, address, should, narrow), evidence)


def _blackhole(found: TransitRoute, table_id: str, should: str | None, prefix: Network | None) -> Problem:
    summary = tell("The route {route} of {table} is a blackhole.", route=found.destination, table=table_id)
    fix = _fix(_verb(found), table_id, str(found.destination), should)
    if prefix and found.destination and prefix.prefixlen > found.destination.prefixlen:
        fix = _fix("Create", table_id, str(prefix), should)
    return Problem(Code.TRANSIT_GATEWAY_ROUTE_BLACKHOLE, summary, fix, subject=str(found.destination))


def _elsewhere(
    found: TransitRoute, table_id: str, address: Address, should: str | None, narrow: Network
) -> Problem:
    # A router on premises may send packets back: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPN_CloudHub.html
    likely = found.hops[0].resource_type is TransitResource.VPN
    summary = tell(
        "In {table}, traffic to {address} takes the route {route}, which likely does not lead there."
        if likely
        else "In {table}, traffic to {address} takes the route {route}, which does not lead there.",
        table=table_id,
        address=address,
        route=found.destination,
    )
    longest = found.destination is not None and found.destination.prefixlen == address.max_prefixlen
    fix = _fix(_verb(found) if longest else "Create", table_id, str(narrow), should)
    problem = Problem(Code.TRANSIT_GATEWAY_ROUTE_LEADS_ELSEWHERE, summary, fix, subject=str(address))
    return replace(problem, confidence=Confidence.LIKELY) if likely else problem


def _verb(found: TransitRoute) -> str:
    """Return how a route is put in a found one's place: a static one goes, a propagated one stays beside."""
    return "Replace" if found.type is TransitRouteType.STATIC else "Create"


def _fix(verb: str, table_id: str, destination: str, attachment_id: str | None) -> Remedy:
    if attachment_id is None:
        text = tell(
            "In {table}, add a route for {route} to the attachment that leads there.",
            table=table_id,
            route=destination,
        )
        return remedy.advice(text)
    call = remedy.ec2(
        f"{verb}TransitGatewayRoute",
        DestinationCidrBlock=destination,
        TransitGatewayRouteTableId=table_id,
        TransitGatewayAttachmentId=attachment_id,
    )
    text = tell(
        "Create the route {route} to {attachment} in {table}."
        if verb == "Create"
        else "Replace the route {route} in {table}: point it to {attachment}.",
        route=destination,
        attachment=attachment_id,
        table=table_id,
    )
    return remedy.advice(text, call)
