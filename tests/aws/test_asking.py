"""How a question is put: which load balancer is asked for, and does asking end, whatever AWS says?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from ipaddress import ip_address
from itertools import count
from typing import Any

import pytest

from nlbcheck.aws.collect import Collector, Recorded
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.path.reach import Reach
from tests.aws.every_network import diagnosis, shared_vpc, two_accounts
from tests.aws.replay import Replay
from tests.diagnosis.diagnosing import TABLE
from tests.scenarios.article import CLIENT, NODES, article
from tests.scenarios.cloud import Cloud, made_id

HOME = AccountRegion("123456789012", "ap-northeast-1")
LISTING: dict[str, Any] = {}


def crowded() -> Cloud:
    """Return the article's network with more load balancers in the Region."""
    cloud = article()
    subnet = cloud.subnet("others", cloud.vpc("others", "10.9.0.0/16"), "10.9.0.0/24", "a")
    for number in range(10, 14):
        cloud.load_balancer(f"other-{number}", {subnet: f"10.9.0.{number}"})
    return cloud


def dns_name(cloud: Cloud) -> str:
    return str(cloud.balancers[0]["DNSName"])


@pytest.mark.parametrize("static_ips", [False, True])
@pytest.mark.parametrize("wanted", ["name", "dns", "arn", "static ips"])
def test_only_the_load_balancer_that_is_meant_is_read(wanted: str, *, static_ips: bool) -> None:
    cloud = crowded()
    arn = cloud.balancers[0]["LoadBalancerArn"]
    name = {"name": "example-nlb", "dns": dns_name(cloud), "arn": arn, "static ips": None}[wanted]
    addresses = [ip_address(node) for node in NODES.values() if static_ips or name is None]
    aws = Replay(cloud.recording())
    collector = Collector({HOME: aws})
    found = collector.ask(lambda state: balancers.find(state, name, None, addresses))
    assert isinstance(found, LoadBalancer)
    assert found.name == "example-nlb"
    assert len(AwsState(collector.recording).load_balancers) == 1
    assert len(aws.calls) <= 3


@pytest.mark.parametrize(
    ("wanted", "addresses", "expected"),
    [
        ("nlb", [], "example-nlb"),
        ("13", [], "other-13"),
        ("nobody", [], Absent),
        ("nobody-1.elb.ap-northeast-1.amazonaws.com", [], Absent),
        (None, ["10.9.0.99"], Absent),
    ],
)
def test_the_list_is_read_where_a_name_alone_does_not_do(
    wanted: str | None, addresses: list[str], expected: object
) -> None:
    aws = Replay(crowded().recording())
    known = [ip_address(address) for address in addresses]
    found = Collector({HOME: aws}).ask(lambda state: balancers.find(state, wanted, None, known))
    assert (found.name if isinstance(found, LoadBalancer) else type(found)) == expected
    assert aws.calls.count(("DescribeLoadBalancers", LISTING)) == 1
    assert len([name for name, _ in aws.calls if name == "DescribeLoadBalancers"]) <= 2


def test_of_load_balancers_that_may_not_be_read_nothing_is_said() -> None:
    aws = Replay(crowded().recording(), {"DescribeLoadBalancers": "AccessDenied"})
    for wanted in ("nlb", dns_name(crowded())):
        found = Collector({HOME: aws}).ask(partial(balancers.find, wanted=wanted))
        assert isinstance(found, NotVisible)
        assert found.error == "AccessDenied"


def test_a_connection_to_a_node_is_traced_through_its_load_balancer() -> None:
    aws = Replay(crowded().recording())
    question = partial(traced, source=CLIENT, address=ip_address(NODES["a"]), port=10022)
    collector = Collector({HOME: aws})
    found = collector.ask(question)
    assert found.reach is Reach.REACHABLE
    assert [item.group.name for item in found.walk.targets] == ["example-tg-10022"]
    assert found == Recorded(collector.recording).ask(question)
    assert len(AwsState(collector.recording).load_balancers) == 1
    assert len(aws.calls) <= 30


def test_what_another_account_shares_is_asked_for_here() -> None:
    collector = Collector({HOME: Replay(shared_vpc())})
    collector.ask(partial(diagnosis, table=TABLE, rows=TABLE.select(["tg-10022"])))
    state = AwsState(collector.recording)
    vpc = state.vpc(made_id("vpc", "vpc-2"))
    assert isinstance(vpc, Vpc)
    assert vpc.account_region.account == "555555555555"
    assert state.asked_in == (HOME,)
    assert not isinstance(state.route_table(made_id("rtb", "private-1a-1")), (Absent, NotVisible))
    # Others see less than the owner: that there is nothing is not proven.
    assert isinstance(state.peerings_of(vpc), NotVisible)


def test_a_client_that_is_proven_not_to_exist_is_an_error_only_when_all_were_asked() -> None:
    near, far = two_accounts()
    there = AccountRegion(far.answers[0].account, HOME.region)
    question = partial(traced, source=made_id("i", "client"), address=ip_address(NODES["a"]), port=10022)
    assert Collector({HOME: Replay(near), there: Replay(far)}).ask(question).reach is Reach.REACHABLE
    with pytest.raises(InputError, match="no such instance"):
        Collector({HOME: Replay(near)}).ask(question)


class Endless:
    """Answers every question about VPCs with one more that was never heard of."""

    def __init__(self, *, fails: bool) -> None:
        self._numbers = count()
        self._fails = fails
        self.calls = 0

    def call(self, _service: str, operation: str, _parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls += 1
        if self._fails:
            raise RefusedError("InternalError")
        vpc = {"VpcId": f"vpc-{next(self._numbers)}", "OwnerId": HOME.account, "CidrBlockAssociationSet": []}
        return {"Vpcs": [vpc]}


def newest(state: AwsState) -> object:
    """Ask for the VPC after the last one that is known."""
    key = 0
    while isinstance(found := state.vpc(f"vpc-{key}"), Vpc):
        key += 1
    return found


def test_asking_ends_when_aws_answers_with_ever_new_things() -> None:
    aws = Endless(fails=False)
    assert isinstance(Collector({HOME: aws}).ask(newest), NotVisible)
    assert 10 < aws.calls <= 100


def test_what_was_refused_is_not_asked_again() -> None:
    aws = Endless(fails=True)
    collector = Collector({HOME: aws})
    for _ in range(2):
        found = collector.ask(newest)
        assert isinstance(found, NotVisible)
        assert found.error == "InternalError"
    assert aws.calls == 1


def test_an_error_of_the_question_counts_when_nothing_is_left_to_ask() -> None:
    def question(state: AwsState) -> str:
        if isinstance(state.vpc("vpc-0"), NotVisible):
            raise UnseenError("not seen yet")
        return "seen"

    assert Collector({HOME: Endless(fails=False)}).ask(question) == "seen"
    with pytest.raises(UnseenError):
        Collector({HOME: Endless(fails=True)}).ask(question)


def test_what_remedies_lead_to_is_asked_as_well() -> None:
    """The proof walks a state that AWS does not know yet; what that needs is asked of AWS as it is."""
    cloud = article()
    group = next(item["TargetGroupArn"] for item in cloud.groups if "10022" in item["TargetGroupName"])
    cloud.targets[group][0]["Target"]["Id"] = "172.31.137.10"
    aws = Replay(cloud.recording())
    question = partial(diagnosis, table=TABLE, rows=TABLE.select(["tg-10022"]))
    report = Collector({HOME: aws}).ask(question)
    assert report.by_row() == question(AwsState(cloud.recording())).by_row()
    assert any("172.31.129.10" in str(parameters) for _, parameters in aws.calls)
