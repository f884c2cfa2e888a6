"""Is nothing used in a fix that is deleted, or on its way, though AWS shows it for a while?"""

from __future__ import annotations

import copy
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Call
from nlbcheck.path.reach import Reach, Trace, trace
from tests.path import networks
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.mutations import named

DEAD = ["deleting", "deleted", "failed", "rejected"]
ATTACHMENTS, VPC_ATTACHMENTS = "DescribeTransitGatewayAttachments", "DescribeTransitGatewayVpcAttachments"


def walked(network: networks.Network) -> Trace:
    state = AwsState(network.cloud.recording())
    return trace(state, network.source, ip_address(network.destination), network.port)


def calls(found: Trace) -> list[Call]:
    return [call for item in found.findings if item.remedy for call in item.remedy.calls]


def texts(found: Trace) -> str:
    return " ".join(item.remedy.text for item in found.findings if item.remedy)


def dead_twin(cloud: Cloud, name: str, state: str) -> None:
    """Show an attachment that was there before, ahead of the one that is there now."""
    for operation in (ATTACHMENTS, VPC_ATTACHMENTS):
        twin: dict[str, Any] = copy.deepcopy(named(cloud, operation, name))
        twin |= {"TransitGatewayAttachmentId": made_id("tgw-attach", "before"), "State": state}
        twin.pop("Association", None)
        cloud.objects[operation].insert(0, twin)


def forgotten(cloud: Cloud, prefix: str) -> None:
    """Take a route out of the hub's table."""
    routes = cloud.transit_routes[networks.table_of(cloud, "hub")]
    routes[:] = [item for item in routes if item["DestinationCidrBlock"] != prefix]


@pytest.mark.parametrize("name", ["attachment-1", "attachment-2"])
@pytest.mark.parametrize("state", DEAD)
def test_an_attachment_that_was_there_before_hides_none(state: str, name: str) -> None:
    network = networks.transit()
    dead_twin(network.cloud, name, state)
    found = walked(network)
    assert (found.reach, found.findings) == (Reach.REACHABLE, ())


@pytest.mark.parametrize("state", DEAD)
def test_a_route_leads_to_the_attachment_that_is_there(state: str) -> None:
    network = networks.transit()
    forgotten(network.cloud, "10.2.0.0/16")
    dead_twin(network.cloud, "attachment-2", state)
    (call,) = calls(walked(network))
    assert call.parameters["TransitGatewayAttachmentId"] == made_id("tgw-attach", "attachment-2")


@pytest.mark.parametrize("state", DEAD)
def test_where_it_is_the_only_one_no_route_leads_to_it(state: str) -> None:
    network = networks.transit()
    forgotten(network.cloud, "10.2.0.0/16")
    for operation in (ATTACHMENTS, VPC_ATTACHMENTS):
        named(network.cloud, operation, "attachment-2")["State"] = state
    assert not any("TransitGatewayRoute" in call.operation for call in calls(walked(network)))


@pytest.mark.parametrize("state", ["deleting", "deleted"])
def test_a_vpn_attachment_that_goes_is_no_target_of_a_route(state: str) -> None:
    network = networks.transit_vpn()
    forgotten(network.cloud, "192.168.0.0/16")
    named(network.cloud, ATTACHMENTS, "attachment-office")["State"] = state
    assert calls(walked(network)) == []


@pytest.mark.parametrize("state", ["deleting", "deleted"])
def test_a_virtual_private_gateway_that_goes_is_none(state: str) -> None:
    network = networks.vpn()
    table = named(network.cloud, "DescribeRouteTables", "table-1")
    table["PropagatingVgws"] = []
    table["Routes"] = [item for item in table["Routes"] if item["GatewayId"] == "local"]
    named(network.cloud, "DescribeVpnGateways", "gateway")["State"] = state
    found = walked(network)
    assert calls(found) == []
    assert made_id("vgw", "gateway") not in texts(found)


def test_a_gateway_that_was_attached_before_hides_none() -> None:
    network = networks.vpn()
    vpc = made_id("vpc", "vpc-1")
    network.cloud.vpn_gateway("before", vpc)
    before = network.cloud.objects["DescribeVpnGateways"].pop()
    before["VpcAttachments"] = [{"VpcId": vpc, "State": "detached"}]
    network.cloud.objects["DescribeVpnGateways"].insert(0, before)
    table = named(network.cloud, "DescribeRouteTables", "table-1")
    table["PropagatingVgws"] = []
    table["Routes"] = [item for item in table["Routes"] if item["GatewayId"] == "local"]
    (call,) = calls(walked(network))
    assert call.parameters["GatewayId"] == made_id("vgw", "gateway")


@pytest.mark.parametrize("status", ["deleted", "rejected", "expired", "failed"])
def test_a_dead_peering_connection_is_replaced_by_a_living_one(status: str) -> None:
    network = networks.peered()
    cloud = network.cloud
    named(cloud, "DescribeVpcPeeringConnections", "peering")["Status"] = {"Code": status}
    living = cloud.peering("again", made_id("vpc", "vpc-1"), made_id("vpc", "vpc-2"))
    for table in ("table-1", "table-2"):
        for item in named(cloud, "DescribeRouteTables", table)["Routes"]:
            if "VpcPeeringConnectionId" in item:
                item["State"] = "blackhole"
    found = calls(walked(network))
    assert [call.operation for call in found] == ["ReplaceRoute", "ReplaceRoute"]
    assert {call.parameters["VpcPeeringConnectionId"] for call in found} == {living}
