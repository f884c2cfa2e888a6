"""Does the network ACL of a subnet let the packet in or out?

The matching rule with the lowest number decides; replies need rules of their own; traffic inside one subnet
does not meet it: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html. Replies to a load
balancer go to ports 1024-65535: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.network_acl import AclEntry, NetworkAcl
from nlbcheck.model import Code, Confidence, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import single
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.packet import Packet, holds

DEFAULT_RULE = 32767
"""The number that stands for the rule ``*``: what no other rule matches is denied."""


@dataclass(slots=True)
class _Decided:
    """The ports that rules have decided about, each with the rule."""

    allowed: list[tuple[PortRange, AclEntry]] = field(default_factory=list)
    denied: list[tuple[PortRange, AclEntry | None]] = field(default_factory=list)
    unsure: list[AclEntry] = field(default_factory=list)


def check(packet: Packet, acl: NetworkAcl, *, egress: bool) -> Outcome:
    """Say what a network ACL does with a packet that leaves or enters one of its subnets."""
    decided = _decide(packet, acl, egress=egress)
    address = packet.destination if egress else packet.source
    evidence: dict[str, Json] = {
        "rules": "egress" if egress else "ingress",
        "protocol": packet.protocol,
        "ports": str(packet.ports),
        "destination" if egress else "source": str(address) if address else None,
    }
    first = decided.denied[0][1] if decided.denied else None
    if decided.unsure:
        fact = NotVisible(
            f"what rule {decided.unsure[0].number} of {acl.id} matches",
            "ec2",
            "DescribeNetworkAcls",
            acl.account_region,
        )
        return Unseen(fact, evidence)
    if not decided.denied:
        return Passed(evidence | {"rule": describe(decided.allowed[0][1])})
    evidence["rule"] = describe(first) if first else "no rule matches"
    fix = _remedy(packet, acl, first, egress=egress)
    word, where = ("outbound", "to") if egress else ("inbound", "from")
    who = str(address) if address else "the client"
    packet_at_gate = f"{word} {packet.protocol} {packet.ports} {who}"
    rule = "the rule *" if first is None or first.number >= DEFAULT_RULE else f"rule {first.number}"
    name = f"{acl.name} ({acl.id})" if acl.name else acl.id
    if not decided.allowed:
        port = f"{packet.protocol.upper()} {packet.ports}"
        summary = f"{rule[0].upper()}{rule[1:]} of network ACL {name} denies {word} {port} {where} {who}."
        return Stopped(Problem(Code.NACL_DENIES, summary, fix, subject=packet_at_gate), evidence)
    admitted = ", ".join(str(ports) for ports, _ in decided.allowed)
    summary = (
        f"Network ACL {name} lets {word} replies {where} {who} pass on ports {admitted} only, "
        f"not on all of {packet.ports}: connections likely work now and then."
    )
    remark = Problem(
        Code.NACL_NARROW_EPHEMERAL, summary, fix, Verdict.WARN, Confidence.LIKELY, packet_at_gate
    )
    return Passed(evidence | {"admitted": admitted}, remark)


def _decide(packet: Packet, acl: NetworkAcl, *, egress: bool) -> _Decided:
    decided = _Decided()
    left = [packet.ports]
    for entry in sorted(acl.entries, key=lambda item: item.number):
        if entry.egress is not egress or not left:
            continue
        matches = _matches(entry, packet, egress=egress)
        if matches is False:
            continue
        ports = entry.ports if entry.ports is not None else packet.ports
        if matches is None or entry.allow is None or entry.ports is None:
            if any(_overlap(part, ports) for part in left):
                decided.unsure.append(entry)
                left = list(_without(left, ports))
            continue
        shared = [found for part in left if (found := _overlap(part, ports))]
        if entry.allow:
            decided.allowed += [(part, entry) for part in shared]
        else:
            decided.denied += [(part, entry) for part in shared]
        left = list(_without(left, ports))
    decided.denied += [(part, None) for part in left]
    return decided


def _matches(entry: AclEntry, packet: Packet, *, egress: bool) -> bool | None:
    if entry.protocol not in (packet.protocol, "all", None):
        return False
    address = packet.destination if egress else packet.source
    inside = None if entry.cidr is None else holds(entry.cidr, address)
    return None if inside and entry.protocol is None else inside


def _overlap(one: PortRange, other: PortRange) -> PortRange | None:
    first, last = max(one.first, other.first), min(one.last, other.last)
    return PortRange(first, last) if first <= last else None


def _without(parts: Sequence[PortRange], gone: PortRange) -> Iterator[PortRange]:
    for part in parts:
        if part.first < gone.first:
            yield PortRange(part.first, min(part.last, gone.first - 1))
        if part.last > gone.last:
            yield PortRange(max(part.first, gone.last + 1), part.last)


def describe(entry: AclEntry) -> dict[str, Json]:
    """Return a rule as evidence."""
    return {
        "number": "*" if entry.number >= DEFAULT_RULE else entry.number,
        "action": {True: "allow", False: "deny", None: None}[entry.allow],
        "protocol": entry.protocol,
        "cidr": str(entry.cidr) if entry.cidr else None,
        "ports": str(entry.ports) if entry.ports else None,
    }


def free_number(
    acl: NetworkAcl, *, egress: bool, below: int, taken: frozenset[int] = frozenset()
) -> int | None:
    """Return an unused rule number that comes before the rule ``below``; None when there is none."""
    used = {entry.number for entry in acl.entries if entry.egress is egress} | taken
    if below >= DEFAULT_RULE:
        after = (max((number for number in used if number < DEFAULT_RULE), default=90) // 10 + 1) * 10
        if after < DEFAULT_RULE:
            return after
    return next((number for number in range(min(below, DEFAULT_RULE) - 1, 0, -1) if number not in used), None)


def _remedy(packet: Packet, acl: NetworkAcl, denying: AclEntry | None, *, egress: bool) -> Remedy | None:
    address = packet.destination if egress else packet.source
    if address is None:
        return None
    below = denying.number if denying else DEFAULT_RULE
    number = free_number(acl, egress=egress, below=below)
    word, where = ("outbound", "to") if egress else ("inbound", "from")
    text = f"Allow {word} {packet.protocol.upper()} {packet.ports} {where} {single(address)} in {acl.id}"
    if number is None:
        return remedy.advice(f"{text}, before rule {below}; no lower number is free, so renumber the rules.")
    call = remedy.allow(acl.id, number, single(address), packet.ports, packet.protocol, egress=egress)
    return remedy.advice(f"{text}, before rule {below}." if below < DEFAULT_RULE else f"{text}.", call)
