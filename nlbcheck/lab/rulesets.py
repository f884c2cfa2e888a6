"""What does nftables hold where a network drops, translates or restricts packets?

nftables 1.0.6 wants every statement on a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

SILENCE = """
table ip silence {
  chain prerouting {
    type filter hook prerouting priority raw; policy drop;
    iifname "lo" accept
  }
}
"""
"""Lets nothing in and nothing through, and says so to nobody."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A way out of a network that carries only packets between two ranges."""

    device: str
    near: IPv4Network
    far: IPv4Network


def node(address: IPv4Address, listeners: Mapping[int, tuple[IPv4Address, int]]) -> str:
    """Return the ruleset of a load balancer node: what it forwards, by listener port, and no more.

    TCP itself passes through, so that a target's refusal reaches the client. What meets no listener
    is dropped in silence, as a Network Load Balancer does, ping included.
    """
    forwarded = "\n".join(
        f"    ip daddr {address} tcp dport {listener} dnat to {target}:{port}"
        for listener, (target, port) in listeners.items()
    )
    return f"""
table ip node {{
  chain prerouting {{
    type nat hook prerouting priority dstnat; policy accept;
{forwarded}
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ct status dnat snat to {address}
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct status dnat accept
    ct state related accept
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
  }}
  chain output {{
    type filter hook output priority filter; policy accept;
    ip protocol icmp drop
  }}
}}
"""


def router(passages: Iterable[Passage]) -> str:
    """Return the ruleset of a router: it says nothing itself, and its ways out carry only their ranges.

    Its kernel would tell senders of missing routes and silent neighbours; a VPC's router does not.
    """
    restricted = "\n".join(
        f'    oifname "{way.device}" ip saddr != {way.near} drop\n'
        f'    iifname "{way.device}" ip saddr != {way.far} drop'
        for way in passages
    )
    return f"""
table ip router {{
  chain forward {{
    type filter hook forward priority filter; policy accept;
{restricted}
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
  }}
  chain output {{
    type filter hook output priority filter; policy drop;
  }}
}}
"""
