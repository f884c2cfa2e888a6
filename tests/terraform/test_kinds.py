"""Does each kind of resource do to AWS's answers what the calls do that Terraform makes for it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlbcheck.aws.apply import apply
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.internet_gateway import INTERNET_GATEWAY
from nlbcheck.aws.resources.nat_gateway import NAT_GATEWAY
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.transit_attachment import TRANSIT_ATTACHMENT
from nlbcheck.aws.resources.transit_vpc_attachment import TRANSIT_VPC_ATTACHMENT
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.writes.edited import EditedState
from nlbcheck.terraform import laying, show
from nlbcheck.terraform.kinds.known_kinds import KINDS, matters
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.truth_networks import NETWORKS
from tests.terraform.planning import Object, change, create, delete, plan, update
from tests.terraform.plans import SG, VGW, VPC_2, VPN


def laid(recording: Recording, *changes: Object) -> Recording:
    found = laying.lay(recording, show.of_plan(plan(*changes), "plan").changes)
    assert found.refused == ()
    return found.recording


def objects(recording: Recording, kind: Any) -> list[Any]:
    return list(EditedState(recording).objects(kind))


def transit() -> Cloud:
    return NETWORKS["transit"]().cloud


def public() -> Cloud:
    return NETWORKS["internet-facing"]().cloud


def test_a_transit_gateway_s_route_comes_and_goes() -> None:
    cloud = transit()
    state = cloud.recording()
    table, routes = next((key, routes) for key, routes in cloud.transit_routes.items() if routes)
    attachment = objects(state, TRANSIT_ATTACHMENT)[0]["TransitGatewayAttachmentId"]
    resource = {
        "id": "r", "transit_gateway_route_table_id": table, "destination_cidr_block": "10.77.0.0/16",
        "transit_gateway_attachment_id": attachment, "blackhole": False,
    }  # fmt: skip
    parameters = {
        "TransitGatewayRouteTableId": table, "DestinationCidrBlock": "10.77.0.0/16",
        "TransitGatewayAttachmentId": attachment,
    }  # fmt: skip
    more = laid(state, create("aws_ec2_transit_gateway_route.r", resource))
    assert more == apply(state, "ec2", "CreateTransitGatewayRoute", parameters)
    assert laid(more, delete("aws_ec2_transit_gateway_route.r", resource)) == state
    assert routes


def test_an_attachment_loses_a_subnet_and_its_vpc() -> None:
    state = transit().recording()
    attachment = objects(state, TRANSIT_VPC_ATTACHMENT)[0]
    resource = {
        "id": attachment["TransitGatewayAttachmentId"], "vpc_id": attachment["VpcId"],
        "transit_gateway_id": attachment["TransitGatewayId"], "subnet_ids": attachment["SubnetIds"],
        "appliance_mode_support": attachment["Options"]["ApplianceModeSupport"],
    }  # fmt: skip
    gone = attachment["SubnetIds"][0]
    less = laid(
        state,
        update("aws_ec2_transit_gateway_vpc_attachment.a", resource, subnet_ids=attachment["SubnetIds"][1:]),
    )
    parameters = {
        "TransitGatewayAttachmentId": attachment["TransitGatewayAttachmentId"], "RemoveSubnetIds": [gone],
    }  # fmt: skip
    assert less == apply(state, "ec2", "ModifyTransitGatewayVpcAttachment", parameters)
    without = AwsState(laid(state, delete("aws_ec2_transit_gateway_vpc_attachment.a", resource)))
    found = without.transit_vpc_attachment(attachment["TransitGatewayAttachmentId"])
    assert found.state == "deleted"  # type: ignore[union-attr]


def test_an_attachment_changes_its_route_table_and_what_it_announces() -> None:
    cloud = transit()
    state = cloud.recording()
    vpc = next(item for item in objects(state, TRANSIT_ATTACHMENT) if item["ResourceType"] == "vpc")
    own = {
        "transit_gateway_attachment_id": vpc["TransitGatewayAttachmentId"],
        "transit_gateway_route_table_id": vpc["Association"]["TransitGatewayRouteTableId"],
    }  # fmt: skip
    kind = "aws_ec2_transit_gateway_route_table_association"
    apart = laid(state, delete(f"{kind}.a", own))
    assert laid(apart, create(f"{kind}.a", own)) == state
    for table, routes in cloud.transit_routes.items():
        key = vpc["TransitGatewayAttachmentId"]
        told = [
            route
            for route in routes
            if route["Type"] == "propagated"
            and route["TransitGatewayAttachments"][0]["TransitGatewayAttachmentId"] == key
        ]
        if told:
            resource = {"transit_gateway_attachment_id": key, "transit_gateway_route_table_id": table}
            silent = laid(state, delete("aws_ec2_transit_gateway_route_table_propagation.p", resource))
            assert silent != state
            again = laid(silent, create("aws_ec2_transit_gateway_route_table_propagation.p", resource))
            assert sorted(map(str, _routes(again, table))) == sorted(map(str, _routes(state, table)))


def _routes(recording: Recording, table: str) -> list[Any]:
    return next(
        list(answer.response["Routes"])
        for answer in recording.answers
        if answer.parameters.get("TransitGatewayRouteTableId") == table
    )


def test_gateways_to_the_internet() -> None:
    state = public().recording()
    gateway, nat = objects(state, INTERNET_GATEWAY)[0], objects(state, NAT_GATEWAY)[0]
    key, vpc = gateway["InternetGatewayId"], gateway["Attachments"][0]["VpcId"]
    attachment = {"id": f"{key}:{vpc}", "internet_gateway_id": key, "vpc_id": vpc}
    apart = laid(state, delete("aws_internet_gateway_attachment.a", attachment))
    assert objects(apart, INTERNET_GATEWAY)[0]["Attachments"] == []
    assert _targets(apart, key) == {"blackhole"}
    assert laid(apart, create("aws_internet_gateway_attachment.a", attachment)) == state
    without = laid(state, delete("aws_nat_gateway.n", {"id": nat["NatGatewayId"]}))
    assert nat["NatGatewayId"] not in {item["NatGatewayId"] for item in objects(without, NAT_GATEWAY)}
    assert _targets(without, nat["NatGatewayId"]) == {"blackhole"}


def _targets(recording: Recording, target: str) -> set[str]:
    return {
        route["State"]
        for table in objects(recording, ROUTE_TABLE)
        for route in table["Routes"]
        if target in route.values()
    }


def test_a_vpc_with_its_subnets_has_what_aws_gives_it() -> None:
    """A new subnet uses the new VPC's main route table and default network ACL."""
    state = article().recording()
    made = [
        create("aws_vpc.new", {"cidr_block": "10.5.0.0/16"}, {"main_route_table_id": True}),
        create(
            "aws_subnet.new",
            {
                "cidr_block": "10.5.1.0/24",
                "availability_zone": "ap-northeast-1a",
                "vpc_id": "vpc-(aws_vpc.new)",
            },
        ),
    ]
    found = AwsState(laid(state, *made))
    subnet = found.subnet("subnet-(aws_subnet.new)")
    table: Any = found.route_table_of(subnet)  # type: ignore[arg-type]
    acl: Any = found.network_acl_of(subnet)  # type: ignore[arg-type]
    assert table.main
    assert [str(route.destination) for route in table.routes] == ["10.5.0.0/16"]
    assert acl.default
    assert {item["VpcId"] for item in objects(laid(state, *made), VPC)} >= {"vpc-(aws_vpc.new)", VPC_2}


def test_machines_come_with_an_interface_and_go_with_it() -> None:
    state = article().recording()
    subnet = objects(state, SUBNET)[0]["SubnetId"]
    made = create(
        "aws_instance.new",
        {"private_ip": "192.168.1.77", "subnet_id": subnet, "vpc_security_group_ids": [SG],
         "source_dest_check": True, "tags": {"Name": "new"}},
        {"primary_network_interface_id": True},
    )  # fmt: skip
    more = laid(state, made)
    [interface] = [item for item in objects(more, INTERFACE) if item["PrivateIpAddress"] == "192.168.1.77"]
    assert interface["Groups"] == [{"GroupId": SG}]
    found: Any = AwsState(more).instance("i-(aws_instance.new)")
    assert (found.name, str(found.address), found.state) == ("new", "192.168.1.77", "running")
    less = laid(more, delete("aws_instance.new", {"id": "i-(aws_instance.new)"}))
    assert not [item for item in objects(less, INTERFACE) if item["PrivateIpAddress"] == "192.168.1.77"]


def test_an_interface_in_and_out_of_a_group() -> None:
    state = article().recording()
    interface = next(item for item in objects(state, INTERFACE) if item["Groups"])
    other = made_id("sg", "vpc-2-default")
    resource = {"network_interface_id": interface["NetworkInterfaceId"], "security_group_id": other}
    more = laid(state, create("aws_network_interface_sg_attachment.a", resource))
    groups: Any = AwsState(more).interface(interface["NetworkInterfaceId"])
    assert other in groups.group_ids
    assert laid(more, delete("aws_network_interface_sg_attachment.a", resource)) == state


def test_a_peering_that_nobody_accepts_waits() -> None:
    state = article().recording()
    resource = {"vpc_id": made_id("vpc", "vpc-1"), "peer_vpc_id": VPC_2, "auto_accept": False}
    found: Any = AwsState(laid(state, create("aws_vpc_peering_connection.p", resource)))
    unknown = found.peering("pcx-(aws_vpc_peering_connection.p)")
    assert unknown.status == "pending-acceptance"
    accepter = {"vpc_peering_connection_id": "pcx-(aws_vpc_peering_connection.p)", "auto_accept": True}
    both = laid(
        state, create("aws_vpc_peering_connection.p", resource),
        create("aws_vpc_peering_connection_accepter.a", accepter),
    )  # fmt: skip
    accepted: Any = AwsState(both).peering("pcx-(aws_vpc_peering_connection.p)")
    assert accepted.status == "active"


def test_a_new_vpn_is_down_until_its_device_comes_up() -> None:
    state = article().recording()
    resource = {"vpn_gateway_id": VGW, "static_routes_only": True, "customer_gateway_id": "cgw-1"}
    found: Any = AwsState(laid(state, create("aws_vpn_connection.v", resource))).vpn_connection(
        "vpn-(aws_vpn_connection.v)"
    )
    assert {tunnel.status for tunnel in found.tunnels} == {"DOWN"}
    selector = update("aws_vpn_connection.v", {"id": VPN, "static_routes_only": True, "vpn_gateway_id": VGW},
                      remote_ipv4_network_cidr="10.1.0.0/16")  # fmt: skip
    narrow: Any = AwsState(laid(state, selector)).vpn_connection(VPN)
    assert str(narrow.aws_cidr) == "10.1.0.0/16"
    assert len(narrow.tunnels) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_nowhere_recorded_changes_nothing(kind: str) -> None:
    """Nobody has looked at it; what is asked later is changed then."""
    state = article().recording()
    strange = {name: f"{name}-of-nobody" for name in (
        "id", "arn", "vpc_id", "subnet_id", "route_table_id", "security_group_id", "network_acl_id",
        "load_balancer_arn", "target_group_arn", "target_id", "instance_id", "network_interface_id",
        "vpc_peering_connection_id", "transit_gateway_attachment_id", "transit_gateway_route_table_id",
        "vpn_connection_id", "internet_gateway_id", "vpn_gateway_id", "default_route_table_id",
        "default_network_acl_id", "lb_target_group_arn")}  # fmt: skip
    strange |= {"type": "ingress", "cidr_block": "10.1.0.0/16", "destination_cidr_block": "10.1.0.0/16"}
    laying_of: list[Callable[[], Recording]] = [
        lambda: laid(state, delete(f"{kind}.x", strange)),
        lambda: laid(state, update(f"{kind}.x", strange, tags={"a": "b"})),
    ]
    for lay in laying_of:
        assert lay().answers == state.answers


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_of_a_wrong_shape_is_a_fault_of_ours(kind: str) -> None:
    state = article().recording()
    for value in (None, 5, "x", [], [5], {}, {"x": 1}, True):
        strange = dict.fromkeys(
            ("id", "ingress", "route", "subnet_mapping", "default_action", "vpc_id"), value
        )
        made = plan(
            create(f"{kind}.x", strange), change(f"{kind}.y", ["update"], strange, {**strange, "a": 1})
        )
        laying.lay(state, show.of_plan(made, "plan").changes)


def test_kinds_that_matter_and_are_not_known_are_few_and_named() -> None:
    assert matters("aws_networkfirewall_rule_group")
    assert matters("aws_lb_listener_rule")
    assert matters("aws_vpc_endpoint")
    assert not matters("aws_iam_role")
    assert not matters("aws_route53_record")
    assert not any(matters(kind) for kind in KINDS)
