"""Which source does the target see, and may that address travel to it?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.target_group import TargetType
from nlbcheck.model import Confidence
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.gates import client_ip
from nlbcheck.path.outcome import Outcome, Stopped
from tests.path.gates.building import (
    ADDRESS,
    FAR,
    attributes,
    hidden,
    passed,
    remarked,
    stopped,
    target,
    target_group,
    unseen,
)


@pytest.mark.parametrize(
    ("protocol", "kind", "said", "expected"),
    [
        (Protocol.TCP, TargetType.IP, False, False),
        (Protocol.TCP, TargetType.INSTANCE, True, True),
        (Protocol.UDP, TargetType.IP, None, True),
        (Protocol.TCP, TargetType.ALB, False, True),
    ],
)
def test_when_the_client_is_preserved(
    protocol: Protocol, kind: TargetType, said: bool | None, expected: bool
) -> None:
    group = target_group(protocol=protocol, type=kind)
    assert client_ip.preserved(group, attributes(preserve_client_ip=said)) is expected


def test_an_attribute_that_is_not_shown_is_not_guessed() -> None:
    found = client_ip.preserved(target_group(), attributes(preserve_client_ip=None))
    assert isinstance(found, NotVisible)
    assert found.operation == "DescribeTargetGroupAttributes"


def test_a_preserved_client_reaches_targets_nearby_only() -> None:
    group = target_group()
    assert passed(client_ip.check(group, target(), True, True))["in_or_peered_with_vpc"] is True
    assert passed(client_ip.check(group, target(), False, False))["in_or_peered_with_vpc"] is False
    outcome = client_ip.check(group, target(), True, False)
    assert stopped(outcome) == ("client-ip-preserved-outside-vpc", "ModifyTargetGroupAttributes")


def test_where_preservation_cannot_be_switched_off_no_call_does_it() -> None:
    outcome = client_ip.check(target_group(protocol=Protocol.UDP), target(), True, False)
    assert stopped(outcome) == ("client-ip-preserved-outside-vpc",)


def test_it_matters_only_to_preserved_clients_where_the_target_is() -> None:
    nearby = hidden("DescribeVpcPeeringConnections")
    assert unseen(client_ip.check(target_group(), target(), True, nearby)) == "DescribeVpcPeeringConnections"
    assert passed(client_ip.check(target_group(), target(), False, nearby))
    assert unseen(client_ip.check(target_group(), target(), hidden("Any"), True)) == "Any"


def test_a_target_does_not_reach_itself_with_its_own_address() -> None:
    def outcome(client: Address | None, preservation: bool) -> Outcome:
        return client_ip.check_hairpin(target_group(), target(), client, ADDRESS, preservation=preservation)

    assert stopped(outcome(ADDRESS, True)) == ("hairpin", "ModifyTargetGroupAttributes")
    assert passed(outcome(ADDRESS, False))
    assert passed(outcome(FAR, True))
    assert passed(outcome(None, True))["client"] is None


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP_UDP, Protocol.QUIC, Protocol.TCP_QUIC])
def test_outside_the_own_vpc_some_protocols_are_likely_not_answered(protocol: Protocol) -> None:
    group = target_group(protocol=protocol)
    outcome = client_ip.check(group, target(), True, True, own_vpc=False)
    assert remarked(outcome) == ("client-ip-preserved-outside-vpc",)
    assert passed(client_ip.check(group, target(), True, True))
    assert passed(client_ip.check(target_group(), target(), True, True, own_vpc=False))


def test_that_a_place_is_not_supported_is_certain_and_what_comes_of_it_is_not() -> None:
    outcome = client_ip.check(target_group(), target(), True, False)
    assert isinstance(outcome, Stopped)
    assert outcome.problem.confidence is Confidence.LIKELY
    assert "AWS does not support" in outcome.problem.summary


def test_a_front_door_gets_no_preserved_client() -> None:
    door = "an interface endpoint"
    outcome = client_ip.check_front_door(target_group(), target(), door, preservation=True)
    assert stopped(outcome) == ("client-ip-preserved-unsupported", "ModifyTargetGroupAttributes")
    always = client_ip.check_front_door(
        target_group(protocol=Protocol.TCP_UDP), target(), door, preservation=True
    )
    assert stopped(always) == ("client-ip-preserved-unsupported",)
    assert passed(client_ip.check_front_door(target_group(), target(), door, preservation=False))


def test_one_machine_is_a_hairpin_too_and_likely() -> None:
    outcome = client_ip.check_hairpin(
        target_group(), target(), FAR, ADDRESS, preservation=True, machine="i-1"
    )
    assert stopped(outcome)[0] == "hairpin"
    assert isinstance(outcome, Stopped)
    assert outcome.problem.confidence is Confidence.LIKELY
    assert passed(
        client_ip.check_hairpin(target_group(), target(), FAR, ADDRESS, preservation=False, machine="i-1")
    )


def test_several_nodes_make_connections_collide() -> None:
    assert remarked(client_ip.check_collisions("nlb", target_group(), 2)) == ("connections-collide",)
    assert passed(client_ip.check_collisions("nlb", target_group(), 1))["nodes"] == 1
