"""Are a transit gateway's remedies those that an engineer would make, and do they mend the network?"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.model import Code, Finding
from nlbcheck.path.reach import Reach
from tests.path.networks import Network, table_of
from tests.scenarios import reference_designs as designs
from tests.scenarios.article import CLIENT
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.mutations import named

ANYWHERE, LEARN = "0.0.0.0/0", "EnableTransitGatewayRouteTablePropagation"
SPOKE, EGRESS = made_id("tgw-attach", "spoke"), made_id("tgw-attach", "egress")
CLIENTS = made_id("tgw-attach", "vpc-1")
Mistake = Callable[[Cloud], object]


def fixed(network: Network, code: str, *mistakes: Mistake) -> Finding:
    """Return the one finding of a code in a network with mistakes."""
    for mistake in mistakes:
        mistake(network.cloud)
    state = AwsState(network.cloud.recording())
    found = traced(state, network.source, ip_address(network.destination), network.port)
    assert found.reach in (Reach.BLOCKED, Reach.REPLY_BLOCKED)
    [finding] = [item for item in found.findings if item.code == code]
    return finding


def calls(finding: Finding) -> list[tuple[str, Any]]:
    assert finding.remedy
    return [(call.operation, dict(call.parameters)) for call in finding.remedy.calls]


def verified(finding: Finding) -> bool | None:
    assert finding.remedy
    return finding.remedy.verified


def hub_without(*prefixes: str) -> Mistake:
    def mutate(cloud: Cloud) -> None:
        routes = cloud.transit_routes[table_of(cloud, "hub")]
        routes[:] = [item for item in routes if item["DestinationCidrBlock"] not in prefixes]

    return mutate


def hub_route(prefix: str, attachment: str) -> Mistake:
    return lambda cloud: cloud.transit_route(table_of(cloud, "hub"), prefix, attachment)


def second_range(cloud: Cloud) -> None:
    """Give the clients' VPC another range."""
    vpc = named(cloud, "DescribeVpcs", "vpc-1")
    vpc["CidrBlockAssociationSet"].append({**vpc["CidrBlockAssociationSet"][0], "CidrBlock": "10.44.0.0/16"})


def second_egress(cloud: Cloud) -> None:
    """Attach another VPC with a NAT gateway for all."""
    vpc = cloud.vpc("egress-2", "10.4.0.0/16")
    public = cloud.subnet("egress-2-public", vpc, "10.4.1.0/24", "a")
    private = cloud.subnet("egress-2-private", vpc, "10.4.2.0/24", "a")
    cloud.transit_vpc("egress-2", made_id("tgw", "hub"), vpc, private, table=table_of(cloud, "hub"))
    outside = cloud.route_table("egress-2-public", vpc, public)
    cloud.route(outside, ANYWHERE, cloud.internet_gateway("egress-2", vpc))
    cloud.route(outside, "10.5.0.0/16", made_id("tgw", "hub"))
    inside = cloud.route_table("egress-2-private", vpc, private)
    cloud.route(inside, ANYWHERE, cloud.nat_gateway("nat-2", public, "10.4.1.5"))


def hide_egress(cloud: Cloud) -> None:
    """Let the VPC attachments of the egress VPC's account not be shown."""
    shown = cloud.objects["DescribeTransitGatewayVpcAttachments"]
    shown[:] = [item for item in shown if item["TransitGatewayAttachmentId"] != EGRESS]


class TestPropagation:
    """A table that lacks a VPC's range learns it, where that takes nothing from other routes."""

    def test_the_range_of_a_vpc_is_learned(self) -> None:
        found = fixed(
            designs.shared_services(), Code.TRANSIT_GATEWAY_ROUTE_MISSING, designs.spokes_not_propagated
        )
        [(operation, parameters)] = calls(found)
        assert (operation, parameters["TransitGatewayAttachmentId"]) == (LEARN, CLIENTS)
        assert verified(found) is True

    def test_a_default_route_that_others_use_stays(self) -> None:
        found = fixed(
            designs.central_egress(), Code.TRANSIT_GATEWAY_ROUTE_LEADS_ELSEWHERE, hub_without("10.5.0.0/16")
        )
        [(operation, parameters)] = calls(found)
        assert (operation, parameters["TransitGatewayAttachmentId"]) == (LEARN, SPOKE)
        assert verified(found) is True

    def test_a_second_range_that_another_route_is_for_is_not_drawn_away(self) -> None:
        found = fixed(
            designs.shared_services(),
            Code.TRANSIT_GATEWAY_ROUTE_MISSING,
            designs.spokes_not_propagated,
            second_range,
            hub_route("10.0.0.0/8", made_id("tgw-attach", "vpc-2")),
        )
        [(operation, parameters)] = calls(found)
        assert (operation, parameters["DestinationCidrBlock"]) == (
            "CreateTransitGatewayRoute",
            "192.168.0.0/16",
        )
        assert verified(found) is True

    def test_a_narrower_static_route_would_win_over_what_is_learned(self) -> None:
        found = fixed(
            designs.shared_services(),
            Code.TRANSIT_GATEWAY_ROUTE_LEADS_ELSEWHERE,
            designs.spokes_not_propagated,
            hub_route("192.168.1.0/24", made_id("tgw-attach", "vpc-2")),
        )
        [(operation, parameters)] = calls(found)
        assert operation == "CreateTransitGatewayRoute"
        assert parameters["DestinationCidrBlock"] == f"{CLIENT}/32"
        assert verified(found) is True


class TestInternet:
    """One VPC has the NAT gateways for all others."""

    def test_the_transit_gateway_gets_the_default_route(self) -> None:
        found = fixed(designs.central_egress(), Code.TRANSIT_GATEWAY_ROUTE_MISSING, hub_without(ANYWHERE))
        [(operation, parameters)] = calls(found)
        assert operation == "CreateTransitGatewayRoute"
        assert (parameters["DestinationCidrBlock"], parameters["TransitGatewayAttachmentId"]) == (
            ANYWHERE,
            EGRESS,
        )
        assert verified(found) is True

    def test_a_spoke_gets_the_default_route_to_its_transit_gateway(self) -> None:
        found = fixed(designs.central_egress(), Code.ROUTE_MISSING, designs.without("spoke", ANYWHERE))
        [(operation, parameters)] = calls(found)
        assert (operation, parameters["DestinationCidrBlock"]) == ("CreateRoute", ANYWHERE)
        assert parameters["TransitGatewayId"] == made_id("tgw", "hub")
        assert verified(found) is True

    def test_what_else_is_missing_on_the_way_is_told_besides(self) -> None:
        mistakes = designs.without("spoke", ANYWHERE), hub_without(ANYWHERE)
        for code in (Code.ROUTE_MISSING, Code.TRANSIT_GATEWAY_ROUTE_MISSING):
            found = fixed(designs.central_egress(), code, *mistakes)
            assert [parameters["DestinationCidrBlock"] for _, parameters in calls(found)] == [ANYWHERE]
            assert found.remedy
            assert found.remedy.together_with

    @pytest.mark.parametrize("mistake", [second_egress, hide_egress])
    def test_no_command_where_the_choice_is_not_told(self, mistake: Mistake) -> None:
        found = fixed(
            designs.central_egress(), Code.TRANSIT_GATEWAY_ROUTE_MISSING, hub_without(ANYWHERE), mistake
        )
        assert calls(found) == []
        lone = fixed(
            designs.central_egress(), Code.ROUTE_MISSING, designs.without("spoke", ANYWHERE), mistake
        )
        assert calls(lone) == []


def test_a_healthy_target_proves_that_something_carries_its_packets() -> None:
    network = designs.direct_connect_backup()
    found = traced(
        AwsState(network.cloud.recording()), network.source, ip_address(network.destination), network.port
    )
    assert found.reach is Reach.REACHABLE
    [warning] = [item for item in found.findings if item.code is Code.VPN_DOWN]
    assert (warning.verdict.value, "perhaps Direct Connect" in warning.summary) == ("warn", True)
