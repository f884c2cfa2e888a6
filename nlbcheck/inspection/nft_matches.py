"""Does an expression of nftables hold for a packet?

They are as ``nft -j`` writes them: libnftables-json(5); what they mean says nft(8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from nlbcheck.inspection import holding
from nlbcheck.inspection.filtering import Holds, HostPacket
from nlbcheck.inspection.holding import Ranges
from nlbcheck.model.net import Network

_Sets = Mapping[str, Any]
_TCP = ("tcp", 6, "6")
_FAMILY = {4: ("ipv4", "ip", 2, "0x0800"), 6: ("ipv6", "ip6", 10, "0x86dd")}


def match(value: object, sets: _Sets) -> Holds:
    """Return whether a match statement holds."""
    if not isinstance(value, Mapping):
        return holding.unknown
    operator, left, right = value.get("op"), value.get("left"), value.get("right")
    if operator in ("==", "in", "!="):
        holds = equals(left, right, sets)
        return holding.negated(holds) if operator == "!=" else holds
    if operator in ("<", ">", "<=", ">=") and isinstance(right, int):
        below = {"<": right - 1, "<=": right}.get(str(operator))
        above = right + (operator == ">")
        return equals(left, {"range": [above, 65535] if below is None else [0, below]}, sets)
    return holding.unknown


def equals(left: object, right: object, sets: _Sets) -> Holds:
    """Return whether what an expression gives is a value, or one of a set."""
    values = elements(right, sets)
    if values is None:
        return holding.unknown
    try:
        return _equals(left, [_bare(value) for value in values])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # no such expression is known
        return holding.unknown


def elements(right: object, sets: _Sets) -> list[Any] | None:
    """Return the elements of a set, or the one value; None where the set is not known."""
    if isinstance(right, str) and right.startswith("@"):
        listed = sets.get(right[1:])
        return listed if isinstance(listed, list) else None
    if isinstance(right, Mapping) and "set" in right:
        inner = right["set"]
        return inner if isinstance(inner, list) else [inner]
    return right if isinstance(right, list) else [right]


def _bare(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return an element without its counter, timeout and comment."""
    return value["elem"]["val"] if isinstance(value, Mapping) and "elem" in value else value


def _equals(left: object, values: list[Any]) -> Holds:
    if not isinstance(left, Mapping):
        return holding.unknown
    if "meta" in left:
        return _meta(str(left["meta"]["key"]), values)
    if "ct" in left:
        return _tracked(left["ct"], values)
    if "payload" in left:
        return _payload(left["payload"], values)
    if "&" in left and len(left["&"]) == 2:
        return _masked(left["&"][0], left["&"][1], values)
    if "fib" in left:
        return _routed(left["fib"], values)
    return holding.unknown


def _meta(key: str, values: list[Any]) -> Holds:
    match key:
        case "iifname" | "iif":
            return holding.comes_by(_devices(values))
        case "oifname" | "oif":
            return holding.leaves_by(_devices(values))
        case "l4proto":
            return holding.always(any(value in _TCP for value in values))
        case "nfproto" | "protocol":
            return lambda packet: any(value in _FAMILY[packet.source.version] for value in values)
    return holding.unknown


def _devices(values: list[Any]) -> re.Pattern[str]:
    names = [re.escape(str(value)).replace(r"\*", ".*") for value in values]
    return re.compile("|".join(names))


def _tracked(ct: Mapping[str, Any], values: list[Any]) -> Holds:
    match ct.get("key"):
        case "state":
            return holding.state([str(value) for value in values])
        case "status":
            return holding.always(False) if set(values) <= {"dnat", "snat"} else holding.unknown
        case "direction":
            return lambda packet: ("reply" if packet.is_reply else "original") in values
    return holding.unknown


def _payload(payload: Mapping[str, Any], values: list[Any]) -> Holds:
    protocol, name = payload.get("protocol"), payload.get("field")
    match protocol, name:
        case (("tcp" | "th"), "dport"):
            return holding.to_port(_ranges(values))
        case (("tcp" | "th"), "sport"):
            return holding.from_port(_ranges(values))
        case (("udp" | "icmp" | "icmpv6" | "sctp" | "dccp" | "udplite"), _):
            return holding.always(False)
        case (("ip" | "ip6"), "saddr"):
            return _of_family(protocol, _within(values, lambda packet: packet.source))
        case (("ip" | "ip6"), "daddr"):
            return _of_family(protocol, _within(values, lambda packet: packet.destination))
        case (("ip" | "ip6"), ("protocol" | "nexthdr")):
            return _of_family(protocol, holding.always(any(value in _TCP for value in values)))
        case (("ip" | "ip6"), _):
            return _of_family(protocol, holding.unknown)
    return holding.unknown


def _of_family(protocol: object, holds: Holds) -> Holds:
    """Return what holds only for packets of IPv4, or of IPv6."""
    version = 6 if protocol == "ip6" else 4
    return lambda packet: holds(packet) if packet.source.version == version else False


def _masked(left: object, mask: object, values: list[Any]) -> Holds:
    """Return whether some of the flags of TCP are just those that are wanted."""
    of_flags = {"payload": {"protocol": "tcp", "field": "flags"}}
    masked = mask["|"] if isinstance(mask, Mapping) and "|" in mask else mask
    if left != of_flags or not isinstance(masked, (list, str)) or len(values) != 1:
        return holding.unknown
    words = values[0]["|"] if isinstance(values[0], Mapping) else values
    wanted = {str(word) for word in words} - {"0"}
    return holding.flags([masked] if isinstance(masked, str) else [str(word) for word in masked], wanted)


def _routed(fib: Mapping[str, Any], values: list[Any]) -> Holds:
    """Return whether a packet is for an address of the host; no other question to routes is known here."""
    if fib.get("result") == "type" and fib.get("flags") in ("daddr", ["daddr"]):
        return lambda packet: None if packet.leaves else "local" in values
    return holding.unknown


def _ranges(values: list[Any]) -> Ranges:
    return tuple(_range(value) for value in values)


def _range(value: Any) -> tuple[int, int]:  # noqa: ANN401 (JSON)
    if isinstance(value, Mapping):
        first, last = value["range"]
        return int(first), int(last)
    return int(value), int(value)


def _within(values: list[Any], address: Callable[[HostPacket], Any]) -> Holds:
    spans = [_span(value) for value in values]
    return lambda packet: any(
        (span[0] <= address(packet) <= span[1]) if isinstance(span, tuple) else address(packet) in span
        for span in spans
        if _version(span) == address(packet).version
    )


def _span(value: Any) -> Network | tuple[Any, Any]:  # noqa: ANN401 (JSON)
    if isinstance(value, Mapping) and "range" in value:
        first, last = value["range"]
        return ip_address(first), ip_address(last)
    if isinstance(value, Mapping):
        return ip_network(f"{value['prefix']['addr']}/{value['prefix']['len']}", strict=False)
    return ip_network(value)


def _version(span: Network | tuple[Any, Any]) -> int:
    return int((span[0] if isinstance(span, tuple) else span).version)
