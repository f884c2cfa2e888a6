"""Transit gateways that are peered, in one Region and in two: both directions, and what stops them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck.aws.recording import Recording, RefusedCall
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced as traced_with_proof
from nlbcheck.model import Verdict
from nlbcheck.path.reach import Reach, Trace, trace
from tests.path import networks
from tests.path.applying import apply
from tests.path.telling import tell
from tests.scenarios.article_faults import Told
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import named

LINK_2 = made_id("tgw-attach", "link-at-accepter")
Change = Callable[[Cloud], object]


def hops(cloud: Cloud, hub: str, without: str) -> None:
    """Take a route out of a hub's table."""
    routes = cloud.transit_routes[networks.table_of(cloud, hub)]
    routes[:] = [route for route in routes if route["DestinationCidrBlock"] != without]


def state(value: str) -> Change:
    def change(cloud: Cloud) -> None:
        for operation in ("DescribeTransitGatewayAttachments", "DescribeTransitGatewayPeeringAttachments"):
            for name in ("link-1", "link-2"):
                named(cloud, operation, name)["State"] = value

    return change


def unassociated(cloud: Cloud) -> None:
    del named(cloud, "DescribeTransitGatewayAttachments", "link-2")["Association"]


def back_and_forth(cloud: Cloud) -> None:
    """Let the far gateway send what is for its own VPC back where it came from."""
    hops(cloud, "hub-2", "10.2.0.0/16")
    cloud.transit_route(networks.table_of(cloud, "hub-2"), "10.2.0.0/16", LINK_2)


def reference(cloud: Cloud) -> None:
    """Let the far host admit the near one by its security group."""
    for name in ("hub-1", "hub-2"):
        options = named(cloud, "DescribeTransitGateways", name)["Options"]
        options["SecurityGroupReferencingSupport"] = "enable"
    pair = {"GroupId": named(cloud, "DescribeSecurityGroups", "group-1")["GroupId"]}
    group = named(cloud, "DescribeSecurityGroups", "group-2")
    group["IpPermissions"] = [permission("tcp", port=443, groups=[pair])]


def no_vpc_route(cloud: Cloud) -> None:
    table = named(cloud, "DescribeRouteTables", "table-1")
    table["Routes"] = [route for route in table["Routes"] if "TransitGatewayId" not in route]


CASES: list[tuple[str, Change, Reach, list[Told]]] = [
    ("no static route", lambda c: hops(c, "hub-1", "10.2.0.0/16"), Reach.BLOCKED,
     [("transit-gateway-route-missing", "front", "request", "hub-1")]),
    ("no static route back", lambda c: hops(c, "hub-2", "10.1.0.0/16"), Reach.REPLY_BLOCKED,
     [("transit-gateway-route-missing", "front", "reply", "hub-2")]),
    ("no route at the far gateway", lambda c: hops(c, "hub-2", "10.2.0.0/16"), Reach.BLOCKED,
     [("transit-gateway-route-missing", "front", "request", "hub-2")]),
    ("no route at the near gateway", lambda c: hops(c, "hub-1", "10.1.0.0/16"), Reach.REPLY_BLOCKED,
     [("transit-gateway-route-missing", "front", "reply", "hub-1")]),
    ("pending", state("pendingAcceptance"), Reach.BLOCKED,
     [("gateway-not-attached", "front", "request", "link-1")]),
    ("rejected", state("rejected"), Reach.BLOCKED,
     [("gateway-not-attached", "front", "request", "link-1")]),
    ("far end not associated", unassociated, Reach.BLOCKED,
     [("transit-gateway-association-missing", "front", "request", "hub-2")]),
    ("a circle", back_and_forth, Reach.BLOCKED,
     [("transit-gateway-route-leads-elsewhere", "front", "request", "hub-2")]),
    ("a reference to a group", reference, Reach.BLOCKED,
     [("sg-reference-not-seen", "front", "request", "group-2")]),
    ("no route in the VPC", no_vpc_route, Reach.BLOCKED,
     [("route-missing", "front", "request", "table-1")]),
]  # fmt: skip


def traced(cloud: Cloud) -> Trace:
    return trace(AwsState(cloud.recording()), "10.1.1.10", ip_address("10.2.1.10"), 443)


@pytest.mark.parametrize(("change", "reach", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_one_fault(change: Change, reach: Reach, expected: list[Told]) -> None:
    cloud = networks.hubs().cloud
    change(cloud)
    found = traced(cloud)
    assert [tell(finding) for finding in found.findings] == expected
    assert found.reach is reach


@pytest.mark.parametrize("change", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_remedies_open_the_path(change: Change) -> None:
    cloud = networks.hubs().cloud
    change(cloud)
    calls = [call for item in traced(cloud).findings if item.remedy for call in item.remedy.calls]
    apply(cloud, calls)
    assert traced(cloud).reach is Reach.REACHABLE or not calls


@pytest.mark.parametrize("change", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_remedies_with_calls_are_proven(change: Change) -> None:
    cloud = networks.hubs().cloud
    change(cloud)
    found = traced_with_proof(AwsState(cloud.recording()), "10.1.1.10", ip_address("10.2.1.10"), 443)
    proven = [item.remedy.verified for item in found.findings if item.remedy and item.remedy.calls]
    assert proven == [True] * len(proven)


def test_only_the_accepter_s_end_can_be_accepted() -> None:
    cloud = networks.hubs().cloud
    state("pendingAcceptance")(cloud)
    calls = [call for item in traced(cloud).findings if item.remedy for call in item.remedy.calls]
    assert {call.operation for call in calls} == {"AcceptTransitGatewayPeeringAttachment"}
    assert {call.parameters["TransitGatewayAttachmentId"] for call in calls} == {LINK_2}


# --- two accounts and Regions: one id for both ends -------------------------------------------------------


def joined(*clouds: Cloud) -> Recording:
    """Return what was recorded in several places as one recording."""
    first = clouds[0].recording()
    return replace(first, answers=tuple(answer for cloud in clouds for answer in cloud.recording().answers))


def between(recording: Recording, *, back: bool = False) -> Trace:
    here, there = ("10.2.1.10", "10.1.1.10") if back else ("10.1.1.10", "10.2.1.10")
    return trace(AwsState(recording), here, ip_address(there), 443)


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_regions(order: tuple[int, int], back: bool) -> None:
    clouds = networks.regions()
    found = between(joined(*(clouds[number] for number in order)), back=back)
    assert (found.reach, found.findings) == (Reach.REACHABLE, ())


@pytest.mark.parametrize("number", [0, 1])
def test_accepting_between_regions_is_proven(number: int) -> None:
    clouds = networks.regions()
    for cloud in clouds:
        for operation in ("DescribeTransitGatewayAttachments", "DescribeTransitGatewayPeeringAttachments"):
            named(cloud, operation, "link")["State"] = "pendingAcceptance"
    here, there = ("10.1.1.10", "10.2.1.10") if number else ("10.2.1.10", "10.1.1.10")
    found = traced_with_proof(AwsState(joined(*clouds)), here, ip_address(there), 443)
    assert found.reach is Reach.BLOCKED
    assert {item.code for item in found.findings} == {"gateway-not-attached"}
    assert [item.remedy.verified for item in found.findings if item.remedy] == [True]
    assert "in account 210987654321, us-east-1" in str(found.findings[0].remedy)


@pytest.mark.parametrize(
    ("number", "without", "reach", "direction"),
    [
        (1, "10.2.0.0/16", Reach.BLOCKED, "request"),
        (2, "10.2.0.0/16", Reach.BLOCKED, "request"),
        (1, "10.1.0.0/16", Reach.REPLY_BLOCKED, "reply"),
        (2, "10.1.0.0/16", Reach.REPLY_BLOCKED, "reply"),
    ],
)
def test_a_route_missing_in_one_of_the_regions(
    number: int, without: str, reach: Reach, direction: str
) -> None:
    clouds = networks.regions()
    hops(clouds[number - 1], f"hub-{number}", without)
    found = between(joined(*clouds))
    assert found.reach is reach
    assert [tell(item) for item in found.findings] == [
        ("transit-gateway-route-missing", "front", direction, f"hub-{number}")
    ]


def test_a_far_gateway_that_was_not_asked_is_unknown_and_named() -> None:
    near, _ = networks.regions()
    found = between(near.recording())
    assert found.reach is Reach.UNKNOWN
    assert {item.verdict for item in found.findings} == {Verdict.UNKNOWN}
    told = [(item.evidence["account"], item.evidence["region"]) for item in found.findings]
    assert ("210987654321", "us-east-1") in told


OPERATIONS = ("DescribeTransitGatewayAttachments", "SearchTransitGatewayRoutes")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_far_gateway_that_may_not_be_read_is_unknown(operation: str) -> None:
    clouds = networks.regions()
    recording = joined(*clouds)
    gone = [a for a in recording.answers if a.operation == operation and a.region == "us-east-1"]
    kept = tuple(answer for answer in recording.answers if answer not in gone)
    gaps = tuple(
        RefusedCall(a.account, a.region, a.service, a.operation, a.parameters, "UnauthorizedOperation")
        for a in gone
    )
    assert gone
    found = between(replace(recording, answers=kept, gaps=gaps))
    assert found.reach is Reach.UNKNOWN
    permissions = {item.evidence["permission"] for item in found.findings}
    assert permissions == {f"ec2:{operation}"}


def beyond(near: Cloud, far: Cloud) -> None:
    """Let the far gateway have a VPN connection to 192.168.0.0/16, and both know the prefix."""
    gateway, table = made_id("tgw", "hub-2"), networks.table_of(far, "hub-2")
    vpn = far.vpn_connection("office", gateway, "192.168.0.0/16", bgp=True)
    far.transit_route(table, "192.168.0.0/16", far.transit_vpn("office", gateway, vpn, table), "propagated")
    near.transit_route(networks.table_of(near, "hub-1"), "192.168.0.0/16", made_id("tgw-attach", "link"))
    routes: list[dict[str, Any]] = named(near, "DescribeRouteTables", "table-1")["Routes"]
    routes.append(
        {
            "DestinationCidrBlock": "192.168.0.0/16",
            "TransitGatewayId": made_id("tgw", "hub-1"),
            "Origin": "CreateRoute",
            "State": "active",
        }
    )


def test_on_premises_behind_the_far_gateway() -> None:
    clouds = networks.regions()
    beyond(*clouds)
    state = AwsState(joined(*clouds))
    found = trace(state, "10.1.1.10", ip_address("192.168.7.7"), 443)
    assert (found.reach, found.findings) == (Reach.REACHABLE, ())
    for tunnel in named(clouds[1], "DescribeVpnConnections", "office")["VgwTelemetry"]:
        tunnel |= {"Status": "DOWN", "StatusMessage": "IPSEC IS DOWN"}
    found = trace(AwsState(joined(*clouds)), "10.1.1.10", ip_address("192.168.7.7"), 443)
    assert [item.code for item in found.findings] == ["vpn-down"]
    assert found.reach is Reach.BLOCKED
