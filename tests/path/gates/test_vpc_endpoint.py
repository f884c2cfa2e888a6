"""Does an interface endpoint take connections on?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.vpc_endpoint import VpcEndpointState
from nlbcheck.path.gates import vpc_endpoint as gate
from tests.path.gates.building import hidden, passed, stopped, unseen

_WAITS = {VpcEndpointState.AVAILABLE, VpcEndpointState.PARTIAL}


def test_an_available_one_does() -> None:
    assert passed(gate.check_state("vpce-1", VpcEndpointState.AVAILABLE))["state"] == "available"


@pytest.mark.parametrize("state", sorted(set(VpcEndpointState) - _WAITS))
def test_in_any_other_state_nothing_passes(state: VpcEndpointState) -> None:
    assert stopped(gate.check_state("vpce-1", state)) == ("endpoint-not-available",)


def test_a_state_that_is_not_told_closes_nothing() -> None:
    assert unseen(gate.check_state("vpce-1", hidden("DescribeVpcEndpoints"))) == "DescribeVpcEndpoints"
    for state in (None, VpcEndpointState.PARTIAL):
        assert unseen(gate.check_state("vpce-1", state)) == ""
