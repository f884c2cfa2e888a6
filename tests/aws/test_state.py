"""What a World says of the article's network, and what it admits not to know."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

import pytest

from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall, document, parse
from nlbcheck.aws.resources.network_acl import NetworkAcl
from nlbcheck.aws.resources.peering_connection import PeeringStatus
from nlbcheck.aws.resources.route_table import Route, RouteOrigin, RouteState, RouteTable, RouteTargetKind
from nlbcheck.aws.resources.security_group import (
    GroupReference,
    PrefixListReference,
    SecurityGroup,
    SecurityRule,
)
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import HealthState, TrafficPort
from nlbcheck.aws.resources.transit_attachment import TransitAssociation, TransitAttachment
from nlbcheck.aws.resources.transit_gateway import TransitGateway
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_connection import TunnelStatus, VpnConnection
from nlbcheck.aws.resources.vpn_gateway import VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from tests.scenarios.article import CLIENT, SERVER_1, article
from tests.scenarios.cloud import Cloud, made_id, permission

HOME = AccountRegion("123456789012", "ap-northeast-1")


T = TypeVar("T")


def one(found: object, kind: type[T]) -> T:
    assert isinstance(found, kind), found
    return found


@pytest.fixture(scope="module")
def state() -> AwsState:
    return AwsState(article().recording())


def vpc(state: AwsState, name: str) -> Vpc:
    return one(state.vpc(made_id("vpc", name)), Vpc)


def test_route_table_of_a_subnet_with_its_own(state: AwsState) -> None:
    subnet = one(state.subnet_at(vpc(state, "vpc-2"), ip_address("172.31.128.10")), Subnet)
    table = one(state.route_table_of(subnet), RouteTable)
    assert table.name == "private-1a-1"
    assert table.routes == (
        Route(ip_network("172.31.0.0/16"), None, RouteTargetKind.LOCAL, "local", RouteState.ACTIVE,
              RouteOrigin.CREATE_ROUTE_TABLE),
        Route(ip_network("192.168.0.0/16"), None, RouteTargetKind.PEERING, made_id("pcx", "vpc-1-to-vpc-2"),
              RouteState.ACTIVE, RouteOrigin.CREATE_ROUTE),
        Route(ip_network("10.0.0.0/16"), None, RouteTargetKind.VPN_GATEWAY, made_id("vgw", "on-premises"),
              RouteState.ACTIVE, RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION),
    )  # fmt: skip


def test_security_group_admits_the_nodes(state: AwsState) -> None:
    group = one(state.security_group(made_id("sg", "targets")), SecurityGroup)
    assert [(str(rule.peer), str(rule.ports), rule.protocol) for rule in group.ingress] == [
        ("172.31.128.10/32", "22", "tcp"),
        ("172.31.136.10/32", "22", "tcp"),
        ("172.31.128.10/32", "80", "tcp"),
        ("172.31.136.10/32", "80", "tcp"),
    ]


def test_network_acl_entries_are_in_order(state: AwsState) -> None:
    subnet = one(state.subnet(made_id("subnet", "private-1a-1")), Subnet)
    acl = one(state.network_acl_of(subnet), NetworkAcl)
    assert [(entry.number, entry.allow) for entry in acl.entries if entry.egress] == [
        (100, True),
        (32767, False),
    ]


def test_balancer(state: AwsState) -> None:
    balancer = state.load_balancer_named("example-nlb")
    assert not isinstance(balancer, (Absent, NotVisible))
    nodes = state.nodes(balancer)
    assert isinstance(nodes, tuple)
    assert [(node.zone, str(node.address)) for node in nodes] == [
        ("ap-northeast-1a", "172.31.128.10"),
        ("ap-northeast-1c", "172.31.136.10"),
    ]
    assert all(node.interface_id for node in nodes)
    group = state.target_group_named("example-tg-30080")
    assert not isinstance(group, (Absent, NotVisible))
    assert (group.port, group.health_check.port) == (22, TrafficPort.TRAFFIC_PORT)
    targets = state.targets(group)
    assert isinstance(targets, tuple)
    assert [(target.id, target.port, target.zone, target.state) for target in targets] == [
        ("10.0.0.10", 80, "all", HealthState.HEALTHY)
    ]
    attributes = state.group_attributes(group)
    assert not isinstance(attributes, NotVisible)
    assert attributes.preserve_client_ip is False


def test_vpn(state: AwsState) -> None:
    gateway = one(state.vpn_gateway_of(vpc(state, "vpc-2")), VpnGateway)
    connections = state.vpn_connections_of(gateway)
    assert isinstance(connections, tuple)
    connection = one(connections[0], VpnConnection)
    assert connection.static is True
    assert [str(route.destination) for route in connection.routes] == ["10.0.0.0/16"]
    assert [tunnel.status for tunnel in connection.tunnels] == [TunnelStatus.UP, TunnelStatus.UP]


def test_peering_sides(state: AwsState) -> None:
    peerings = state.peerings_of(vpc(state, "vpc-1"))
    assert isinstance(peerings, tuple)
    assert peerings[0].status is PeeringStatus.ACTIVE
    far = peerings[0].far_side(made_id("vpc", "vpc-1"))
    assert far is not None
    assert (far.vpc_id, far.cidrs) == (made_id("vpc", "vpc-2"), (ip_network("172.31.0.0/16"),))
    assert peerings[0].far_side("vpc-other") is None


def test_proven_absences(state: AwsState) -> None:
    both = vpc(state, "vpc-2")
    assert isinstance(state.subnet_at(both, ip_address("172.31.200.1")), Absent)
    assert isinstance(state.interface_at(both, ip_address("172.31.129.99")), Absent)
    assert isinstance(state.load_balancer_named("other"), Absent)
    assert isinstance(state.vpn_gateway_of(vpc(state, "vpc-1")), Absent)
    assert isinstance(state.security_group("sg-0gone"), Absent)
    assert state.interfaces_with(ip_address("172.31.129.99")) == ()


# --- what an answer proves ----------------------------------------------------------------------------

SUBNETS = {answer.operation: answer for answer in article().recording().answers}["DescribeSubnets"]
VPCS = {answer.operation: answer for answer in article().recording().answers}["DescribeVpcs"]
VPC_2 = made_id("vpc", "vpc-2")


def only(*answers: AnsweredCall | RefusedCall) -> AwsState:
    recording = article().recording()
    return AwsState(
        Recording(
            recording.taken_at,
            "",
            tuple(item for item in answers if isinstance(item, AnsweredCall)),
            tuple(item for item in answers if isinstance(item, RefusedCall)),
        )
    )


def filtered(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}


EMPTY: dict[str, Any] = {"Subnets": []}
GONE = "subnet-0gone"


@pytest.mark.parametrize(
    ("parameters", "response", "proves"),
    [
        ({}, EMPTY, True),
        ({"MaxResults": 1000}, EMPTY, True),
        ({"SubnetIds": [GONE]}, EMPTY, True),
        (filtered("subnet-id", "subnet-0other", GONE), EMPTY, True),
        (filtered("subnet-id", "subnet-0other"), EMPTY, False),
        (filtered("vpc-id", VPC_2), EMPTY, False),
        (filtered("tag:Name", "x"), EMPTY, False),
        ({"Filters": [*filtered("subnet-id", GONE)["Filters"], *filtered("state", "available")["Filters"]]},
         EMPTY, False),
        ({"NextToken": "page-2"}, EMPTY, False),
        ({"SomethingNew": True}, EMPTY, False),
        ({}, {"Subnets": [], "NextToken": "more"}, False),
        ({}, {"Subnets": [{"CidrBlock": "10.0.0.0/24"}]}, False),
        ({}, {"Subnets": "none"}, False),
        ({}, {}, False),
    ],
)  # fmt: skip
def test_which_answer_proves_that_a_subnet_is_not_there(parameters: Any, response: Any, proves: bool) -> None:
    answer = replace(SUBNETS, parameters=parameters, response=response)
    assert isinstance(only(answer).subnet(GONE), Absent if proves else NotVisible)


def test_absence_in_one_place_says_nothing_of_another() -> None:
    state = only(replace(SUBNETS, response=EMPTY))
    assert isinstance(state.subnet(GONE, HOME), Absent)
    assert isinstance(state.subnet(GONE, AccountRegion("999999999999", "ap-northeast-1")), NotVisible)
    assert isinstance(state.subnet(GONE, AccountRegion(HOME.account, "us-east-1")), NotVisible)


def test_without_a_place_every_place_of_the_recording_must_prove_it() -> None:
    other = replace(VPCS, account="999999999999", response={"Vpcs": []})
    missing = only(replace(SUBNETS, response=EMPTY), other).subnet(GONE)
    assert missing == NotVisible(
        f"subnet {GONE}", "ec2", "DescribeSubnets", AccountRegion("999999999999", HOME.region), None
    )


def test_a_participant_of_a_shared_vpc_cannot_prove_that_nobody_has_an_address() -> None:
    recording = article().recording()
    guest = [replace(answer, account="999999999999") for answer in recording.answers]
    state = only(*guest)
    shared = vpc(state, "vpc-2")
    assert shared.account_region == HOME
    assert isinstance(state.interface_at(shared, ip_address("172.31.129.99")), NotVisible)
    assert not isinstance(state.interface_at(shared, ip_address(SERVER_1)), (NotVisible, Absent))


def test_a_gap_is_named_with_its_permission() -> None:
    refused = RefusedCall(
        HOME.account, HOME.region, "ec2", "DescribeRouteTables", {}, "UnauthorizedOperation"
    )
    state = only(VPCS, SUBNETS, refused)
    subnet = one(state.subnet(made_id("subnet", "client-1a")), Subnet)
    missing = one(state.route_table_of(subnet), NotVisible)
    assert missing.permission == "ec2:DescribeRouteTables"
    assert (missing.error, missing.account_region) == ("UnauthorizedOperation", HOME)
    assert NotVisible("", "elbv2", "DescribeRules", None).permission == "elasticloadbalancing:DescribeRules"


@pytest.mark.parametrize(("names", "absent"), [(["a"], True), (["a", "b"], False)])
def test_not_found_proves_absence_of_one_name_only(names: list[str], absent: bool) -> None:
    gap = RefusedCall(*_elb("DescribeLoadBalancers"), {"Names": names}, "LoadBalancerNotFound")
    assert isinstance(only(gap).load_balancer_named("a"), Absent if absent else NotVisible)


def _elb(operation: str) -> tuple[str, str, str, str]:
    return HOME.account, HOME.region, "elbv2", operation


def test_later_answers_replace_earlier_ones() -> None:
    newer = dict(SUBNETS.response["Subnets"][0], Tags=[{"Key": "Name", "Value": "renamed"}])
    later = replace(SUBNETS, parameters=filtered("subnet-id", "x"), response={"Subnets": [newer]})
    assert one(only(SUBNETS, later).subnet(newer["SubnetId"]), Subnet).name == "renamed"


# --- route tables -------------------------------------------------------------------------------------


def tables(*answers: tuple[dict[str, Any], list[dict[str, Any]]]) -> AwsState:
    recording = article().recording()
    others = [answer for answer in recording.answers if answer.operation != "DescribeRouteTables"]
    model = next(answer for answer in recording.answers if answer.operation == "DescribeRouteTables")
    mine = [replace(model, parameters=asked, response={"RouteTables": found}) for asked, found in answers]
    return only(*others, *mine)


MAIN = next(
    t
    for t in article().objects["DescribeRouteTables"]
    if t["VpcId"] == VPC_2 and t["Associations"][0]["Main"]
)
LONELY = made_id("subnet", "private-1a-1")
OF_SUBNET, OF_VPC = filtered("association.subnet-id", LONELY), filtered("vpc-id", VPC_2)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([(OF_VPC, [MAIN])], RouteTable),
        ([(OF_SUBNET, []), (OF_VPC, [MAIN])], RouteTable),
        ([(OF_SUBNET, []), (filtered("association.main", "true"), [MAIN])], RouteTable),
        ([(filtered("association.main", "true"), [MAIN])], NotVisible),
        ([(OF_SUBNET, [])], NotVisible),
        ([(OF_SUBNET, []), (OF_VPC, [])], Absent),
        # Of a table without its associations nobody knows whom it serves.
        ([(OF_VPC, [MAIN, {"RouteTableId": "rtb-1", "VpcId": VPC_2, "Routes": []}])], NotVisible),
        ([(OF_VPC, [MAIN, {"RouteTableId": "rtb-1", "VpcId": "vpc-0other", "Routes": []}])], RouteTable),
    ],
)
def test_main_route_table_needs_proof_that_there_is_no_other(answers: Any, kind: type) -> None:
    state = tables(*answers)
    found = state.route_table_of(one(state.subnet(LONELY), Subnet))
    assert isinstance(found, kind), found


# --- peers, prefixes and transit gateways -------------------------------------------------------------


def test_rules_name_groups_and_prefix_lists() -> None:
    cloud = Cloud()
    vpc_id = cloud.vpc("v", "10.1.0.0/16")
    pair = {
        "GroupId": "sg-1",
        "UserId": "999999999999",
        "VpcPeeringConnectionId": "pcx-1",
        "PeeringStatus": "deleted",
    }
    prefix_list = cloud.prefix_list("offices", "192.0.2.0/24")
    rules = [permission("tcp", port=(20, 30), groups=[pair], prefix_lists=[prefix_list])]
    group = cloud.security_group("g", vpc_id, rules)
    state = AwsState(cloud.recording())
    found = one(state.security_group(group), SecurityGroup)
    assert [rule.peer for rule in found.ingress] == [
        PrefixListReference(prefix_list),
        GroupReference("sg-1", "999999999999", None, "pcx-1", PeeringStatus.DELETED),
    ]
    entries = state.prefix_list(prefix_list)
    assert not isinstance(entries, (Absent, NotVisible))
    assert entries.entries == (ip_network("192.0.2.0/24"),)


def test_a_permission_without_a_list_of_peers_may_admit_anybody() -> None:
    cloud = Cloud()
    rule = permission("tcp", port=22)
    del rule["IpRanges"]
    group = cloud.security_group("g", cloud.vpc("v", "10.1.0.0/16"), [rule])
    found = one(AwsState(cloud.recording()).security_group(group), SecurityGroup)
    assert [(rule.protocol, rule.peer) for rule in found.ingress] == [("tcp", None)]
    assert isinstance(found.ingress[0], SecurityRule)


def test_an_address_out_of_a_delegated_prefix() -> None:
    cloud = Cloud()
    vpc_id = cloud.vpc("v", "10.1.0.0/16")
    subnet = cloud.subnet("s", vpc_id, "10.1.1.0/24", "a")
    node = cloud.interface("worker", subnet, "10.1.1.5", Ipv4Prefixes=[{"Ipv4Prefix": "10.1.1.16/28"}])
    state = AwsState(cloud.recording())
    pod = state.interface_at(vpc(state, "v"), ip_address("10.1.1.20"))
    assert getattr(pod, "id", None) == node
    assert isinstance(state.interface_at(vpc(state, "v"), ip_address("10.1.1.40")), Absent)


def transit() -> tuple[Cloud, str, str, str]:
    cloud = Cloud()
    one_vpc, other = cloud.vpc("v1", "10.1.0.0/16"), cloud.vpc("v2", "10.2.0.0/16")
    subnets = [cloud.subnet("s1", one_vpc, "10.1.1.0/24", "a"), cloud.subnet("s2", other, "10.2.1.0/24", "a")]
    gateway = cloud.transit_gateway("hub")
    table = made_id("tgw-rtb", "hub")
    first = cloud.transit_vpc("v1", gateway, one_vpc, subnets[0], table=table)
    second = cloud.transit_vpc("v2", gateway, other, subnets[1], table=table)
    cloud.transit_route(table, "10.1.0.0/16", first, "propagated")
    cloud.transit_route(table, "10.2.0.0/16", second, "propagated")
    cloud.transit_route(table, "10.2.9.0/24", None)
    return cloud, gateway, table, first


def test_transit_gateway() -> None:
    cloud, gateway, table, first = transit()
    state = AwsState(cloud.recording())
    assert one(state.transit_gateway(gateway), TransitGateway).owner == HOME.account
    attachment = state.transit_vpc_attachment_of(gateway, vpc(state, "v1"))
    assert getattr(attachment, "id", None) == first
    assert one(state.transit_association(first), TransitAssociation).route_table_id == table
    assert (
        len(one(state.transit_attachments_of(one(state.transit_gateway(gateway), TransitGateway)), tuple))
        == 2
    )
    routes = state.transit_routes(table, ip_address("10.2.9.1"))
    assert isinstance(routes, tuple)
    assert [(str(route.destination), route.state) for route in routes] == [
        ("10.2.0.0/16", "active"),
        ("10.2.9.0/24", "blackhole"),
    ]
    assert isinstance(state.transit_routes("tgw-rtb-0other", ip_address("10.2.9.1")), NotVisible)


@pytest.mark.parametrize(("owner", "kind"), [(HOME.account, Absent), ("999999999999", NotVisible)])
def test_only_the_owner_of_a_transit_gateway_sees_associations(owner: str, kind: type) -> None:
    cloud, _, _, first = transit()
    found = cloud.find("DescribeTransitGatewayAttachments", first)
    del found["Association"]
    found["TransitGatewayOwnerId"] = owner
    state = AwsState(cloud.recording())
    assert isinstance(state.transit_attachment(first), TransitAttachment)
    assert isinstance(state.transit_association(first), kind)


@pytest.mark.parametrize(
    ("filters", "response", "seen"),
    [
        ([("state", ["active", "blackhole"])], {}, True),
        ([("type", ["static", "propagated", "system"])], {}, True),
        ([("type", ["static", "propagated"])], {}, False),
        ([("route-search.longest-prefix-match", ["10.2.9.1/32"])], {}, True),
        ([("route-search.longest-prefix-match", ["10.2.9.2"])], {}, False),
        ([("state", ["active"])], {}, False),
        ([("type", ["static"])], {}, False),
        ([("state", ["active", "blackhole"])], {"AdditionalRoutesAvailable": True}, False),
    ],
)
def test_which_search_shows_the_deciding_routes(filters: Any, response: Any, seen: bool) -> None:
    _, _, table, _ = transit()
    parameters = {
        "TransitGatewayRouteTableId": table,
        "Filters": [{"Name": name, "Values": values} for name, values in filters],
    }
    answer = AnsweredCall(
        HOME.account, HOME.region, "ec2", "SearchTransitGatewayRoutes", parameters, {"Routes": [], **response}
    )
    found = only(answer).transit_routes(table, ip_address("10.2.9.1"))
    assert isinstance(found, tuple if seen else NotVisible)


def test_client_is_found_by_address(state: AwsState) -> None:
    found = state.interfaces_with(ip_address(CLIENT))
    assert isinstance(found, tuple)
    assert [interface.instance_id for interface in found] == [made_id("i", "client")]


def elsewhere(*regions: str) -> AwsState:
    """Return the world of an article in each Region."""
    answers: list[AnsweredCall] = []
    for region in regions:
        cloud = article()
        text = json.dumps(document(cloud.recording())).replace(cloud.region, region)
        answers += parse(json.loads(text), region).answers
    return AwsState(replace(article().recording(), answers=tuple(answers)))


def test_a_name_of_one_place_is_not_that_of_another() -> None:
    state = elsewhere("ap-northeast-1", "us-east-1")
    other = AccountRegion(HOME.account, "us-east-1")
    for account_region in (HOME, other):
        balancer = state.load_balancer_named("example-nlb", account_region)
        assert getattr(balancer, "account_region", None) == account_region
        group = state.target_group_named("example-tg-10022", account_region)
        assert getattr(group, "account_region", None) == account_region
    nowhere = AccountRegion(HOME.account, "eu-west-1")
    assert isinstance(state.load_balancer_named("example-nlb", nowhere), NotVisible)
    assert isinstance(state.target_group_named("example-tg-10022", nowhere), NotVisible)
    here = elsewhere("us-east-1")
    empty = AnsweredCall(
        HOME.account, HOME.region, "elbv2", "DescribeLoadBalancers", {}, {"LoadBalancers": []}
    )
    both = AwsState(replace(here.recording, answers=(*here.recording.answers, empty)))
    assert isinstance(both.load_balancer_named("example-nlb", HOME), Absent)


def test_everything_of_a_place() -> None:
    state = elsewhere("ap-northeast-1", "us-east-1")
    balancers, groups = state.all_load_balancers(HOME), state.all_target_groups(HOME)
    assert isinstance(balancers, tuple)
    assert isinstance(groups, tuple)
    assert [(item.name, item.account_region) for item in balancers] == [("example-nlb", HOME)]
    assert len(groups) == 5
    nowhere = AccountRegion(HOME.account, "eu-west-1")
    assert isinstance(state.all_load_balancers(nowhere), NotVisible)


@pytest.mark.parametrize(
    ("error", "told"),
    [("UnauthorizedOperation", "UnauthorizedOperation"), ("RequestLimitExceeded", None)],
)
def test_a_call_that_is_denied_is_denied_for_everything(error: str, told: str | None) -> None:
    filters = [{"Name": "vpc-id", "Values": ["vpc-1"]}]
    gap = RefusedCall(HOME.account, HOME.region, "ec2", "DescribeSubnets", {"Filters": filters}, error)
    state = AwsState(replace(article().recording(), answers=(), gaps=(gap,)))
    assert one(state.subnet("subnet-1", HOME), NotVisible).error == told
    assert one(state.subnet("subnet-1", AccountRegion("999999999999", HOME.region)), NotVisible).error is None


@pytest.mark.parametrize(
    ("parameters", "response", "complete"),
    [
        ({}, {"LoadBalancers": []}, True),
        ({"Names": ["example-nlb"]}, {"LoadBalancers": []}, False),
        ({}, {"LoadBalancers": [], "NextMarker": "more"}, False),
        ({}, {"LoadBalancers": [{"LoadBalancerArn": "arn:aws:half-of-one"}]}, False),
        ({}, {"LoadBalancers": [{"LoadBalancerName": "no-arn"}]}, False),
    ],
)
def test_what_proves_that_there_are_no_others(parameters: Any, response: Any, complete: bool) -> None:
    answer = AnsweredCall(HOME.account, HOME.region, "elbv2", "DescribeLoadBalancers", parameters, response)
    assert isinstance(only(answer).all_load_balancers(HOME), tuple if complete else NotVisible)


def test_whoever_refused_is_named_where_it_is_not_known_whom_to_ask() -> None:
    gaps = [
        RefusedCall(account, HOME.region, "ec2", "SearchTransitGatewayRoutes", {}, error)
        for account, error in (
            ("777777777777", "AccessDenied"),
            (HOME.account, "InvalidRouteTableID.NotFound"),
        )
    ]
    state = AwsState(replace(article().recording(), gaps=tuple(reversed(gaps))))
    hidden = one(state.transit_routes("tgw-rtb-1", ip_address("10.0.0.1")), NotVisible)
    assert (hidden.account_region, hidden.error) == (
        AccountRegion("777777777777", HOME.region),
        "AccessDenied",
    )
