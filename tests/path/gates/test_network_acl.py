"""The first rule that matches decides, held against a plain restatement of that."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.ports import ALL_PORTS, PortRange
from nlbcheck.aws.resources.network_acl import AclEntry, NetworkAcl
from nlbcheck.path.gates import network_acl
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.packet import CLIENT_PORTS, EPHEMERAL, Packet
from tests.path.gates.building import ADDRESS, PLACE, packet, passed, relaxed, remarked, stopped, unseen

ports = st.sampled_from([ALL_PORTS, PortRange(22, 22), PortRange(1024, 65535), PortRange(32768, 65535),
                         PortRange(1024, 2000), PortRange(443, 1100)])  # fmt: skip
cidrs = st.sampled_from(
    [IPv4Network(c) for c in ("0.0.0.0/0", "10.1.2.3/32", "10.1.0.0/16", "172.16.0.0/12")]
)
entries = st.builds(
    AclEntry,
    st.integers(1, 200),
    st.booleans(),
    st.sampled_from(["tcp", "udp", "all"]),
    cidrs,
    ports,
    st.booleans(),
)
acls = st.lists(entries, max_size=8, unique_by=lambda entry: (entry.number, entry.egress))


def acl(found: list[AclEntry]) -> NetworkAcl:
    return NetworkAcl("acl-1", PLACE, None, "vpc-1", False, (), tuple(found))


def admitted(found: list[AclEntry], port: int, *, egress: bool) -> bool:
    """Go through the rules in the order of their numbers; the first that matches decides."""
    for entry in sorted(found, key=lambda item: item.number):
        assert entry.cidr is not None
        assert entry.ports is not None
        fits = entry.protocol in ("tcp", "all") and ADDRESS in entry.cidr and port in entry.ports
        if entry.egress is egress and fits:
            return entry.allow is True
    return False


@relaxed
@given(acls, st.booleans(), st.sampled_from([22, 80, 443, 1050, 50000]))
def test_the_first_rule_that_matches_decides(found: list[AclEntry], egress: bool, port: int) -> None:
    packet = Packet(ADDRESS, ADDRESS, PortRange(port, port))
    outcome = network_acl.check(packet, acl(found), egress=egress)
    assert isinstance(outcome, Passed) is admitted(found, port, egress=egress)


@relaxed
@given(acls, st.booleans())
def test_replies_pass_by_the_share_of_ports_that_are_open(found: list[AclEntry], egress: bool) -> None:
    open_ports = sum(admitted(found, port, egress=egress) for port in range(1024, 65536))
    share = open_ports / (65536 - 1024)
    match network_acl.check(Packet(ADDRESS, ADDRESS, EPHEMERAL), acl(found), egress=egress):
        case Passed(remark=None):
            assert share == 1
        case Passed():
            assert network_acl.NEARLY_NOTHING <= share < 1
        case Stopped():
            assert share < network_acl.NEARLY_NOTHING


@relaxed
@given(acls, st.booleans(), st.sampled_from([PortRange(22, 22), EPHEMERAL]), st.data())
def test_a_rule_that_cannot_be_read_turns_the_answer_to_unknown_only(
    found: list[AclEntry], egress: bool, asked: PortRange, data: st.DataObject
) -> None:
    if not found:
        return
    packet = Packet(ADDRESS, ADDRESS, asked)
    before = network_acl.check(packet, acl(found), egress=egress)
    number = data.draw(st.integers(0, len(found) - 1))
    field = data.draw(st.sampled_from(["protocol", "cidr", "ports", "allow"]))
    values: dict[str, Any] = {
        name: getattr(found[number], name) for name in AclEntry.__dataclass_fields__
    } | {field: None}
    unread = [*found[:number], AclEntry(**values), *found[number + 1 :]]
    after = network_acl.check(packet, acl(unread), egress=egress)
    assert isinstance(after, Unseen) or type(after) is type(before)


@relaxed
@given(acls, st.booleans())
def test_the_remedy_s_rule_opens_the_acl(found: list[AclEntry], egress: bool) -> None:
    outcome = network_acl.check(Packet(ADDRESS, ADDRESS, EPHEMERAL), acl(found), egress=egress)
    problem = outcome.problem if isinstance(outcome, Stopped) else getattr(outcome, "remark", None)
    if problem is None or problem.remedy is None or not problem.remedy.calls:
        return
    asked: Any = problem.remedy.calls[0].parameters
    assert (asked["RuleNumber"], asked["Egress"]) not in {(e.number, e.egress) for e in found}
    new = AclEntry(asked["RuleNumber"], egress, "tcp", IPv4Network(asked["CidrBlock"]), EPHEMERAL, True)
    after = network_acl.check(Packet(ADDRESS, ADDRESS, EPHEMERAL), acl([*found, new]), egress=egress)
    assert after == Passed(after.evidence)


PACKET = packet(443)


def rule(number: int, allow: bool, cidr: str = "0.0.0.0/0", ports: PortRange = ALL_PORTS) -> AclEntry:
    return AclEntry(number, False, "tcp", IPv4Network(cidr), ports, allow)


def test_an_allowing_rule_lets_the_packet_in_and_is_the_evidence() -> None:
    found = passed(network_acl.check(PACKET, acl([rule(100, True)]), egress=False))
    assert found["source"] == "10.1.2.3"
    assert found["rule"] == {
        "number": 100, "action": "allow", "protocol": "tcp", "cidr": "0.0.0.0/0", "ports": "0-65535",
    }  # fmt: skip


def test_no_rule_or_a_denying_one_stops_it_and_a_rule_before_that_opens_it() -> None:
    denies = ("nacl-denies", "CreateNetworkAclEntry")
    assert stopped(network_acl.check(PACKET, acl([rule(100, True)]), egress=True)) == denies
    outcome = network_acl.check(PACKET, acl([rule(50, False), rule(100, True)]), egress=False)
    assert stopped(outcome) == denies
    assert isinstance(outcome, Stopped)
    assert outcome.problem.remedy
    assert outcome.problem.remedy.calls[0].parameters["RuleNumber"] == 49


@pytest.mark.parametrize("egress", [False, True])
def test_the_denying_rule_is_named_as_the_alternative_where_it_alone_is_in_the_way(egress: bool) -> None:
    word = "outbound" if egress else "inbound"
    said = f"before rule 50 (or change or remove {word} rule 50, unless it is there on purpose)."

    def advice(*rules: AclEntry) -> str:
        outcome = network_acl.check(
            PACKET, acl([replace(item, egress=egress) for item in rules]), egress=egress
        )
        assert isinstance(outcome, Stopped)
        assert outcome.problem.remedy
        assert len(outcome.problem.remedy.calls) == 1
        return outcome.problem.remedy.text

    assert said in advice(rule(50, False), rule(100, True))
    assert advice(rule(50, False)).endswith("before rule 50.")  # rule * would deny it then
    assert advice(rule(50, False), rule(60, False), rule(100, True)).endswith("before rule 50.")
    unread = replace(rule(60, True), ports=None)
    assert advice(rule(50, False), unread, rule(100, True)).endswith("before rule 50.")
    assert "or change" not in advice(rule(200, True, "192.0.2.0/24"))


def replies_on(first: int, last: int, ports: PortRange) -> Outcome:
    narrow = acl([rule(100, True, ports=PortRange(first, last))])
    return network_acl.check(replace(PACKET, ports=ports), narrow, egress=False)


@pytest.mark.parametrize(
    ("first", "last", "code", "told"),
    [
        (32768, 65535, "nacl-narrow-ephemeral", "51 % of the ports 1024-65535."),
        (1024, 65534, "nacl-narrow-ephemeral", "99 % of the ports 1024-65535."),
        (9092, 9092, "nacl-denies", "on port 9092 only: less than 1 % of the ports 1024-65535."),
        (8000, 9000, "nacl-denies", "on ports 8000-9000 only: 2 % of the ports 1024-65535."),
    ],
)
def test_replies_to_a_node_fail_by_the_share_of_its_ports(
    first: int, last: int, code: str, told: str
) -> None:
    outcome = replies_on(first, last, EPHEMERAL)
    assert (stopped if code == "nacl-denies" else remarked)(outcome) == (code, "CreateNetworkAclEntry")
    assert told in summary_of(outcome)


@pytest.mark.parametrize(
    ("first", "last", "code", "told"),
    [
        (1024, 65535, None, ""),
        (32768, 65535, None, ""),
        (32768, 61000, "nacl-narrow-ephemeral",
         "all of the ports 32768-60999 of Linux clients and 72 % of the ports 49152-65535 of Windows"),
        (49152, 65535, "nacl-narrow-ephemeral",
         "42 % of the ports 32768-60999 of Linux clients and all of the ports 49152-65535 of Windows"),
        (1024, 5000, "nacl-denies", "denies inbound TCP 32768-65535 from 10.1.2.3"),
        (10022, 10022, "nacl-denies", "denies inbound TCP 32768-65535 from 10.1.2.3"),
        (40000, 40000, "nacl-denies", "less than 1 % of the ports 32768-60999 of Linux clients and none of"),
    ],
)  # fmt: skip
def test_replies_to_a_client_fail_by_the_ports_that_clients_use(
    first: int, last: int, code: str | None, told: str
) -> None:
    outcome = replies_on(first, last, CLIENT_PORTS)
    if code is None:
        passed(outcome)
    else:
        assert (stopped if code == "nacl-denies" else remarked)(outcome) == (code, "CreateNetworkAclEntry")
        assert told in summary_of(outcome)


def summary_of(outcome: Outcome) -> str:
    problem = outcome.problem if isinstance(outcome, Stopped) else getattr(outcome, "remark", None)
    assert isinstance(problem, Problem)
    return problem.summary


def test_a_rule_that_cannot_be_read_makes_it_unknown() -> None:
    unread = replace(rule(50, True), allow=None)
    outcome = network_acl.check(PACKET, acl([unread, rule(100, True)]), egress=False)
    assert unseen(outcome) == "DescribeNetworkAcls"


def test_a_client_whose_address_is_not_known_gets_no_rule() -> None:
    unknown = packet(443, source=None)
    assert passed(network_acl.check(unknown, acl([rule(100, True)]), egress=False))["source"] is None
    assert stopped(network_acl.check(unknown, acl([]), egress=False)) == ("nacl-denies",)
