"""Rules are read as the kernel reads them: it is asked, by connections over loopback in a namespace.

``python -m tests.inspection.test_firewall_kernel`` loads rulesets, connects, and prints what became of it.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from nlbcheck.inspection import iptables, nftables
from nlbcheck.inspection.filtering import Doing, FilterTable, HostPacket, decision
from tests.lab import machine
from tests.servers import program

HOST, PORT = "127.0.0.1", 2222
SOURCES = ("127.0.0.5", "127.9.0.5")
TRIES = 24
_SOON = 0.15

_NFT_MATCHES = (
    "",
    "tcp dport 2222",
    "tcp dport != 2222",
    "tcp dport { 22, 2000-2500 }",
    "tcp dport 3000-4000",
    "tcp dport < 2000",
    "tcp dport >= 2222",
    "ip saddr 127.0.0.5",
    "ip saddr != 127.0.0.5",
    "ip saddr 127.0.0.0/16",
    "ip saddr @friends",
    "ip saddr { 127.0.0.1-127.0.0.9, 10.0.0.0/8 }",
    "tcp dport @ports",
    'iifname "lo"',
    'iifname "eth*"',
    'oifname "lo"',
    "ct state new",
    "ct state invalid",
    "ct state { established, new }",
    "meta l4proto tcp",
    "meta l4proto udp",
    "meta nfproto ipv6",
    "ip protocol tcp",
    "udp dport 2222",
    "ip6 saddr ::1",
    "tcp flags & (fin | syn | rst | ack) == syn",
    "tcp flags & (fin | syn) == fin",
    "fib daddr type local",
    "ct status dnat",
    "ct direction original",
    "tcp sport 1-1000",
)
_NFT_DOING = (
    "accept",
    "drop",
    "reject",
    "return",
    "counter",
    "log",
    "jump side",
    "goto side",
    "continue",
    "tcp dport vmap { 22 : accept, 2222 : jump side, 3000-4000 : drop }",
    "ct state vmap { invalid : drop, new : jump side }",
)
_IPTABLES_MATCHES = (
    "",
    "-p tcp --dport 2222",
    "-p tcp ! --dport 2222",
    "-p tcp -m multiport --dports 22,2000:2500",
    "-s 127.0.0.5",
    "! -s 127.0.0.5",
    "-s 127.0.0.0/16",
    "-i lo",
    "-i eth+",
    "! -i lo",
    "-m conntrack --ctstate NEW",
    "-p udp",
    "-m conntrack --ctstate INVALID,ESTABLISHED",
    "-m state --state NEW",
    "-p tcp --syn",
    "-p tcp ! --syn",
    "-p tcp --tcp-flags FIN,SYN SYN",
    "-m addrtype --dst-type LOCAL",
    '-m comment --comment "a -j DROP b"',
)
_IPTABLES_DOING = ("ACCEPT", "DROP", "REJECT", "RETURN", "LOG", "SIDE", "-g SIDE")


def _nft(chance: random.Random) -> str:
    """Return a ruleset for nft; what is established passes, so that only first packets are judged."""

    def rules(doings: Sequence[str], most: int) -> str:
        lines = [
            f"{chance.choice(_NFT_MATCHES)} {chance.choice(doings)}" for _ in range(chance.randint(0, most))
        ]
        return "\n".join(f"    {line}" for line in lines)

    side = tuple(item for item in _NFT_DOING if "side" not in item)
    policy, other = chance.choice(("accept", "accept", "drop")), chance.choice(("ip", "inet"))
    return f"""flush ruleset
table {other} mine {{
  set friends {{ type ipv4_addr; flags interval; elements = {{ 127.0.0.5, 10.0.0.0/8 }}; }}
  set ports {{ type inet_service; elements = {{ 22, 2222 }}; }}
  chain side {{
{rules(side, 3)}
  }}
  chain early {{
    type filter hook prerouting priority mangle; policy accept;
    ct state established,related accept
{rules(side, 1)}
  }}
  chain in {{
    type filter hook input priority filter; policy {policy};
    ct state established,related accept
{rules(_NFT_DOING, 4)}
  }}
}}
"""


def _iptables(chance: random.Random) -> str:
    """Return rules for iptables-restore."""

    def rules(chain: str, doings: Sequence[str], most: int) -> list[str]:
        found = []
        for _ in range(chance.randint(0, most)):
            doing = chance.choice(doings)
            target = doing if doing.startswith("-g") else f"-j {doing}"
            found.append(f"-A {chain} {chance.choice(_IPTABLES_MATCHES)} {target}")
        return found

    policy = chance.choice(("ACCEPT", "ACCEPT", "DROP"))
    lines = [
        "*filter",
        f":INPUT {policy} [0:0]",
        ":FORWARD ACCEPT [0:0]",
        ":OUTPUT ACCEPT [0:0]",
        ":SIDE - [0:0]",
    ]
    lines += ["-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"]
    lines += rules("INPUT", _IPTABLES_DOING, 5) + rules("SIDE", _IPTABLES_DOING[:5], 3)
    return "\n".join([*lines, "COMMIT", ""])


def _connected(source: str) -> str:
    """Return what becomes of a connection: accept, drop or reject."""
    try:
        socket.create_connection((HOST, PORT), _SOON, (source, 0)).close()
    except TimeoutError:
        return "drop"
    except OSError:
        return "reject"
    return "accept"


def _loaded(line: Sequence[str], rules: str) -> bool:
    """Load rules; say whether they could be: chance makes some that contradict themselves."""
    return subprocess.run(line, input=rules, capture_output=True, text=True, check=False).returncode == 0


def _run(line: Sequence[str]) -> str:
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Try rulesets of both kinds and print a line of JSON for each."""
    chance = random.Random(11)
    _run(["ip", "link", "set", "lo", "up"])
    with socket.create_server((HOST, PORT), backlog=1024):
        for _ in range(TRIES):
            while not _loaded(["nft", "-f", "-"], rules := _nft(chance)):
                pass
            listed, text = _run(["nft", "-j", "list", "ruleset"]), _run(["nft", "-a", "list", "ruleset"])
            _print("nft", rules, listed, text)
        _run(["nft", "flush", "ruleset"])
        for _ in range(TRIES):
            while not _loaded(["iptables-restore"], rules := _iptables(chance)):
                pass
            _print("iptables", rules, _run(["iptables-save"]), "")


def _print(kind: str, rules: str, listed: str, text: str) -> None:
    seen = {source: _connected(source) for source in SOURCES}
    told = {"kind": kind, "rules": rules, "listed": listed, "text": text, "seen": seen}
    sys.stdout.write(json.dumps(told) + "\n")


def _tables(tried: Any) -> Sequence[FilterTable]:
    if tried["kind"] == "iptables":
        return iptables.tables(tried["listed"])
    listed = nftables.objects(tried["listed"])
    assert listed is not None
    return list(nftables.tables(listed, nftables.texts(tried["text"]), 4).values())


@pytest.fixture(scope="module")
def tried() -> list[Any]:
    machine.needs_lab()
    for name in ("nft", "iptables-save", "iptables-restore"):
        program(name)
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", __name__]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", ["nft", "iptables"])
def test_connections_end_as_the_rules_are_read(kind: str, tried: list[Any]) -> None:
    ends = set()
    for one in tried:
        if one["kind"] != kind:
            continue
        for source, end in one["seen"].items():
            packet = HostPacket(ip_address(source), ip_address(HOST), PORT, "lo")
            found = decision(_tables(one), packet)
            assert found.doing.value == end, (one["rules"], source, found)
            ends.add(found.doing)
    assert ends == {Doing.ACCEPT, Doing.DROP, Doing.REJECT}


def test_a_decision_names_the_rule_as_the_host_writes_it(tried: list[Any]) -> None:
    for one in tried:
        for source in SOURCES:
            found = decision(_tables(one), HostPacket(ip_address(source), ip_address(HOST), PORT, "lo"))
            if found.doing in (Doing.DROP, Doing.REJECT) and found.rule != "policy drop":
                assert found.rule in (one["text"] or one["listed"])
                assert found.where.split(" ")[0] in ("table", "iptables")


if __name__ == "__main__":
    main()
