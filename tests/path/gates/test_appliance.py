"""Does an interface that a route points at take packets that are not its own?"""

from __future__ import annotations

from nlbcheck.path.gates import appliance
from tests.path.gates.building import interface, passed, stopped, unseen


def test_without_the_check_it_takes_them() -> None:
    assert passed(appliance.check(interface(source_dest_check=False))) == {"source_dest_check": False}


def test_the_check_drops_them_and_one_call_switches_it_off() -> None:
    assert stopped(appliance.check(interface())) == ("source-dest-check", "ModifyNetworkInterfaceAttribute")


def test_a_check_that_is_not_shown_is_unknown() -> None:
    assert unseen(appliance.check(interface(source_dest_check=None))) == "DescribeNetworkInterfaces"
