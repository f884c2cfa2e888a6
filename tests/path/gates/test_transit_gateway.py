"""Does a transit gateway take the packet, and through which attachment does it leave?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlbcheck.aws.resources.transit_attachment import AssociationState, TransitAssociation
from nlbcheck.aws.resources.transit_gateway import TransitState
from nlbcheck.aws.resources.transit_peering import TransitPeeringAttachment
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.model.facts import Absent
from nlbcheck.path.gates import transit_gateway as gate
from nlbcheck.path.outcome import Stopped
from tests.path.gates.building import PLACE, ZONE_C, hidden, passed, stopped, subnet, unseen

ABSENT = Absent("an attachment", "ec2:DescribeTransitGatewayVpcAttachments", PLACE)


SUBNETS = ("subnet-1",)


def attachment(state: TransitState | None = TransitState.AVAILABLE) -> TransitVpcAttachment:
    return TransitVpcAttachment(
        "tgw-attach-1", PLACE, None, "tgw-1", "vpc-1", ("subnet-1",), state, None, False
    )


def link(state: TransitState) -> TransitPeeringAttachment:
    return TransitPeeringAttachment("tgw-attach-2", PLACE, None, "tgw-1", PLACE, "tgw-2", PLACE, None, state)


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
        (TransitState.FAILED, "again"),
        (TransitState.DELETED, "again"),
        (TransitState.REJECTED, "again"),
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
