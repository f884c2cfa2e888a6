"""Which targets does a node choose from?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.listener import Listener, Protocol
from nlbcheck.aws.resources.load_balancer import BalancerAttributes
from nlbcheck.aws.resources.target_group import CrossZone, HealthState, Override, TargetType
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.gates import target_group as gate
from nlbcheck.path.outcome import Stopped
from nlbcheck.path.remedy import elbv2
from tests.path.gates.building import (
    PLACE,
    ZONE_A,
    ZONE_C,
    attributes,
    balancer,
    hidden,
    node,
    passed,
    remarked,
    stopped,
    target,
    target_group,
    unseen,
)

HERE, THERE, EVERYWHERE = (
    target("10.1.2.3"),
    target("10.1.3.3", zone=ZONE_C),
    target("192.168.7.7", zone="all"),
)


@pytest.mark.parametrize(
    ("own", "balancers", "expected"),
    [
        (CrossZone.ON, False, True),
        (CrossZone.OFF, True, False),
        (CrossZone.AS_BALANCER, True, True),
        (CrossZone.AS_BALANCER, False, False),
    ],
)
def test_the_group_s_attribute_before_the_load_balancer_s(
    own: CrossZone, balancers: bool, expected: bool
) -> None:
    of_balancer = BalancerAttributes(balancers, {})
    assert gate.cross_zone(target_group(), attributes(cross_zone=own), of_balancer) is expected


def test_groups_of_application_load_balancers_follow_the_load_balancer() -> None:
    group = target_group(type=TargetType.ALB)
    assert gate.cross_zone(group, hidden("Any"), BalancerAttributes(True, {})) is True
    unsaid = gate.cross_zone(group, hidden("Any"), BalancerAttributes(None, {}))
    assert isinstance(unsaid, NotVisible)


def test_first_the_zone_then_health() -> None:
    sick = target("10.1.2.4", state=HealthState.UNHEALTHY)
    assert gate.eligible([HERE, THERE, EVERYWHERE], node(), crossing=False) == (HERE, EVERYWHERE)
    assert gate.eligible([HERE, THERE], node(), crossing=True) == (HERE, THERE)
    assert gate.chosen([HERE, sick], target_group(), attributes()) == (HERE,)
    assert gate.chosen([sick], target_group(), attributes()) == (sick,)


def test_a_node_without_a_target_in_its_zone_drops_and_cross_zone_opens_it() -> None:
    group = target_group()
    assert passed(gate.check_zones(group, node(), [HERE], [HERE], False))["cross_zone"] is False
    outcome = gate.check_zones(group, node(), [THERE], [], False)
    assert stopped(outcome) == ("zone-has-no-target", "ModifyTargetGroupAttributes")
    fact = hidden("DescribeTargetGroupAttributes")
    assert unseen(gate.check_zones(group, node(), [THERE], fact, fact)) == fact.operation


def test_a_target_that_gets_nothing_is_a_fault_only_where_no_other_one_does() -> None:
    group, elsewhere = target_group(), target(zone="ap-northeast-1d")
    shifted = target(override=Override.ZONAL_SHIFT_ACTIVE)
    assert passed(gate.check_enabled(group, balancer(), HERE, others=False))["balancer_zones"] == [ZONE_A]
    assert stopped(gate.check_enabled(group, balancer(), elsewhere, others=False)) == (
        "target-zone-not-enabled",
    )
    assert remarked(gate.check_enabled(group, balancer(), elsewhere, others=True)) == (
        "target-zone-not-enabled",
    )
    assert stopped(gate.check_shift(node(), shifted, others=False)) == ("zone-shifted",)
    assert remarked(gate.check_shift(node(), shifted, others=True)) == ("zone-shifted",)
    assert not gate.is_served(balancer(), elsewhere)
    assert not gate.is_served(balancer(), shifted)


@pytest.mark.parametrize("override", [Override.ZONAL_SHIFT_DELEGATED, Override.UNKNOWN, None])
def test_a_shift_that_aws_does_not_show_here_is_not_visible(override: Override | None) -> None:
    untold = target(override=override)
    assert unseen(gate.check_shift(node(), untold, others=False)) == ""
    assert gate.is_served(balancer(), untold)
    assert passed(gate.check_shift(node(), target(), others=False))


def test_a_group_needs_a_target_and_a_weight() -> None:
    group, absent = target_group(), Absent("a listener", "elbv2:DescribeListeners", PLACE)
    listener = Listener("arn:listener", PLACE, 22, Protocol.TCP, ())
    assert passed(gate.check_filled([(group, 1, [HERE])], listener, None))
    assert stopped(gate.check_filled([(group, 0, [HERE])], listener, None)) == (
        "target-group-weight-zero",
        "ModifyListener",
    )
    assert stopped(gate.check_filled([(group, 0, [HERE])], absent, None)) == ("target-group-weight-zero",)
    assert remarked(gate.check_filled([(group, 9, [HERE]), (group, 1, [])], listener, None)) == (
        "listener-has-no-target",
    )
    assert passed(gate.check_filled([(group, 9, [HERE]), (group, 0, [])], listener, None))
    registers = elbv2("RegisterTargets", TargetGroupArn=group.arn, Targets=[])
    assert stopped(gate.check_filled([(group, 1, [])], listener, registers)) == (
        "listener-has-no-target",
        "RegisterTargets",
    )


def test_of_groups_without_a_weight_those_with_a_target_are_named() -> None:
    full, empty = target_group(name="full"), target_group(name="empty")
    outcome = gate.check_filled([(full, 0, [HERE]), (empty, 0, [])], hidden("DescribeListeners"), None)
    assert isinstance(outcome, Stopped)
    assert "(full)" in outcome.problem.summary
