"""nlbcheck's own collector learns the same from the endpoint as from the recording that it replays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from ipaddress import ip_address

import pytest

from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.subnet import InternetConnectivity, Subnet
from nlbcheck.aws.resources.vpc import FirewallMode, FirewallStatus, InternetFirewall, Vpc
from nlbcheck.aws.sources.live import Access, Live
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.errors import UnseenError
from nlbcheck.lab.endpoint import ApiFault, AwsEndpoint, EndpointState, Trouble, environment
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.reach import trace
from tests.aws.every_network import diagnosis
from tests.aws.lookups import asked
from tests.diagnosis.diagnosing import TABLE
from tests.lab.endpoint.serving import HOME, SCENARIO
from tests.scenarios.cloud import made_id
from tests.scenarios.mutations import named
from tests.scenarios.truth_networks import internet_facing

EVERYTHING = partial(diagnosis, table=TABLE, rows=TABLE.rows)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsEndpoint]:
    with AwsEndpoint(EndpointState(SCENARIO)) as served:
        settings = environment(served.url, HOME, os.environ)
        for name in os.environ.keys() - settings.keys():
            monkeypatch.delenv(name)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield served


def collected(question: Callable[[AwsState], object] = EVERYTHING) -> Recording:
    live = Live(Access())
    assert live.account_region() == HOME
    collector = Collector({HOME: live})
    collector.ask(question)
    return collector.recording


def test_the_world_is_the_same(endpoint: AwsEndpoint) -> None:
    recording = collected()
    assert recording.gaps == ()
    recorded, seen = asked(AwsState(SCENARIO)), asked(AwsState(recording))
    assert len(recorded) > 40
    # What a collection did not need to ask stays unknown; nothing is told differently.
    differing = {name for name in recorded if seen.get(name) != recorded[name]}
    assert all(isinstance(seen.get(name, NotVisible), (NotVisible, type)) for name in differing), differing
    assert {name for name in recorded if not isinstance(recorded[name], Absent)} - differing >= {
        "balancer", "nodes", "listeners", "groups", "attributes", "targets example-tg-30080", "client",
        "peering", "route table 172.31.128.10", "network ACL 172.31.136.10", "vpn connections",
    }  # fmt: skip


def test_collecting_only_reads_and_in_few_calls(endpoint: AwsEndpoint) -> None:
    collected(partial(diagnosis, table=TABLE, rows=TABLE.select(["tg-10022"])))
    assert {call.operation.removeprefix("Describe") for call in endpoint.calls} >= {"Vpcs", "Listeners"}
    assert all(call.operation.startswith(("Describe", "Get", "Search")) for call in endpoint.calls)
    assert len(endpoint.calls) <= 30


def test_what_was_collected_replays_the_same_collection(endpoint: AwsEndpoint) -> None:
    first = collected()
    endpoint.state.change(lambda _: first)
    assert collected().answers == first.answers


def test_a_denied_call_is_a_gap(endpoint: AwsEndpoint) -> None:
    endpoint.inject(ApiFault(Trouble.DENIED, "DescribeNetworkAcls"))
    endpoint.inject(ApiFault(Trouble.DENIED, "DescribeTargetHealth"))
    gaps = {(gap.operation, gap.error) for gap in collected().gaps}
    assert gaps == {
        ("DescribeNetworkAcls", "UnauthorizedOperation"),
        ("DescribeTargetHealth", "AccessDenied"),
    }


def test_an_expired_token_ends_the_collection(endpoint: AwsEndpoint) -> None:
    endpoint.inject(ApiFault(Trouble.EXPIRED))
    with pytest.raises(UnseenError, match="expired"):
        collected()


def test_in_another_region_there_is_no_such_balancer(
    endpoint: AwsEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = replace(HOME, region="us-east-1")
    monkeypatch.setenv("AWS_REGION", elsewhere.region)
    collector = Collector({elsewhere: Live(Access())})
    found = collector.ask(lambda state: balancers.find(state, "example-nlb", elsewhere.region))
    assert isinstance(found, Absent)


def test_what_an_account_hides_is_listed_where_there_is_a_parameter_for_it(endpoint: AwsEndpoint) -> None:
    collected()
    told = {call.operation: call.parameters.get("IncludeManagedResources") for call in endpoint.calls}
    assert told.pop("DescribeNetworkInterfaces") is told.pop("DescribeInstances") is True
    assert set(told.values()) == {None}


def test_an_internet_firewall_is_read_as_botocore_names_its_fields(endpoint: AwsEndpoint) -> None:
    cloud, arn = internet_facing().cloud, "arn:aws:network-firewall:ap-northeast-1:123456789012:firewall/edge"
    named(cloud, "DescribeVpcs", "relays")["NetworkFirewallAssociations"] = [
        {"FirewallArn": arn, "FirewallOnboardingStatus": "active", "FirewallMode": "enforce"}
    ]
    named(cloud, "DescribeSubnets", "net-10.2.1.0/24")["NetworkFirewallConnectivityType"] = "outbound-only"
    for route in named(cloud, "DescribeRouteTables", "nodes")["Routes"]:
        if route.get("GatewayId", "").startswith("igw-"):
            route["IgwFirewall"] = {"FirewallArn": arn, "Status": "active"}
    endpoint.state.change(lambda _: cloud.recording())
    state = AwsState(collected(lambda state: trace(state, "203.0.113.9", ip_address("198.51.100.1"), 4022)))
    vpc = state.vpc(made_id("vpc", "relays"))
    assert isinstance(vpc, Vpc)
    assert vpc.firewalls == (InternetFirewall(arn, FirewallStatus.ACTIVE, FirewallMode.ENFORCE),)
    subnet = state.subnet(made_id("subnet", "net-10.2.1.0/24"))
    assert isinstance(subnet, Subnet)
    assert subnet.connectivity is InternetConnectivity.OUTBOUND_ONLY
    routes = [route for table in state.seen(ROUTE_TABLE) for route in table.routes if route.firewalled]
    assert [str(route.destination) for route in routes] == ["0.0.0.0/0"]
