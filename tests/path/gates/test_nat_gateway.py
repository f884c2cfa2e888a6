"""Does a NAT gateway carry the packet?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.path.gates import nat_gateway
from tests.path.gates.building import ADDRESS, PLACE, passed, stopped, unseen


def gateway(state: NatGatewayState | None) -> NatGateway:
    return NatGateway("nat-1", PLACE, None, "vpc-1", "subnet-1", state, True, (ADDRESS,), None)


def test_one_that_is_available_does() -> None:
    assert passed(nat_gateway.check(gateway(NatGatewayState.AVAILABLE))) == {
        "state": "available",
        "public": True,
    }


@pytest.mark.parametrize("state", [NatGatewayState.FAILED, NatGatewayState.DELETING, NatGatewayState.PENDING])
def test_any_other_drops_the_packet(state: NatGatewayState) -> None:
    assert stopped(nat_gateway.check(gateway(state))) == ("route-blackhole",)


def test_a_state_that_is_not_known_here_is_unknown() -> None:
    assert unseen(nat_gateway.check(gateway(None))) == "DescribeNatGateways"
