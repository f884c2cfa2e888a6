"""Is a state after calls what its recording says, and is nothing read twice for it that did not change?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.apply import after
from nlbcheck.aws.recording import RefusedCall
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Call
from tests.scenarios.article import article
from tests.scenarios.cloud import made_id

RECORDING = article().recording()
TABLE = made_id("rtb", "private-1a-1")
ROUTE = {
    "RouteTableId": TABLE,
    "DestinationCidrBlock": "10.9.0.0/16",
    "GatewayId": made_id("vgw", "on-premises"),
}
ADD = Call("ec2", "CreateRoute", ROUTE)


def routes(state: AwsState) -> list[str]:
    table = state.inventory(ROUTE_TABLE).get(TABLE)
    return [str(route.destination) for route in table.routes]  # type: ignore[union-attr]


def test_what_changed_is_read_anew_and_the_rest_is_not() -> None:
    state = AwsState(RECORDING)
    interfaces, before = state.inventory(INTERFACE), routes(state)
    changed = after(state, [ADD, ADD])
    assert changed is not None
    assert routes(changed) == [*before, "10.9.0.0/16"]
    assert changed.inventory(INTERFACE) is interfaces
    assert routes(state) == before


def test_what_aws_would_refuse_changes_nothing() -> None:
    state = AwsState(RECORDING)
    refused = replace(ADD, parameters={**ROUTE, "RouteTableId": "rtb-of-nobody"})
    changed = after(state, [refused, ADD])
    assert changed is not None
    assert routes(changed) == [*routes(state), "10.9.0.0/16"]


def test_what_is_not_told_of_a_change_leaves_no_state() -> None:
    assert after(AwsState(RECORDING), [replace(ADD, operation="CreateNatGateway")]) is None
    assert after(AwsState(RECORDING), [replace(ADD, parameters={})]) is None


def test_a_new_refusal_is_not_overlooked() -> None:
    state = AwsState(RECORDING)
    interfaces = state.inventory(INTERFACE)
    gap = RefusedCall(
        "123456789012", "ap-northeast-1", "ec2", "DescribeNetworkInterfaces", {}, "UnauthorizedOperation"
    )
    assert state.changed(replace(RECORDING, gaps=(gap,))).inventory(INTERFACE) is not interfaces
