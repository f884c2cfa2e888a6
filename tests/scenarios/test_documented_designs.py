"""What is said of further networks that AWS's own pages draw, for each static IP and with mistakes in them?

What is expected was written down before the first run; each network's function names its page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address

import pytest

from nlbcheck import explain
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.path.reach import Reach, Trace
from tests.scenarios import documented_doors as doors
from tests.scenarios import documented_ways as ways
from tests.scenarios.article import CLIENT, NODES
from tests.scenarios.cloud import Cloud
from tests.scenarios.reference_designs import Mistake, without

OPEN, CLOSED, NO_REPLY, UNSURE = Reach.REACHABLE, Reach.BLOCKED, Reach.REPLY_BLOCKED, Reach.UNKNOWN
Told = tuple[Reach, set[str]]
A, C = NODES["a"], NODES["c"]
PUBLIC_A, PUBLIC_C = "203.0.113.1", "203.0.113.2"
FAR = "10.4.1.10"
FINE: Told = (OPEN, set())
NOT_SEEN: Told = (UNSURE, {"not-visible"})


@dataclass(frozen=True)
class Case:
    """A network, who dials, and what must be said of each address dialled."""

    name: str
    make: Callable[[], tuple[Recording, ...]]
    source: str
    told: Mapping[str, Told]


def one(make: Callable[[], Cloud], mistake: Mistake | None, source: str, told: Mapping[str, Told]) -> Case:
    """Return the case of a network in one account and Region."""

    def recordings() -> tuple[Recording, ...]:
        cloud = make()
        if mistake:
            mistake(cloud)
        return (cloud.recording(),)

    return Case(f"{make.__name__}, {named(mistake)}", recordings, source, told)


def hubs(near: Mistake | None, far: Mistake | None, told: Told) -> Case:
    """Return the case of two peered transit gateways, for both static IPs."""

    def recordings() -> tuple[Recording, ...]:
        clouds = ways.peered_hubs()
        for cloud, mistake in zip(clouds, (near, far), strict=True):
            if mistake:
                mistake(cloud)
        return tuple(cloud.recording() for cloud in clouds)

    return Case(f"peered hubs, {named(near or far)}", recordings, FAR, {A: told, C: told})


def named(mistake: Mistake | None) -> str:
    return getattr(mistake, "__name__", "as drawn").replace("_", " ")


def both(told: Told) -> dict[str, Told]:
    return {A: told, C: told}


def outside(first: Told, second: Told | None = None) -> dict[str, Told]:
    """Return what is said of the two public static IPs."""
    return {PUBLIC_A: first, PUBLIC_C: second or first}


def nat(told: Told) -> dict[str, Told]:
    return {ways.NAT_NODE: told}


def blue() -> Cloud:
    return ways.weighted(0, 100)


def nothing_weighed() -> Cloud:
    return ways.weighted(0, 0)


def some_weighed() -> Cloud:
    return ways.weighted(90, 10)


OUT = "0.0.0.0/0"
NO_HUB_ROUTE: Told = (CLOSED, {"transit-gateway-route-missing"})
SHUT: Told = (CLOSED, {"internet-path-blocked"})
DENIED: Told = (CLOSED, {"sg-denies"})
CHECKED: Told = (CLOSED, {"source-dest-check", "not-visible"})
STOPPED: Told = (CLOSED, {"instance-not-running", "not-visible"})
ASTRAY: Told = (NO_REPLY, {"route-leads-elsewhere"})
DOOR_A, DOOR_C = ways.DOORS.values()

CASES = [
    one(ways.isolated, None, ways.OFFICE, both(NOT_SEEN)),
    one(ways.isolated, ways.hub_without("vpn", "172.31.0.0/16"), ways.OFFICE,
        both((CLOSED, {"transit-gateway-route-missing", "not-visible"}))),
    one(ways.isolated, ways.hub_without("vpcs", "10.77.0.0/16"), ways.OFFICE,
        both((NO_REPLY, {"transit-gateway-route-missing", "not-visible"}))),
    one(ways.isolated, None, CLIENT, both(NO_HUB_ROUTE)),
    hubs(None, None, FINE),
    hubs(None, ways.hub_without("far-hub", "172.31.0.0/16"), NO_HUB_ROUTE),
    hubs(ways.hub_without("near-hub", OUT), None, (NO_REPLY, {"transit-gateway-route-missing"})),
    hubs(ways.far_group_named, None, (CLOSED, {"sg-reference-not-seen"})),
    one(ways.longest_prefix, None, CLIENT, both(FINE)),
    one(ways.longest_prefix, None, ways.OTHER_CLIENT, both(FINE)),
    one(ways.longest_prefix, without("private-1a-1", f"{CLIENT}/32"), CLIENT, {A: ASTRAY, C: FINE}),
    one(ways.longest_prefix, ways.whole_subnet_to_the_first, ways.OTHER_CLIENT, {A: ASTRAY, C: FINE}),
    one(ways.private_nat, None, ways.NAT_CLIENT, nat(FINE)),
    one(ways.private_nat, without("vpc-a-private", "10.0.2.0/24"), ways.NAT_CLIENT,
        nat((CLOSED, {"route-missing"}))),
    one(ways.private_nat, ways.admits_before_translation, ways.NAT_CLIENT, nat(DENIED)),
    one(ways.private_nat, ways.hub_without("hub", "10.0.1.0/24"), ways.NAT_CLIENT,
        nat((NO_REPLY, {"transit-gateway-route-missing"}))),
    one(ways.private_nat, ways.past_the_nat_gateway, ways.NAT_CLIENT, nat((NO_REPLY, {"address-overlap"}))),
    one(doors.nat_instance, None, CLIENT, outside(NOT_SEEN)),
    one(doors.nat_instance, doors.nat_instance_checked, CLIENT, outside(CHECKED)),
    one(doors.nat_instance, doors.nat_instance_stopped, CLIENT, outside(STOPPED)),
    one(doors.nat_instance, without("public", OUT), CLIENT, outside(NOT_SEEN)),
    one(doors.both_excluded, None, CLIENT, outside(FINE)),
    one(doors.public_access, None, CLIENT, outside(SHUT)),
    one(doors.one_subnet_excluded, None, CLIENT, outside(FINE, SHUT)),
    one(doors.excluded_for_egress, None, CLIENT, outside(SHUT)),
    one(doors.ingress_blocked, None, CLIENT, outside(FINE)),
    one(doors.between_subnets, None, doors.INSIDE, {A: NOT_SEEN}),
    one(doors.between_subnets, doors.appliance_checked, doors.INSIDE, {A: CHECKED}),
    one(doors.between_subnets, doors.reply_past_the_appliance, doors.INSIDE, {A: NOT_SEEN}),
    one(doors.between_subnets, doors.inside_group_named, doors.INSIDE, {A: NOT_SEEN}),
    one(ways.zonal_endpoint, None, ways.CONSUMER, {DOOR_A: FINE, DOOR_C: FINE}),
    one(ways.zonal_endpoint, ways.zone_c_empty, ways.CONSUMER,
        {DOOR_A: FINE, DOOR_C: (CLOSED, {"zone-has-no-target"})}),
    one(ways.zonal_endpoint, ways.door_closed, ways.CONSUMER, {DOOR_A: DENIED, DOOR_C: DENIED}),
    one(ways.zonal_endpoint, ways.provider_admits_others, ways.CONSUMER, {DOOR_A: DENIED, DOOR_C: DENIED}),
    one(ways.zonal_endpoint, ways.not_enforced, ways.CONSUMER, {DOOR_A: FINE, DOOR_C: FINE}),
    one(ways.weighted, None, CLIENT, both(FINE)),
    one(blue, None, CLIENT, both(DENIED)),
    one(nothing_weighed, None, CLIENT, both((CLOSED, {"target-group-weight-zero", "sg-denies"}))),
    one(some_weighed, None, CLIENT, both(DENIED)),
    Case("peer group, as drawn", doors.peer_group, CLIENT, both(FINE)),
    Case("peer group, peering deleted", doors.peer_group_gone, CLIENT,
         both((CLOSED, {"peering-not-active"}))),
    Case("peer group, the peer not seen", doors.peer_not_seen, CLIENT, both(NOT_SEEN)),
]  # fmt: skip


def together(recordings: tuple[Recording, ...]) -> Recording:
    return replace(recordings[0], answers=tuple(item for part in recordings for item in part.answers))


def judged(recording: Recording, source: str, address: str) -> Trace:
    return traced(AwsState(recording), source, ip_address(address), 10022)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_aws_documents(case: Case) -> None:
    known = together(case.make())
    found = {address: judged(known, case.source, address) for address in case.told}
    told = {
        address: (trace.reach, {str(item.code) for item in trace.findings})
        for address, trace in found.items()
    }
    assert told == case.told


PAGES = {page.code: page for page in explain.pages()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_finding_is_as_its_page_says(case: Case) -> None:
    known = together(case.make())
    for address in case.told:
        for item in judged(known, case.source, address).findings:
            assert item.leg in PAGES[item.code].legs, item.summary
            assert item.verdict in PAGES[item.code].verdicts, item.summary


def commands(case: str, address: str) -> list[str]:
    """Return what is printed for a case, each line proven to mend it."""
    [found] = [item for item in CASES if item.name == case]
    fixes = [item.remedy for item in judged(together(found.make()), found.source, address).findings]
    assert all(fix and fix.verified for fix in fixes)
    return [line for fix in fixes if fix for line in fix.commands]


REMEDIES = [
    ("longest_prefix, private-1a-1 without 192.168.1.214/32", A,
     "create-route", f"--destination-cidr-block {CLIENT}/32"),
    ("private_nat, vpc-a-private without 10.0.2.0/24", ways.NAT_NODE,
     "create-route", "--nat-gateway-id nat-"),
    ("private_nat, admits before translation", ways.NAT_NODE,
     "authorize-security-group-ingress", '"CidrIp":"10.0.1.125/32"'),
    ("private_nat, hub without 10.0.1.0/24", ways.NAT_NODE,
     "create-transit-gateway-route", "--destination-cidr-block 10.0.1.0/24"),
    ("peered hubs, far-hub without 172.31.0.0/16", A, "create-transit-gateway-route", "--region us-east-1"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "address", "operation", "part"), REMEDIES)
def test_what_is_printed_mends_it_and_nothing_more(
    case: str, address: str, operation: str, part: str
) -> None:
    [line] = commands(case, address)
    assert f"aws ec2 {operation} " in line
    assert part in line
