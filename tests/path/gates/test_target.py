"""May the load balancer send to a target, and does that expect what is sent?"""

from __future__ import annotations

from nlbcheck.path.gates import target as gate
from tests.path.gates.building import (
    attributes,
    hidden,
    passed,
    remarked,
    stopped,
    target,
    target_group,
    unseen,
    vpc,
)


def test_an_address_of_the_vpc_is_allowed() -> None:
    assert passed(gate.check_address(target_group(), target(), vpc()))["zone"] == "ap-northeast-1a"


def test_a_public_address_is_not() -> None:
    outcome = gate.check_address(target_group(), target("198.51.100.7"), vpc())
    assert stopped(outcome) == ("target-address-not-allowed",)


def test_an_address_outside_the_vpc_needs_the_zone_all() -> None:
    assert passed(gate.check_address(target_group(), target("192.168.7.7", zone="all"), vpc()))
    outcome = gate.check_address(target_group(), target("192.168.7.7"), vpc())
    assert remarked(outcome) == ("target-needs-zone-all", "RegisterTargets")


def test_a_vpc_that_is_not_shown_accuses_nobody() -> None:
    assert passed(gate.check_address(target_group(), target("198.51.100.7"), hidden("DescribeVpcs")))


def test_proxy_protocol_is_remarked_and_a_call_switches_it_off() -> None:
    assert passed(gate.check_proxy_protocol(target_group(), attributes()))
    outcome = gate.check_proxy_protocol(target_group(), attributes(proxy_protocol=True))
    assert remarked(outcome) == ("proxy-protocol-on", "ModifyTargetGroupAttributes")


def test_an_ipv6_address_must_be_of_the_vpc_or_of_a_peered_one() -> None:
    group, far = target_group(), target("2001:db8:9::7")
    assert passed(gate.check_address(group, far, vpc(), peered=True))
    assert stopped(gate.check_address(group, far, vpc(), peered=False)) == ("target-address-not-allowed",)
    found = gate.check_address(group, far, vpc(), peered=hidden("DescribeVpcPeeringConnections"))
    assert unseen(found) == "DescribeVpcPeeringConnections"
    assert passed(gate.check_address(group, far, vpc("10.1.0.0/16", "2001:db8:9::/56")))
