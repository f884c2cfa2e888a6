"""Faults of the machines behind the load balancer."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network

from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.services import AddressAndPort, AddressPair, Wishes
from nlbcheck.lab.faults.scene import Chain, Scene
from nlbcheck.model import Check

_WEB = (Check.HTTP, Check.HTTPS)


def process_stopped(wishes: Wishes, scene: Scene) -> Wishes:
    """Stop the server of the first target."""
    return replace(wishes, closed=wishes.closed | {_place(scene.inside)})


def firewall_drops(wishes: Wishes, scene: Scene) -> Wishes:
    """Drop inbound traffic in the first target's own firewall."""
    return replace(wishes, dropped=wishes.dropped | {_place(scene.inside)})


def firewall_rejects(wishes: Wishes, scene: Scene) -> Wishes:
    """Reject inbound traffic in the first target's own firewall."""
    return replace(wishes, rejected=wishes.rejected | {_place(scene.inside)})


def on_premises_drops(wishes: Wishes, scene: Scene) -> Wishes:
    """Drop inbound traffic in the firewall of the on-premises target."""
    return replace(wishes, dropped=wishes.dropped | {_place(scene.outside)})


def other_protocol(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the first target speak another protocol: HTTP where SSH is expected, else SSH."""
    place = _place(scene.inside)
    present = scene.speaks(*place)
    listening = {**(wishes.listening or {}), place: Check.HTTP if present is Check.SSH else Check.SSH}
    return replace(wishes, listening=listening)


def expects_proxy(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the first target wait for a proxy protocol header."""
    return replace(wishes, expecting_proxy=wishes.expecting_proxy | {_place(scene.inside)})


def server_fails(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the web server of the first target answer 503. A row that expects nothing gets a warning."""
    place = next((_place(chain) for chain in scene.chains if scene.speaks(*_place(chain)) in _WEB), None)
    if place is None:
        raise InputError("no target speaks HTTP")
    return replace(wishes, failing=wishes.failing | {place})


def certificate_expired(wishes: Wishes, scene: Scene) -> Wishes:
    """Give the first TLS listener an expired certificate."""
    return replace(wishes, expired=wishes.expired | {scene.tls_listener.arn})


def keys_cloned(wishes: Wishes, scene: Scene) -> Wishes:
    """Give two targets the same host key, as copies of one disk image have."""
    speaking = [chain.member.address for chain in scene.chains if scene.speaks(*_place(chain)) is Check.SSH]
    first, *others = dict.fromkeys(speaking)
    if not others:
        raise InputError("there are no two targets that speak SSH")
    return replace(wishes, keys_of={**wishes.keys_of, others[0]: first})


def on_loopback(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the server of the first target listen only on 127.0.0.1."""
    return replace(wishes, on_loopback=wishes.on_loopback | {_place(scene.inside)})


def on_other_port(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the server of the first target listen on another port than the registered port."""
    place = _place(scene.inside)
    others = {22: 2222, 80: 8080, 443: 8443}
    return replace(wishes, moved={**wishes.moved, place: others.get(place[1], place[1] + 1)})


def container_range(wishes: Wishes, scene: Scene) -> Wishes:
    """Give the container bridge of the first target the address range of the first node."""
    return _bridged(wishes, scene, "docker0")


def reverse_path_filter(wishes: Wishes, scene: Scene) -> Wishes:
    """Turn strict reverse path filtering on for the first target, and route back by another interface."""
    return replace(_bridged(wishes, scene, "eth1"), strict=wishes.strict | {scene.inside.member.address})


def _bridged(wishes: Wishes, scene: Scene, name: str) -> Wishes:
    """Let the first target have the range of the first node's address at a bridge."""
    host, node = scene.inside.member.address, scene.node.address
    ranges = (IPv4Network((node, length), strict=False) for length in range(24, 31))
    own = next((item for item in ranges if host not in item), None)
    if own is None:
        raise InputError("the first target is too near to the first node")
    address = next(item for item in own.hosts() if item != node)
    return replace(wishes, bridges=wishes.bridges | {(host, name, IPv4Interface((address, own.prefixlen)))})


def client_firewall_drops(wishes: Wishes, scene: Scene) -> Wishes:
    """Drop the client's packets to the first node in the client's own firewall."""
    return replace(wishes, sent_dropped=wishes.sent_dropped | {_to_node(scene)})


def client_firewall_rejects(wishes: Wishes, scene: Scene) -> Wishes:
    """Reject the client's packets to the first node in the client's own firewall."""
    return replace(wishes, sent_rejected=wishes.sent_rejected | {_to_node(scene)})


def _to_node(scene: Scene) -> AddressPair:
    return scene.client.address, scene.node.address


def _place(chain: Chain) -> AddressAndPort:
    return chain.member.address, chain.member.port
