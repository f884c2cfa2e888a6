"""Does the network ACL of a subnet let the packet in or out?

The matching rule with the lowest number decides; replies need rules of their own; traffic inside one subnet
does not meet it: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html. Replies go to the
port that their connection comes from: 1024-65535 for a load balancer or a NAT gateway, 32768-61000 for many
Linux clients, 49152-65535 for Windows: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html.
What share of these an ACL lets through is the share of connections that succeed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.network_acl import AclEntry, NetworkAcl
from nlbcheck.language import listed, tell
from nlbcheck.model import Code, Confidence, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address, Network, single
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.packet import CLIENT_PORTS, SYSTEMS, Packet, holds

NEARLY_NOTHING = 0.05
"""A smaller share of connections than this is as good as none."""

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
    if decided.unsure:
        fact = NotVisible(
            tell("what rule {number} of {acl} matches", number=decided.unsure[0].number, acl=acl.id),
            "ec2",
            "DescribeNetworkAcls",
            acl.account_region,
        )
        return Unseen(fact, evidence)
    if not decided.denied:
        return Passed(evidence | {"rule": describe(decided.allowed[0][1])})
    first = decided.denied[0][1]
    evidence["rule"] = describe(first) if first else "no rule matches"
    if decided.allowed:
        evidence["admitted"] = ", ".join(str(ports) for ports, _ in decided.allowed)
    refused = _Refused(packet, acl, first, egress)
    if not decided.allowed:
        return Stopped(refused.wholly(), evidence)
    shares = _shares(packet.ports, [ports for ports, _ in decided.allowed])
    if max(share for _, _, share in shares) < NEARLY_NOTHING:
        return Stopped(refused.nearly(str(evidence["admitted"]), shares), evidence)
    return Passed(evidence, refused.in_part(str(evidence["admitted"]), shares))


_Shares = list[tuple[str, PortRange, float]]
"""Who chooses ports, from which, and the share of them that is let through."""


def _shares(ports: PortRange, admitted: Sequence[PortRange]) -> _Shares:
    who = SYSTEMS if ports == CLIENT_PORTS else (("", ports),)
    return [(name, chosen, _share(chosen, admitted)) for name, chosen in who]


def _share(ports: PortRange, admitted: Sequence[PortRange]) -> float:
    shared = [found for item in admitted if (found := _overlap(ports, item))]
    return sum(_size(item) for item in shared) / _size(ports)


def _size(ports: PortRange) -> int:
    return ports.last - ports.first + 1


@dataclass(frozen=True, slots=True)
class _Refused:
    """A packet that an ACL refuses, or refuses on some ports."""

    packet: Packet
    acl: NetworkAcl
    rule: AclEntry | None
    egress: bool

    def wholly(self) -> Problem:
        """Return the problem where no port is let through."""
        summary = tell(
            "Rule {number} of network ACL {acl} denies outbound {traffic} to {peer}."
            if self.egress
            else "Rule {number} of network ACL {acl} denies inbound {traffic} from {peer}.",
            number="*" if self.rule is None or self.rule.number >= DEFAULT_RULE else self.rule.number,
            acl=self._name,
            traffic=f"{self.packet.protocol.upper()} {self.packet.ports}",
            peer=self._peer,
        )
        return self._problem(Code.NACL_DENIES, summary)

    def nearly(self, admitted: str, shares: _Shares) -> Problem:
        """Return the problem where next to no port is let through."""
        summary = tell(
            "{admitted}: {shares}. Nearly every connection fails.",
            admitted=self._admits(admitted),
            shares=_in_words(shares),
        )
        return self._problem(Code.NACL_DENIES, summary)

    def in_part(self, admitted: str, shares: _Shares) -> Problem:
        """Return the remark where a share of connections fails."""
        summary = tell(
            "{admitted}: {shares}. Connections from other ports likely fail.",
            admitted=self._admits(admitted),
            shares=_in_words(shares),
        )
        problem = self._problem(Code.NACL_NARROW_EPHEMERAL, summary)
        return replace(problem, verdict=Verdict.WARN, confidence=Confidence.LIKELY)

    def _admits(self, admitted: str) -> str:
        return tell(
            "Network ACL {acl} allows outbound replies to {peer} on {ports} only"
            if self.egress
            else "Network ACL {acl} allows inbound replies from {peer} on {ports} only",
            acl=self._name,
            peer=self._peer,
            ports=tell("port {ports}" if admitted.isdigit() else "ports {ports}", ports=admitted),
        )

    def _problem(self, code: Code, summary: str) -> Problem:
        fix = _remedy(self.packet, self.acl, self.rule, egress=self.egress)
        subject = f"{self._word} {self.packet.protocol} {self.packet.ports} {self._address or 'the client'}"
        return Problem(code, summary, fix, subject=subject)

    @property
    def _name(self) -> str:
        return f"{self.acl.name} ({self.acl.id})" if self.acl.name else self.acl.id

    @property
    def _word(self) -> str:
        return "outbound" if self.egress else "inbound"

    @property
    def _address(self) -> Address | Network | None:
        return self.packet.destination if self.egress else self.packet.source

    @property
    def _peer(self) -> str:
        return str(self._address) if self._address else tell("the client")


def _in_words(shares: _Shares) -> str:
    return listed([_share_in_words(*item) for item in shares])


def _share_in_words(who: str, ports: PortRange, share: float) -> str:
    percent = _percent(share)
    if not who:
        return tell("{percent} of the ports {ports}", percent=percent, ports=ports)
    return tell(
        "{percent} of the ports {ports} of {system} clients", percent=percent, ports=ports, system=who
    )


def _percent(share: float) -> str:
    if share <= 0:
        return tell("none")
    if share >= 1:
        return tell("all")
    if share < 0.01:
        return tell("less than 1 %")
    return f"{min(99, round(share * 100))} %"


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
    allow = tell(
        "Allow outbound {traffic} to {peer} in {acl}"
        if egress
        else "Allow inbound {traffic} from {peer} in {acl}",
        traffic=f"{packet.protocol.upper()} {packet.ports}",
        peer=single(address),
        acl=acl.id,
    )
    if number is None:
        return remedy.advice(
            tell(
                "{allow}, before rule {below}. No lower number is free: renumber the rules.",
                allow=allow,
                below=below,
            )
        )
    call = remedy.allow(acl.id, number, single(address), packet.ports, packet.protocol, egress=egress)
    if denying is None or below >= DEFAULT_RULE:
        return remedy.advice(tell("{allow}.", allow=allow), call)
    return remedy.advice(_before(denying, packet, acl, allow), call)


def _before(rule: AclEntry, packet: Packet, acl: NetworkAcl, allow: str) -> str:
    """Return a fix with the other one, where that opens all: who knows what the rule is for can choose it."""
    others = tuple(entry for entry in acl.entries if entry is not rule)
    decided = _decide(packet, replace(acl, entries=others), egress=rule.egress)
    if decided.denied or decided.unsure:
        return tell("{allow}, before rule {below}.", allow=allow, below=rule.number)
    return tell(
        "{allow}, before rule {below} (or change or remove outbound rule {below}, unless it is there on "
        "purpose)."
        if rule.egress
        else "{allow}, before rule {below} (or change or remove inbound rule {below}, unless it is there on "
        "purpose).",
        allow=allow,
        below=rule.number,
    )
