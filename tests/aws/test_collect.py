"""What is asked of AWS for a row: enough, little, and never more for a bigger account."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws.collect import Collector
from nlbcheck.aws.misses import Miss, calls
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.model import DeclaredTarget
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.path.routes import TransitExit, transit_exit
from nlbcheck.relays import Table
from tests.aws.every_network import TRACES, diagnosis, two_accounts
from tests.aws.lookups import asked
from tests.aws.replay import Replay
from tests.diagnosis.diagnosing import TABLE
from tests.path import front_doors
from tests.path.telling import told, walked, walked_world
from tests.path.test_protocols import behind
from tests.scenarios.article import CLIENT, NODES, SERVER_3, article
from tests.scenarios.article_by_transit import behind_peered_hub, behind_transit
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import named

HOME = AccountRegion("123456789012", "ap-northeast-1")
PEERING_ID = made_id("pcx", "vpc-1-to-vpc-2")
POLICY = Path(__file__).parents[2] / "sample_configs" / "iam-policy.json"

Asked = Callable[[AwsState], object]


def rows(*names: str, table: Table = TABLE, client: str | None = CLIENT) -> Asked:
    """Return the question that a diagnosis of rows is; without names it is of all."""
    table = replace(table, client=client)
    return partial(diagnosis, table=table, rows=table.select(names))


def walked_to(port: int) -> Asked:
    """Return the question that the walk to a listener port is."""

    def question(state: AwsState) -> object:
        balancer = state.load_balancer_named("example-nlb")
        seen = isinstance(balancer, LoadBalancer) and isinstance(state.nodes(balancer), tuple)
        return walked_world(state, port) if seen else None

    return question


ONE_ROW, ALL_ROWS = rows("tg-30080"), rows()


def collected(cloud: Cloud, question: Asked, **refused: str) -> tuple[Recording, Replay]:
    aws = Replay(cloud.recording(), refused)
    collector = Collector({HOME: aws})
    collector.ask(question)
    return collector.recording, aws


def asked_of(sources: Mapping[AccountRegion, Replay], question: Asked) -> Recording:
    collector = Collector(sources)
    collector.ask(question)
    return collector.recording


def test_one_row_takes_few_calls() -> None:
    for port in (10022, 30080):
        recording, aws = collected(article(), rows(f"tg-{port}"))
        assert len(aws.calls) <= 25
        assert recording.gaps == ()


def test_nothing_is_asked_twice() -> None:
    _, aws = collected(article(), ALL_ROWS)
    made = [json.dumps(call, sort_keys=True) for call in aws.calls]
    assert len(made) == len(set(made))


def test_all_rows_share_their_answers() -> None:
    aws = Replay(article().recording())
    collector = Collector({HOME: aws})
    for port in (10022, 10080, 20022, 20080, 30080):
        collector.ask(rows(f"tg-{port}"))
    after_rows = len(aws.calls)
    collector.ask(ALL_ROWS)
    assert len(aws.calls) == after_rows
    _, at_once = collected(article(), ALL_ROWS)
    assert len(at_once.calls) <= 25 + 2 * 5


def big(cloud: Cloud) -> Cloud:
    """Add what the rows have nothing to do with."""
    vpc = made_id("vpc", "vpc-2")
    subnet = cloud.subnet("crowd", vpc, "172.31.64.0/18", "a")
    for number in range(60):
        cloud.route_table(f"spare-{number}", vpc)
        group = cloud.security_group(f"spare-{number}", vpc, [permission("tcp", "10.0.0.0/8", port=443)])
        cloud.interface(f"spare-{number}", subnet, f"172.31.65.{number + 1}", group)
        cloud.peering(f"spare-{number}", cloud.vpc(f"spare-{number}", f"10.{number + 100}.0.0/16"), vpc)
    return cloud


def test_a_bigger_account_takes_no_more_calls_and_no_more_objects() -> None:
    small, few = collected(article(), ONE_ROW)
    large, many = collected(big(article()), ONE_ROW)
    more = Counter(name for name, _ in many.calls) - Counter(name for name, _ in few.calls)
    assert more == {"DescribeVpcs": 1}  # its peers', all in one

    def listed(recording: Recording, operation: str) -> int:
        answers = [answer for answer in recording.answers if answer.operation == operation]
        return sum(len(next(iter(answer.response.values()))) for answer in answers)

    for operation in ("DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeRouteTables"):
        assert listed(large, operation) == listed(small, operation)


def test_what_was_collected_says_what_everything_would_say() -> None:
    recording, _ = collected(article(), ALL_ROWS)
    full, lean = asked(AwsState(article().recording())), asked(AwsState(recording))
    for name, found in lean.items():
        assert found == full[name] or isinstance(found, NotVisible), name


OPERATIONS = sorted({name for name, _ in collected(article(), ALL_ROWS)[1].calls})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_denied_call_is_a_gap_and_the_rest_goes_on(operation: str) -> None:
    recording, _ = collected(article(), ALL_ROWS, **{operation: "UnauthorizedOperation"})
    assert {gap.operation for gap in recording.gaps} == {operation}
    full = asked(AwsState(article().recording()))
    for name, found in asked(AwsState(recording)).items():
        if isinstance(found, NotVisible):
            assert found.error in ("UnauthorizedOperation", None)
        elif name != "nodes":  # Without their interfaces, nodes have their declared addresses only.
            assert found == full[name], name


def test_a_balancer_that_is_not_there_is_absent() -> None:
    recording, _ = collected(article(), rows(table=replace(TABLE, load_balancer="other")))
    assert isinstance(AwsState(recording).load_balancer_named("other"), Absent)


def test_a_group_that_only_the_table_knows_is_asked_for() -> None:
    cloud = article()
    cloud.target_group("orphan", made_id("vpc", "vpc-2"), 22)
    named = tuple(
        replace(row, target_group=name) for row, name in zip(TABLE.rows, ("orphan", "nowhere"), strict=False)
    )
    recording, _ = collected(cloud, rows(table=replace(TABLE, rows=named)))
    state = AwsState(recording)
    orphan = state.target_group_named("orphan")
    assert not isinstance(orphan, (Absent, NotVisible))
    assert state.targets(orphan) == ()
    assert isinstance(state.target_group_named("nowhere"), Absent)


def test_a_group_that_nothing_forwards_to_is_found_by_the_end_of_its_name() -> None:
    cloud = article()
    (listeners,) = cloud.listeners.values()
    listeners[:] = [item for item in listeners if item["Port"] != 10022]
    group = next(item for item in cloud.groups if item["TargetGroupName"] == "example-tg-10022")
    group["LoadBalancerArns"] = []
    recording, _ = collected(cloud, rows("tg-10022"))
    found = AwsState(recording).target_group(group["TargetGroupArn"])
    assert found.name == "example-tg-10022"  # type: ignore[union-attr]
    assert len(AwsState(recording).targets(found)) == 1  # type: ignore[arg-type]


def test_the_main_route_table_is_asked_for_where_a_subnet_has_none() -> None:
    cloud = article()
    table = cloud.find("DescribeRouteTables", made_id("rtb", "private-1a-1"))
    table["Associations"] = []
    recording, _ = collected(cloud, ONE_ROW)
    state = AwsState(recording)
    subnet = state.subnet(made_id("subnet", "private-1a-1"))
    assert isinstance(subnet, Subnet)
    main = state.route_table_of(subnet)
    assert getattr(main, "id", None) == made_id("rtb", "vpc-2-main")


def test_an_address_that_nobody_has_is_proven() -> None:
    cloud = article()
    group = next(group["TargetGroupArn"] for group in cloud.groups if "10022" in group["TargetGroupName"])
    cloud.register(group, "172.31.129.77", 22, "a", "unhealthy")
    recording, _ = collected(cloud, rows("tg-10022"))
    state = AwsState(recording)
    vpc = state.vpc(made_id("vpc", "vpc-2"))
    assert not isinstance(vpc, (Absent, NotVisible))
    assert isinstance(state.interface_at(vpc, ip_address("172.31.129.77")), Absent)


def test_clients_by_instance_and_by_interface() -> None:
    for client in (made_id("i", "client"), made_id("eni", "client-eth0")):
        recording, _ = collected(article(), rows("tg-30080", client=client))
        state = AwsState(recording)
        interface = state.interface(made_id("eni", "client-eth0"))
        assert not isinstance(interface, (Absent, NotVisible))
        assert not isinstance(state.security_group(made_id("sg", "client")), NotVisible)


def test_a_client_in_another_account_is_asked_for_there() -> None:
    home, there = (AccountRegion(known.answers[0].account, HOME.region) for known in two_accounts())
    sources = {home: Replay(two_accounts()[0]), there: Replay(two_accounts()[1])}
    state = AwsState(asked_of(sources, ONE_ROW))
    [interface] = state.interfaces_with(ip_address(CLIENT))  # type: ignore[misc]
    assert interface.account_region == there
    assert not isinstance(state.security_group(made_id("sg", "client")), (Absent, NotVisible))
    assert not {name for name, _ in sources[there].calls if "LoadBalancer" in name or "Target" in name}


def test_another_account_without_a_source_is_not_asked() -> None:
    cloud = article()
    peering = named(cloud, "DescribeVpcPeeringConnections", "vpc-1-to-vpc-2")
    peering["RequesterVpcInfo"]["OwnerId"] = "999999999999"
    recording, _ = collected(cloud, ONE_ROW)
    assert AwsState(recording).asked_in == (HOME,)


def test_transit_gateways_are_followed() -> None:
    recording, aws = collected(behind_transit(), ONE_ROW)
    state = AwsState(recording)
    assert len(aws.calls) <= 29
    table = made_id("tgw-rtb", "hub")
    routes = state.transit_routes(table, ip_address(SERVER_3))
    assert isinstance(routes, tuple)
    [hop] = routes[0].hops
    assert not isinstance(state.transit_association(hop.attachment_id), (Absent, NotVisible))
    assert not isinstance(state.vpn_connection(hop.resource_id or ""), (Absent, NotVisible))


def test_peered_transit_gateways_are_followed_into_their_region() -> None:
    near, far = behind_peered_hub()
    there = AccountRegion(HOME.account, "us-east-1")
    sources = {HOME: Replay(near.recording()), there: Replay(far.recording())}
    state = AwsState(asked_of(sources, ONE_ROW))
    assert len(sources[HOME].calls) <= 32
    assert len(sources[there].calls) <= 10
    hub = made_id("tgw-attach", "vpc-2")
    found = transit_exit(state, made_id("tgw", "hub"), hub, ip_address(SERVER_3))
    assert isinstance(found, TransitExit)
    assert found.attachment_id == made_id("tgw-attach", "office")
    assert not isinstance(state.vpn_connection(made_id("vpn", "office")), (Absent, NotVisible))
    back = transit_exit(state, found.gateway_id, found.attachment_id, ip_address(NODES["a"]))
    assert isinstance(back, TransitExit)
    assert back.attachment_id == hub


def test_a_peered_transit_gateway_in_a_region_that_is_not_read_is_named() -> None:
    near, _ = behind_peered_hub()
    state = AwsState(collected(near, ONE_ROW)[0])
    found = transit_exit(state, made_id("tgw", "hub"), made_id("tgw-attach", "vpc-2"), ip_address(SERVER_3))
    assert isinstance(found, NotVisible)
    assert found.account_region == AccountRegion(HOME.account, "us-east-1")


def test_appliances_and_prefix_lists_on_the_way_are_asked_for() -> None:
    cloud = article()
    offices = cloud.prefix_list("clients", "192.168.0.0/16")
    vpc, subnet = made_id("vpc", "vpc-2"), made_id("subnet", "target-1a")
    cloud.instance("firewall", subnet, "172.31.129.200", cloud.security_group("firewall", vpc))
    table = made_id("rtb", "private-1a-1")
    cloud.find("DescribeRouteTables", table)["Routes"].pop(1)
    cloud.route(table, offices, made_id("eni", "firewall-eth0"))
    recording, _ = collected(cloud, ONE_ROW)
    state = AwsState(recording)
    assert not isinstance(state.prefix_list(offices), (Absent, NotVisible))
    assert not isinstance(state.interface(made_id("eni", "firewall-eth0")), (Absent, NotVisible))


def test_a_target_in_a_vpc_behind_a_transit_gateway_is_asked_for_with_its_surroundings() -> None:
    cloud = behind_transit()
    vpc = cloud.vpc("vpc-3", "10.3.0.0/16")
    subnet = cloud.subnet("far", vpc, "10.3.1.0/24", "a")
    rules = [permission("tcp", "172.31.128.0/24", "172.31.136.0/24", port=22)]
    cloud.instance("far", subnet, "10.3.1.10", cloud.security_group("far", vpc, rules))
    hub, table = made_id("tgw", "hub"), made_id("tgw-rtb", "hub")
    cloud.transit_route(table, "10.3.0.0/16", cloud.transit_vpc("vpc-3", hub, vpc, subnet, table=table))
    cloud.route(cloud.route_table("far", vpc, subnet), "172.31.0.0/16", hub)
    for name in ("private-1a-1", "private-1c-1"):
        cloud.route(made_id("rtb", name), "10.3.0.0/16", hub)
    group = next(item["TargetGroupArn"] for item in cloud.groups if "10022" in item["TargetGroupName"])
    cloud.targets[group].clear()
    cloud.register(group, "10.3.1.10", 22, "all")
    row = replace(TABLE.rows[0], targets=(DeclaredTarget("10.3.1.10", ip_address("10.3.1.10")),))
    assert told(walked(cloud, 10022)) == []
    recording, aws = collected(cloud, rows("tg-10022", table=replace(TABLE, rows=(row,))))
    assert told(walked_world(AwsState(recording), 10022)) == []
    assert len(aws.calls) <= 30


def test_a_target_that_is_a_load_balancer_is_asked_for_with_its_surroundings() -> None:
    cloud = behind()
    recording, _ = collected(cloud, walked_to(8000))
    state = AwsState(recording)
    web = state.load_balancer_named("web")
    assert isinstance(web, LoadBalancer)
    interfaces = state.interfaces_of_balancer(web)
    assert isinstance(interfaces, tuple)
    assert len(interfaces) == 2
    assert isinstance(state.listener_on(web, 80), Listener)
    assert told(walked_world(state, 8000)) == []


PUBLIC = replace(
    TABLE,
    static_ips=tuple(
        replace(node, address=ip_address(f"203.0.113.{number + 1}"))
        for number, node in enumerate(TABLE.static_ips)
    ),
)
FROM_INTERNET = rows("tg-30080", table=PUBLIC, client="198.51.100.7")


def internet_facing() -> Cloud:
    """The article's load balancer with a way to the internet, which is blocked but for its subnets."""
    cloud = article()
    gateway = cloud.internet_gateway("internet", made_id("vpc", "vpc-2"))
    cloud.balancers[0]["Scheme"] = "internet-facing"
    for zone, node in zip(cloud.balancers[0]["AvailabilityZones"], PUBLIC.static_ips, strict=True):
        zone["LoadBalancerAddresses"][0]["IpAddress"] = str(node.address)
    cloud.block_mode = "block-ingress"
    for name in ("private-1a-1", "private-1c-1"):
        cloud.route(made_id("rtb", name), "0.0.0.0/0", gateway)
        cloud.exclude("subnet", made_id("subnet", name), "allow-bidirectional")
    return cloud


def test_whether_public_access_is_blocked_is_asked_where_an_internet_gateway_is_on_the_way() -> None:
    asked_for = []
    for question in (ONE_ROW, FROM_INTERNET):
        _, aws = collected(internet_facing(), question)
        asked_for.append([name for name, _ in aws.calls if "PublicAccess" in name])
    options, exclusions = "DescribeVpcBlockPublicAccessOptions", "DescribeVpcBlockPublicAccessExclusions"
    assert asked_for == [[], [options, exclusions]]
    open_one = internet_facing()
    open_one.block_mode = "off"
    _, aws = collected(open_one, FROM_INTERNET)
    assert [name for name, _ in aws.calls if "PublicAccess" in name] == [options]


def test_the_surroundings_of_a_nat_gateway_on_the_way_are_asked_for() -> None:
    cloud = article()
    public = cloud.subnet("public", made_id("vpc", "vpc-1"), "192.168.9.0/24", "a")
    nat = cloud.nat_gateway("nat", public, "192.168.9.9")
    cloud.find("DescribeRouteTables", made_id("rtb", "client"))["Routes"].pop()
    cloud.route(made_id("rtb", "client"), "172.31.0.0/16", nat)
    cloud.route(cloud.route_table("public", made_id("vpc", "vpc-1"), public), "172.31.0.0/16", PEERING_ID)
    recording, _ = collected(cloud, rows("tg-10022"))
    state = AwsState(recording)
    subnet = state.subnet(public)
    assert isinstance(subnet, Subnet)
    assert getattr(state.route_table_of(subnet), "id", None) == made_id("rtb", "public")
    assert not isinstance(state.network_acl_of(subnet), (Absent, NotVisible))


def test_the_policy_allows_every_call_that_is_made_and_nothing_else() -> None:
    made = set()
    peered_internet = article()
    vpc = made_id("vpc", "vpc-1")
    gateway = peered_internet.internet_gateway("igw", vpc)
    peered_internet.route(made_id("rtb", "client"), "0.0.0.0/0", gateway)
    peered_internet.route(
        made_id("rtb", "client"), peered_internet.prefix_list("p", "172.30.0.0/17"), gateway
    )
    peered_internet.balancers[0]["IpAddressType"] = "dualstack"
    hub = behind_transit()
    hub.transit_route(made_id("tgw-rtb", "hub"), "172.31.136.0/24", other_hub(hub))
    questions = [(peered_internet, ALL_ROWS), (hub, ALL_ROWS), (internet_facing(), FROM_INTERNET)]
    for cloud, question in questions:
        _, aws = collected(cloud, question)
        made |= {name for name, _ in aws.calls}
    through_nat = TRACES["trace nat"]()
    sources = through_nat.sources()
    asked_of(sources, through_nat.ask)
    made |= {name for name, _ in sources[HOME].calls}
    consumer = Replay(front_doors.consumed().recording(), {"DescribeVpcEndpoints": "UnauthorizedOperation"})
    table = replace(TABLE, client=front_doors.CONSUMER)
    Collector({HOME: consumer}).ask(partial(diagnosis, table=table, rows=table.select(["tg-10022"])))
    made |= {name for name, _ in consumer.calls}
    policy = json.loads(POLICY.read_text())
    [statement] = policy["Statement"]
    allowed = {action.partition(":")[2] for action in statement["Action"]}
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == "*"
    assert allowed == made
    assert all(name.startswith(("Describe", "Get", "Search")) for name in allowed)


def other_hub(cloud: Cloud) -> str:
    """Attach a peered transit gateway, and return its attachment."""
    side = cloud.tgw_side(made_id("tgw", "hub"))
    far = side | {"TransitGatewayId": "tgw-0far"}
    return cloud.transit_peering("far", made_id("tgw", "hub"), made_id("tgw-rtb", "hub"), side, far)


def test_many_values_go_into_calls_of_two_hundred() -> None:
    misses = [Miss(HOME, INTERFACE, "subnet-id", f"subnet-{number}") for number in range(401)]
    sizes = [len(call.parameters["Filters"][0]["Values"]) for call in calls(misses)]
    assert sizes == [200, 200, 1]


def test_the_clock_and_the_progress_are_the_callers() -> None:
    seen: list[Any] = []
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    aws = Replay(article().recording())
    collector = Collector({HOME: aws}, progress=seen.append, clock=lambda: moment)
    collector.ask(ONE_ROW)
    assert collector.recording.taken_at == moment
    assert len(seen) == len(aws.calls)
    assert "elbv2:DescribeTargetHealth" in seen


def test_aws_that_is_too_busy_after_all_attempts_is_a_gap() -> None:
    recording, _ = collected(article(), ONE_ROW, DescribeNetworkAcls="RequestLimitExceeded")
    assert {(gap.operation, gap.error) for gap in recording.gaps} == {
        ("DescribeNetworkAcls", "RequestLimitExceeded")
    }
    state = AwsState(recording)
    subnet = state.subnet(made_id("subnet", "private-1a-1"))
    assert isinstance(subnet, Subnet)
    acl = state.network_acl_of(subnet)
    assert isinstance(acl, NotVisible)
    assert acl.error == "RequestLimitExceeded"
