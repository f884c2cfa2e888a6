"""Any rule of any group admits, held against a plain restatement of that."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.ports import ALL_PORTS, PortRange
from nlbcheck.aws.resources.security_group import (
    GroupReference,
    PrefixListReference,
    SecurityGroup,
    SecurityRule,
)
from nlbcheck.model import Confidence
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.gates import security_group
from nlbcheck.path.outcome import Outcome, Passed, Stopped, Unseen
from nlbcheck.path.packet import SEEN, Packet, References
from tests.path.gates.building import (
    ADDRESS,
    LISTS,
    PLACE,
    hidden,
    packet,
    passed,
    prefix_list,
    relaxed,
    stopped,
    unseen,
)

ports = st.sampled_from([ALL_PORTS, PortRange(22, 22), PortRange(1024, 65535), PortRange(32768, 65535),
                         PortRange(1024, 2000), PortRange(443, 1100)])  # fmt: skip
cidrs = st.sampled_from(
    [IPv4Network(c) for c in ("0.0.0.0/0", "10.1.2.3/32", "10.1.0.0/16", "172.16.0.0/12")]
)
peers = st.one_of(
    cidrs,
    st.sampled_from(
        [PrefixListReference("pl-1"), PrefixListReference("pl-2"), PrefixListReference("pl-hidden")]
    ),
    st.builds(
        GroupReference,
        st.sampled_from(["sg-client", "sg-other"]),
        st.none(),
        st.none(),
        st.none(),
        st.sampled_from([None, "active", "deleted"]),
    ),
)
rules = st.lists(st.builds(SecurityRule, st.sampled_from(["tcp", "udp", "all"]), ports, peers), max_size=4)
groups = st.lists(rules, min_size=1, max_size=3)


def group(number: int, found: list[SecurityRule]) -> SecurityGroup:
    return SecurityGroup(f"sg-{number}", PLACE, "", "vpc-1", tuple(found), ())


def one_admits(rule: SecurityRule) -> bool | None:
    if rule.protocol == "udp" or rule.ports is None or 22 not in rule.ports:
        return False
    match rule.peer:
        case PrefixListReference(id="pl-hidden"):
            return None
        case PrefixListReference(id=key):
            return any(ADDRESS in entry for entry in LISTS[key])
        case GroupReference(id=key, peering_status=status):
            return key == "sg-client" and status != "deleted"
        case IPv4Network() as network:
            return ADDRESS in network
    return False


def judge(found: list[list[SecurityRule]]) -> Outcome:
    made: list[security_group.ShownGroup] = [group(number, item) for number, item in enumerate(found)]
    packet = Packet(ADDRESS, None, PortRange(22, 22))
    return security_group.check(packet, made, ("sg-client",), SEEN, prefix_list, egress=False)


@relaxed
@given(groups)
def test_one_rule_of_any_group_is_enough(found: list[list[SecurityRule]]) -> None:
    answers = [one_admits(rule) for item in found for rule in item]
    expected = Passed if True in answers else Unseen if None in answers else Stopped
    assert type(judge(found)) is expected


@relaxed
@given(groups, st.randoms())
def test_the_order_of_rules_and_groups_does_not_matter(found: list[list[SecurityRule]], random: Any) -> None:
    mixed = [sorted(item, key=lambda _: random.random()) for item in found]
    random.shuffle(mixed)
    assert type(judge(mixed)) is type(judge(found))


@relaxed
@given(groups)
def test_a_group_that_is_not_visible_is_never_a_denial(found: list[list[SecurityRule]]) -> None:
    made: list[security_group.ShownGroup] = [group(number, item) for number, item in enumerate(found)]
    made[0] = NotVisible("sg-0", "ec2", "DescribeSecurityGroups", PLACE)
    packet = Packet(ADDRESS, None, PortRange(22, 22))
    outcome = security_group.check(packet, made, ("sg-client",), SEEN, prefix_list, egress=False)
    assert not isinstance(outcome, Stopped)
    if isinstance(outcome, Passed):
        assert isinstance(judge(found), Passed)


def test_an_ipv6_range_does_not_admit_a_client_whose_address_is_not_known() -> None:
    packet = Packet(None, ADDRESS, PortRange(443, 443))
    absent = Absent("a prefix list", "ec2:GetManagedPrefixListEntries", PLACE)
    for everything, outcome in ((IPv6Network("::/0"), Stopped), (IPv4Network("0.0.0.0/0"), Passed)):
        rule = SecurityRule("tcp", ALL_PORTS, everything)
        group = SecurityGroup("sg-1", PLACE, "group", "vpc-1", (rule,), ())
        found = security_group.check(packet, [group], (), SEEN, lambda _: absent, egress=False)
        assert isinstance(found, outcome)


TARGET_GROUP = SecurityGroup(
    "sg-1", PLACE, "web", "vpc-1", (SecurityRule("tcp", PortRange(443, 443), IPv4Network("10.1.2.0/24")),), ()
)
BY_NAME = replace(
    TARGET_GROUP,
    ingress=(SecurityRule("tcp", ALL_PORTS, GroupReference("sg-client", None, None, None, None)),),
)


def inbound(shown: security_group.ShownGroup, port: int = 443, **asked: Any) -> Outcome:
    found = asked.pop("references", SEEN)
    others = asked.pop("others", ())
    return security_group.check(packet(port), [shown], others, found, prefix_list, egress=False, **asked)


def test_the_rule_that_admits_is_the_evidence() -> None:
    found = passed(inbound(TARGET_GROUP))
    assert (found["source"], found["group"]) == ("10.1.2.3", "sg-1")
    assert found["rule"] == "tcp 443 10.1.2.0/24"


def test_what_no_rule_admits_is_denied_and_one_address_and_port_are_admitted_by_a_call() -> None:
    outcome = inbound(TARGET_GROUP, 444)
    assert stopped(outcome) == ("sg-denies", "AuthorizeSecurityGroupIngress")
    assert isinstance(outcome, Stopped)
    assert outcome.problem.remedy
    assert "10.1.2.3/32" in str(outcome.problem.remedy.calls[0].parameters)


def test_a_rule_that_names_a_group_admits_it_as_far_as_that_is_known() -> None:
    assert passed(inbound(BY_NAME, others=("sg-client",)))
    assert stopped(inbound(BY_NAME, others=("sg-other",)))[0] == "sg-denies"
    lost = References(inbound=False, outbound=False, reason="is lost")
    assert stopped(inbound(BY_NAME, others=("sg-client",), references=lost))[0] == "sg-reference-not-seen"


def test_a_preserved_client_s_address_arrives_without_its_group() -> None:
    outcome = inbound(BY_NAME, others=("sg-nlb",), hidden=("sg-client",))
    assert stopped(outcome)[0] == "sg-reference-not-seen"
    assert isinstance(outcome, Stopped)
    assert outcome.problem.confidence is Confidence.LIKELY


def test_what_is_not_shown_is_unknown() -> None:
    assert unseen(inbound(hidden("DescribeSecurityGroups"))) == "DescribeSecurityGroups"
    assert unseen(inbound(replace(TARGET_GROUP, ingress=(SecurityRule("tcp", None, None),)))) == (
        "DescribeSecurityGroups"
    )
