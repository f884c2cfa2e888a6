"""Calls that change something, applied to a recording."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import Any

import pytest
from botocore import validate

from nlbcheck.aws.apply import CHANGES, apply
from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import Recording, document
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from tests.aws.every_network import diagnosis
from tests.aws.lookups import asked
from tests.aws.replay import Replay
from tests.aws.test_snapshot import misspelt, model
from tests.diagnosis.diagnosing import TABLE
from tests.scenarios.article import article
from tests.scenarios.article_by_transit import behind_transit
from tests.scenarios.cloud import acl_entry, made_id, permission

HOME = AccountRegion("123456789012", "ap-northeast-1")
CLOUD = article()
CLOUD.target_group("spare", made_id("vpc", "vpc-2"), 443)
CLOUD.subnet("private-1d-1", made_id("vpc", "vpc-2"), "172.31.144.0/24", "d")
CLOUD.network_acl("strict", made_id("vpc", "vpc-2"), entries=[acl_entry(100, False, "allow", ports=(22, 22))])
RECORDING = CLOUD.recording()
TRANSIT = behind_transit().recording()
NLB = CLOUD.balancers[0]["LoadBalancerArn"]
GROUPS = {group["TargetGroupName"]: group["TargetGroupArn"] for group in CLOUD.groups}
LISTENERS = {listener["Port"]: listener["ListenerArn"] for listener in CLOUD.listeners[NLB]}
SERVERS, CLIENTS = made_id("sg", "targets"), made_id("sg", "client")
NODE_TABLE, VGW, VPN = (
    made_id("rtb", "private-1a-1"),
    made_id("vgw", "on-premises"),
    made_id("vpn", "on-premises"),
)
PCX, ACL = made_id("pcx", "vpc-1-to-vpc-2"), made_id("acl", "vpc-2-default")
HUB, HUB_VPC, HUB_VPN = (
    made_id("tgw-rtb", "hub"),
    made_id("tgw-attach", "vpc-1"),
    made_id("tgw-attach", "over-hub"),
)


def rule(*nodes: str, port: int) -> dict[str, Any]:
    return permission("tcp", *nodes, port=port)


def route(**fields: Any) -> dict[str, Any]:
    return {"RouteTableId": NODE_TABLE, "DestinationCidrBlock": "192.168.0.0/16", **fields}


def entry(**fields: Any) -> dict[str, Any]:
    ports = {"PortRange": {"From": 1024, "To": 65535}, "CidrBlock": "0.0.0.0/0", "RuleAction": "deny"}
    return {"NetworkAclId": ACL, "RuleNumber": 50, "Egress": True, "Protocol": "6", **ports, **fields}


def group(**fields: Any) -> dict[str, Any]:
    return {"TargetGroupArn": GROUPS["example-tg-10022"], **fields}


TARGET = {"Id": "172.31.129.10", "Port": 22}
FORWARD = {"DefaultActions": [{"Type": "forward", "TargetGroupArn": GROUPS["spare"]}]}
HUB_ROUTE = {"TransitGatewayRouteTableId": HUB, "DestinationCidrBlock": "10.0.0.0/16"}

ONE_NODE = {"GroupId": SERVERS, "IpPermissions": [rule("172.31.136.10/32", port=80)]}

# There and back again: the state after both calls is the state before.
ROUND_TRIPS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("RevokeSecurityGroupIngress", ONE_NODE,
     "AuthorizeSecurityGroupIngress", ONE_NODE),
    ("RevokeSecurityGroupEgress", {"GroupId": CLIENTS, "IpPermissions": [permission("-1", "0.0.0.0/0")]},
     "AuthorizeSecurityGroupEgress", {"GroupId": CLIENTS, "IpPermissions": [permission("-1", "0.0.0.0/0")]}),
    ("CreateNetworkAclEntry", entry(), "DeleteNetworkAclEntry",
     {"NetworkAclId": ACL, "RuleNumber": 50, "Egress": True}),
    ("ReplaceNetworkAclEntry", entry(RuleNumber=100, RuleAction="deny"), "ReplaceNetworkAclEntry",
     {"NetworkAclId": ACL, "RuleNumber": 100, "Egress": True, "Protocol": "-1", "CidrBlock": "0.0.0.0/0",
      "RuleAction": "allow"}),
    ("DisassociateRouteTable",
     {"AssociationId": made_id("rtbassoc", "private-1a-1" + made_id("subnet", "private-1a-1"))},
     "AssociateRouteTable", {"RouteTableId": NODE_TABLE, "SubnetId": made_id("subnet", "private-1a-1")}),
    ("DeleteVpnConnectionRoute", {"VpnConnectionId": VPN, "DestinationCidrBlock": "10.0.0.0/16"},
     "CreateVpnConnectionRoute", {"VpnConnectionId": VPN, "DestinationCidrBlock": "10.0.0.0/16"}),
    ("DisableVgwRoutePropagation", {"RouteTableId": NODE_TABLE, "GatewayId": VGW},
     "EnableVgwRoutePropagation", {"RouteTableId": NODE_TABLE, "GatewayId": VGW}),
    ("ModifyVpnConnectionOptions", {"VpnConnectionId": VPN, "LocalIpv4NetworkCidr": "10.9.0.0/16"},
     "ModifyVpnConnectionOptions", {"VpnConnectionId": VPN, "LocalIpv4NetworkCidr": "0.0.0.0/0"}),
    ("ModifyListener", {"ListenerArn": LISTENERS[10022], "Port": 10023},
     "ModifyListener", {"ListenerArn": LISTENERS[10022], "Port": 10022}),
    ("ModifyTargetGroupAttributes",
     group(Attributes=[{"Key": "preserve_client_ip.enabled", "Value": "true"}]),
     "ModifyTargetGroupAttributes",
     group(Attributes=[{"Key": "preserve_client_ip.enabled", "Value": "false"}])),
    ("ModifyLoadBalancerAttributes",
     {"LoadBalancerArn": NLB, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]},
     "ModifyLoadBalancerAttributes",
     {"LoadBalancerArn": NLB, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]}),
    ("ModifyTargetGroup", group(HealthCheckPort="8080"), "ModifyTargetGroup",
     group(HealthCheckPort="traffic-port")),
    ("StopInstances", {"InstanceIds": [made_id("i", "client")]},
     "StartInstances", {"InstanceIds": [made_id("i", "client")]}),
    ("ModifyInstanceAttribute", {"InstanceId": made_id("i", "client"), "SourceDestCheck": {"Value": False}},
     "ModifyInstanceAttribute", {"InstanceId": made_id("i", "client"), "SourceDestCheck": {"Value": True}}),
    ("ModifyNetworkInterfaceAttribute",
     {"NetworkInterfaceId": made_id("eni", "target-server-1-eth0"), "Groups": [CLIENTS]},
     "ModifyNetworkInterfaceAttribute",
     {"NetworkInterfaceId": made_id("eni", "target-server-1-eth0"), "Groups": [SERVERS]}),
]  # fmt: skip


def service(operation: str) -> str:
    return next(name for name, known in CHANGES if known == operation)


def changed(recording: Recording, operation: str, parameters: dict[str, Any]) -> Recording:
    """Apply a call that boto3 would take; the answers afterwards are such as AWS gives."""
    shapes = model(service(operation)).operation_model(operation)
    report = validate.ParamValidator().validate(parameters, shapes.input_shape)
    assert not report.has_errors(), report.generate_report()
    before = copy.deepcopy(document(recording))
    after = apply(recording, service(operation), operation, parameters)
    assert document(recording) == before
    for answer, old in zip(after.answers, recording.answers, strict=False):
        if answer is not old:
            shape = model(answer.service).operation_model(answer.operation).output_shape
            report = validate.ParamValidator().validate(dict(answer.response), shape)
            assert not report.has_errors(), report.generate_report()
            assert not list(misspelt(answer.response, shape))
    return after


@pytest.mark.parametrize("trip", ROUND_TRIPS, ids=lambda trip: trip[0])
def test_there_and_back_again(trip: tuple[str, dict[str, Any], str, dict[str, Any]]) -> None:
    before = asked(AwsState(RECORDING))
    there = changed(RECORDING, trip[0], trip[1])
    assert asked(AwsState(there)) != before
    back = asked(AwsState(changed(there, trip[2], trip[3])))
    assert comparable(back) == comparable(before)


def comparable(found: dict[str, Any]) -> dict[str, str]:
    """Return what was found without the order of rules and routes, which means nothing."""
    return {name: "".join(sorted(repr(value))) for name, value in found.items()}


def test_round_trip_over_answers_with_filters() -> None:
    collector = Collector({HOME: Replay(RECORDING)})
    collector.ask(partial(diagnosis, table=TABLE, rows=TABLE.rows))
    lean = collector.recording
    before = asked(AwsState(lean))
    for there, first, back, second in ROUND_TRIPS:
        if there != "DisassociateRouteTable":
            after = changed(changed(lean, there, first), back, second)
            assert comparable(asked(AwsState(after))) == comparable(before), there


def test_every_call_is_one_of_aws() -> None:
    for name, operation in CHANGES:
        assert operation in model(name).operation_names


def targets(recording: Recording, name: str) -> list[tuple[str, int | None, str | None, str | None]]:
    state = AwsState(recording)
    found = state.target_group(GROUPS[name])
    assert not isinstance(found, (Absent, NotVisible))
    listed = state.targets(found)
    assert isinstance(listed, tuple)
    return [(target.id, target.port, target.zone, target.state) for target in listed]


def routes(recording: Recording, table: str = NODE_TABLE) -> list[tuple[str, str | None]]:
    found = AwsState(recording).route_table(table)
    assert not isinstance(found, (Absent, NotVisible))
    return [(str(item.destination), item.target_id) for item in found.routes]


def test_routes() -> None:
    gone = changed(RECORDING, "DeleteRoute", route())
    assert "192.168.0.0/16" not in dict(routes(gone))
    made = changed(gone, "CreateRoute", route(VpcPeeringConnectionId="pcx-1"))
    assert ("192.168.0.0/16", "pcx-1") in routes(made)
    moved = changed(made, "ReplaceRoute", route(VpcPeeringConnectionId=PCX))
    assert sorted(routes(moved)) == sorted(routes(RECORDING))


def test_replace_associations() -> None:
    subnet = made_id("subnet", "private-1a-1")
    association = made_id("rtbassoc", "private-1a-1" + subnet)
    table = made_id("rtb", "targets")
    after = AwsState(
        changed(
            RECORDING, "ReplaceRouteTableAssociation", {"AssociationId": association, "RouteTableId": table}
        )
    )
    found = after.subnet(subnet)
    assert not isinstance(found, (Absent, NotVisible))
    assert getattr(after.route_table_of(found), "id", None) == table
    strict = {"AssociationId": made_id("aclassoc", subnet), "NetworkAclId": made_id("acl", "strict")}
    after = AwsState(changed(RECORDING, "ReplaceNetworkAclAssociation", strict))
    assert getattr(after.network_acl_of(found), "id", None) == made_id("acl", "strict")


def test_peering_is_accepted() -> None:
    cloud = article()
    peering = cloud.find("DescribeVpcPeeringConnections", PCX)
    peering["Status"] = {"Code": "pending-acceptance", "Message": "Pending Acceptance"}
    del peering["AccepterVpcInfo"]["CidrBlockSet"]
    after = AwsState(
        changed(cloud.recording(), "AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PCX})
    )
    found = after.peering(PCX)
    assert found == AwsState(article().recording()).peering(PCX) or getattr(found, "status", None) == "active"
    with pytest.raises(RefusedError, match="InvalidStateTransition"):
        changed(RECORDING, "AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PCX})


def test_vpn_gateway_is_attached() -> None:
    cloud = article()
    cloud.find("DescribeVpnGateways", VGW)["VpcAttachments"] = []
    vpc = made_id("vpc", "vpc-2")
    recording = cloud.recording()
    before = AwsState(recording).vpc(vpc)
    assert not isinstance(before, (Absent, NotVisible))
    assert isinstance(AwsState(recording).vpn_gateway_of(before), Absent)
    after = changed(recording, "AttachVpnGateway", {"VpnGatewayId": VGW, "VpcId": vpc})
    assert getattr(AwsState(after).vpn_gateway_of(before), "id", None) == VGW
    with pytest.raises(RefusedError):
        changed(after, "AttachVpnGateway", {"VpnGatewayId": VGW, "VpcId": vpc})


def test_listeners_come_and_go() -> None:
    made = changed(
        RECORDING, "CreateListener", {"LoadBalancerArn": NLB, "Protocol": "TCP", "Port": 40443, **FORWARD}
    )
    state = AwsState(made)
    balancer = state.load_balancer_named("example-nlb")
    assert not isinstance(balancer, (Absent, NotVisible))
    listener = state.listener_on(balancer, 40443)
    assert not isinstance(listener, (Absent, NotVisible))
    assert [one.arn for one in listener.groups] == [GROUPS["spare"]]
    assert state.rules(listener) == ()
    behind = state.target_groups(balancer)
    assert isinstance(behind, tuple)
    assert "spare" in [one.name for one in behind]
    gone = changed(made, "DeleteListener", {"ListenerArn": listener.arn})
    assert comparable(asked(AwsState(gone))) == comparable(asked(AwsState(RECORDING)))
    with pytest.raises(RefusedError, match="DuplicateListener"):
        changed(
            RECORDING, "CreateListener", {"LoadBalancerArn": NLB, "Protocol": "TCP", "Port": 10022, **FORWARD}
        )


def test_a_group_without_a_listener_is_unused() -> None:
    gone = changed(RECORDING, "DeleteListener", {"ListenerArn": LISTENERS[10022]})
    assert targets(gone, "example-tg-10022") == [("172.31.129.10", 22, "ap-northeast-1a", "unused")]


def test_targets_come_and_go() -> None:
    empty = changed(RECORDING, "DeregisterTargets", group(Targets=[TARGET]))
    assert targets(empty, "example-tg-10022") == []
    full = changed(empty, "RegisterTargets", group(Targets=[TARGET]))
    assert targets(full, "example-tg-10022") == [("172.31.129.10", 22, "ap-northeast-1a", "initial")]
    with pytest.raises(RefusedError, match="ValidationError"):
        changed(RECORDING, "RegisterTargets", group(Targets=[{"Id": "10.0.0.10"}]))
    outside = group(Targets=[{"Id": "10.0.0.10", "AvailabilityZone": "all"}])
    assert ("10.0.0.10", 22, "all", "initial") in targets(
        changed(RECORDING, "RegisterTargets", outside), "example-tg-10022"
    )


def test_security_groups_of_a_balancer() -> None:
    wanted = {"LoadBalancerArn": NLB, "SecurityGroups": [SERVERS]}
    with pytest.raises(RefusedError, match="InvalidConfigurationRequest"):
        changed(RECORDING, "SetSecurityGroups", wanted)
    cloud = article()
    cloud.balancers[0]["SecurityGroups"] = [CLIENTS]
    state = AwsState(changed(cloud.recording(), "SetSecurityGroups", wanted))
    balancer = state.load_balancer_named("example-nlb")
    assert not isinstance(balancer, (Absent, NotVisible))
    assert balancer.group_ids == (SERVERS,)
    interfaces = state.interfaces_of_balancer(balancer)
    assert isinstance(interfaces, tuple)
    assert {interface.group_ids for interface in interfaces} == {(SERVERS,)}


def test_subnets_of_a_balancer() -> None:
    subnets = [made_id("subnet", name) for name in ("private-1a-1", "private-1d-1")]
    state = AwsState(changed(RECORDING, "SetSubnets", {"LoadBalancerArn": NLB, "Subnets": subnets}))
    balancer = state.load_balancer_named("example-nlb")
    assert not isinstance(balancer, (Absent, NotVisible))
    nodes = state.nodes(balancer)
    assert isinstance(nodes, tuple)
    assert [(node.zone, str(node.address)) for node in nodes] == [
        ("ap-northeast-1a", "172.31.128.10"),
        ("ap-northeast-1d", "172.31.144.4"),
    ]


def test_transit_gateway_routes() -> None:
    def towards(recording: Recording) -> list[str | None]:
        found = AwsState(recording).transit_routes(HUB, ip_address("10.0.0.10"))
        assert isinstance(found, tuple)
        return [route.state for route in found]

    gone = changed(TRANSIT, "DeleteTransitGatewayRoute", HUB_ROUTE)
    assert towards(gone) == []
    hole = changed(gone, "CreateTransitGatewayRoute", {**HUB_ROUTE, "Blackhole": True})
    assert towards(hole) == ["blackhole"]
    back = changed(hole, "ReplaceTransitGatewayRoute", {**HUB_ROUTE, "TransitGatewayAttachmentId": HUB_VPN})
    assert AwsState(back).transit_routes(HUB, ip_address("10.0.0.10")) == AwsState(TRANSIT).transit_routes(
        HUB, ip_address("10.0.0.10")
    )


def test_transit_gateway_attachments() -> None:
    cloud = behind_transit()
    del cloud.find("DescribeTransitGatewayAttachments", HUB_VPC)["Association"]
    recording = cloud.recording()
    assert isinstance(AwsState(recording).transit_association(HUB_VPC), Absent)
    wanted = {"TransitGatewayRouteTableId": HUB, "TransitGatewayAttachmentId": HUB_VPC}
    after = AwsState(changed(recording, "AssociateTransitGatewayRouteTable", wanted))
    assert getattr(after.transit_association(HUB_VPC), "route_table_id", None) == HUB
    subnets = {"AddSubnetIds": ["subnet-1"], "RemoveSubnetIds": [made_id("subnet", "client-1a")]}
    modified = changed(
        recording, "ModifyTransitGatewayVpcAttachment", {"TransitGatewayAttachmentId": HUB_VPC, **subnets}
    )
    assert getattr(AwsState(modified).transit_vpc_attachment(HUB_VPC), "subnet_ids", None) == ("subnet-1",)


def test_an_internet_gateway_is_attached() -> None:
    cloud = article()
    vpc = made_id("vpc", "vpc-1")
    gateway = cloud.internet_gateway("way-out", vpc)
    cloud.find("DescribeInternetGateways", gateway)["Attachments"] = []
    cloud.route(made_id("rtb", "client"), "0.0.0.0/0", gateway, state="blackhole")
    recording = cloud.recording()
    wanted = {"InternetGatewayId": gateway, "VpcId": vpc}
    after = changed(recording, "AttachInternetGateway", wanted)
    state = AwsState(after)
    found = state.vpc(vpc)
    assert not isinstance(found, (Absent, NotVisible))
    assert isinstance(AwsState(recording).internet_gateway_of(found), Absent)
    assert getattr(state.internet_gateway_of(found), "id", None) == gateway
    table = state.route_table(made_id("rtb", "client"))
    assert not isinstance(table, (Absent, NotVisible))
    assert [item.state for item in table.routes if item.target_id == gateway] == ["active"]
    with pytest.raises(RefusedError, match="AlreadyAssociated"):
        changed(after, "AttachInternetGateway", wanted)
    with pytest.raises(RefusedError, match="InvalidVpcID"):
        changed(recording, "AttachInternetGateway", {**wanted, "VpcId": "vpc-0"})
    second = cloud.internet_gateway("second", made_id("vpc", "vpc-2"))
    with pytest.raises(RefusedError, match="InvalidParameterValue"):
        changed(cloud.recording(), "AttachInternetGateway", {**wanted, "VpcId": made_id("vpc", "vpc-2")})
    assert second != gateway


@pytest.mark.parametrize("defaults", ["enable", "disable"])
def test_a_vpc_attachment_is_accepted(defaults: str) -> None:
    cloud = behind_transit()
    for operation in ("DescribeTransitGatewayAttachments", "DescribeTransitGatewayVpcAttachments"):
        cloud.find(operation, HUB_VPC)["State"] = "pendingAcceptance"
    del cloud.find("DescribeTransitGatewayAttachments", HUB_VPC)["Association"]
    [gateway] = cloud.objects["DescribeTransitGateways"]
    gateway["Options"] |= {key: defaults for key in gateway["Options"] if key.startswith("DefaultRoute")}
    cloud.transit_routes[HUB] = []
    vpc = cloud.find("DescribeTransitGatewayVpcAttachments", HUB_VPC)["VpcId"]
    for table in cloud.objects["DescribeRouteTables"]:
        for route in table["Routes"]:
            if "TransitGatewayId" in route:
                route["State"] = "blackhole"
    after = changed(
        cloud.recording(), "AcceptTransitGatewayVpcAttachment", {"TransitGatewayAttachmentId": HUB_VPC}
    )
    state = AwsState(after)
    assert getattr(state.transit_vpc_attachment(HUB_VPC), "state", None) == "available"
    assert getattr(state.transit_attachment(HUB_VPC), "state", None) == "available"
    states = {
        (table["VpcId"] == vpc, route["State"])
        for answer in after.answers
        for table in answer.response.get("RouteTables", ())
        for route in table["Routes"]
        if "TransitGatewayId" in route
    }
    assert (True, "active") in states
    assert (True, "blackhole") not in states
    assert (False, "active") not in states
    association = state.transit_association(HUB_VPC)
    announced = state.transit_routes(HUB, ip_address("192.168.1.214"))
    assert isinstance(announced, tuple)
    if defaults == "enable":
        assert getattr(association, "route_table_id", None) == HUB
        assert [(item.type, item.hops[0].attachment_id) for item in announced] == [("propagated", HUB_VPC)]
    else:
        assert isinstance(association, Absent)
        assert announced == ()
    with pytest.raises(RefusedError, match="IncorrectState"):
        changed(after, "AcceptTransitGatewayVpcAttachment", {"TransitGatewayAttachmentId": HUB_VPC})


def test_a_listener_forwards_to_a_group_whose_targets_were_not_recorded() -> None:
    spare = {"TargetGroupArn": GROUPS["spare"]}
    kept = tuple(answer for answer in RECORDING.answers if answer.parameters != spare)
    assert len(kept) < len(RECORDING.answers)
    wanted = {"ListenerArn": LISTENERS[10022], **FORWARD}
    after = AwsState(changed(replace(RECORDING, answers=kept), "ModifyListener", wanted))
    balancer = after.load_balancer(NLB)
    assert not isinstance(balancer, (Absent, NotVisible))
    listener = after.listener_on(balancer, 10022)
    assert [item.arn for item in getattr(listener, "groups", ())] == [GROUPS["spare"]]


def test_a_vpc_attachment_is_accepted_where_the_default_route_table_was_not_recorded() -> None:
    cloud = behind_transit()
    cloud.find("DescribeTransitGatewayVpcAttachments", HUB_VPC)["State"] = "pendingAcceptance"
    [gateway] = cloud.objects["DescribeTransitGateways"]
    gateway["Options"]["PropagationDefaultRouteTableId"] = made_id("tgw-rtb", "of-others")
    wanted = {"TransitGatewayAttachmentId": HUB_VPC}
    after = changed(cloud.recording(), "AcceptTransitGatewayVpcAttachment", wanted)
    assert getattr(AwsState(after).transit_vpc_attachment(HUB_VPC), "state", None) == "available"
    assert len(after.answers) == len(cloud.recording().answers)


def test_a_peering_of_transit_gateways_is_accepted() -> None:
    cloud = behind_transit()
    [gateway] = cloud.objects["DescribeTransitGateways"]
    link = made_id("tgw-attach", "link")
    sides = {
        f"{side}TgwInfo": {"TransitGatewayId": key, "OwnerId": cloud.account, "Region": cloud.region}
        for side, key in (("Requester", gateway["TransitGatewayId"]), ("Accepter", made_id("tgw", "other")))
    }
    pending = {"TransitGatewayAttachmentId": link, "State": "pendingAcceptance"}
    cloud.objects["DescribeTransitGatewayPeeringAttachments"].append({**pending, **sides})
    listed = {"TransitGatewayId": gateway["TransitGatewayId"], "ResourceType": "peering"}
    cloud.objects["DescribeTransitGatewayAttachments"].append({**pending, **listed})
    wanted = {"TransitGatewayAttachmentId": link}
    after = changed(cloud.recording(), "AcceptTransitGatewayPeeringAttachment", wanted)
    assert getattr(AwsState(after).transit_peering(link), "state", None) == "available"
    assert getattr(AwsState(after).transit_attachment(link), "state", None) == "available"
    with pytest.raises(RefusedError, match="IncorrectState"):
        changed(after, "AcceptTransitGatewayPeeringAttachment", wanted)


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("AuthorizeSecurityGroupIngress", {"GroupId": "sg-0", "IpPermissions": []}, "InvalidGroup.NotFound"),
        ("AuthorizeSecurityGroupIngress", ONE_NODE,
         "InvalidPermission.Duplicate"),
        ("RevokeSecurityGroupIngress", {"GroupId": SERVERS, "IpPermissions": [rule("10.0.0.1/32", port=80)]},
         "InvalidPermission.NotFound"),
        ("CreateRoute", route(VpcPeeringConnectionId=PCX), "RouteAlreadyExists"),
        ("CreateRoute", route(DestinationCidrBlock="172.31.0.0/16", VpcPeeringConnectionId=PCX),
         "RouteAlreadyExists"),
        ("CreateRoute", route(DestinationCidrBlock="10.1.0.0/16"), "MissingParameter"),
        ("DeleteRoute", route(DestinationCidrBlock="172.31.0.0/16"), "InvalidRoute.NotFound"),
        ("DeleteRoute", {}, "MissingParameter"),
        ("AssociateRouteTable", {"RouteTableId": NODE_TABLE, "SubnetId": made_id("subnet", "private-1a-1")},
         "Resource.AlreadyAssociated"),
        ("DeregisterTargets", group(Targets=[{"Id": "10.0.0.1"}]), "InvalidTarget"),
        ("RunInstances", {}, "UnsupportedOperation"),
    ],
)  # fmt: skip
def test_what_aws_refuses(operation: str, parameters: dict[str, Any], code: str) -> None:
    name = "elbv2" if "Target" in operation else "ec2"
    with pytest.raises(RefusedError) as caught:
        apply(RECORDING, name, operation, parameters)
    assert caught.value.code == code
