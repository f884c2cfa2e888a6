"""Looks at targets, for people and for scripts."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address

from nlbcheck.errors import ExitStatus
from nlbcheck.formats import inspection
from nlbcheck.formats.style import Style
from nlbcheck.model import Code, Direction, Finding, Leg, Port, Remedy, Verdict
from nlbcheck.model.inspected import (
    HostConnection,
    HostListener,
    HostLook,
    HostRuling,
    PeerKind,
    RouteBack,
)
from nlbcheck.model.net import SocketAddress

HOST, NODE = ip_address("172.31.129.10"), ip_address("172.31.128.10")
PEER = SocketAddress(str(NODE), 41234)
LOOK = HostLook(
    "tg-10022",
    Port("TCP", 10022),
    "TargetServer1",
    HOST,
    22,
    8080,
    "ssh://me@172.31.129.10",
    "Linux 6.1.0",
    "eth0",
    (HostListener(ip_address("0.0.0.0"), 22, process="sshd"),),
    "ss",
    (
        HostConnection(22, PEER, "ESTABLISHED", 1832, lasts=True, process="sshd", kind=PeerKind.RELAYED),
        HostConnection(22, SocketAddress(str(NODE), 1), "SYN_RECV", kind=PeerKind.CHECK_OR_RELAYED),
    ),
    2,
    False,
    ("nft",),
    (HostRuling(NODE, 22, Direction.REQUEST, Verdict.PASS),),
    (RouteBack(NODE, "eth0"),),
    1,
    (NODE,),
)
FOUND = Finding(
    Code.HOST_NOT_LISTENING, Verdict.FAIL, "Nobody listens there.", Leg.HEALTH, remedy=Remedy("Start it.")
)

SHOWN = """\
✓ tg-10022: TargetServer1 172.31.129.10:22 listens. Its firewall allows everyone who \
must reach it. Its replies take the same path back.

Listening
  0.0.0.0:22              LISTEN       sshd  (registered)
  port 8080: nobody  (health checks)

Connections (watched for 2 s)
  :22 ← 172.31.128.10:41234       ESTABLISHED  relayed client (has sent 1832 bytes, stays open)
  :22 ← 172.31.128.10:1           SYN_RECV     health check or relayed client

Firewall of the host (nft)
  172.31.128.10 → :22       allowed

Route back
  172.31.128.10           by eth0
  requests come in by eth0, whose rp_filter is 1 (strict)

Seen at ssh://me@172.31.129.10 (Linux 6.1.0) by ss.
"""


def text(*looks: HostLook, unseen: tuple[str, ...] = ()) -> str:
    return inspection.text(looks, unseen, Style(width=200))


def test_all_that_was_seen_is_shown_as_netstat_shows_it() -> None:
    assert text(LOOK) == SHOWN


def test_what_is_wrong_comes_first_with_its_fix() -> None:
    lines = text(replace(LOOK, findings=(FOUND,))).splitlines()
    said = "does not serve what comes through the load balancer."
    assert lines[0] == f"✗ tg-10022: TargetServer1 172.31.129.10:22 {said}"
    assert lines[1:5] == ["", "Nobody listens there. [host-not-listening]", "  Fix: Start it.", ""]


def test_what_was_not_seen_is_said() -> None:
    hidden = replace(
        LOOK, listeners=None, connections=None, rulings=(), routes=(), unseen=("Who listens is not visible.",)
    )
    told = text(hidden, unseen=("Server2 could not be looked at: no login",))
    assert told.startswith(
        "? tg-10022: TargetServer1 172.31.129.10:22 shows no fault, but not all of it is visible."
    )
    assert told.count("  not visible\n") == 4
    assert told.endswith("? Server2 could not be looked at: no login\n")


def test_many_of_a_kind_are_counted() -> None:
    many = [
        HostConnection(22, SocketAddress(f"10.0.{number}.1", port), "CLOSED", 1, kind=PeerKind.HEALTH_CHECK)
        for number in range(30)
        for port in (1, 2)
    ]
    told = text(replace(LOOK, connections=many))
    assert "  :22 ← 10.0.0.1                  CLOSED       2 health checks\n" in told
    assert "  and 10 more peers: health checks\n" in told


def test_a_script_gets_every_field() -> None:
    told = json.loads(inspection.document([replace(LOOK, findings=(FOUND,))], ["lost"], ExitStatus.BROKEN))
    assert (told["schema"], told["exit_status"], told["unseen"]) == ("nlbcheck.inspection/1", 1, ["lost"])
    (target,) = told["targets"]
    assert target["mapping"] == "tg-10022"
    assert target["verdict"] == "fail"
    assert target["listeners"] == [{"address": "0.0.0.0", "port": 22, "v6_only": False, "process": "sshd"}]
    assert target["connections"][0] == {
        "port": 22,
        "peer": {"address": "172.31.128.10", "port": 41234},
        "state": "ESTABLISHED",
        "bytes_received": 1832,
        "lasts": True,
        "process": "sshd",
        "whose": "relayed client",
    }
    assert target["firewall"]["rulings"][0]["verdict"] == "pass"
    assert target["routes_back"][0]["interface"] == "eth0"
    assert target["findings"][0]["code"] == "host-not-listening"


def test_nothing_that_a_host_says_steers_a_terminal() -> None:
    evil = "\x1b[2J\n##[error]"
    look = replace(
        LOOK,
        name=evil,
        row=evil,
        host=evil,
        system=evil,
        device=evil,
        unseen=(evil,),
        notes=(evil,),
        listeners=(HostListener(None, 22, process=evil),),
        rulings=(HostRuling(NODE, 22, Direction.REQUEST, Verdict.FAIL, rule=evil, where=evil),),
        routes=(RouteBack(NODE, evil, said=evil),),
        findings=(replace(FOUND, summary=evil, remedy=Remedy(evil)),),
    )
    told = text(look, unseen=(evil,))
    assert "\x1b" not in told
    assert "##[" not in told
    assert "##[" not in inspection.document([look], [evil], ExitStatus.BROKEN)
