"""The rules of route tables, network ACLs and security groups, held against plain restatements of them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws.gateways import AttachmentState, GatewayAttachment, InternetGateway
from nlbcheck.aws.network import (
    ALL_PORTS,
    AclEntry,
    GroupReference,
    NetworkAcl,
    PortRange,
    PrefixList,
    PrefixListReference,
    Route,
    RouteOrigin,
    RouteState,
    RouteTable,
    RouteTargetKind,
    SecurityGroup,
    SecurityRule,
)
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.path.gates import internet_gateway, network_acl, route_table, security_group
from nlbcheck.path.gates.route_table import Choice
from nlbcheck.path.outcome import Outcome, Passed, Stopped, Unseen
from nlbcheck.path.packet import EPHEMERAL, SEEN, Packet

relaxed = settings(deadline=None)
PLACE = AccountRegion("123456789012", "ap-northeast-1")
ADDRESS = IPv4Address("10.1.2.3")
LISTS = {
    "pl-1": (IPv4Network("10.1.0.0/16"), IPv4Network("10.1.2.0/25")),
    "pl-2": (IPv4Network("172.16.0.0/12"),),
}

prefixes = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.sampled_from([int(ADDRESS), int(IPv4Address("10.1.2.200")), int(IPv4Address("192.168.0.1"))]),
    st.integers(0, 32),
)
static_kinds = st.sampled_from([RouteTargetKind.PEERING, RouteTargetKind.TRANSIT_GATEWAY])


def prefix_list(key: str) -> PrefixList | Absent | NotVisible:
    if key in LISTS:
        return PrefixList(key, PLACE, LISTS[key])
    return NotVisible(key, "ec2", "GetManagedPrefixListEntries", PLACE)


def static(destination: IPv4Network, kind: RouteTargetKind, target: int) -> Route:
    return Route(destination, None, kind, f"{kind}-{target}", RouteState.ACTIVE, RouteOrigin.CREATE_ROUTE)


def propagated(destination: IPv4Network) -> Route:
    origin = RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION
    return Route(destination, None, RouteTargetKind.VPN_GATEWAY, "vgw", RouteState.ACTIVE, origin)


def listed(key: str) -> Route:
    kind = RouteTargetKind.TRANSIT_GATEWAY
    return Route(None, key, kind, f"by-{key}", RouteState.ACTIVE, RouteOrigin.CREATE_ROUTE)


OWN = IPv4Network("10.1.0.0/16")
LOCAL = Route(OWN, None, RouteTargetKind.LOCAL, "local", RouteState.ACTIVE, RouteOrigin.CREATE_ROUTE_TABLE)

routes = st.lists(
    st.one_of(
        st.builds(static, prefixes, static_kinds, st.integers(1, 3)),
        st.builds(propagated, prefixes),
        st.sampled_from([listed("pl-1"), listed("pl-2"), LOCAL]),
    ),
    max_size=8,
)


def table(found: list[Route]) -> RouteTable:
    return RouteTable("rtb-1", PLACE, None, "vpc-1", False, (), tuple(found), ())


def oracle(found: list[Route], address: IPv4Address) -> set[str]:
    """Try every length from the longest: the targets of the first that has a route, by rank."""
    local = LOCAL in found and address in IPv4Network("10.1.0.0/16")
    for length in range(32, -1, -1):
        block = IPv4Network((address, length), strict=False)
        statics = {r.target_id for r in found if r.destination == block and r.origin in _STATIC}
        lists = {r.target_id for r in found if r.prefix_list_id and block in LISTS[r.prefix_list_id]}
        learned = {r.target_id for r in found if r.destination == block and r.origin not in _STATIC}
        for targets in (statics, lists, learned if not local else set()):
            if targets:
                return {str(target) for target in targets}
    return set()


_STATIC = (RouteOrigin.CREATE_ROUTE, RouteOrigin.CREATE_ROUTE_TABLE)


@relaxed
@given(routes, st.sampled_from([ADDRESS, IPv4Address("10.1.2.200"), IPv4Address("8.8.8.8")]))
def test_the_route_that_wins(found: list[Route], address: IPv4Address) -> None:
    expected = oracle(found, address)
    match route_table.select(table(found), address, prefix_list):
        case None:
            assert expected == set()
        case Choice(route=route):
            assert expected == {route.target_id}
        case NotVisible():
            assert len(expected) > 1  # two routes of one rank: AWS does not have that, or picks either


@relaxed
@given(routes, st.data())
def test_a_route_that_cannot_be_read_never_changes_the_answer_but_to_unknown(
    found: list[Route], data: st.DataObject
) -> None:
    before = route_table.select(table(found), ADDRESS, prefix_list)
    if not found:
        return
    number = data.draw(st.integers(0, len(found) - 1))
    field = data.draw(st.sampled_from(["destination", "target_kind", "state", "origin"]))
    values: dict[str, Any] = {name: getattr(found[number], name) for name in Route.__dataclass_fields__} | {
        field: None
    }
    if field == "destination":
        values["prefix_list_id"] = None
    after = route_table.select(
        table([*found[:number], Route(**values), *found[number + 1 :]]), ADDRESS, prefix_list
    )
    if isinstance(after, Choice) and isinstance(before, Choice):
        assert after.route.target_id == before.route.target_id
    elif not isinstance(before, NotVisible):
        assert isinstance(after, NotVisible) or after == before


def test_a_prefix_list_that_is_not_visible_makes_a_shorter_route_unsure() -> None:
    found = [static(IPv4Network("10.0.0.0/8"), RouteTargetKind.PEERING, 1), listed("pl-hidden")]
    assert isinstance(route_table.select(table(found), ADDRESS, prefix_list), NotVisible)
    exact = [static(IPv4Network("10.1.2.3/32"), RouteTargetKind.PEERING, 1), listed("pl-hidden")]
    assert isinstance(route_table.select(table(exact), ADDRESS, prefix_list), Choice)


# --- network ACLs ---

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
def test_replies_need_every_ephemeral_port(found: list[AclEntry], egress: bool) -> None:
    edges = [1024, 1100, 1101, 2000, 2001, 32767, 32768, 65535]
    expected = {admitted(found, port, egress=egress) for port in edges}
    outcome = network_acl.check(Packet(ADDRESS, ADDRESS, EPHEMERAL), acl(found), egress=egress)
    match outcome:
        case Passed(remark=None):
            assert expected == {True}
        case Passed():
            assert expected == {True, False}
        case Stopped():
            assert expected == {False}


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


# --- security groups ---

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


@pytest.mark.parametrize(
    ("state", "outcome"),
    [(AttachmentState.AVAILABLE, Passed), (AttachmentState.DETACHED, Stopped), (None, Unseen)],
)
def test_an_attachment_in_a_state_that_is_not_known_is_not_a_missing_one(
    state: AttachmentState | None, outcome: type[Outcome]
) -> None:
    gateway = InternetGateway("igw-1", PLACE, None, (GatewayAttachment("vpc-1", state),))
    assert isinstance(internet_gateway.check(gateway, "vpc-1", ADDRESS, IPv4Address("203.0.113.1")), outcome)
