"""Does the route that wins carry a packet on?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from nlbcheck.aws.resources.route_table import Route, RouteState, RouteTargetKind
from nlbcheck.path import route_choice
from nlbcheck.path.gates import route_table
from nlbcheck.path.gates.route_table import Leads
from nlbcheck.path.outcome import Outcome, Stopped
from nlbcheck.path.route_choice import Choice
from tests.path.gates.building import ADDRESS, passed, prefix_list, stopped, unseen
from tests.path.test_route_choice import LOCAL, static, table


def told(one: Route, leads: Leads = Leads.THERE) -> Outcome:
    found = table([one])
    choice = route_choice.select(found, ADDRESS, prefix_list)
    assert isinstance(choice, Choice)
    return route_table.check(found, choice, ADDRESS, "vpc-1", leads)


PEERED = static(IPv4Network("10.1.2.0/24"), RouteTargetKind.PEERING, 1)


def test_a_route_that_leads_there_takes_the_packet_on() -> None:
    assert passed(told(PEERED))["target"] == "vpc-peering-connection-1"
    assert unseen(told(replace(PEERED, state=None))) == "DescribeRouteTables"


def test_one_that_leads_elsewhere_or_to_nothing_does_not() -> None:
    assert stopped(told(PEERED, Leads.ELSEWHERE)) == ("route-leads-elsewhere",)
    assert stopped(told(replace(PEERED, state=RouteState.BLACKHOLE))) == ("route-blackhole",)
    nat = replace(PEERED, target_kind=RouteTargetKind.NAT_GATEWAY)
    outcome = told(nat, Leads.NO_REPLIES)
    assert isinstance(outcome, Stopped)
    assert "drops replies" in outcome.problem.summary


def test_the_local_route_for_an_address_that_is_meant_outside_is_an_overlap() -> None:
    assert stopped(told(LOCAL, Leads.ELSEWHERE)) == ("address-overlap",)


def test_without_a_route_it_is_missing_or_nothing_joins_the_networks() -> None:
    assert stopped(route_table.check_missing(table([]), ADDRESS)) == ("route-missing",)
    outcome = route_table.check_joined(table([]), ADDRESS, "vpc-1", "vpc-2")
    assert stopped(outcome) == ("vpcs-not-connected",)
    assert "vpc-2" in outcome.problem.summary
