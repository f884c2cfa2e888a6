"""What does a host's own firewall do with those who connect, and with its answers to them?

Where iptables is a front of nftables, nft shows its rules as well, but not all that they say, which
``iptables-save`` reads: https://wiki.nftables.org/wiki-nftables/index.php/Moving_from_iptables_to_nftables.
firewalld and ufw write rules of either kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nlbcheck.inspection import iptables, nftables
from nlbcheck.inspection.filtering import Doing, FilterTable, HostPacket, decision
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.inspection.sections import ABSENT, CommandAnswer
from nlbcheck.language import marked, tell
from nlbcheck.model import Address, Direction, Verdict
from nlbcheck.model.inspected import HostRuling, RouteBack

Answers = Mapping[str, CommandAnswer]
"""What the script's commands have said, by their names."""
_NOT_ALLOWED = marked("The firewall's rules are not visible: reading them takes root.")
_NO_PROGRAM = marked("The firewall's rules are not visible: neither nft nor iptables-save is installed.")
_NO_NFT = marked("The firewall's rules are not visible: firewalld runs, and nft is not installed.")
_UNREADABLE = marked("The firewall's rules are not visible: the output of {program} is not understood.")


@dataclass(frozen=True, slots=True)
class HostFirewall:
    """The rules that packets of one IP version meet at a host."""

    tables: tuple[FilterTable, ...] = ()
    managers: tuple[str, ...] = ()
    """What its rules were read from, and who writes them."""
    unseen: str | None = None
    """Why its rules are not known, as a sentence; None where they are."""


def read(answers: Answers, version: int) -> HostFirewall:
    """Return a host's rules for packets of an IP version."""
    by_iptables = answers.get("iptables" if version == 4 else "ip6tables", ABSENT)
    by_nft = answers.get("nft", ABSENT)
    managers = tuple(_managers(answers, by_nft, by_iptables))
    if by_nft.is_missing and by_iptables.is_missing:
        return HostFirewall((), managers, tell(_NO_PROGRAM))
    if by_nft.is_missing and "firewalld" in managers:
        return HostFirewall((), managers, tell(_NO_NFT))
    if not (by_nft.is_good or by_nft.is_missing) or not (by_iptables.is_good or by_iptables.is_missing):
        return HostFirewall((), managers, _why_not(by_nft, by_iptables))
    listed = nftables.objects(by_nft.text) if by_nft.is_good else []
    if listed is None:
        return HostFirewall((), managers, tell(_UNREADABLE, program="nft"))
    found = nftables.tables(listed, nftables.texts(answers.get("nft-text", ABSENT).text), version)
    known = iptables.names(by_iptables.text)
    fronted = {key for key in nftables.of_iptables(listed) if key[1] in known}
    own = [table for key, table in found.items() if key not in fronted]
    return HostFirewall((*own, *iptables.tables(by_iptables.text)), managers)


def _why_not(by_nft: CommandAnswer, by_iptables: CommandAnswer) -> str:
    said = (by_nft.text + by_iptables.text).lower()
    refused = "not permitted" in said or "permission denied" in said or "must be root" in said
    failing = "nft" if not by_nft.is_good else "iptables-save"
    return tell(_NOT_ALLOWED) if refused else tell(_UNREADABLE, program=failing)


def _managers(answers: Answers, by_nft: CommandAnswer, by_iptables: CommandAnswer) -> Iterator[str]:
    if by_nft.is_good:
        yield "nft"
    if by_iptables.is_good:
        yield "iptables"
    firewalld, ufw = answers.get("firewalld", ABSENT), answers.get("ufw", ABSENT)
    if firewalld.is_good and "running" in firewalld.text.split():
        yield "firewalld"
    if ufw.is_good and "Status: active" in ufw.text.splitlines():
        yield "ufw"


def rulings(
    firewall: HostFirewall, question: HostQuestion, device: str | None, routes: Sequence[RouteBack]
) -> tuple[HostRuling, ...]:
    """Return what becomes of everybody's first packet, and of the answer to it; nothing where it is not seen.

    ``device`` is the interface that packets come in by.
    """
    if firewall.unseen:
        return ()
    leaving = {route.peer: route.device for route in routes}
    return tuple(
        _ruling(firewall, packet, port)
        for port in question.ports
        for peer in question.senders(port)
        for packet in (
            HostPacket(peer, question.address, port, device),
            HostPacket(question.address, peer, port, leaving.get(peer), is_reply=True),
        )
    )


_VERDICTS = {Doing.ACCEPT: Verdict.PASS, Doing.DROP: Verdict.FAIL, Doing.REJECT: Verdict.FAIL}


def _ruling(firewall: HostFirewall, packet: HostPacket, port: int) -> HostRuling:
    found = decision(firewall.tables, packet)
    peer: Address = packet.destination if packet.is_reply else packet.source
    return HostRuling(
        peer,
        port,
        Direction.REPLY if packet.is_reply else Direction.REQUEST,
        _VERDICTS.get(found.doing, Verdict.UNKNOWN),
        found.doing is Doing.REJECT,
        found.rule,
        found.where,
    )
