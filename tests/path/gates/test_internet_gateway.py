"""Does an internet gateway carry the packet?"""

from __future__ import annotations

from ipaddress import IPv4Address

from nlbcheck.aws.resources.gateway_attachment import AttachmentState, GatewayAttachment
from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.path.gates import internet_gateway
from nlbcheck.path.outcome import Outcome
from tests.path.gates.building import ADDRESS, PLACE, passed, stopped, unseen

PUBLIC = IPv4Address("203.0.113.1")


def check(
    state: AttachmentState | None, vpc_id: str = "vpc-1", public: IPv4Address | None = PUBLIC
) -> Outcome:
    gateway = InternetGateway("igw-1", PLACE, None, (GatewayAttachment("vpc-1", state),))
    return internet_gateway.check(gateway, vpc_id, ADDRESS, public)


def test_attached_and_with_a_public_address_it_does() -> None:
    """EC2 calls an attached internet gateway ``available``."""
    assert passed(check(AttachmentState.AVAILABLE))["public_address"] == "203.0.113.1"
    assert passed(check(AttachmentState.ATTACHED))


def test_detached_or_attached_to_another_vpc_it_does_not() -> None:
    attach = ("internet-path-blocked", "AttachInternetGateway")
    assert stopped(check(AttachmentState.DETACHED)) == attach
    assert stopped(check(AttachmentState.AVAILABLE, "vpc-2")) == attach


def test_an_attachment_in_a_state_that_is_not_known_is_not_a_missing_one() -> None:
    assert unseen(check(None)) == "DescribeInternetGateways"


def test_a_machine_without_a_public_address_is_not_served() -> None:
    assert stopped(check(AttachmentState.AVAILABLE, public=None)) == ("internet-path-blocked",)
