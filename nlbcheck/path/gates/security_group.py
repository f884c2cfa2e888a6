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
from nlbcheck.language import listed, tell
from nlbcheck.model import Code, Confidence, Json, Remedy
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
    it, whose address the packet carries, but not its identity, for the ``hidden_reason``: a sentence that is
    told here, as that of ``references`` is.
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
    refused = _Refused(packet, groups, egress)
    if lost is None or not isinstance(lost.peer, GroupReference):
        return Stopped(refused.by_none(), evidence)
    if _names(lost.peer, hidden):
        problem = refused.not_seen(lost.peer, tell(hidden_reason))
        return Stopped(replace(problem, confidence=Confidence.LIKELY), evidence)
    return Stopped(refused.not_seen(lost.peer, tell(references.reason)), evidence)


def _names(reference: GroupReference, groups: GroupIds) -> bool:
    return not isinstance(groups, NotVisible) and reference.id in groups


def _match(rule: SecurityRule, packet: Packet, side: _Side, group: SecurityGroup) -> _Match | NotVisible:
    fact = NotVisible(
        tell("a rule of {sg}", sg=group.id),
        "ec2",
        "DescribeSecurityGroups",
        group.account_region,
        unreadable=rule.place,
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
        return NotVisible(tell("the packet's address"), "", "", None)
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


@dataclass(frozen=True, slots=True)
class _Refused:
    """A packet that no security group of an interface allows."""

    packet: Packet
    groups: Sequence[ShownGroup]
    egress: bool

    def by_none(self) -> Problem:
        """Return the problem where no rule is for it."""
        summary = tell(
            "No outbound rule of {groups} allows {traffic} to {peer}."
            if self.egress
            else "No inbound rule of {groups} allows {traffic} from {peer}.",
            groups=self._names,
            traffic=self._traffic,
            peer=self._address or tell("the client"),
        )
        return Problem(Code.SG_DENIES, summary, self._allow(), subject=self._subject)

    def not_seen(self, peer: GroupReference, why: str) -> Problem:
        """Return the problem where a rule references a group by which the other end is not known."""
        if peer.peering_status not in (None, "active"):
            why = tell("The rule is stale: its peering connection is {status}.", status=peer.peering_status)
        summary = tell(
            "The outbound rule of {groups} for {traffic} references security group {reference}. {why}"
            if self.egress
            else "The inbound rule of {groups} for {traffic} references security group {reference}. {why}",
            groups=self._names,
            traffic=self._traffic,
            reference=peer.id,
            why=why,
        )
        return Problem(Code.SG_REFERENCE_NOT_SEEN, summary, self._allow(), subject=self._subject)

    def _allow(self) -> Remedy | None:
        if self._address is None:
            return None
        group, peer = _ids(self.groups)[0], single(self._address)
        text = tell(
            "Allow outbound {traffic} to {peer} in {sg}."
            if self.egress
            else "Allow inbound {traffic} from {peer} in {sg}.",
            traffic=self._traffic,
            peer=peer,
            sg=group,
        )
        ports, protocol = self.packet.ports, self.packet.protocol
        return remedy.advice(text, remedy.admit(group, peer, ports, protocol, egress=self.egress))

    @property
    def _names(self) -> str:
        return listed([_name(group) for group in self.groups if isinstance(group, SecurityGroup)])

    @property
    def _traffic(self) -> str:
        return f"{self.packet.protocol.upper()} {self.packet.ports}"

    @property
    def _address(self) -> Address | None:
        return self.packet.destination if self.egress else self.packet.source

    @property
    def _subject(self) -> str:
        return f"{'outbound' if self.egress else 'inbound'} {self._traffic} {self._address or 'the client'}"
