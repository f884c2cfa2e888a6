"""Faults of the machines behind the load balancer."""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.services import AddressAndPort, AddressPair, Wishes
from nlbcheck.lab.faults.scene import Chain, Scene
from nlbcheck.model import Check

_WEB = (Check.HTTP, Check.HTTPS)


def process_stopped(wishes: Wishes, scene: Scene) -> Wishes:
    """Let nobody listen at the first target."""
    return replace(wishes, closed=wishes.closed | {_place(scene.inside)})


def firewall_drops(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the first target's own firewall drop what comes in."""
    return replace(wishes, dropped=wishes.dropped | {_place(scene.inside)})


def firewall_rejects(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the first target's own firewall refuse what comes in."""
    return replace(wishes, rejected=wishes.rejected | {_place(scene.inside)})


def on_premises_drops(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the on-premises target's firewall drop what comes in."""
    return replace(wishes, dropped=wishes.dropped | {_place(scene.outside)})


def other_protocol(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the first target speak something else: HTTP where SSH was expected, else SSH."""
    place = _place(scene.inside)
    present = scene.speaks(*place)
    listening = {**(wishes.listening or {}), place: Check.HTTP if present is Check.SSH else Check.SSH}
    return replace(wishes, listening=listening)


def expects_proxy(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the first target wait for a proxy protocol header."""
    return replace(wishes, expecting_proxy=wishes.expecting_proxy | {_place(scene.inside)})


def server_fails(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the first target's web server answer 503, of which a row that expects nothing is warned."""
    place = next((_place(chain) for chain in scene.chains if scene.speaks(*_place(chain)) in _WEB), None)
    if place is None:
        raise InputError("no target speaks HTTP")
    return replace(wishes, failing=wishes.failing | {place})


def certificate_expired(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the certificate of the first TLS listener have expired."""
    return replace(wishes, expired=wishes.expired | {scene.tls_listener.arn})


def keys_cloned(wishes: Wishes, scene: Scene) -> Wishes:
    """Let two targets show the same host key, as copies of one disk image do."""
    speaking = [chain.member.address for chain in scene.chains if scene.speaks(*_place(chain)) is Check.SSH]
    first, *others = dict.fromkeys(speaking)
    if not others:
        raise InputError("there are no two targets that speak SSH")
    return replace(wishes, keys_of={**wishes.keys_of, others[0]: first})


def client_firewall_drops(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the client's own firewall drop what it sends to the first node."""
    return replace(wishes, sent_dropped=wishes.sent_dropped | {_to_node(scene)})


def client_firewall_rejects(wishes: Wishes, scene: Scene) -> Wishes:
    """Let the client's own firewall refuse what it sends to the first node."""
    return replace(wishes, sent_rejected=wishes.sent_rejected | {_to_node(scene)})


def _to_node(scene: Scene) -> AddressPair:
    return scene.client.address, scene.node.address


def _place(chain: Chain) -> AddressAndPort:
    return chain.member.address, chain.member.port
