"""Which addresses has the host, by which interface does it answer whom, and what does it refuse to hear?

The forms are those of ip(8) of iproute2, and of BusyBox as far as it has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface

from nlbcheck.inspection.sections import CommandAnswer
from nlbcheck.language import marked
from nlbcheck.model.inspected import RouteBack
from nlbcheck.model.net import Address

_NAME = r"([^\s@:]{1,15})"
_ADDRESS = re.compile(rf"\d+: {_NAME}\s+inet6? ([0-9A-Fa-f:.]+/\d+)\s")
_LINK = re.compile(rf"\d+: {_NAME}(?:@\S+)?: .*?\s(bridge)\s+forward_delay")
_BRIDGE_NAME = re.compile(r"(?:docker|podman|cni|cbr|virbr|lxcbr|lxdbr|br-[0-9a-f]{12}$|kube-bridge|nerdctl)")
"""What container engines call their bridges, where the kind of an interface is not told."""
_SETTING = re.compile(r"/proc/sys/net/ipv4/conf/([^/\s]+)/rp_filter:([0-2])$")
_DEVICE = re.compile(rf"\sdev {_NAME}(?:\s|$)")
_GATEWAY = re.compile(r"\svia (?:inet6? )?([0-9A-Fa-f:.]+)\s")
_SELECTOR = re.compile(r"\b(?:fwmark|ipproto|dport|sport|iif|uidrange|tun_id)\b")
_SAID = "RTNETLINK answers: "
_NO_ROUTE = {
    "Network is unreachable": marked("it has no route there"),
    "No route to host": marked("its route there is 'unreachable'"),
    "Invalid argument": marked("its route there is a blackhole"),
    "Permission denied": marked("its route there is 'prohibit'"),
}
"""What the kernel answers where a route leads nowhere, and what it means; that is evidence, told in English.

https://github.com/torvalds/linux/blob/v6.6/net/ipv4/fib_semantics.c (fib_props), ip-route(8).
"""

HostAddress = IPv4Interface | IPv6Interface


def addresses(text: str) -> Sequence[tuple[str, HostAddress]]:
    """Return every interface's addresses with their ranges, as ``ip -o addr`` tells them."""
    return list(_addresses(text))


def _addresses(text: str) -> Iterator[tuple[str, HostAddress]]:
    for line in text.splitlines():
        if found := _ADDRESS.match(line):
            try:
                yield found[1], ip_interface(found[2])
            except ValueError:
                continue


def bridges(links: CommandAnswer, named: CommandAnswer) -> frozenset[str]:
    """Return the bridges among the interfaces; by their names where ``ip -d link`` is not known."""
    if links.is_good:
        found = (_LINK.match(line) for line in links.text.splitlines())
        return frozenset(match[1] for match in found if match)
    names = (re.match(rf"\d+: {_NAME}", line) for line in named.text.splitlines())
    return frozenset(match[1] for match in names if match and _BRIDGE_NAME.match(match[1]))


def reverse_path_filter(text: str, device: str) -> int | None:
    """Return what rp_filter is at an interface; None where it is not told.

    The highest of ``all`` and the interface's own counts:
    https://docs.kernel.org/networking/ip-sysctl.html (rp_filter).
    """
    settings: Mapping[str, int] = {
        found[1]: int(found[2]) for line in text.splitlines() if (found := _SETTING.match(line))
    }
    own = [settings.get("all"), settings.get(device)]
    return None if None in own else max(value for value in own if value is not None)


def is_ruled_by_more(policy: str, paths: str) -> bool:
    """Whether routes are chosen by what ``ip route get`` was not told.

    That is by marks, ports or users, as ``ip rule`` tells, or by chance, as ``ip route`` does.
    """
    return _SELECTOR.search(policy) is not None or "nexthop" in paths


def route_back(
    peer: Address, answer: CommandAnswer, own: Sequence[tuple[str, HostAddress]], bridging: frozenset[str]
) -> RouteBack | None:
    """Return by which path the host answers a peer; None where that is not told."""
    said = answer.text.partition(_SAID)[2].partition("\n")[0].strip()
    if said in _NO_ROUTE and not answer.is_good:
        return RouteBack(peer, None, said=_NO_ROUTE[said])
    line = answer.text.strip().partition("\n")[0]
    device, gateway = _DEVICE.search(line), _GATEWAY.search(line)
    if not answer.is_good or not device or str(peer) not in line.split():
        return None
    name = device[1]
    holding = [item.network for at, item in own if at == name and not gateway and peer in item.network]
    widest = str(holding[0]) if holding else None
    return RouteBack(peer, name, _known(gateway), "", name in bridging, widest)


def _known(gateway: re.Match[str] | None) -> str | None:
    try:
        return str(ip_address(gateway[1])) if gateway else None
    except ValueError:
        return None
