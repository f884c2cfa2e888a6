"""Which route of a transit gateway's table wins, and does it lead on?"""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from nlbcheck.aws.resources.transit_attachment import TransitResource
from nlbcheck.aws.resources.transit_route_table import (
    TransitHop,
    TransitRoute,
    TransitRouteState,
    TransitRouteType,
)
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.gates import transit_gateway_route as gate
from nlbcheck.path.outcome import Outcome
from tests.path.gates.building import FAR, hidden, passed, stopped, unseen


def route(
    destination: str | None,
    kind: TransitRouteType | None = TransitRouteType.STATIC,
    state: TransitRouteState | None = TransitRouteState.ACTIVE,
) -> TransitRoute:
    hops = (TransitHop("tgw-attach-2", TransitResource.VPC, "vpc-2"),)
    network = ip_network(destination) if destination else None
    return TransitRoute(network, None, kind, state, () if state is TransitRouteState.BLACKHOLE else hops)


def test_the_longest_prefix_wins_then_static_over_propagated() -> None:
    short, propagated = route("10.0.0.0/8"), route("10.2.0.0/16", TransitRouteType.PROPAGATED)
    static = route("10.2.0.0/16")
    assert gate.select([short, propagated], "tgw-rtb-1", FAR) is propagated
    assert gate.select([propagated, static], "tgw-rtb-1", FAR) is static
    assert gate.select([], "tgw-rtb-1", FAR) is None
    assert isinstance(gate.select([static, route(None)], "tgw-rtb-1", FAR), NotVisible)


@pytest.mark.parametrize(
    ("found", "leads", "expected"),
    [
        (None, True, ("transit-gateway-route-missing", "CreateTransitGatewayRoute")),
        (
            route("10.2.0.0/16", state=TransitRouteState.BLACKHOLE),
            True,
            ("transit-gateway-route-blackhole", "ReplaceTransitGatewayRoute"),
        ),
        (
            route("10.2.0.0/16"),
            False,
            ("transit-gateway-route-leads-elsewhere", "CreateTransitGatewayRoute"),
        ),
        (
            route("10.2.0.9/32"),
            False,
            ("transit-gateway-route-leads-elsewhere", "ReplaceTransitGatewayRoute"),
        ),
    ],
)
def test_a_route_that_does_not_lead_on(
    found: TransitRoute | None, leads: bool, expected: tuple[str, ...]
) -> None:
    def check(should: str | None) -> Outcome:
        return gate.check_route(found, "tgw-rtb-1", FAR, should, leads_there=leads)

    assert stopped(check("tgw-attach-2")) == expected
    assert stopped(check(None)) == expected[:1]


def test_a_route_that_leads_on_or_is_not_shown() -> None:
    leads = gate.check_route(route("10.2.0.0/16"), "tgw-rtb-1", FAR, None, leads_there=True)
    assert passed(leads)["attachments"] == ["tgw-attach-2"]
    fact = hidden("SearchTransitGatewayRoutes")
    assert unseen(gate.check_route(fact, "tgw-rtb-1", FAR, None, leads_there=True)) == fact.operation
