"""What do a host's firewall rules do with a packet, as far as they are understood?

Rules are asked in turn, chain by chain, as nft(8) and iptables(8) say that the kernel does it. A match that
is not understood may hold or not, so both are followed; what comes of a chain is the set of all that may come
of it. A packet is blocked where all that may come of it blocks it, and admitted likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from nlbcheck.escape import shortened
from nlbcheck.model.net import Address

_MOST_RULES = 100_000
"""The most rules that are looked at for one packet: chains that jump about can multiply without end."""
_LONGEST = 500
"""Characters that are shown of a rule, or of a chain's name."""
_DEEPEST = 16
"""How far chains may jump: https://github.com/torvalds/linux/blob/v6.6/include/net/netfilter/nf_tables.h."""


@dataclass(frozen=True, slots=True)
class HostPacket:
    """The first packet of a connection, or the answer to it: to the host, or from it."""

    source: Address
    destination: Address
    port: int
    """The server's: the one that is connected to, and from which the answer comes."""
    device: str | None
    """The interface that it comes in by, or leaves by; None where that is not known."""
    is_reply: bool = False
    by_host: bool = False
    """Whether it is the host that connects to somebody else."""

    @property
    def leaves(self) -> bool:
        """Whether it leaves the host, or else comes in."""
        return self.is_reply is not self.by_host


class Doing(Enum):
    """What a rule does with a packet that it matches."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    RETURN = "return"
    JUMP = "jump"
    GOTO = "goto"
    GO_ON = "go on"
    """Count, log, mark: the next rule is asked."""
    HAND_ON = "hand on"
    """Another program, address or port gets it, or it is not tracked: what comes then is not foretold."""


Holds = Callable[[HostPacket], bool | None]
"""Whether a packet is meant; None where that is not understood."""


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule of a chain."""

    matches: tuple[Holds, ...]
    doing: Doing
    text: str
    """As the host writes it; hostile until it is escaped."""
    target: str = ""
    """The chain to jump or go to."""

    def holds(self, packet: HostPacket) -> bool | None:
        """Whether the rule is for a packet."""
        told = [match(packet) for match in self.matches]
        if False in told:
            return False
        return None if None in told else True


@dataclass(frozen=True, slots=True)
class FilterChain:
    """A chain of rules; a base chain where it has a hook."""

    name: str
    rules: tuple[FilterRule, ...] = ()
    hook: str | None = None
    """``prerouting``, ``input``, ``output``, ``postrouting`` …"""
    priority: int = 0
    drops: bool = False
    """Whether its policy drops what no rule decides."""


@dataclass(frozen=True, slots=True)
class FilterTable:
    """The chains of one table, which jump among themselves."""

    name: str
    """As the host writes it: ``table inet filter``."""
    chains: Mapping[str, FilterChain] = field(hash=False)


@dataclass(frozen=True, slots=True)
class FilterDecision:
    """What rules do with a packet."""

    doing: Doing
    """Accept, drop, reject; hand on where that is not foretold or not understood."""
    rule: str = ""
    """What decides, or is not understood."""
    where: str = ""
    """The table and chain that it stands in."""


_BLOCKING = frozenset({Doing.DROP, Doing.REJECT})


def decision(tables: Iterable[FilterTable], packet: HostPacket) -> FilterDecision:
    """Return what a host's tables do with a packet, hook by hook and in the order of their priorities."""
    hooks = ("output", "postrouting") if packet.leaves else ("ingress", "prerouting", "input")
    based = [
        (hooks.index(chain.hook), chain.priority, table, chain)
        for table in tables
        for chain in table.chains.values()
        if chain.hook in hooks
    ]
    doubt: FilterDecision | None = None
    astray = False
    for _, _, table, chain in sorted(based, key=lambda item: item[:2]):
        traversal = _Traversal(table, packet)
        found = traversal.of_base(chain)
        doings = {item.doing for item in found}
        if doings <= _BLOCKING and not astray:
            return _blocked(found)
        if doings != {Doing.ACCEPT}:
            doubt = doubt or traversal.doubt or _first(found, Doing.HAND_ON)
            astray = astray or Doing.HAND_ON in doings
    return doubt or FilterDecision(Doing.ACCEPT)


def _blocked(found: Sequence[FilterDecision]) -> FilterDecision:
    """Return the decision where whatever is not understood, a rule blocks: the last of them is sure to."""
    rejects = all(item.doing is Doing.REJECT for item in found)
    rules = " or ".join(dict.fromkeys(item.rule for item in reversed(found)))
    return FilterDecision(
        Doing.REJECT if rejects else Doing.DROP, shortened(rules, _LONGEST), found[-1].where
    )


def _first(found: Sequence[FilterDecision], doing: Doing) -> FilterDecision | None:
    return next((item for item in found if item.doing is doing), None)


class _Traversal:
    """One packet's way through the chains of a table."""

    def __init__(self, table: FilterTable, packet: HostPacket) -> None:
        self._table = table
        self._packet = packet
        self.doubt: FilterDecision | None = None
        """The first rule that decides something and is not understood."""
        self._left = _MOST_RULES

    def of_base(self, chain: FilterChain) -> Sequence[FilterDecision]:
        """Return all that may become of the packet in a base chain."""
        policy = FilterDecision(Doing.DROP, "policy drop", self._where(chain))
        ending = policy if chain.drops else FilterDecision(Doing.ACCEPT)
        found = [ending if item.doing is Doing.GO_ON else item for item in self._of(chain, 0)]
        return list(dict.fromkeys(found))

    def _of(self, chain: FilterChain, depth: int) -> list[FilterDecision]:
        """Return all that may become of it in a chain; to go on is to come to its end, or to return."""
        found: list[FilterDecision] = []
        for rule in chain.rules:
            self._left -= 1
            if self._left < 0:
                self._doubt(rule, chain)
                return [FilterDecision(Doing.HAND_ON, "more rules than are followed", self._where(chain))]
            holds = rule.holds(self._packet)
            if holds is False or rule.doing is Doing.GO_ON:
                continue
            if holds is None:
                self._doubt(rule, chain)
            own = self._come_of(rule, chain, depth)
            goes_on = rule.doing is Doing.JUMP and any(item.doing is Doing.GO_ON for item in own)
            found += [item for item in own if rule.doing is not Doing.JUMP or item.doing is not Doing.GO_ON]
            if holds and not goes_on:
                return found
        return [*found, FilterDecision(Doing.GO_ON)]

    def _come_of(self, rule: FilterRule, chain: FilterChain, depth: int) -> list[FilterDecision]:
        """Return all that may come of a rule that holds."""
        if rule.doing is Doing.RETURN:
            return [FilterDecision(Doing.GO_ON)]
        if rule.doing not in (Doing.JUMP, Doing.GOTO):
            return [FilterDecision(rule.doing, _shown(rule), self._where(chain))]
        target = self._table.chains.get(rule.target)
        if target is None or depth == _DEEPEST:
            return [FilterDecision(Doing.HAND_ON, _shown(rule), self._where(chain))]
        return self._of(target, depth + 1)

    def _doubt(self, rule: FilterRule, chain: FilterChain) -> None:
        self.doubt = self.doubt or FilterDecision(Doing.HAND_ON, _shown(rule), self._where(chain))

    def _where(self, chain: FilterChain) -> str:
        return shortened(f"{self._table.name} chain {chain.name}", _LONGEST)


def _shown(rule: FilterRule) -> str:
    return shortened(rule.text, _LONGEST)
