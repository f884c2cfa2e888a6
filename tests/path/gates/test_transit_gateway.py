"""Does a transit gateway take the packet, and through which attachment does it leave?"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from nlbcheck.aws.resources.transit_attachment import AssociationState, TransitAssociation, TransitResource
from nlbcheck.aws.resources.transit_gateway import TransitState
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_route_table import (
    TransitHop,
    TransitRoute,
    TransitRouteState,
    TransitRouteType,
)
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.outcome import Outcome, Stopped
from tests.path.gates.building import FAR, PLACE, ZONE_C, hidden, passed, stopped, subnet, unseen

ABSENT = Absent("an attachment", "ec2:DescribeTransitGatewayVpcAttachments", PLACE)


SUBNETS = ("subnet-1",)


def attachment(state: TransitState | None = TransitState.AVAILABLE) -> TransitVpcAttachment:
    return TransitVpcAttachment(
        "tgw-attach-1", PLACE, None, "tgw-1", "vpc-1", ("subnet-1",), state, None, False
    )


def link(state: TransitState) -> TransitPeeringAttachment:
    return TransitPeeringAttachment("tgw-attach-2", PLACE, None, "tgw-1", PLACE, "tgw-2", PLACE, None, state)


def route(
    destination: str | None,
    kind: TransitRouteType | None = TransitRouteType.STATIC,
    state: TransitRouteState | None = TransitRouteState.ACTIVE,
) -> TransitRoute:
    hops = (TransitHop("tgw-attach-2", TransitResource.VPC, "vpc-2"),)
    network = ip_network(destination) if destination else None
    return TransitRoute(network, None, kind, state, () if state is TransitRouteState.BLACKHOLE else hops)


@pytest.mark.parametrize(
    ("found", "calls"),
    [
        (ABSENT, ()),
        (attachment(TransitState.DELETING), ()),
        (attachment(TransitState.PENDING_ACCEPTANCE), ("AcceptTransitGatewayVpcAttachment",)),
        (link(TransitState.PENDING_ACCEPTANCE), ("AcceptTransitGatewayPeeringAttachment",)),
    ],
)
def test_what_is_not_attached_does_not_get_in(
    found: gate.Attachment | Absent, calls: tuple[str, ...]
) -> None:
    assert stopped(gate.check_attached(found, "vpc-1", "tgw-1")) == ("gateway-not-attached", *calls)


@pytest.mark.parametrize("make", [attachment, link])
@pytest.mark.parametrize(
    ("state", "said"),
    [
        (TransitState.PENDING, "Wait until"),
        (TransitState.INITIATING, "Wait until"),
        (TransitState.INITIATING_REQUEST, "Wait until"),
        (TransitState.FAILED, "anew"),
        (TransitState.DELETED, "anew"),
        (TransitState.REJECTED, "anew"),
    ],
)
def test_what_is_being_made_is_waited_for_and_not_made_twice(
    make: Callable[[TransitState], gate.Attachment], state: TransitState, said: str
) -> None:
    outcome = gate.check_attached(make(state), "vpc-1", "tgw-1")
    assert isinstance(outcome, Stopped)
    assert outcome.problem.remedy
    assert outcome.problem.remedy.calls == ()
    assert said in outcome.problem.remedy.text


@pytest.mark.parametrize("make", [attachment, link])
def test_a_change_that_is_undone_is_no_proof(make: Callable[[TransitState], gate.Attachment]) -> None:
    assert unseen(gate.check_attached(make(TransitState.ROLLING_BACK), "vpc-1", "tgw-1")) == ""


def test_an_attachment_that_is_available() -> None:
    assert passed(gate.check_attached(attachment(), "vpc-1", "tgw-1"))["state"] == "available"
    assert (
        unseen(gate.check_attached(attachment(None), "vpc-1", "tgw-1")) == "DescribeTransitGatewayAttachments"
    )


def test_it_needs_a_subnet_in_the_packet_s_zone() -> None:
    assert passed(gate.check_zone(attachment(), subnet(), [subnet()]))
    outcome = gate.check_zone(attachment(), subnet(ZONE_C), [subnet()])
    assert stopped(outcome) == ("transit-gateway-zone-missing", "ModifyTransitGatewayVpcAttachment")
    assert (
        unseen(gate.check_zone(attachment(), subnet(ZONE_C), [hidden("DescribeSubnets")]))
        == "DescribeSubnets"
    )


def test_it_needs_a_route_table_which_is_clear_where_there_is_just_one() -> None:
    associated = TransitAssociation("tgw-rtb-1", AssociationState.ASSOCIATED)
    assert passed(gate.check_association(associated, "tgw-attach-1", []))["route_table"] == "tgw-rtb-1"
    missing = "transit-gateway-association-missing"
    assert stopped(gate.check_association(ABSENT, "a", ["r-1"])) == (
        missing,
        "AssociateTransitGatewayRouteTable",
    )
    assert stopped(gate.check_association(ABSENT, "a", ["r-1", "r-2"])) == (missing,)
    unread = TransitAssociation("tgw-rtb-1", None)
    assert unseen(gate.check_association(unread, "a", [])) == "DescribeTransitGatewayAttachments"


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
