"""Faults of a client's own host, one after another, in a network namespace; prints what is told of each.

Run by `tests.inspection.test_client_look` in a namespace of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from ipaddress import ip_address

from nlbcheck.hosts.here import ThisHost
from nlbcheck.model import Check, Client, Flow, Node, ProbeSpec
from nlbcheck.probes.limits import Limits
from nlbcheck.run import client_faults
from nlbcheck.run.made import Made
from nlbcheck.vantage.local import ThisMachine
from tests.servers import closes, serving

FAR = "10.99.0.9"
NFT_OUT = "add table inet f; add chain inet f out {{ type filter hook output priority 0; {} }}; {}"
NFT_IN = "add table ip f; add chain ip f in {{ type filter hook input priority 0; {} }}; {}"
JUMPS = (
    "add chain inet f users; add rule inet f out tcp dport {port} jump users; "
    "add rule inet f users ip daddr 127.0.0.0/8 drop"
)
CLEAN = (
    "nft flush ruleset",
    "sh -c 'iptables -F OUTPUT; iptables -P OUTPUT ACCEPT'",
)
SCENES: dict[str, tuple[Sequence[str], Sequence[str], str]] = {
    "in-order": ((), (), "127.0.0.1"),
    "nft-drops": ((NFT_OUT.format("", "add rule inet f out tcp dport {port} drop"),), (), "127.0.0.1"),
    "nft-rejects": ((NFT_OUT.format("", "add rule inet f out tcp dport {port} reject"),), (), "127.0.0.1"),
    "nft-resets": (
        (NFT_OUT.format("", "add rule inet f out tcp dport {port} reject with tcp reset"),), (), "127.0.0.1",
    ),
    "nft-policy-drops": (
        (NFT_OUT.format("policy drop;", "add rule inet f out tcp dport 1 accept"),), (), "127.0.0.1",
    ),
    "nft-jumps": ((NFT_OUT.format("", JUMPS),), (), "127.0.0.1"),
    "answers-dropped": (
        (NFT_IN.format("policy drop;", "add rule ip f in ct state new accept"),), (), "127.0.0.1",
    ),
    "answers-admitted": (
        (NFT_IN.format("policy drop;", "add rule ip f in ct state established accept"),), (), FAR,
    ),
    "other-port": ((NFT_OUT.format("", "add rule inet f out tcp dport 1 drop"),), (), FAR),
    "not-understood": (
        (NFT_OUT.format("", "add rule inet f out tcp dport {port} meta mark 0 drop"),), (), "127.0.0.1",
    ),
    "iptables-drops": ((), ("iptables -A OUTPUT -p tcp --dport {port} -j DROP",), "127.0.0.1"),
    "iptables-rejects": ((), ("iptables -A OUTPUT -p tcp --dport {port} -j REJECT",), "127.0.0.1"),
    "route-unreachable": ((), ("ip route add unreachable 10.99.0.9",), FAR),
    "route-prohibit": ((), ("ip route add prohibit 10.99.0.9",), FAR),
    "route-blackhole": ((), ("ip route add blackhole 10.99.0.9",), FAR),
    "vpn": (
        (), ("ip tuntap add corp mode tun", "ip link set corp up", "ip route add 10.99.0.9 dev corp"), FAR,
    ),
    "vpn-for-all": ((), ("ip route replace default dev corp",), FAR),
    "no-route": ((), ("ip link del corp", "ip addr flush dev eth9"), FAR),
}  # fmt: skip
"""For each what nft is told, what a shell is, and which address is dialled."""


def main() -> None:
    """Play every scene and print what is told."""
    for line in (
        "ip link set lo up", "ip link add eth9 type veth peer name eth8", "ip link set eth8 up",
        "ip addr add 10.99.0.2/24 dev eth9", "ip link set eth9 up", "ip route add default via 10.99.0.1",
        # Nobody has to ask for this address: an answer that does not come is not told as unreachable then.
        "ip neigh add 10.99.0.9 lladdr 02:00:00:00:00:01 dev eth9 nud permanent",
    ):  # fmt: skip
        _run(line)
    told = {}
    with serving(closes) as port:
        for name, (rules, commands, address) in SCENES.items():
            for rule in rules:
                subprocess.run(["nft", rule.replace("{port}", str(port))], check=True)
            for command in commands:
                _run(command.replace("{port}", str(port)))
            told[name] = _told(address, port)
            for command in CLEAN:
                _run(command)
            if commands and commands[0].startswith("ip route add"):
                _run(commands[0].replace("add", "del"))
            if name == "vpn":
                _run("ip route del 10.99.0.9 dev corp")
    json.dump(told, sys.stdout)


def _run(line: str) -> None:
    subprocess.run(line if line.startswith("sh ") else line.split(), shell=line.startswith("sh "), check=True)


def _told(address: str, port: int) -> dict[str, object]:
    flow = Flow("row", Node("a", ip_address(address)), port, "server", ProbeSpec(Check.TCP))
    done = ThisMachine().probe([flow], Limits(timeout=0.4))
    made = client_faults.looked(ThisHost(), Made(Client("here"), (flow,), done.results))
    found = [item for faults in made.faults.values() for item in faults]
    return {
        "status": done.results[0].status,
        "codes": [[item.code, item.verdict, item.direction] for item in found],
        "said": [item.summary for item in found],
        "remark": made.remark,
    }


if __name__ == "__main__":
    main()
