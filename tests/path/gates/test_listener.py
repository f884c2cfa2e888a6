"""Does a listener take the packet, and where does it forward to?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.listener import Action, ActionType, Listener, Protocol, WeightedGroup
from nlbcheck.model.facts import Absent
from nlbcheck.path.gates import listener as gate
from tests.path.gates.building import PLACE, balancer, hidden, passed, stopped, target_group, unseen

FORWARD = Action(ActionType.FORWARD, (WeightedGroup(target_group().arn, 1),))
ABSENT = Absent("a listener on port 22", "elbv2:DescribeListeners", PLACE)


def listener(protocol: Protocol | None = Protocol.TCP, *actions: Action) -> Listener:
    return Listener("arn:listener", PLACE, 22, protocol, actions or (FORWARD,))


@pytest.mark.parametrize(
    ("protocol", "asked"),
    [
        (Protocol.TCP, "TCP"),
        (Protocol.TCP_UDP, "TCP"),
        (Protocol.TCP_UDP, "UDP"),
        (Protocol.TLS, "TLS"),
        (Protocol.TLS, None),
    ],
)
def test_it_takes_what_it_serves(protocol: Protocol, asked: str | None) -> None:
    found = passed(gate.check(listener(protocol), balancer(), 22, asked, None))
    assert found["listener_protocol"] == protocol.value


def test_another_protocol_is_not_taken_and_a_call_changes_it_where_the_group_allows() -> None:
    differs = "listener-protocol-differs"
    outcome = gate.check(listener(Protocol.UDP), balancer(), 22, "TCP", target_group())
    assert stopped(outcome) == (differs, "ModifyListener")
    udp = target_group(protocol=Protocol.UDP)
    assert stopped(gate.check(listener(Protocol.UDP), balancer(), 22, "TCP", udp)) == (differs,)


def test_without_a_listener_the_packet_is_dropped_and_a_call_creates_one_where_the_group_is_known() -> None:
    assert stopped(gate.check(ABSENT, balancer(), 22, "TCP", None)) == ("listener-missing",)
    outcome = gate.check(ABSENT, balancer(), 22, "TCP", target_group())
    assert stopped(outcome) == ("listener-missing", "CreateListener")


def test_what_is_not_shown_is_unknown() -> None:
    assert unseen(gate.check(hidden("DescribeListeners"), balancer(), 22, "TCP", None)) == "DescribeListeners"
    assert unseen(gate.check(listener(None), balancer(), 22, "TCP", None)) == "DescribeListeners"


def test_only_a_forward_action_leads_to_targets() -> None:
    assert passed(gate.check_action(listener(), [FORWARD]))["actions"] == ["forward"]
    fixed = Action(ActionType.FIXED_RESPONSE, ())
    assert stopped(gate.check_action(listener(), [fixed])) == ("listener-has-no-target",)
    assert unseen(gate.check_action(listener(), [Action(None, ())])) == "DescribeListeners"


def test_a_listener_forwards_to_groups_of_its_own_kind() -> None:
    assert passed(gate.check_group(listener(Protocol.TLS), target_group()))
    udp = target_group(protocol=Protocol.UDP)
    assert stopped(gate.check_group(listener(), udp)) == ("listener-protocol-differs",)
    assert unseen(gate.check_group(listener(), target_group(protocol=None))) == "DescribeTargetGroups"
