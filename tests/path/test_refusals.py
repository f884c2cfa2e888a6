"""Is every call told that AWS would refuse as things stand, and every call taken that it would not?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from nlbcheck.aws.recording import document, parse
from nlbcheck.aws.state import AwsState
from nlbcheck.lab.endpoint.allowed import REMEDIES
from nlbcheck.model import Call, Code, Finding, Leg, Remedy, Verdict
from nlbcheck.path.refusals import RULES, refusal, without_refused
from tests.path import networks
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, made_id
from tests.scenarios.mutations import Mutation, health, instance_is, named, peering_is
from tests.scenarios.mutations import group as group_of

UNCHECKED = {"AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress"}
"""What is refused for its parameters alone."""


@dataclass(frozen=True)
class Case:
    operation: str
    parameters: dict[str, Any]
    broken: Mutation
    why: str
    make: Callable[[], Cloud] = article
    needed: Mutation = lambda _: None
    """What must be so that the call is taken."""

    def __str__(self) -> str:
        return f"{self.operation}: {self.why}"

    @property
    def call(self) -> Call:
        service = "elbv2" if self.operation in REMEDIES["elbv2"] else "ec2"
        return Call(service, self.operation, self.parameters)

    def refusal(self, *mutations: Mutation) -> str | None:
        cloud = self.make()
        for mutate in mutations:
            mutate(cloud)
        return refusal(AwsState(cloud.recording()), self.call)


def both(one: Mutation, other: Mutation) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        one(cloud)
        other(cloud)

    return mutate


def nothing(_: Cloud) -> None:
    """Change nothing: what is asked for is refused as things are."""


def field(operation: str, name: str, **fields: Any) -> Mutation:
    return lambda cloud: named(cloud, operation, name).update(fields)


def hub() -> Cloud:
    return networks.transit().cloud


def hubs() -> Cloud:
    return networks.hubs().cloud


HUB = made_id("tgw", "hub")
HUB_TABLE = networks.table_of(hub(), "hub")
ONE, TWO = made_id("tgw-attach", "attachment-1"), made_id("tgw-attach", "attachment-2")
TABLE, PEERING = made_id("rtb", "client"), made_id("pcx", "vpc-1-to-vpc-2")
NODES_TABLE, VGW, VPN = (
    made_id("rtb", "private-1a-1"),
    made_id("vgw", "on-premises"),
    made_id("vpn", "on-premises"),
)
ROUTES, VPNS = "DescribeRouteTables", "DescribeVpnConnections"


def route(destination: str, table: str = TABLE, **target: str) -> dict[str, Any]:
    return {"RouteTableId": table, "DestinationCidrBlock": destination, **target}


def to_peering(destination: str) -> dict[str, Any]:
    return route(destination, VpcPeeringConnectionId=PEERING)


def instance_group(cloud: Cloud) -> None:
    cloud.groups[0]["TargetType"] = "instance"


def of_instances() -> Cloud:
    cloud = article()
    instance_group(cloud)
    return cloud


def quic(cloud: Cloud) -> None:
    cloud.groups[0]["Protocol"] = "TCP_QUIC"


ARTICLE = article()
GROUP, OTHER_GROUP = group_of(ARTICLE, 10022), group_of(ARTICLE, 10080)
BALANCER = str(ARTICLE.balancers[0]["LoadBalancerArn"])
LISTENER = str(ARTICLE.listeners[BALANCER][0]["ListenerArn"])
SERVER_1 = made_id("i", "target-server-1")
SUBNETS = [zone["SubnetId"] for zone in ARTICLE.balancers[0]["AvailabilityZones"]]


def register(**target: Any) -> dict[str, Any]:
    return {"TargetGroupArn": GROUP, "Targets": [target]}


def listener(protocol: str, port: int = 443, **more: Any) -> dict[str, Any]:
    action = {"Type": "forward", "TargetGroupArn": GROUP}
    return {
        "LoadBalancerArn": BALANCER, "Protocol": protocol, "Port": port, "DefaultActions": [action], **more
    }  # fmt: skip


def modified(**more: Any) -> dict[str, Any]:
    return {"ListenerArn": LISTENER, **more}


def weighted(*groups: str, **more: Any) -> list[dict[str, Any]]:
    tuples = [{"TargetGroupArn": arn, "Weight": 1} for arn in groups]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples, **more}}]


def sticky(cloud: Cloud) -> None:
    cloud.attributes[OTHER_GROUP]["stickiness.enabled"] = "true"


def subnets(*keys: str) -> dict[str, Any]:
    return {"LoadBalancerArn": BALANCER, "SubnetMappings": [{"SubnetId": key} for key in keys]}


def third_zone(cloud: Cloud) -> None:
    cloud.subnet("private-1d", made_id("vpc", "vpc-2"), "172.31.144.0/24", "d")


def balancer_is(state: str) -> Mutation:
    return lambda cloud: cloud.balancers[0].update(State={"Code": state})


def full(cloud: Cloud) -> None:
    for port in range(40001, 40001 + 45):
        cloud.listener(BALANCER, port, GROUP)


def another_gateway(cloud: Cloud) -> None:
    cloud.vpn_gateway("another", made_id("vpc", "vpc-1"))


def gateway_free(cloud: Cloud) -> None:
    named(cloud, "DescribeVpnGateways", "on-premises")["VpcAttachments"] = []


def internet() -> Cloud:
    return networks.internet().cloud


IGW, VPC_1 = made_id("igw", "internet"), made_id("vpc", "vpc-1")


def detached(cloud: Cloud) -> None:
    named(cloud, "DescribeInternetGateways", "internet")["Attachments"] = []


def second_internet(cloud: Cloud) -> None:
    detached(cloud)
    cloud.internet_gateway("second", VPC_1)


def transit_route(destination: str, attachment: str = TWO) -> dict[str, Any]:
    return {
        "TransitGatewayRouteTableId": HUB_TABLE,
        "DestinationCidrBlock": destination,
        "TransitGatewayAttachmentId": attachment,
    }


def static(destination: str) -> Mutation:
    return lambda cloud: cloud.transit_route(HUB_TABLE, destination, ONE)


def attachment_is(state: str, name: str = "attachment-2") -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for operation in ("DescribeTransitGatewayAttachments", "DescribeTransitGatewayVpcAttachments"):
            named(cloud, operation, name)["State"] = state

    return mutate


def unassociated(cloud: Cloud) -> None:
    del named(cloud, "DescribeTransitGatewayAttachments", "attachment-2")["Association"]


def other_net(cloud: Cloud) -> None:
    cloud.subnet("net-2c", made_id("vpc", "vpc-2"), "10.2.2.0/24", "c")


def second_net(cloud: Cloud) -> None:
    cloud.subnet("net-2c", made_id("vpc", "vpc-2"), "10.2.2.0/24", "a")


def foreign_net(cloud: Cloud) -> None:
    cloud.subnet("net-2c", made_id("vpc", "vpc-1"), "10.1.2.0/24", "c")


LINK = made_id("tgw-attach", "link-at-accepter")
LINKS = "DescribeTransitGatewayPeeringAttachments"


def links_are(state: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for item in cloud.objects[LINKS]:
            item["State"] = state

    return mutate


ADD = {"TransitGatewayAttachmentId": TWO, "AddSubnetIds": [made_id("subnet", "net-2c")]}
LEARN = "EnableTransitGatewayRouteTablePropagation"
LEARNING = {"TransitGatewayRouteTableId": HUB_TABLE, "TransitGatewayAttachmentId": TWO}


def nothing_learned(cloud: Cloud) -> None:
    cloud.transit_routes[HUB_TABLE].clear()


VPN_ROUTE = {"VpnConnectionId": VPN, "DestinationCidrBlock": "10.7.0.0/16"}
VPN_OPTIONS = {"VpnConnectionId": VPN, "LocalIpv4NetworkCidr": "10.0.0.0/8"}
NODE_INTERFACE = next(
    item["NetworkInterfaceId"]
    for item in ARTICLE.objects["DescribeNetworkInterfaces"]
    if item["InterfaceType"] == "network_load_balancer"
)


def acl_entry(number: int) -> dict[str, Any]:
    acl = ARTICLE.objects["DescribeNetworkAcls"][0]["NetworkAclId"]
    return {
        "NetworkAclId": acl,
        "RuleNumber": number,
        "Egress": False,
        "Protocol": "6",
        "RuleAction": "allow",
    }


CASES = (
    Case("CreateRoute", to_peering("172.31.128.0/24"), lambda c: c.route(TABLE, "172.31.128.0/24", PEERING),
         "already has a route 172.31.128.0/24"),
    Case("CreateRoute", to_peering("172.31.128.0/24"), peering_is("deleted"), "is deleted"),
    Case("CreateRoute", to_peering("172.31.128.0/24"), peering_is("rejected"), "is rejected"),
    Case("CreateRoute", to_peering("192.168.1.0/25"), nothing, "inside the range of"),
    Case("CreateRoute", route("172.31.0.0/24", made_id("rtb", "table-1"), TransitGatewayId=HUB),
         attachment_is("deleted", "attachment-1"), "is deleted", hub),
    Case("CreateRoute", route("172.31.0.0/24", made_id("rtb", "table-1"), TransitGatewayId=HUB),
         lambda c: c.objects["DescribeTransitGatewayVpcAttachments"].clear(), "is not attached", hub),
    Case("CreateRoute", route("10.5.0.0/16", NODES_TABLE, GatewayId=VGW), gateway_free, "is not attached"),
    Case("CreateRoute", route("10.5.0.0/16", NODES_TABLE, GatewayId=VGW),
         field("DescribeVpnGateways", "on-premises", State="deleting"), "is deleting"),
    Case("CreateRoute", route("8.8.8.8/32", made_id("rtb", "table-1"), GatewayId=IGW), detached,
         "is not attached", internet),
    Case("CreateRoute", route("10.5.0.0/16", NODES_TABLE, VpcPeeringConnectionId=made_id("pcx", "other")),
         lambda c: c.peering("other", c.vpc("x", "10.50.0.0/16"), c.vpc("y", "10.51.0.0/16")),
         "is not a peering connection of"),
    Case("ReplaceRoute", to_peering("172.31.0.0/16"), lambda c: named(c, ROUTES, "client")["Routes"].pop(),
         "no route 172.31.0.0/16 to replace"),
    Case("ReplaceRoute", route("10.0.0.0/16", NODES_TABLE, GatewayId=VGW), nothing,
         "no route 10.0.0.0/16 to replace"),
    Case("EnableVgwRoutePropagation", {"RouteTableId": NODES_TABLE, "GatewayId": VGW}, gateway_free,
         "is not attached"),
    Case("AttachVpnGateway", {"VpnGatewayId": VGW, "VpcId": VPC_1}, lambda _: None, "is already attached to",
         article),
    Case("AttachVpnGateway", {"VpnGatewayId": VGW, "VpcId": VPC_1},
         both(gateway_free, another_gateway), "has vgw-", needed=gateway_free),
    Case("AttachVpnGateway", {"VpnGatewayId": VGW, "VpcId": VPC_1},
         field("DescribeVpnGateways", "on-premises", State="deleted"), "is deleted", needed=gateway_free),
    Case("AttachInternetGateway", {"InternetGatewayId": IGW, "VpcId": VPC_1},
         nothing, "is already attached to", internet),
    Case("AttachInternetGateway", {"InternetGatewayId": IGW, "VpcId": VPC_1}, second_internet, "has igw-",
         internet, needed=detached),
    Case("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PEERING}, nothing, "is active",
         needed=peering_is("pending-acceptance")),
    Case("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PEERING}, peering_is("expired"),
         "is expired", needed=peering_is("pending-acceptance")),
    Case("StartInstances", {"InstanceIds": [SERVER_1]}, instance_is("target-server-1", "stopping"),
         "is stopping", needed=instance_is("target-server-1", "stopped")),
    Case("ModifyNetworkInterfaceAttribute", {"NetworkInterfaceId": NODE_INTERFACE,
         "SourceDestCheck": {"Value": False}}, nothing, "is managed by AWS"),
    Case("CreateNetworkAclEntry", acl_entry(100), nothing, "already has a rule 100"),
    Case("CreateNetworkAclEntry", acl_entry(0), nothing, "is not a valid rule number"),
    Case("CreateVpnConnectionRoute", VPN_ROUTE,
         lambda c: named(c, VPNS, "on-premises")["Options"].update(StaticRoutesOnly=False),
         "takes no static routes"),
    Case("CreateVpnConnectionRoute", VPN_ROUTE,
         field("DescribeVpnConnections", "on-premises", State="deleted"), "is deleted"),
    Case("CreateVpnConnectionRoute", {**VPN_ROUTE, "DestinationCidrBlock": "10.0.0.0/16"}, nothing,
         "already has a route 10.0.0.0/16"),
    Case("ModifyVpnConnectionOptions", VPN_OPTIONS,
         field("DescribeVpnConnections", "on-premises", State="deleting"), "is deleting"),
    Case("AcceptTransitGatewayVpcAttachment", {"TransitGatewayAttachmentId": TWO}, nothing, "is available",
         hub, needed=attachment_is("pendingAcceptance")),
    Case("AcceptTransitGatewayPeeringAttachment", {"TransitGatewayAttachmentId": LINK}, nothing,
         "is available", hubs, needed=links_are("pendingAcceptance")),
    Case("AssociateTransitGatewayRouteTable",
         {"TransitGatewayRouteTableId": HUB_TABLE, "TransitGatewayAttachmentId": TWO}, nothing,
         f"is already associated with {HUB_TABLE}", hub, needed=unassociated),
    Case("AssociateTransitGatewayRouteTable",
         {"TransitGatewayRouteTableId": HUB_TABLE, "TransitGatewayAttachmentId": TWO},
         both(unassociated, attachment_is("deleting")), "is deleting", hub, needed=unassociated),
    Case(LEARN, LEARNING, nothing, "already has the routes of", hub, needed=nothing_learned),
    Case(LEARN, LEARNING, both(nothing_learned, attachment_is("deleting")), "is deleting", hub,
         needed=nothing_learned),
    Case("CreateTransitGatewayRoute", transit_route("10.2.1.0/24"), static("10.2.1.0/24"),
         "already has a static route 10.2.1.0/24", hub),
    Case("CreateTransitGatewayRoute", transit_route("10.2.1.0/24"), attachment_is("deleted"), "is deleted",
         hub),
    Case("ReplaceTransitGatewayRoute", transit_route("10.2.0.0/16"), nothing, "no static route", hub,
         needed=static("10.2.0.0/16")),
    Case("ReplaceTransitGatewayRoute", transit_route("10.2.0.0/16"),
         both(static("10.2.0.0/16"), attachment_is("failed")), "is failed", hub,
         needed=static("10.2.0.0/16")),
    Case("ModifyTransitGatewayVpcAttachment", ADD, second_net, "already has a subnet in ap-northeast-1a", hub,
         needed=other_net),
    Case("ModifyTransitGatewayVpcAttachment", ADD, foreign_net, "is not in vpc-", hub, needed=other_net),
    Case("ModifyTransitGatewayVpcAttachment", ADD, both(other_net, attachment_is("deleting")),
         "is deleting", hub, needed=other_net),
    Case("RegisterTargets", register(Id="172.31.129.10", Port=22), instance_group, "of type instance"),
    Case("RegisterTargets", register(Id=SERVER_1, Port=22), nothing, "of type ip", needed=instance_group),
    Case("RegisterTargets", register(Id=SERVER_1, Port=22, AvailabilityZone="all"), nothing,
         "take no Availability Zone", of_instances),
    Case("RegisterTargets", register(Id=SERVER_1, Port=22),
         both(instance_group, instance_is("target-server-1", "stopped")), "is stopped",
         needed=instance_group),
    Case("RegisterTargets", register(Id="10.0.0.10", Port=22), nothing, "needs an Availability Zone"),
    Case("RegisterTargets", register(Id="172.31.200.10", Port=22), nothing, "needs an Availability Zone"),
    Case("RegisterTargets", register(Id="8.8.8.8", Port=22, AvailabilityZone="all"), nothing,
         "is a public address"),
    Case("RegisterTargets", register(Id="172.31.129.10", Port=22), quic, "need a QUIC server ID"),
    Case("RegisterTargets", register(Id="172.31.129.10", Port=22, QuicServerId="0x0123456789abcdef"), nothing,
         "takes no QUIC server ID", needed=quic),
    Case("DeregisterTargets", register(Id="172.31.129.99", Port=22), nothing, "is not registered"),
    Case("DeregisterTargets", register(Id="172.31.129.10", Port=22, AvailabilityZone="all"), nothing,
         "is not registered"),
    Case("DeregisterTargets", register(Id="172.31.129.10", Port=22), nothing, "is healthy",
         needed=health(10022, "unhealthy")),
    Case("DeregisterTargets", register(Id="172.31.129.10", Port=22), health(10022, "draining"),
         "is draining", needed=health(10022, "unused")),
    Case("DeregisterTargets", register(Id="172.31.129.10", Port=22), health(10022, "initial"),
         "is initial", needed=health(10022, "unhealthy")),
    Case("CreateListener", listener("TLS"), nothing, "needs a certificate"),
    Case("CreateListener", listener("TCP", 10022), nothing, "already has a listener on port 10022"),
    Case("CreateListener", listener("TCP"), balancer_is("failed"), "is failed"),
    Case("CreateListener", listener("TCP"), full, "which is the maximum"),
    Case("CreateListener", listener("UDP"), nothing, "a UDP listener cannot forward"),
    Case("CreateListener", listener("TCP"), lambda c: c.groups[0].update(LoadBalancerArns=[BALANCER + "x"]),
         "belongs to another load balancer"),
    Case("ModifyListener", modified(Protocol="TLS"), nothing, "needs a certificate"),
    Case("ModifyListener", modified(Protocol="UDP"), nothing, "a UDP listener cannot forward"),
    Case("ModifyListener", modified(DefaultActions=weighted(GROUP, OTHER_GROUP)), sticky, "stickiness is on"),
    Case("ModifyTargetGroupAttributes", {"TargetGroupArn": GROUP,
         "Attributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}]}, quic,
         "cannot be turned off"),
    Case("SetSubnets", subnets(SUBNETS[0]), nothing, "would remove"),
    Case("SetSubnets", subnets(*SUBNETS, made_id("subnet", "client-1a")), nothing, "takes subnets of"),
    Case("SetSubnets", subnets(*SUBNETS, made_id("subnet", "target-1a")), nothing, "at most one subnet"),
    Case("SetSubnets", subnets(*SUBNETS), balancer_is("provisioning"), "is provisioning"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_call_that_aws_refuses_is_told(case: Case) -> None:
    found = case.refusal(case.broken)
    assert found is not None
    assert case.why in found


def taken() -> Iterator[Case]:
    """Yield the calls that are refused for what is broken alone."""
    for case in CASES:
        if case.broken is not nothing or case.needed is not CASES[0].needed:
            yield case


@pytest.mark.parametrize("case", list(taken()), ids=str)
def test_the_same_call_is_taken_where_nothing_is_wrong(case: Case) -> None:
    if case.operation == "AttachVpnGateway" and "is already attached" in case.why:
        assert case.refusal(gateway_free) is None
    else:
        assert case.refusal(case.needed) is None


@pytest.mark.parametrize(
    ("operation", "parameters", "mutate"),
    [
        ("RegisterTargets", register(Id="10.0.0.10", Port=22, AvailabilityZone="all"), nothing),
        ("RegisterTargets", register(Id="172.31.200.10", Port=22, AvailabilityZone="all"), nothing),
        ("ModifyListener", modified(Protocol="TLS", Certificates=[{"CertificateArn": "arn:x"}]), nothing),
        ("ModifyListener", modified(DefaultActions=weighted(
            GROUP, OTHER_GROUP, TargetGroupStickinessConfig={"Enabled": True})), sticky),
        ("SetSubnets", subnets(*SUBNETS, made_id("subnet", "private-1d")), third_zone),
        ("CreateNetworkAclEntry", acl_entry(90), nothing),
    ],
)  # fmt: skip
def test_what_makes_it_right_is_taken(operation: str, parameters: dict[str, Any], mutate: Mutation) -> None:
    assert Case(operation, parameters, nothing, "").refusal(mutate) is None


def test_every_call_of_a_remedy_has_a_rule_that_can_fail() -> None:
    known = {operation for operations in REMEDIES.values() for operation in operations}
    assert {operation for _, operation in RULES} == known - UNCHECKED
    tried = {case.operation for case in CASES}
    assert tried | {"CreateVpcBlockPublicAccessExclusion"} == known - UNCHECKED


def test_an_exclusion_that_the_organization_forbids_is_refused() -> None:
    call = Call("ec2", "CreateVpcBlockPublicAccessExclusion", {"VpcId": VPC_1})
    recording = internet().recording()
    assert refusal(AwsState(recording), call) is None
    text = json.dumps(document(recording)).replace(
        '"ExclusionsAllowed": "allowed"', '"ExclusionsAllowed": "not-allowed"'
    )
    forbidden = AwsState(parse(json.loads(text), "forbidden"))
    assert refusal(forbidden, call) == "the organization does not allow exclusions"
    assert refusal(forbidden, Call("ec2", call.operation, {"SubnetId": made_id("subnet", "net-1")}))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_not_seen_speaks_against_no_call(case: Case) -> None:
    found = refusal(AwsState(Cloud().recording()), case.call)
    assert found is None or case.why in found  # what the parameters alone say


def test_a_remedy_whose_call_is_refused_is_text_and_says_why() -> None:
    state = AwsState(article().recording())
    calls = (
        Call("ec2", "StartInstances", {"InstanceIds": [SERVER_1]}),
        Call("elbv2", "ModifyListener", modified(Protocol="TCP")),
    )
    finding = Finding(
        Code.INSTANCE_NOT_RUNNING, Verdict.FAIL, "It stands.", Leg.BACK, remedy=Remedy("Start it.", calls)
    )
    (checked,) = without_refused(state, [finding])
    assert checked.remedy == Remedy(f"Start it. (No command: {SERVER_1} is running.)")
    (kept,) = without_refused(state, [Finding(Code.HAIRPIN, Verdict.FAIL, "x", Leg.BACK)])
    assert kept.remedy is None
