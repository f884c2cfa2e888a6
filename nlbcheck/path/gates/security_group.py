"""Does any security group of an interface admit the packet?

Groups only allow; the rules of all groups of an interface are merged, and the reply of a connection that
was admitted needs no rule: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html. A
rule that names another group admits the interfaces of that group as long as their identity survives the
path: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from nlbcheck.aws.resources.prefix_list import PrefixList
from nlbcheck.aws.resources.security_group import (
    GroupReference,
    PrefixListReference,
    SecurityGroup,
    SecurityRule,
)
from nlbcheck.model import Code, Confidence, Json
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address, single
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Evidence, Outcome, Passed, Problem, Stopped, Unseen, missing
from nlbcheck.path.packet import GroupIds, Packet, PrefixLists, References, holds

ShownGroup = SecurityGroup | Absent | NotVisible


class _Match(Enum):
    YES = auto()
    NO = auto()
    LOST = auto()
    """The rule names the sender's group, but the identity does not survive the path, or the rule is stale."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What a rule's other side is held against."""

    address: Address | None
    groups: GroupIds
    seen: bool | NotVisible
    prefix_list: PrefixLists
    hidden: GroupIds


def check(
    packet: Packet,
    groups: Sequence[ShownGroup],
    other_groups: GroupIds,
    references: References,
    prefix_list: PrefixLists,
    *,
    egress: bool,
    hidden: GroupIds = (),
    hidden_reason: str = "",
) -> Outcome:
    """Say what an interface with these security groups does with a connection's first packet.

    ``other_groups`` are those of the interface at the other end; ``hidden`` those of the client behind
    it, whose address the packet carries, but not its identity, for the ``hidden_reason``.
    """
    address = packet.destination if egress else packet.source
    seen = references.outbound if egress else references.inbound
    side = _Side(address, other_groups, seen, prefix_list, hidden)
    lost: SecurityRule | None = None
    unsure: NotVisible | None = None
    for group in groups:
        if not isinstance(group, SecurityGroup):
            unsure = unsure or missing(group)
            continue
        for rule in group.egress if egress else group.ingress:
            match _match(rule, packet, side, group):
                case _Match.YES:
                    return Passed(_evidence(packet, groups, rule, egress=egress, group=group))
                case _Match.LOST:
                    lost = rule
                case NotVisible() as fact:
                    unsure = unsure or fact
    evidence = _evidence(packet, groups, lost, egress=egress)
    if unsure:
        return Unseen(unsure, evidence)
    problem = _problem(packet, groups, references.reason, lost, egress=egress)
    if lost and isinstance(lost.peer, GroupReference) and _names(lost.peer, hidden):
        problem = _problem(packet, groups, hidden_reason, lost, egress=egress)
        problem = replace(problem, confidence=Confidence.LIKELY)
    return Stopped(problem, evidence)


def _names(reference: GroupReference, groups: GroupIds) -> bool:
    return not isinstance(groups, NotVisible) and reference.id in groups


def _match(rule: SecurityRule, packet: Packet, side: _Side, group: SecurityGroup) -> _Match | NotVisible:
    fact = NotVisible(
        f"a rule of {group.id}", "ec2", "DescribeSecurityGroups", group.account_region, unreadable=rule.place
    )
    if rule.protocol not in (packet.protocol, "all", None):
        return _Match.NO
    if rule.ports and packet.ports.first not in rule.ports:
        return _Match.NO
    match rule.peer:
        case None:
            return fact
        case GroupReference() as reference:
            found = _refers(reference, side)
        case PrefixListReference(id=key):
            found = _in_list(side.prefix_list(key), side.address)
        case network:
            inside = holds(network, side.address)
            found = fact if inside is None else _Match.YES if inside else _Match.NO
    unread = rule.protocol is None or rule.ports is None
    return fact if unread and found is not _Match.NO else found


def _refers(reference: GroupReference, side: _Side) -> _Match | NotVisible:
    if isinstance(side.groups, NotVisible):
        return side.groups
    if reference.id not in side.groups:
        if isinstance(side.hidden, NotVisible):
            return side.hidden
        return _Match.LOST if reference.id in side.hidden else _Match.NO
    if reference.peering_status not in (None, "active") or side.seen is False:
        return _Match.LOST
    return side.seen if isinstance(side.seen, NotVisible) else _Match.YES


def _in_list(found: PrefixList | Absent | NotVisible, address: Address | None) -> _Match | NotVisible:
    if not isinstance(found, PrefixList):
        return missing(found)
    inside = [holds(entry, address) for entry in found.entries]
    if True in inside:
        return _Match.YES
    if None in inside:
        return NotVisible("the packet's address", "", "", None)
    return _Match.NO


def _name(group: SecurityGroup) -> str:
    return f"{group.name} ({group.id})" if group.name else group.id


def _ids(groups: Sequence[ShownGroup]) -> list[str]:
    return [group.id for group in groups if isinstance(group, SecurityGroup)]


def _evidence(
    packet: Packet,
    groups: Sequence[ShownGroup],
    rule: SecurityRule | None,
    *,
    egress: bool,
    group: SecurityGroup | None = None,
) -> Evidence:
    address = packet.destination if egress else packet.source
    evidence: dict[str, Json] = {
        "rules": "egress" if egress else "ingress",
        "protocol": packet.protocol,
        "port": packet.ports.first,
        "destination" if egress else "source": str(address) if address else None,
        "groups": _ids(groups),
    }
    if rule:
        return evidence | {"group": group.id if group else None, "rule": describe(rule)}
    rules = [
        describe(item)
        for found in groups
        if isinstance(found, SecurityGroup)
        for item in (found.egress if egress else found.ingress)
    ]
    return evidence | {"admitted": rules[:20], "rules_in_all": len(rules)}


def describe(rule: SecurityRule) -> str:
    """Return a rule in words: ``tcp 22 from or to 172.31.128.10/32``."""
    match rule.peer:
        case GroupReference() as reference:
            peer = reference.id
            if reference.peering_status:
                peer += f" over {reference.peering_id} ({reference.peering_status})"
        case PrefixListReference(id=key):
            peer = key
        case network:
            peer = str(network or "?")
    return f"{rule.protocol or '?'} {rule.ports or '?'} {peer}"


def _problem(
    packet: Packet,
    groups: Sequence[ShownGroup],
    reason: str,
    lost: SecurityRule | None,
    *,
    egress: bool,
) -> Problem:
    address = packet.destination if egress else packet.source
    port = f"{packet.protocol.upper()} {packet.ports}"
    names = " and ".join(_name(group) for group in groups if isinstance(group, SecurityGroup))
    word, preposition = ("outbound", "to") if egress else ("inbound", "from")
    who = str(address) if address else "the client"
    packet_at_gate = f"{word} {port} {who}"
    fix = None
    if address is not None:
        text = f"Admit {port} {preposition} {single(address)} in {_ids(groups)[0]}."
        call = remedy.admit(_ids(groups)[0], single(address), packet.ports, packet.protocol, egress=egress)
        fix = remedy.advice(text, call)
    if lost and isinstance(lost.peer, GroupReference):
        summary = f"The {word} rule of {names} for {port} names {lost.peer.id}, which "
        if lost.peer.peering_status not in (None, "active"):
            summary += f"is stale: its peering connection is {lost.peer.peering_status}."
        else:
            summary += f"{reason}."
        return Problem(Code.SG_REFERENCE_NOT_SEEN, summary, fix, subject=packet_at_gate)
    summary = f"No {word} rule of {names} admits {port} {preposition} {who}."
    return Problem(Code.SG_DENIES, summary, fix, subject=packet_at_gate)
