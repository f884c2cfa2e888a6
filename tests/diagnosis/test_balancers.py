"""Is the load balancer found by what people call it, and never guessed?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws.recording import Recording, RefusedCall
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.balancers import Several
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.model import Node
from nlbcheck.model.facts import Absent, NotVisible
from tests.diagnosis.drifting import TABLE, agreeing, checked
from tests.scenarios.article import NODES
from tests.scenarios.cloud import Cloud

REGION = "ap-northeast-1"


def region(*names: str, region: str = REGION, network: str = "10.9.0.0/24") -> Cloud:
    """Return a Region with load balancers of these names, one address each."""
    cloud = Cloud(region=region)
    subnet = cloud.subnet("only", cloud.vpc("vpc", network), network, "a")
    for number, name in enumerate(names, start=10):
        cloud.load_balancer(name, {subnet: network.replace("0/24", str(number))})
    return cloud


def together(*clouds: Cloud) -> Recording:
    recordings = [cloud.recording() for cloud in clouds]
    answers = tuple(answer for recording in recordings for answer in recording.answers)
    return replace(recordings[0], answers=answers)


def asked_by_name(name: str, *, found: bool) -> Recording:
    """Return what the collector records: one call with the name, and AWS's answer to it."""
    recorded = region(*[name][:found]).recording()
    (answer,) = (item for item in recorded.answers if item.operation == "DescribeLoadBalancers")
    if found:
        return replace(recorded, answers=(replace(answer, parameters={"Names": [name]}),))
    call = (answer.account, answer.region, "elbv2", "DescribeLoadBalancers", {"Names": [name]})
    return replace(recorded, answers=(), gaps=(RefusedCall(*call, error="LoadBalancerNotFound"),))


def named(found: balancers.BalancerLookup) -> object:
    match found:
        case LoadBalancer():
            return found.name
        case Several():
            return [item.name for item in found.fitting]
    return type(found)


@pytest.mark.parametrize(
    ("wanted", "names", "expected"),
    [
        ("nlb", ["nlb", "example-nlb"], "nlb"),
        ("nlb", ["example-nlb", "relay"], "example-nlb"),
        ("nlb", ["example-nlb", "other-nlb"], ["example-nlb", "other-nlb"]),
        ("lb", ["example-nlb"], Absent),
        ("example", ["example-nlb"], Absent),
        ("nlb", [], Absent),
    ],
)
def test_by_name(wanted: str, names: list[str], expected: object) -> None:
    assert named(balancers.find(AwsState(region(*names).recording()), wanted)) == expected


@settings(max_examples=50)
@given(
    st.lists(st.from_regex(r"(a|b)(-(a|b)){0,2}", fullmatch=True), unique=True, max_size=6),
    st.from_regex(r"(a|b)(-(a|b)){0,2}", fullmatch=True),
)
def test_never_a_guess(names: list[str], wanted: str) -> None:
    found = named(balancers.find(AwsState(region(*names).recording()), wanted))
    ending = [name for name in names if name.endswith(f"-{wanted}")]
    if wanted in names:
        assert found == wanted
    elif len(ending) == 1:
        assert found == ending[0]
    else:
        assert found == (ending or Absent)


def test_by_arn_and_dns_name() -> None:
    state = AwsState(together(region("nlb"), region("nlb", region="us-east-1")))
    for balancer in state.load_balancers:
        assert balancer.dns_name
        assert balancers.find(state, balancer.arn) == balancer
        assert balancers.find(state, f"{balancer.dns_name.upper()}.") == balancer
    assert isinstance(balancers.find(state, state.load_balancers[0].arn + "0"), Absent)
    assert isinstance(balancers.find(state, "nlb-1.elb.ap-northeast-1.amazonaws.com"), Absent)
    elsewhere = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/nlb/1"
    assert isinstance(balancers.find(state, elsewhere), NotVisible)
    assert isinstance(balancers.find(state, "arn:nonsense"), Absent)


def test_by_region() -> None:
    state = AwsState(together(region("nlb"), region("nlb", region="us-east-1")))
    assert named(balancers.find(state, "nlb")) == ["nlb", "nlb"]
    found = balancers.find(state, "nlb", "us-east-1")
    assert isinstance(found, LoadBalancer)
    assert found.account_region.region == "us-east-1"
    assert isinstance(balancers.find(state, "nlb", "eu-west-1"), NotVisible)


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["10.9.0.10"], "one"),
        (["10.9.0.11", "10.9.0.99"], "two"),
        (["10.9.0.10", "10.9.0.11"], ["one", "two"]),
        (["10.9.0.99"], Absent),
    ],
)
def test_by_address(addresses: list[str], expected: object) -> None:
    cloud = region("one", "two", "web")
    cloud.balancers[2]["Type"] = "application"
    assert (
        named(balancers.find(AwsState(cloud.recording()), None, None, [*map(ip_address, addresses)]))
        == expected
    )


def test_the_one_with_all_addresses_wins_and_hidden_ones_could_have_them() -> None:
    cloud = region("one", "two", "three")
    one, two, three = (item["AvailabilityZones"][0] for item in cloud.balancers)
    two["LoadBalancerAddresses"] = one["LoadBalancerAddresses"]
    assert named(balancers.find(AwsState(cloud.recording()), None, None, [ip_address("10.9.0.10")])) == [
        "one",
        "two",
    ]
    cloud.objects["DescribeNetworkInterfaces"].clear()
    three["LoadBalancerAddresses"] = []
    two["LoadBalancerAddresses"] = [{"PrivateIPv4Address": "10.9.0.11"}]
    state = AwsState(cloud.recording())
    assert named(balancers.find(state, None, None, [ip_address("10.9.0.11")])) == "two"
    assert (
        named(balancers.find(state, None, None, [ip_address("10.9.0.11"), ip_address("10.9.0.12")]))
        is NotVisible
    )
    assert named(balancers.find(state, None, None, [ip_address("10.9.0.13")])) is NotVisible


def test_neither_name_nor_address() -> None:
    with pytest.raises(InputError, match="no load balancer is named"):
        balancers.find(AwsState(region("nlb").recording()), None)


def test_what_was_asked_by_name_only() -> None:
    assert named(balancers.find(AwsState(asked_by_name("nlb", found=True)), "nlb")) == "nlb"
    assert named(balancers.find(AwsState(asked_by_name("nlb", found=False)), "other")) is NotVisible
    # There may be others that end in it, and one of just this name.
    unlisted = balancers.find(AwsState(asked_by_name("nlb", found=False)), "nlb")
    assert isinstance(unlisted, NotVisible)
    assert unlisted.error is None
    assert named(balancers.find(AwsState(asked_by_name("example-nlb", found=True)), "nlb")) is NotVisible
    assert (
        named(
            balancers.find(AwsState(asked_by_name("nlb", found=True)), None, None, [ip_address("10.9.0.9")])
        )
        is NotVisible
    )


def test_static_ips() -> None:
    cloud = agreeing()
    (balancer,) = AwsState(cloud.recording()).load_balancers
    nodes = tuple(Node(REGION + zone, ip_address(address)) for zone, address in NODES.items())
    assert balancers.static_ips(AwsState(cloud.recording()), balancer) == nodes
    cloud.balancers[0]["Scheme"] = "internet-facing"
    state = AwsState(cloud.recording())
    assert isinstance(balancers.static_ips(state, state.load_balancers[0]), NotVisible)
    for number, zone in enumerate(cloud.balancers[0]["AvailabilityZones"]):
        zone["LoadBalancerAddresses"][0]["IpAddress"] = f"198.51.100.{number}"
    state = AwsState(cloud.recording())
    found = balancers.static_ips(state, state.load_balancers[0])
    assert found == (
        Node(f"{REGION}a", ip_address("198.51.100.0")),
        Node(f"{REGION}c", ip_address("198.51.100.1")),
    )
    cloud.balancers[0]["Scheme"] = "sideways"
    state = AwsState(cloud.recording())
    assert isinstance(balancers.static_ips(state, state.load_balancers[0]), NotVisible)


# --- what the table's check says of it --------------------------------------------------------------------


HOME, AWAY = "account 123456789012, ap-northeast-1", "account 123456789012, us-east-1"


@pytest.mark.parametrize(
    ("wanted", "where", "said"),
    [
        ("example-lbn", REGION, f"no load balancer example-lbn in {HOME}. Did you mean example-nlb?"),
        ("zzz", REGION, f"no load balancer zzz in {HOME}."),
        ("far-nlb", REGION, f"There is one in {AWAY}."),
        ("nlb", None, f"nlb fits several load balancers: example-nlb ({HOME}), far-nlb ({AWAY})."),
    ],
)
def test_not_found(wanted: str, where: str | None, said: str) -> None:
    recorded = together(agreeing(), region("far-nlb", region="us-east-1"))
    found = checked(recorded, replace(TABLE, load_balancer=wanted, region=where))
    assert [finding.code for finding in found.findings] == ["balancer-not-found"]
    assert said in found.findings[0].summary
    assert found.exit_status is ExitStatus.BROKEN
    assert found.balancer is None
    assert [row.findings for row in found.rows] == [()] * len(TABLE.rows)


def test_another_region_was_recorded() -> None:
    found = checked(agreeing(), replace(TABLE, region="eu-west-1"))
    assert [finding.code for finding in found.findings] == ["not-visible"]
    assert "the recording shows one in account 123456789012, ap-northeast-1" in found.findings[0].summary
    assert found.exit_status is ExitStatus.UNSEEN


def test_no_network_load_balancer() -> None:
    found = checked(agreeing(lambda cloud: cloud.balancers[0].update(Type="application")))
    assert [finding.code for finding in found.findings] == ["balancer-not-found"]
    assert "is a load balancer of type application" in found.findings[0].summary


def test_a_table_without_a_name_is_checked_by_its_addresses() -> None:
    assert checked(agreeing(), replace(TABLE, load_balancer=None)).findings == ()
