"""Has an interface the packet's destination, and does a machine run behind it?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.instance import Instance, InstanceState
from nlbcheck.aws.resources.network_interface import InterfaceStatus
from nlbcheck.model.facts import Absent
from nlbcheck.path.gates import interface as gate
from tests.path.gates.building import ADDRESS, PLACE, hidden, interface, passed, stopped, unseen


def instance(state: InstanceState | None) -> Instance:
    return Instance("i-1", PLACE, "web", state, ADDRESS, ("eni-1",))


def test_an_interface_in_use_takes_the_packet() -> None:
    found = passed(gate.check(interface(), ADDRESS, "vpc-1"))
    assert found == {"address": "10.1.2.3", "vpc": "vpc-1", "status": "in-use"}


def test_an_address_that_no_interface_has_loses_it() -> None:
    absent = Absent("an interface", "ec2:DescribeNetworkInterfaces", PLACE)
    assert stopped(gate.check(absent, ADDRESS, "vpc-1")) == ("address-unused",)


def test_an_interface_attached_to_nothing_loses_it() -> None:
    outcome = gate.check(interface(status=InterfaceStatus.AVAILABLE), ADDRESS, "vpc-1")
    assert stopped(outcome) == ("address-unused",)


def test_what_is_not_shown_is_unknown() -> None:
    fact = hidden("DescribeNetworkInterfaces")
    assert unseen(gate.check(fact, ADDRESS, "vpc-1")) == "DescribeNetworkInterfaces"
    assert unseen(gate.check(interface(status=None), ADDRESS, "vpc-1")) == "DescribeNetworkInterfaces"
    assert unseen(gate.check_instance(instance(None))) == "DescribeInstances"


@pytest.mark.parametrize(
    ("state", "calls"),
    [
        (InstanceState.STOPPED, ("StartInstances",)),
        (InstanceState.PENDING, ()),
        (InstanceState.TERMINATED, ()),
    ],
)
def test_an_instance_that_does_not_run(state: InstanceState, calls: tuple[str, ...]) -> None:
    assert stopped(gate.check_instance(instance(state))) == ("instance-not-running", *calls)


def test_a_running_instance() -> None:
    assert passed(gate.check_instance(instance(InstanceState.RUNNING))) == {"state": "running"}
