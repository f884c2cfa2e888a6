"""What a look at a target means: which finding, how sure, and what is unknown rather than wrong."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.explain import page
from nlbcheck.inspection import host_findings
from nlbcheck.inspection.peers import told_apart
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.model import Check, Code, Confidence, Direction, Finding, Leg, Port, Verdict
from nlbcheck.model.inspected import (
    HostConnection,
    HostListener,
    HostLook,
    HostRuling,
    PeerKind,
    RouteBack,
)
from nlbcheck.model.net import SocketAddress

HOST, NODE, OTHER, CLIENT = map(ip_address, ("10.0.0.10", "10.0.1.5", "10.0.2.5", "192.168.1.2"))
ASKED = HostQuestion(
    "tg-1",
    Port("TCP", 10022),
    "Server",
    HOST,
    22,
    Check.SSH,
    (NODE, OTHER),
    (CLIENT,),
    False,
    22,
    checks_by_tcp=True,
)
SSHD = HostListener(ip_address("0.0.0.0"), 22, process="sshd")
ADMITTED = tuple(
    HostRuling(peer, 22, direction, Verdict.PASS)
    for peer in (NODE, OTHER)
    for direction in (Direction.REQUEST, Direction.REPLY)
)
ROUTES = tuple(RouteBack(peer, "eth0") for peer in (NODE, OTHER, CLIENT))
FINE = HostLook(
    "tg-1",
    ASKED.listener,
    "Server",
    HOST,
    22,
    22,
    "ssh://server",
    device="eth0",
    listeners=(SSHD,),
    connections=(),
    rulings=ADMITTED,
    routes=ROUTES,
    reverse_path_filter=0,
    nodes=(NODE, OTHER),
)


def judged(look: HostLook = FINE, asked: HostQuestion = ASKED, *, ruled_by_more: bool = False) -> HostLook:
    found = host_findings.judged(look, asked, ruled_by_more=ruled_by_more)
    for finding in found.findings:
        about = page(finding.code)
        assert finding.leg in about.legs
        assert finding.verdict in about.verdicts
        likely = finding.confidence is Confidence.LIKELY
        assert ("likely" in finding.summary.lower()) is likely
        assert finding.remedy is not None
        assert finding.remedy.calls == ()
        assert finding.remedy.verified is None
    return found


def only(look: HostLook) -> Finding:
    (finding,) = look.findings
    return finding


def test_a_host_without_a_fault_passes() -> None:
    assert (judged().findings, judged().unseen, judged().verdict) == ((), (), Verdict.PASS)


@pytest.mark.parametrize(
    ("listeners", "code"),
    [
        ((), Code.HOST_NOT_LISTENING),
        ((HostListener(ip_address("127.0.0.1"), 22, process="sshd"),), Code.HOST_LISTENS_ELSEWHERE),
        ((HostListener(ip_address("10.9.9.9"), 22),), Code.HOST_LISTENS_ELSEWHERE),
        ((HostListener(None, 22, v6_only=True),), Code.HOST_LISTENS_ELSEWHERE),
        ((replace(SSHD, port=2022),), Code.HOST_OTHER_PORT),
        ((replace(SSHD, port=2222, process=None),), Code.HOST_OTHER_PORT),
        ((replace(SSHD, port=80, process="nginx"),), Code.HOST_NOT_LISTENING),
        ((HostListener(ip_address("127.0.0.1"), 2222, process="sshd"),), Code.HOST_NOT_LISTENING),
    ],
)
def test_who_listens_is_certain_where_all_rules_are_seen(
    listeners: tuple[HostListener, ...], code: Code
) -> None:
    finding = only(judged(replace(FINE, listeners=listeners)))
    assert (finding.code, finding.confidence, finding.leg) == (code, Confidence.CERTAIN, Leg.BACK)


def test_a_port_that_another_row_names_is_not_the_one_that_is_meant() -> None:
    asked = replace(ASKED, other_ports=frozenset({22, 2222}))
    look = replace(FINE, listeners=(replace(SSHD, port=2222),))
    assert only(judged(look, asked)).code == Code.HOST_NOT_LISTENING


def test_where_rules_may_hand_connections_on_nobody_listening_is_only_likely() -> None:
    doubtful = (replace(ADMITTED[0], verdict=Verdict.UNKNOWN, rule="-j DNAT"), *ADMITTED[1:])
    for rulings in ((), doubtful):
        look = judged(replace(FINE, listeners=(), rulings=rulings))
        assert only(look).confidence is Confidence.LIKELY
    assert "What the firewall does with connections to port 22 is not understood: -j DNAT" in look.unseen


def test_whether_a_socket_of_ipv6_takes_ipv4_is_unknown_where_netstat_alone_tells() -> None:
    look = judged(replace(FINE, listeners=(HostListener(None, 22, v6_only=None),)))
    assert (look.findings, look.verdict) == ((), Verdict.UNKNOWN)


def test_who_listens_on_the_port_of_health_checks_is_another_leg() -> None:
    asked = replace(ASKED, health_port=8080)
    rulings = (*ADMITTED, *(replace(item, port=8080) for item in ADMITTED))
    finding = only(judged(replace(FINE, rulings=rulings, health_port=8080), asked))
    assert (finding.code, finding.leg) == (Code.HOST_NOT_LISTENING, Leg.HEALTH)
    assert "port 8080, where health checks go: no process listens there" in finding.summary


@pytest.mark.parametrize(
    ("where", "managers", "told"),
    [
        ("table inet filter chain in", ("nft",), "nft insert rule inet filter in ip saddr 10.0.1.5 tcp"),
        (
            "iptables table filter chain INPUT",
            ("iptables",),
            "iptables -t filter -I INPUT -s 10.0.1.5 -p tcp",
        ),
        (
            "iptables table filter chain ufw-user-input",
            ("iptables", "ufw"),
            "ufw prepend allow proto tcp from 10.0",
        ),
        (
            "table inet firewalld chain filter_IN_public",
            ("nft", "firewalld"),
            "port 22 in the host's firewall.",
        ),
        ("table ip $(reboot) chain in", ("nft",), "port 22 in the host's firewall."),
    ],
)
def test_a_rule_that_blocks_has_the_command_that_admits(
    where: str, managers: tuple[str, ...], told: str
) -> None:
    dropped = replace(ADMITTED[0], verdict=Verdict.FAIL, rule="tcp dport 22 drop", where=where)
    finding = only(judged(replace(FINE, rulings=(dropped, *ADMITTED[1:]), firewalls=managers)))
    assert (finding.code, finding.confidence) == (Code.HOST_FIREWALL, Confidence.CERTAIN)
    assert finding.evidence["peers"] == ["10.0.1.5"]
    assert "drops connections from 10.0.1.5: tcp dport 22 drop" in finding.summary
    assert finding.remedy is not None
    assert told in finding.remedy.text
    assert "$(reboot)" not in finding.remedy.text


def test_answers_that_are_dropped_are_a_matter_of_the_reply() -> None:
    dropped = replace(ADMITTED[1], verdict=Verdict.FAIL, rule="policy drop", where="table ip f chain out")
    finding = only(judged(replace(FINE, rulings=(ADMITTED[0], dropped, *ADMITTED[2:]))))
    assert (finding.code, finding.direction) == (Code.HOST_FIREWALL, Direction.REPLY)


BRIDGE = RouteBack(NODE, "docker0", is_bridge=True, holding="10.0.1.0/24")


@pytest.mark.parametrize(
    ("route", "strictness", "code", "is_sure"),
    [
        (BRIDGE, 0, Code.HOST_ROUTE, True),
        (BRIDGE, 2, Code.HOST_ROUTE, True),
        (BRIDGE, 1, Code.HOST_REVERSE_PATH, True),
        (RouteBack(NODE, "docker0", "10.0.1.1", is_bridge=True), 0, Code.HOST_ROUTE, False),
        (RouteBack(NODE, "eth1", "10.0.1.1"), 0, Code.HOST_ROUTE, False),
        (RouteBack(NODE, "eth1", "10.0.1.1"), 1, Code.HOST_REVERSE_PATH, True),
        (RouteBack(NODE, "lo"), 0, Code.HOST_ROUTE, True),
        (RouteBack(NODE, None, said="it has no route there"), 1, Code.HOST_ROUTE, True),
    ],
)
def test_answers_that_leave_elsewhere(
    route: RouteBack, strictness: int, code: Code, *, is_sure: bool
) -> None:
    look = replace(FINE, routes=(route, *ROUTES[1:]), reverse_path_filter=strictness)
    finding = only(judged(look))
    assert (finding.code, finding.confidence is Confidence.CERTAIN) == (code, is_sure)
    assert only(judged(look, ruled_by_more=True)).confidence is Confidence.LIKELY


def test_the_route_to_a_client_matters_where_the_target_sees_its_address() -> None:
    look = replace(FINE, routes=(*ROUTES[:2], replace(BRIDGE, peer=CLIENT)))
    assert judged(look).findings == ()
    preserving = replace(ASKED, preserves_client=True)
    rulings = tuple(replace(item, peer=CLIENT) for item in ADMITTED[:2]) + ADMITTED
    assert only(judged(replace(look, rulings=rulings), preserving)).code == Code.HOST_ROUTE


@pytest.mark.parametrize(
    ("peer", "state", "received", "more", "kind"),
    [
        ("10.0.1.5", "ESTABLISHED", 40, {}, PeerKind.RELAYED),
        ("10.0.1.5", "CLOSED", 1, {}, PeerKind.HEALTH_CHECK),
        ("10.0.1.5", "SYN_RECV", None, {}, PeerKind.CHECK_OR_RELAYED),
        ("10.0.1.5", "ESTABLISHED", 40, {"checks_by_tcp": False}, PeerKind.CHECK_OR_RELAYED),
        ("10.0.1.5", "ESTABLISHED", 40, {"preserves_client": True}, PeerKind.HEALTH_CHECK),
        ("10.0.1.5", "ESTABLISHED", 0, {"health_port": 80}, PeerKind.RELAYED),
        ("192.168.1.2", "ESTABLISHED", 40, {"preserves_client": True}, PeerKind.RELAYED),
        ("10.7.7.7", "ESTABLISHED", 40, {}, PeerKind.OTHER),
    ],
)
def test_connections_are_told_apart(
    peer: str, state: str, received: int | None, more: dict[str, object], kind: PeerKind
) -> None:
    asked = replace(ASKED, **more)  # type: ignore[arg-type]
    seen = HostConnection(22, SocketAddress(peer, 5000), state, received)
    assert [item.kind for item in told_apart([[seen]], asked)] == [kind]


def test_what_stands_from_the_first_look_to_the_last_and_says_nothing_may_be_either() -> None:
    seen = HostConnection(22, SocketAddress("10.0.1.5", 5000), "ESTABLISHED", 0)
    passing = HostConnection(22, SocketAddress("10.0.1.5", 5001), "CLOSED", 1)
    told = told_apart([[seen], [passing], [seen]], ASKED)
    assert [(item.peer.port, item.lasts, item.kind) for item in told] == [
        (5001, False, PeerKind.HEALTH_CHECK),
        (5000, True, PeerKind.CHECK_OR_RELAYED),
    ]
