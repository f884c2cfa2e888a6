"""Does a VPC peering connection carry the packet?"""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from nlbcheck.aws.resources.peering_connection import PeeringConnection, PeeringSide, PeeringStatus
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.path.gates import peering as gate
from nlbcheck.path.outcome import Stopped
from tests.path.gates.building import FAR, PLACE, passed, stopped, unseen


def peering(
    status: PeeringStatus | None = PeeringStatus.ACTIVE, far: AccountRegion | None = PLACE
) -> PeeringConnection:
    sides = PeeringSide("vpc-1", PLACE, None), PeeringSide("vpc-2", far, None)
    return PeeringConnection("pcx-1", PLACE, None, status, "", *sides)


def test_an_active_one_does() -> None:
    assert passed(gate.check_status(peering()))["status"] == "active"


@pytest.mark.parametrize(
    ("status", "calls"),
    [
        (PeeringStatus.PENDING_ACCEPTANCE, ("AcceptVpcPeeringConnection",)),
        (PeeringStatus.PROVISIONING, ()),
        (PeeringStatus.DELETED, ()),
    ],
)
def test_one_that_is_not_active_does_not(status: PeeringStatus, calls: tuple[str, ...]) -> None:
    assert stopped(gate.check_status(peering(status))) == ("peering-not-active", *calls)


def test_a_status_that_is_not_known_here_is_unknown() -> None:
    assert unseen(gate.check_status(peering(None))) == "DescribeVpcPeeringConnections"


def test_it_carries_the_two_vpcs_own_addresses_only() -> None:
    near = passed(gate.check_transit(peering(), [ip_network("10.2.0.0/16")], FAR))
    assert near == {"destination": "10.2.0.9", "far_ranges": ["10.2.0.0/16"]}
    beyond = gate.check_transit(peering(), [ip_network("10.3.0.0/16")], FAR)
    assert stopped(beyond) == ("peering-no-transit",)


def test_it_passes_nothing_on_that_comes_from_beyond_the_near_one() -> None:
    assert passed(gate.check_origin(peering(), [ip_network("10.2.0.0/16")], FAR))["source"] == "10.2.0.9"
    beyond = gate.check_origin(peering(), [ip_network("10.1.0.0/16")], FAR)
    assert stopped(beyond) == ("peering-no-transit",)
    assert isinstance(beyond, Stopped)
    assert beyond.problem.confidence == "likely"


def test_security_groups_are_known_across_it_inside_one_region_only() -> None:
    assert gate.references(peering()).inbound is True
    assert gate.references(peering(far=AccountRegion("123456789012", "us-east-1"))).inbound is False
    assert isinstance(gate.references(peering(far=None)).inbound, NotVisible)
