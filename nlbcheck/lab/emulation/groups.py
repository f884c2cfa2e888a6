"""What do an interface's security groups admit? Stateful chains at the interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nlbcheck.aws.resources.security_group import (
    GroupReference,
    PrefixListReference,
    SecurityGroup,
    SecurityRule,
)
from nlbcheck.inspection.nftables import OF_THE_LAB
from nlbcheck.lab import rulesets
from nlbcheck.lab.emulation import nft
from nlbcheck.lab.emulation.seats import Role, Seat
from nlbcheck.lab.plan import Namespace, PlannedRoute

NAMELESS = 63
"""The DSCP of what a load balancer sends of connections by endpoints that its inbound rules are not asked of.

Targets are to admit its nodes' addresses then, not its security group:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html.
"""
NOBODYS = f"{{ cs0, {NAMELESS} }}"
"""The DSCPs of packets that are in nobody else's name."""
Prefixes = Callable[[str], tuple[IPv4Network, ...]]
"""Returns a prefix list's entries."""


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """Whom the rules of one machine's security groups recognize by their groups."""

    known_by: Callable[[str], Iterable[Seat]]
    inbound: Callable[[Seat], bool]
    """Whether a machine's identity arrives here."""
    outbound: Callable[[Seat], bool]
    marks: Mapping[str, tuple[int, ...]]
    """What packets are marked with that a load balancer with a security group sends in a client's name."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """A host's own firewall: statements that its security groups know nothing of."""

    received: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()


STRANGERS = Acquaintance(lambda _: (), lambda _: False, lambda _: False, {})
"""Nobody is recognized by groups."""


def chains(seat: Seat, who: Acquaintance, prefixes: Prefixes) -> Iterable[str]:
    """Return the chains ``ingress`` and ``egress``."""
    yield admitting("ingress", seat, who, prefixes, egress=False)
    yield admitting("egress", seat, who, prefixes, egress=True)


def admitting(name: str, seat: Seat, who: Acquaintance, prefixes: Prefixes, *, egress: bool) -> str:
    """Return a chain that returns what a machine's rules admit in one direction, and drops the rest."""
    lines = ["return"]
    if seat.groups is not None:
        rules = [rule for group in seat.groups for rule in _rules(group, egress=egress)]
        lines = [line for rule in rules for line in _lines(rule, who, prefixes, egress=egress)] + ["drop"]
    return nft.chain(name, dict.fromkeys(lines))


def _rules(group: SecurityGroup, *, egress: bool) -> tuple[SecurityRule, ...]:
    return group.egress if egress else group.ingress


def _lines(rule: SecurityRule, who: Acquaintance, prefixes: Prefixes, *, egress: bool) -> Iterable[str]:
    service = nft.service(rule.protocol, rule.ports)
    if service is None:
        return
    far: Iterable[IPv4Network | IPv4Address] = ()
    spoken_for = ""
    match rule.peer:
        case IPv4Network() as network:
            far = (network,)
        case PrefixListReference(id=key):
            far = prefixes(key)
        case GroupReference() as reference:
            far = _members(reference, who, egress=egress)
            # A load balancer that keeps its client's address does not keep its security group.
            spoken_for = "" if egress else "ip dscp cs0 "
            for mark in () if egress or _stale(reference) else who.marks.get(reference.id, ()):
                yield f"ip dscp {mark} {service} return"
    if addresses := tuple(far):
        yield f"ip {'daddr' if egress else 'saddr'} {nft.networks(addresses)} {spoken_for}{service} return"


def _members(reference: GroupReference, who: Acquaintance, *, egress: bool) -> tuple[IPv4Address, ...]:
    if _stale(reference):
        return ()
    recognized = who.outbound if egress else who.inbound
    seats = [seat for seat in who.known_by(reference.id) if recognized(seat)]
    return tuple(address for seat in seats for address in seat.addresses)


def _stale(reference: GroupReference) -> bool:
    return reference.peering_status not in (None, "active")


def machine(seat: Seat, ruleset: str) -> Namespace:
    """Return a machine, whose packets all go to its router, as in a VPC."""
    return Namespace(
        seat.name,
        addresses=tuple(("eth0", IPv4Interface(address)) for address in seat.addresses),
        routes=(PlannedRoute(IPv4Network("0.0.0.0/0"), "eth0"),),
        ruleset=ruleset,
        forwards=seat.role is not Role.HOST or seat.passes_on,
    )


def host(seat: Seat, who: Acquaintance, prefixes: Prefixes, firewall: Firewall) -> str:
    """Return the ruleset of a machine: its security groups, and in a table of its own its ``firewall``."""
    if not seat.running:
        return rulesets.DEAD
    filtering = "type filter hook {} priority filter; policy accept;"
    passed = "ct state established,related accept"
    forward = [passed, "jump ingress", "jump egress"] if seat.passes_on else ["drop"]
    if seat.role is Role.NAT:
        # It drops answers to what it has not sent, and is no straight way for a client's preserved address:
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
        forward = ["ct state invalid drop", f"ip dscp != {NOBODYS} drop", *forward]
    if seat.role is Role.FIREWALL:
        # It lets connections through that it sees from their first packet on, in both directions:
        # https://docs.aws.amazon.com/network-firewall/latest/developerguide/asymmetric-routing.html
        forward = [passed, "ct state new tcp flags & (fin | syn | rst | ack) == syn accept", "drop"]
    chained = [
        *chains(seat, who, prefixes),
        nft.chain(
            "input",
            [filtering.format("input"), 'iifname "lo" accept', passed, "jump ingress"],
        ),
        nft.chain(
            "output",
            [filtering.format("output"), 'oifname "lo" accept', passed, "jump egress"],
        ),
        nft.chain("forward", [filtering.format("forward"), *forward]),
    ]
    if seat.role is Role.NAT:
        snat = f"ip protocol tcp snat to {seat.address}:1024-65535 fully-random"
        chained.append(nft.chain("postrouting", ["type nat hook postrouting priority srcnat;", snat]))
    return nft.table(OF_THE_LAB, chained) + _own(firewall)


def _own(firewall: Firewall) -> str:
    """Return a host's own firewall: what comes in meets it behind the groups, what leaves before them."""
    passed = "ct state established,related accept"
    hooked = "type filter hook {} priority {}; policy accept;"
    chained = [
        nft.chain(name, [hooked.format(name, priority), f'{device} "lo" accept', passed, *statements])
        for name, device, priority, statements in (
            ("input", "iifname", "10", firewall.received),
            ("output", "oifname", "-10", firewall.sent),
        )
        if statements
    ]
    return nft.table("firewall", chained) if chained else ""
