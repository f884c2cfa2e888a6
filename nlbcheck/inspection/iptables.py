"""What do the rules say that ``iptables-save`` prints?

The form is that of iptables-save(8), the matches those of iptables-extensions(8). A match that is not known
here may hold or not, and a target do anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from ipaddress import ip_network

from nlbcheck.inspection import holding
from nlbcheck.inspection.filtering import Doing, FilterChain, FilterRule, FilterTable, Holds

_PRIORITIES = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
"""https://wiki.nftables.org/wiki-nftables/index.php/Netfilter_hooks (priority within hook)."""
_BASES = frozenset({"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"})
_TARGETS = {
    "ACCEPT": Doing.ACCEPT, "DROP": Doing.DROP, "REJECT": Doing.REJECT, "RETURN": Doing.RETURN,
    **dict.fromkeys(("LOG", "NFLOG", "MARK", "CONNMARK", "TRACE", "CLASSIFY", "DSCP", "TOS", "TCPMSS", "TTL",
                     "AUDIT", "CHECKSUM", "SECMARK", "SET", "SNAT", "MASQUERADE"), Doing.GO_ON),
}  # fmt: skip
_MODULES = frozenset({"tcp", "multiport", "conntrack", "state", "addrtype", "comment"})
"""Modules that say nothing by themselves."""
_HANDING = frozenset(
    {"DNAT", "REDIRECT", "TPROXY", "NFQUEUE", "QUEUE", "NOTRACK", "CT", "SYNPROXY", "NETMAP"}
)
_CHAIN = re.compile(r":(\S+) (\S+)(?: \[\d+:\d+\])?$")


def tables(text: str) -> tuple[FilterTable, ...]:
    """Return the tables that ``iptables-save`` or ``ip6tables-save`` prints."""
    return tuple(_table(name, lines) for name, lines in _parts(text))


def names(text: str) -> frozenset[str]:
    """Return the tables' names."""
    return frozenset(name for name, _ in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith("*"):
            name, lines = line[1:].strip(), []
        elif line == "COMMIT" and name:
            yield name, lines
            name = ""
        elif name:
            lines.append(line)


def _table(name: str, lines: list[str]) -> FilterTable:
    policies = {found[1]: found[2] for line in lines if (found := _CHAIN.match(line))}
    rules: dict[str, list[FilterRule]] = {chain: [] for chain in policies}
    for line in lines:
        if line.startswith("-A ") and (chain := line.split(" ", 2)[1]) in rules:
            rules[chain].append(_rule(line))
    return FilterTable(
        f"iptables table {name}",
        {
            chain: FilterChain(
                chain,
                tuple(rules[chain]),
                chain.lower() if chain in _BASES else None,
                _PRIORITIES.get(name, 0),
                policy == "DROP",
            )
            for chain, policy in policies.items()
        },
    )


def _rule(line: str) -> FilterRule:
    try:
        words = shlex.split(line)[2:]
    except ValueError:  # quoted in a way that iptables-save does not
        return FilterRule((holding.unknown,), Doing.HAND_ON, line)
    matches: list[Holds] = []
    doing, target = Doing.GO_ON, ""
    while words:
        negated = words[0] == "!"
        word, values, words = _option(words[1:] if negated else words)
        if word in ("-j", "--jump", "-g", "--goto") and values:
            doing, target = _done(word, values[0])
            break  # what follows are the target's own options
        match = _match(word, values)
        matches.append(holding.negated(match) if negated else match)
    return FilterRule(tuple(matches), doing, line, target)


def _done(word: str, target: str) -> tuple[Doing, str]:
    """Return what a target does; one that is not known may do anything, a chain of the user's is gone to."""
    if target in _TARGETS:
        return _TARGETS[target], ""
    if target in _HANDING:
        return Doing.HAND_ON, ""
    return (Doing.GOTO if word in ("-g", "--goto") else Doing.JUMP), target


def _option(words: list[str]) -> tuple[str, list[str], list[str]]:
    """Return the first option, its values, and the words after them."""
    for end in range(1, len(words)):
        if words[end].startswith("-") or words[end] == "!":
            return words[0], words[1:end], words[end:]
    return (words[0] if words else ""), words[1:], []


def _match(word: str, values: list[str]) -> Holds:
    value = values[0] if values else ""
    try:
        match word:
            case "-s" | "--source":
                return holding.source(ip_network(value, strict=False))
            case "-d" | "--destination":
                return holding.destination(ip_network(value, strict=False))
            case "-i" | "--in-interface":
                return holding.comes_by(_device(value))
            case "-o" | "--out-interface":
                return holding.leaves_by(_device(value))
            case "-p" | "--protocol":
                return holding.always(value in ("tcp", "6", "all", "0"))
            case "--dport" | "--dports" | "--destination-port" | "--destination-ports":
                return holding.to_port(_ports(value))
            case "--sport" | "--sports" | "--source-port" | "--source-ports":
                return holding.from_port(_ports(value))
            case "--ctstate" | "--state":
                return holding.state(frozenset(value.lower().split(",")))
            case "--syn":
                return holding.first
            case "--tcp-flags" if len(values) == 2:
                return holding.flags(_flags(values[0]), _flags(values[1]))
            case "--dst-type" if value == "LOCAL":
                return holding.for_host
            case "--comment":
                return holding.always(True)
            case "-m" | "--match" if value in _MODULES:
                return holding.always(True)
    except ValueError:
        pass
    return holding.unknown


def _device(value: str) -> re.Pattern[str]:
    return re.compile(re.escape(value[:-1]) + ".*" if value.endswith("+") else re.escape(value))


def _ports(value: str) -> tuple[tuple[int, int], ...]:
    """Return ranges of ports: ``80``, ``1000:2000``, ``80,443,1000:2000``."""
    ranges = []
    for part in value.split(","):
        first, colon, last = part.partition(":")
        ranges.append((int(first or 0), int((last or 65535) if colon else first)))
    return tuple(ranges)


def _flags(value: str) -> frozenset[str]:
    every = frozenset({"fin", "syn", "rst", "psh", "ack", "urg"})
    if value == "ALL":
        return every
    return frozenset() if value == "NONE" else frozenset(value.lower().split(","))
