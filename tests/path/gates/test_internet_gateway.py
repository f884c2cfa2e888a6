"""Does an internet gateway carry the packet?"""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from nlbcheck.aws.resources.gateway_attachment import AttachmentState, GatewayAttachment
from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.path.gates import internet_gateway
from nlbcheck.path.gates.internet_gateway import Inside
from nlbcheck.path.outcome import Outcome, Stopped
from tests.path.gates.building import ADDRESS, PLACE, passed, stopped, unseen

PUBLIC = IPv4Address("203.0.113.1")


def check(
    state: AttachmentState | None,
    vpc_id: str = "vpc-1",
    public: IPv4Address | None = PUBLIC,
    kind: Inside = Inside.MACHINE,
) -> Outcome:
    gateway = InternetGateway("igw-1", PLACE, None, (GatewayAttachment("vpc-1", state),))
    return internet_gateway.check(gateway, vpc_id, ADDRESS, public, kind)


def test_attached_and_with_a_public_address_it_does() -> None:
    """EC2 calls an attached internet gateway ``available``."""
    assert passed(check(AttachmentState.AVAILABLE))["public_address"] == "203.0.113.1"
    assert passed(check(AttachmentState.ATTACHED))


def test_a_detached_one_does_not() -> None:
    assert stopped(check(AttachmentState.DETACHED)) == ("internet-path-blocked", "AttachInternetGateway")


def test_one_of_another_vpc_does_not_and_cannot_be_attached() -> None:
    outcome = check(AttachmentState.AVAILABLE, "vpc-2")
    assert stopped(outcome) == ("internet-path-blocked",)
    assert isinstance(outcome, Stopped)
    assert "attached to vpc-1, not to vpc-2" in outcome.problem.summary


def test_an_attachment_in_a_state_that_is_not_known_is_not_a_missing_one() -> None:
    assert unseen(check(None)) == "DescribeInternetGateways"


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        (Inside.MACHINE, "Associate an Elastic IP"),
        (Inside.NODE, "internet-facing load balancer"),
        (Inside.NAT, "public NAT gateway"),
        (Inside.OTHERS, "attach the transit gateway in a private subnet"),
    ],
)
def test_what_has_no_public_address_is_not_served(kind: Inside, fix: str) -> None:
    outcome = check(AttachmentState.AVAILABLE, public=None, kind=kind)
    assert stopped(outcome) == ("internet-path-blocked",)
    assert isinstance(outcome, Stopped)
    assert outcome.problem.remedy
    assert fix in outcome.problem.remedy.text


def test_a_vpc_without_one_is_not_reached() -> None:
    assert stopped(internet_gateway.check_exists("vpc-1")) == ("internet-path-blocked",)


@pytest.mark.parametrize(
    ("public", "kind", "fix"),
    [
        (PUBLIC, Inside.NODE, "Connect to 203.0.113.1"),
        (None, Inside.NODE, "internet-facing"),
        (None, Inside.MACHINE, "Elastic IP"),
        (None, Inside.NAT, "accepts no connections"),
    ],
)
def test_nobody_in_the_internet_dials_a_private_address(
    public: IPv4Address | None, kind: Inside, fix: str
) -> None:
    outcome = internet_gateway.check_dialled(IPv4Address("8.8.8.8"), ADDRESS, public, kind)
    assert stopped(outcome) == ("internet-path-blocked",)
    assert outcome.problem.remedy
    assert fix in outcome.problem.remedy.text
