"""Does a NAT gateway carry the packet?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.aws.resources.nat_gateway import NatAddress, NatGateway, NatGatewayState
from nlbcheck.path.gates import nat_gateway
from nlbcheck.path.outcome import Unseen
from tests.path.gates.building import ADDRESS, PLACE, passed, stopped, unseen


def gateway(state: NatGatewayState | None) -> NatGateway:
    return NatGateway(
        "nat-1",
        PLACE,
        None,
        "vpc-1",
        "subnet-1",
        state,
        True,
        False,
        None,
        (NatAddress(ADDRESS, None, None),),
        False,
    )


def test_one_that_is_available_does() -> None:
    assert passed(nat_gateway.check(gateway(NatGatewayState.AVAILABLE))) == {
        "state": "available",
        "public": True,
    }


@pytest.mark.parametrize("state", [NatGatewayState.FAILED, NatGatewayState.DELETED, NatGatewayState.PENDING])
def test_any_other_drops_the_packet(state: NatGatewayState) -> None:
    assert stopped(nat_gateway.check(gateway(state))) == ("route-blackhole",)


def test_one_that_is_being_deleted_may_still_work() -> None:
    outcome = nat_gateway.check(gateway(NatGatewayState.DELETING))
    assert isinstance(outcome, Unseen)
    assert "being deleted" in outcome.missing.fact


def test_what_a_proxy_does_is_not_visible() -> None:
    outcome = nat_gateway.check(replace(gateway(NatGatewayState.AVAILABLE), proxied=True))
    assert isinstance(outcome, Unseen)
    assert "proxy" in outcome.missing.fact


def test_a_state_that_is_not_known_here_is_unknown() -> None:
    assert unseen(nat_gateway.check(gateway(None))) == "DescribeNatGateways"


def test_what_comes_from_another_one_is_not_known_to_go_on() -> None:
    assert nat_gateway.check_second("nat-2").missing.fact.startswith("whether nat-2 forwards")
