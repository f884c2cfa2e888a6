"""What does a client's own host do with connections that it opens: which routes, which rules, which VPN?

One script of a POSIX shell, as for targets: it reads, changes nothing and sends no packet.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from nlbcheck.escape import shortened
from nlbcheck.hosts.host import Host
from nlbcheck.inspection import firewall, interfaces, sections
from nlbcheck.inspection.filtering import FilterDecision, HostPacket, decision
from nlbcheck.inspection.firewall import HostFirewall
from nlbcheck.inspection.sections import ABSENT, CommandAnswer
from nlbcheck.model.inspected import RouteBack
from nlbcheck.model.net import Address, SocketAddress

PATIENCE = 10.0
"""Seconds that the script may take."""
MOST = 64
"""Addresses that one look asks about."""
_ELSEWHERE = "192.0.2.1"
"""An address that nobody has (RFC 5737): the route to it is that of all that has no route of its own."""
_SOURCE = re.compile(r"\ssrc ([0-9A-Fa-f:.]+)")
_TUNNEL = re.compile(r"\d+: ([^\s@:]{1,15})(?:@\S+)?: .*?\\\s+(?:tun|wireguard|ovpn|xfrm|vti6?)\s")
"""An interface of a VPN client, as ``ip -o -d link`` tells its kind."""
_TUNNEL_NAME = re.compile(r"(?:tun|tap|utun|wg|ppp|ipsec|tailscale|nordlynx|gpd|cscotun|zt)\w*")
"""What VPN clients call theirs, where the kind is not told."""
_FRAME = rf"""
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH
look() {{
  name=$1; shift
  printf '\n%s begin %s\n' "$mark" "$name"
  {{ if command -v "$1" >/dev/null 2>&1; then "$@"; else (exit 127); fi
    printf '\n%s end %s\n' "$mark" "$?"; }} 2>&1 </dev/null | head -c 400000
}}
proxies() {{ env | sed -n 's/^\([A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p'; }}
look system uname -sr
look addresses ip -o addr
look links ip -o -d link
look plain-links ip -o link
look policy ip rule
look paths ip route
look nft nft -j list ruleset
look nft-text nft -a list ruleset
look iptables iptables-save
look proxies proxies
look route-{_ELSEWHERE} ip route get {_ELSEWHERE}
"""
"""Of proxies the names alone: their values may hold passwords."""
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class ClientRoute:
    """By which path a host connects to an address."""

    route: RouteBack
    source: Address | None
    """The host's address that it uses; None where that is not told."""


@dataclass(frozen=True, slots=True)
class ClientSeen:
    """What one look at a client's host says."""

    host: str
    routes: Mapping[Address, ClientRoute]
    """Where a route is told."""
    elsewhere: str | None
    """The interface by which all else leaves; None where that is not told."""
    tunnels: frozenset[str]
    """The interfaces of VPN clients."""
    filtering: HostFirewall
    ruled_by_more: bool
    """Whether routes are chosen by more than the address."""
    proxies: tuple[str, ...]
    """The variables of the environment that name a proxy."""

    def decisions(self, to: SocketAddress) -> tuple[FilterDecision, FilterDecision] | None:
        """Return what the host's rules do with a connection, and with the answer; None if not seen."""
        address = ip_address(to.address)
        known = self.routes.get(address)
        if self.filtering.unseen or known is None or known.source is None:
            return None
        device = known.route.device
        there = HostPacket(known.source, address, to.port, device, by_host=True)
        back = HostPacket(address, known.source, to.port, device, is_reply=True, by_host=True)
        return decision(self.filtering.tables, there), decision(self.filtering.tables, back)


def look(host: Host, addresses: Sequence[Address]) -> ClientSeen | None:
    """Return what a host does with connections to some addresses; None where it runs no Linux.

    Raises UnseenError where it runs no commands.
    """
    asked = addresses[:MOST]
    mark = secrets.token_hex(16)
    ran = host.run(_script(asked, mark), PATIENCE)
    last = {name: answers[-1] for name, answers in sections.split(ran.output, mark).items()}
    if not last.get("system", ABSENT).text.strip().startswith("Linux "):
        return None
    own = interfaces.addresses(last.get("addresses", ABSENT).text)
    found = {address: _route(address, last.get(f"route-{address}", ABSENT), own) for address in asked}
    default = interfaces.route_back(
        ip_address(_ELSEWHERE), last.get(f"route-{_ELSEWHERE}", ABSENT), own, frozenset()
    )
    return ClientSeen(
        host.name,
        {address: route for address, route in found.items() if route},
        default.device if default else None,
        _tunnels(last.get("links", ABSENT), last.get("plain-links", ABSENT)),
        firewall.read(last, asked[0].version if asked else 4),
        interfaces.is_ruled_by_more(*(last.get(name, ABSENT).text for name in ("policy", "paths"))),
        tuple(dict.fromkeys(_proxies(last.get("proxies", ABSENT).text))),
    )


def _proxies(names: str) -> Iterator[str]:
    """Yield the variables that send connections through a proxy; ``NO_PROXY`` alone sends none."""
    return (shortened(name, _LONGEST_NAME) for name in names.split() if name.upper() != "NO_PROXY")


def _script(addresses: Sequence[Address], mark: str) -> str:
    routes = "".join(f"look route-{address} ip route get {address}\n" for address in addresses)
    return f"mark={mark}{_FRAME}{routes}"


def _route(
    address: Address, answer: CommandAnswer, own: Sequence[tuple[str, interfaces.HostAddress]]
) -> ClientRoute | None:
    found = interfaces.route_back(address, answer, own, frozenset())
    if found is None:
        return None
    source = _SOURCE.search(answer.text) if found.device else None
    try:
        return ClientRoute(found, ip_address(source[1]) if source else None)
    except ValueError:
        return ClientRoute(found, None)


def _tunnels(links: CommandAnswer, named: CommandAnswer) -> frozenset[str]:
    """Return the interfaces of VPN clients; by their names where ``ip -d link`` is not known."""
    if links.is_good:
        found = (_TUNNEL.match(line) for line in links.text.splitlines())
        return frozenset(match[1] for match in found if match)
    names = (re.match(r"\d+: ([^\s@:]{1,15})", line) for line in named.text.splitlines())
    return frozenset(match[1] for match in names if match and _TUNNEL_NAME.fullmatch(match[1]))
