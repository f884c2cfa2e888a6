"""What are the parts of a resource called, and what is each like? ``route 10.0.0.0/16``, ``-> vgw-0…``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.gateway_attachment import GatewayAttachment
from nlbcheck.aws.resources.listener import Listener, ListenerRule, WeightedGroup
from nlbcheck.aws.resources.load_balancer import BalancerZone
from nlbcheck.aws.resources.nat_gateway import NatAddress
from nlbcheck.aws.resources.network_acl import AclEntry
from nlbcheck.aws.resources.route_table import Route, RouteState
from nlbcheck.aws.resources.security_group import GroupReference, Peer, PrefixListReference, SecurityRule
from nlbcheck.aws.resources.target_group import Override, Target
from nlbcheck.aws.resources.transit_route_table import TransitRoute
from nlbcheck.aws.resources.vpn_connection import Tunnel, VpnRoute
from nlbcheck.model.facts import AccountRegion, NotVisible

Parts = Mapping[str, str]
"""Each part of something by its name, with what it is like; nothing where the name says it all."""

_LABELS = frozenset({"id", "arn", "account_region"})
"""Fields that say which thing it is, and not what it is like."""
_MEMBERS = {
    "addresses": "address",
    "balancer_arns": "load balancer",
    "cidrs": "range",
    "entries": "range",
    "firewalls": "Automated Internet Firewall",
    "group_ids": "security group",
    "interface_ids": "network interface",
    "prefixes": "prefix",
    "private_addresses": "address",
    "propagating_vgw_ids": "propagation from",
    "public_addresses": "public address",
    "subnet_ids": "association with",
}
"""What one of several is called, where that is not the field's name without its last letters."""


def label(key: str, item: object) -> str:
    """Return what a thing is called: its name and id, of what has an ARN the name alone."""
    if isinstance(item, Listener):
        return f"{item.protocol or '?'}:{item.port} of {_of_arn(key)}"
    if key.startswith("arn:"):
        return _of_arn(key)
    name = getattr(item, "name", None)
    return f"{name} ({key})" if name and name != key else key


def of_field(name: str, value: object) -> dict[str, str]:
    """Return the parts that a field of a resource tells of; ``name`` is empty for what is one list only."""
    found: dict[str, str] = {}
    for part, like in _parts(name, value):
        found[part] = f"{found[part]}, {like}" if found.get(part) and like else like
    return found


def fields_of(item: object) -> dict[str, object]:
    """Return the fields of a resource that say what it is like."""
    if not is_dataclass(item):
        return {"": item}
    if isinstance(values := getattr(item, "values", None), Mapping):
        return {"": values}  # attributes, of which others are read
    return {field.name: getattr(item, field.name) for field in fields(item) if field.name not in _LABELS}


def _parts(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        yield from ((f"{name} {key}".strip(), str(item)) for key, item in value.items())
    elif isinstance(value, tuple):
        for item in value:
            yield from _member(name, item)
    elif is_dataclass(value) and not isinstance(value, PortRange | AccountRegion | NotVisible):
        for inner, item in fields_of(value).items():
            yield from _parts(f"{name} {inner}".strip(), item)
    else:
        yield name.replace("_", " "), _text(value)


def _member(name: str, item: object) -> Iterator[tuple[str, str]]:
    """Yield what is told of one of several."""
    match item:
        case Route():
            blackhole = ", blackhole" if item.state is RouteState.BLACKHOLE else ""
            yield f"route {item.destination or item.prefix_list_id}", f"-> {item.target_id}{blackhole}"
        case TransitRoute():
            hops = " and ".join(hop.attachment_id for hop in item.hops) or "nowhere"
            yield f"route {item.destination or item.prefix_list_id}", f"-> {hops}, {_text(item.state)}"
        case VpnRoute():
            yield f"static route {item.destination}", _text(item.state)
        case Tunnel():
            yield f"tunnel {item.outside_address}", _text(item.status)
        case SecurityRule():
            direction, toward = ("inbound", "from") if name == "ingress" else ("outbound", "to")
            traffic = _traffic(item.protocol, item.ports)
            yield f"{direction} rule {traffic} {toward} {_peer(item.peer)}", ""
        case AclEntry():
            allows = "?" if item.allow is None else "allow" if item.allow else "deny"
            like = f"{allows} {_traffic(item.protocol, item.ports)} {item.cidr}"
            yield f"{'outbound' if item.egress else 'inbound'} entry {item.number}", like
        case Target():
            yield f"target {item.id}:{item.port}", _target(item)
        case WeightedGroup():
            yield f"forwarding to {_of_arn(item.arn)}", f"weight {item.weight}"
        case ListenerRule():
            for action in item.actions:
                yield from _parts(f"rule {item.priority}", action)
        case BalancerZone():
            addresses = (*item.public_addresses, *item.private_addresses)
            yield f"zone {item.zone}", " ".join([item.subnet_id, *map(str, addresses)])
        case GatewayAttachment():
            yield f"attachment to {item.vpc_id}", _text(item.state)
        case NatAddress():
            yield f"address {item.private}", f"public address {item.public}"
        case _:
            yield from _plain(name, item)


def _target(target: Target) -> str:
    reason = f" ({target.reason})" if target.reason else ""
    zone = f" in zone {target.zone}" if target.zone else ""
    shifted = f", {target.override}" if target.override not in (None, Override.NONE) else ""
    return f"{_text(target.state)}{reason}{zone}{shifted}"


def _plain(name: str, item: object) -> Iterator[tuple[str, str]]:
    if is_dataclass(item):
        for inner, value in fields_of(item).items():
            yield from _parts(inner, value)
    else:
        called = _MEMBERS.get(name) or name.removesuffix("s").replace("_", " ")
        yield f"{called} {_text(item)}".strip(), ""


def _traffic(protocol: str | None, ports: PortRange | None) -> str:
    if protocol in ("tcp", "udp"):
        return f"{protocol} {ports or '?'}"
    return {"all": "all traffic", None: "?"}.get(protocol) or f"protocol {protocol}"


def _peer(peer: Peer | None) -> str:
    match peer:
        case PrefixListReference() | GroupReference():
            return peer.id
        case _:
            return str(peer or "?")


def _text(value: object) -> str:
    """Return a plain value in words."""
    match value:
        case None:
            return "not set"
        case bool():
            return "on" if value else "off"
        case tuple():
            return " ".join(map(_text, value))
        case IPv4Address() | IPv6Address() | IPv4Network() | IPv6Network():
            return str(value)
        case _:
            return _of_arn(str(value))


def _of_arn(text: str) -> str:
    """Return the name in the ARN of something of Elastic Load Balancing; any other text as it is.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
    """
    kind, _, rest = text.rpartition(":")[2].partition("/")
    if not text.startswith("arn:") or not rest:
        return text
    names = rest.split("/")
    return names[0] if kind == "targetgroup" else names[1] if len(names) > 1 else rest
