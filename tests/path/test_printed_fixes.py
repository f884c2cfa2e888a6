"""Fixes that AWS refused, or that did harm: what is printed in their place?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck import explain
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.drift import findings
from nlbcheck.model import Call, Finding
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.reach import trace
from nlbcheck.path.selected import Intent
from nlbcheck.path.walk import walk_row
from nlbcheck.relays import Table
from tests.diagnosis.diagnosing import TABLE
from tests.path import networks
from tests.path.telling import walked
from tests.path.test_remedies import intent
from tests.scenarios.article import CLIENT, article
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.mutations import (
    Mutation,
    empty_group,
    group,
    instance_is,
    listener,
    named,
    no_listener,
    peering_is,
    rules_of,
    target,
    weight_zero,
    without_route,
)

GROUP = "example-tg-10022"


def broken(*mutations: Mutation) -> Cloud:
    cloud = article()
    for mutate in mutations:
        mutate(cloud)
    return cloud


def fix(cloud: Cloud, code: str, protocol: str = "TCP", meant: Intent | None = None) -> Finding:
    """Return the finding with a code on the way of row 10022, as the table's protocol is."""
    walk = walked(cloud, intent=meant or intent(cloud), protocol=protocol)
    return next(item for item in walk.findings if item.code == code)


def calls(finding: Finding) -> list[Call]:
    assert finding.remedy
    return list(finding.remedy.calls)


def text(finding: Finding) -> str:
    assert finding.remedy
    return finding.remedy.text


def targets(finding: Finding) -> list[Any]:
    return [item for call in calls(finding) for item in call.parameters["Targets"]]  # type: ignore[union-attr]


def grouped(**fields: Any) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for item in cloud.groups:
            if item["TargetGroupName"] == GROUP:
                item.update(fields)

    return mutate


class TestListeners:
    def test_a_tls_listener_is_created_with_a_certificate_which_is_not_known_here(self) -> None:
        found = fix(broken(no_listener), "listener-missing", "TLS")
        assert calls(found) == []
        assert "certificate" in text(found)

    def test_a_tcp_listener_becomes_one_of_tls_with_a_certificate(self) -> None:
        found = fix(broken(), "listener-protocol-differs", "TLS")
        assert calls(found) == []
        assert "certificate and a security policy" in text(found)

    def test_another_protocol_is_printed_with_the_group_that_fits_it(self) -> None:
        cloud = broken(listener(10022, Protocol="UDP"))
        (call,) = calls(fix(cloud, "listener-protocol-differs"))
        assert call.parameters["DefaultActions"] == [
            {"Type": "forward", "TargetGroupArn": group(cloud, 10022)}
        ]

    def test_without_a_group_that_is_meant_nothing_is_printed(self) -> None:
        cloud = broken(listener(10022, Protocol="UDP"))
        found = walked(cloud).findings[0]
        assert (found.code, calls(found)) == ("listener-protocol-differs", [])

    def test_stickiness_is_kept_where_weights_change(self) -> None:
        cloud = broken(weight_zero)
        action = next(i for items in cloud.listeners.values() for i in items if i["Port"] == 10022)
        action["DefaultActions"][0]["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": True}
        (call,) = calls(fix(cloud, "target-group-weight-zero"))
        actions: Any = call.parameters["DefaultActions"]
        assert actions[0]["ForwardConfig"]["TargetGroupStickinessConfig"] == {"Enabled": True}

    def test_without_any_none_is_made_up(self) -> None:
        (call,) = calls(fix(broken(weight_zero), "target-group-weight-zero"))
        assert "Stickiness" not in str(call.parameters)


class TestRegistering:
    def test_a_group_of_instances_is_given_the_instance(self) -> None:
        found = fix(broken(empty_group, grouped(TargetType="instance")), "listener-has-no-target")
        assert targets(found) == [{"Id": made_id("i", "target-server-1"), "Port": 22}]

    def test_but_not_where_no_instance_has_the_address(self) -> None:
        cloud = broken(empty_group, grouped(TargetType="instance"))
        meant = replace(intent(cloud), addresses=())
        assert calls(fix(cloud, "listener-has-no-target", meant=meant)) == []

    def test_nor_for_another_address_of_an_instance(self) -> None:
        """What is registered by its id gets connections at its primary address."""
        cloud = broken(empty_group, grouped(TargetType="instance"))
        second = ip_address("172.31.129.77")
        eth0 = cloud.find("DescribeNetworkInterfaces", made_id("eni", "target-server-1-eth0"))
        eth0["PrivateIpAddresses"].append({"Primary": False, "PrivateIpAddress": str(second)})
        meant = replace(intent(cloud), addresses=(second,))
        assert calls(fix(cloud, "listener-has-no-target", meant=meant)) == []

    def test_a_group_of_load_balancers_is_given_none(self) -> None:
        found = fix(broken(empty_group, grouped(TargetType="alb")), "listener-has-no-target")
        assert calls(found) == []

    @pytest.mark.parametrize("protocol", ["TCP_QUIC", "QUIC"])
    def test_a_target_of_quic_has_an_id_that_is_not_known(self, protocol: str) -> None:
        found = fix(broken(empty_group, grouped(Protocol=protocol)), "listener-has-no-target")
        assert calls(found) == []

    @pytest.mark.parametrize("cidrs", [["172.31.0.0/16"], ["172.31.0.0/16", "10.0.0.0/16"]])
    def test_an_address_in_no_subnet_is_for_every_zone(self, cidrs: list[str]) -> None:
        """The VPC's ranges do not count: an address in one that no subnet has is refused without a zone."""
        cloud = broken(lambda c: c.targets[group(c, 30080)].clear())
        vpc = named(cloud, "DescribeVpcs", "vpc-2")
        state = {"CidrBlockState": {"State": "associated"}}
        vpc["CidrBlockAssociationSet"] = [{"CidrBlock": cidr, **state} for cidr in cidrs]
        found = [item for item in drift_of(cloud) if item.code == "target-differs"]
        assert targets(found[0]) == [{"Id": "10.0.0.10", "Port": 80, "AvailabilityZone": "all"}]

    @pytest.mark.parametrize("zone", ["all", "ap-northeast-1a"])
    def test_one_that_drains_is_registered_again_for_its_own_zone(self, zone: str) -> None:
        described = {"Id": "10.0.0.10", "Port": 22, "AvailabilityZone": zone}
        cloud = broken(target(10022, Target=described, TargetHealth={"State": "draining"}))
        assert targets(fix(cloud, "target-draining")) == [described]

    def test_and_with_its_server_id(self) -> None:
        described = {
            "Id": "172.31.129.10", "Port": 22, "AvailabilityZone": "ap-northeast-1a",
            "QuicServerId": "0x0123456789abcdef",
        }  # fmt: skip
        draining = target(10022, Target=described, TargetHealth={"State": "draining"})
        cloud = broken(draining, grouped(Protocol="TCP_QUIC"))
        assert targets(fix(cloud, "target-draining")) == [described]

    def test_a_target_for_one_zone_is_registered_for_all_and_never_taken_out_first(self) -> None:
        described = {"Id": "10.0.0.10", "Port": 22, "AvailabilityZone": "ap-northeast-1a"}
        found = fix(broken(target(10022, Target=described)), "target-needs-zone-all")
        assert [call.operation for call in calls(found)] == ["RegisterTargets"]
        assert targets(found) == [{**described, "AvailabilityZone": "all"}]

    @pytest.mark.parametrize("zone", ["all", "ap-northeast-1c"])
    def test_what_is_taken_out_is_named_with_its_zone(self, zone: str) -> None:
        described = {"Id": "10.0.9.9", "Port": 22, "AvailabilityZone": zone}
        cloud = broken(target(10022, Target=described, TargetHealth={"State": "unhealthy"}))
        (found,) = [item for item in drift_of(cloud) if item.code == "target-differs"]
        register, deregister = calls(found)
        assert register.parameters["Targets"] == [{"Id": "172.31.129.10", "Port": 22}]
        assert deregister.parameters["Targets"] == [described]


def drift_of(cloud: Cloud, table: Table = TABLE) -> list[Finding]:
    found = findings(AwsState(cloud.recording()), table, table.rows)
    return [item for row in found.rows for item in row.findings]


class TestMachines:
    @pytest.mark.parametrize(
        ("state", "printed", "said"),
        [
            ("stopped", ["StartInstances"], "Start"),
            ("stopping", [], "Wait until"),
            ("pending", [], "Wait until"),
            ("terminated", [], "Replace"),
            ("shutting-down", [], "Replace"),
        ],
    )
    def test_only_what_is_stopped_is_started(self, state: str, printed: list[str], said: str) -> None:
        found = fix(broken(instance_is("target-server-1", state)), "instance-not-running")
        assert [call.operation for call in calls(found)] == printed
        assert text(found).startswith(said)


class TestPeerings:
    def test_one_inside_a_region_is_accepted_where_the_load_balancer_is(self) -> None:
        found = fix(broken(peering_is("pending-acceptance")), "peering-not-active")
        (command,) = found.remedy.commands if found.remedy else ()
        assert "--region" not in command

    @pytest.mark.parametrize(("near", "far"), [("Requester", "Accepter"), ("Accepter", "Requester")])
    def test_one_between_regions_is_accepted_in_the_accepter_s(self, near: str, far: str) -> None:
        cloud = broken(peering_is("pending-acceptance"))
        peering = named(cloud, "DescribeVpcPeeringConnections", "vpc-1-to-vpc-2")
        peering[f"{near}VpcInfo"]["Region"] = "ap-northeast-1"
        peering[f"{far}VpcInfo"]["Region"] = "us-east-1"
        found = fix(cloud, "peering-not-active")
        region = peering["AccepterVpcInfo"]["Region"]
        (command,) = found.remedy.commands if found.remedy else ()
        assert command.endswith(f"--region {region}")
        assert region in text(found)

    def test_a_link_between_transit_gateways_too(self) -> None:
        recordings = []
        for cloud in networks.regions():
            for item in cloud.objects["DescribeTransitGatewayPeeringAttachments"]:
                item["State"] = "pendingAcceptance"
            recordings.append(cloud.recording())
        answers = tuple(answer for recording in recordings for answer in recording.answers)
        state = AwsState(replace(recordings[0], answers=answers))
        reach = trace(state, "10.1.1.10", ip_address("10.2.1.10"), 443)
        found = next(item for item in reach.findings if item.code == "gateway-not-attached")
        (command,) = found.remedy.commands if found.remedy else ()
        assert command.endswith("--region us-east-1")


@pytest.mark.parametrize(
    ("code", "said", "unsaid"),
    [
        ("transit-gateway-route-missing", "give one of them other", "write those by hand"),
        ("static-ip-differs", "calls: one without the subnet", "must be enabled with that address"),
        ("static-ip-differs", "AllocationId=EIP_ID", "maintenance window.\n\n```"),
        ("target-zone-not-enabled", "AllocationId=NEW_EIP_ID", "with its address:"),
        ("sg-denies", "--group-owner", "no address needs care"),
        ("listener-protocol-differs", "--certificates", "--port PORT"),
        ("listener-has-no-target", "needs a zone: one, or `all`", "needs the zone `all`"),
        ("target-differs", "needs a zone, too", "also needs `AvailabilityZone=all`"),
        ("vpn-selector-excludes", "unavailable for a short time", "likely negotiated"),
        ("target-unhealthy", "connection_termination", "turns unhealthy.\n- "),
        ("peering-not-active", "--region ACCEPTER_REGION", "PEERING_ID\n```\n\nOtherwise make"),
        ("instance-not-running", "Only a stopped instance", "## Fix it\n\n```"),
    ],
)
def test_what_pages_say(code: str, said: str, unsaid: str) -> None:
    page = next(page for page in explain.pages() if page.code == code)
    assert said in page.text
    assert unsaid not in page.text


def test_the_node_that_a_walk_starts_from_does_not_matter() -> None:
    state = AwsState(broken(no_listener).recording())
    balancer = state.load_balancers[0]
    nodes = state.nodes(balancer)
    assert not isinstance(nodes, NotVisible)
    printed = {
        call.identity
        for node in nodes
        for item in walk_row(
            state, balancer, node, 10022, "TCP", CLIENT, intent(broken(no_listener))
        ).findings
        for call in calls(item)
    }
    assert len(printed) == 1


class TestRegions:
    """Where a network lies in two Regions, each command says which one it is for."""

    @staticmethod
    def broken_in(number: int, mutate: Mutation) -> list[str]:
        clouds = networks.regions()
        mutate(clouds[number])
        recordings = [cloud.recording() for cloud in clouds]
        answers = tuple(answer for recording in recordings for answer in recording.answers)
        state = AwsState(replace(recordings[0], answers=answers))
        found = trace(state, "10.1.1.10", ip_address("10.2.1.10"), 443).findings
        return [command for item in found if item.remedy for command in item.remedy.commands]

    @pytest.mark.parametrize(("number", "region"), [(0, "ap-northeast-1"), (1, "us-east-1")])
    def test_of_a_route_table(self, number: int, region: str) -> None:
        lost = without_route(f"table-{number + 1}", "10.0.0.0/8")
        (command,) = self.broken_in(number, lost)
        assert command.endswith(f"--region {region}")

    @pytest.mark.parametrize(("number", "region"), [(0, "ap-northeast-1"), (1, "us-east-1")])
    def test_of_a_security_group(self, number: int, region: str) -> None:
        closed = rules_of(f"group-{number + 1}", egress=number == 0)
        (command,) = self.broken_in(number, closed)
        assert command.endswith(f"--region {region}")

    def test_in_one_region_it_is_not_said(self) -> None:
        found = walked(broken(without_route("client", "172.31.0.0/16")))
        assert all(
            "--region" not in line for item in found.findings if item.remedy for line in item.remedy.commands
        )


class TestZones:
    """A target's zone is enabled with its one subnet, and every subnet that is enabled already."""

    @staticmethod
    def elsewhere(cloud: Cloud, *subnets: str) -> None:
        target(10022, Target={"Id": "172.31.144.10", "Port": 22, "AvailabilityZone": "ap-northeast-1d"})(
            cloud
        )
        for number, name in enumerate(subnets):
            cloud.subnet(name, made_id("vpc", "vpc-2"), f"172.31.{144 + number}.0/24", "d")

    def test_the_command_keeps_the_nodes_and_their_addresses(self) -> None:
        cloud = article()
        self.elsewhere(cloud, "target-1d")
        (call,) = calls(fix(cloud, "target-zone-not-enabled"))
        assert call.operation == "SetSubnets"
        zones = cloud.balancers[0]["AvailabilityZones"]
        present = [
            {"SubnetId": zone["SubnetId"], "PrivateIPv4Address": item["PrivateIPv4Address"]}
            for zone in zones
            for item in zone["LoadBalancerAddresses"]
        ]
        assert len(present) == 2
        assert call.parameters["SubnetMappings"] == [*present, {"SubnetId": made_id("subnet", "target-1d")}]

    @pytest.mark.parametrize("subnets", [(), ("target-1d", "other-1d")])
    def test_which_of_several_subnets_is_meant_is_not_known(self, subnets: tuple[str, ...]) -> None:
        cloud = article()
        self.elsewhere(cloud, *subnets)
        assert calls(fix(cloud, "target-zone-not-enabled")) == []

    def test_nor_are_the_allocations_of_public_addresses(self) -> None:
        cloud = article()
        self.elsewhere(cloud, "target-1d")
        meant = intent(cloud)
        cloud.balancers[0]["Scheme"] = "internet-facing"
        for zone in cloud.balancers[0]["AvailabilityZones"]:
            zone["LoadBalancerAddresses"] = [{"IpAddress": "203.0.113.7", "AllocationId": "eipalloc-1"}]
        assert calls(fix(cloud, "target-zone-not-enabled", meant=meant)) == []
