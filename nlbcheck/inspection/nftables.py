"""What do the rules say that ``nft -j list ruleset`` prints?

The form is that of libnftables-json(5), the meaning that of nft(8). A statement that is not known here may do
anything; an expression that is not known may hold or not.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nlbcheck.inspection import nft_matches
from nlbcheck.inspection.filtering import Doing, FilterChain, FilterRule, FilterTable, Holds
from nlbcheck.inspection.holding import unknown

TableKey = tuple[str, str]
"""A table's family and name."""
_FAMILIES = {4: ("ip", "inet", "netdev"), 6: ("ip6", "inet", "netdev")}
_PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
_VERDICTS = {
    "accept": Doing.ACCEPT, "drop": Doing.DROP, "reject": Doing.REJECT, "return": Doing.RETURN,
    "jump": Doing.JUMP, "goto": Doing.GOTO, "continue": Doing.GO_ON,
    **dict.fromkeys(("queue", "dnat", "redirect", "tproxy", "synproxy", "fwd", "notrack"), Doing.HAND_ON),
}  # fmt: skip
_HARMLESS = frozenset(
    {"counter", "log", "mangle", "snat", "masquerade", "dup", "flow", "ct helper", "ct timeout", "secmark",
     "ct expectation", "comment", "last"}
)  # fmt: skip
"""Statements after which the next one is asked."""
_LINE = re.compile(r"\s*(\S.*?)\s*# handle (\d+)\s*$")
_OPENING = re.compile(r"\s*(table|chain) (.*?) \{ # handle \d+$")


def objects(text: str) -> list[Any] | None:
    """Return what ``nft -j list ruleset`` lists; None where that cannot be read."""
    line = next((line for line in text.splitlines() if line.startswith('{"nftables"')), "")
    try:
        listed = json.loads(line)["nftables"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return listed if isinstance(listed, list) else None


OF_THE_LAB = "nlbcheck_lab"
"""The table of AWS's security groups on hosts of the lab: no rule of the hosts' own."""


def tables(
    listed: list[Any], texts: Mapping[tuple[str, ...], str], version: int
) -> dict[TableKey, FilterTable]:
    """Return the tables that packets of an IP version meet; ``texts`` are the rules as nft writes them."""
    sets: dict[TableKey, dict[str, Any]] = defaultdict(dict)
    chains: dict[TableKey, dict[str, Any]] = defaultdict(dict)
    rules: dict[tuple[TableKey, str], list[FilterRule]] = defaultdict(list)
    mine = [(kind, item) for kind, item in _each(listed) if item.get("family") in _FAMILIES[version]]
    for kind, item in mine:
        if kind in ("set", "map"):
            sets[_key(item)][str(item.get("name"))] = item.get("elem", [])
        elif kind == "chain":
            chains[_key(item)][str(item.get("name"))] = item
    for kind, item in mine:
        if kind == "rule":
            key, chain, handle = _key(item), str(item.get("chain")), str(item.get("handle"))
            text = texts.get((*key, chain, handle), f"the rule with handle {handle}")
            rules[key, chain] += _rules(item.get("expr"), text, sets[key])
    return {
        key: FilterTable(
            f"table {key[0]} {key[1]}",
            {name: _chain(name, item, rules[key, name]) for name, item in own.items()},
        )
        for key, own in chains.items()
        if key[1] != OF_THE_LAB
    }


def _key(item: Mapping[str, Any]) -> TableKey:
    return str(item.get("family")), str(item.get("table"))


def of_iptables(listed: list[Any]) -> frozenset[TableKey]:
    """Return the tables that hold what only iptables can read."""
    return frozenset(
        _key(item)
        for kind, item in _each(listed)
        if kind == "rule" and any("xt" in part for part in _parts(item.get("expr")))
    )


def texts(text: str) -> Mapping[tuple[str, ...], str]:
    """Return the rules that ``nft -a list ruleset`` prints, by family, table, chain and handle."""
    found: dict[tuple[str, ...], str] = {}
    table, chain = ("", ""), ""
    for line in text.splitlines():
        if opening := _OPENING.match(line):
            words = opening[2].split(" ")
            table = (words[0], words[-1]) if opening[1] == "table" else table
            chain = words[0] if opening[1] == "chain" else ""
        elif chain and (rule := _LINE.match(line)):
            found[(*table, chain, rule[2])] = rule[1]
    return found


def _each(listed: list[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in listed:
        if isinstance(entry, Mapping):
            for kind, item in entry.items():
                if isinstance(item, Mapping):
                    yield str(kind), item


def _parts(expression: object) -> list[Mapping[str, Any]]:
    if not isinstance(expression, list):
        return []
    return [part if isinstance(part, Mapping) else {str(part): None} for part in expression]


def _chain(name: str, item: Mapping[str, Any], rules: list[FilterRule]) -> FilterChain:
    hook, priority = item.get("hook"), item.get("prio", 0)
    if isinstance(priority, str):
        priority = _PRIORITIES.get(priority, 0)
    drops = item.get("policy") == "drop"
    if "dev" in item:  # of one device's packets alone
        at = nft_matches.equals({"meta": {"key": "iifname"}}, item["dev"], {})
        last = [FilterRule((), Doing.DROP, "policy drop")] if drops else []
        rules = [replace(rule, matches=(at, *rule.matches)) for rule in (*rules, *last)]
        drops = False
    return FilterChain(
        name,
        tuple(rules),
        hook if isinstance(hook, str) else None,
        priority if isinstance(priority, int) else 0,
        drops,
    )


def _rules(expression: object, text: str, sets: Mapping[str, Any]) -> Iterator[FilterRule]:
    """Yield what a rule does; one with a map of verdicts does several things."""
    matches: list[Holds] = []
    for part in _parts(expression):
        for kind, value in part.items():
            if kind == "match":
                matches.append(nft_matches.match(value, sets))
            elif kind == "vmap":
                yield from _mapped(value, tuple(matches), text, sets)
            elif kind in _VERDICTS:
                target = value.get("target") if isinstance(value, Mapping) else None
                matches += _implied(kind, value)
                yield FilterRule(tuple(matches), _VERDICTS[kind], text, str(target))
                return
            elif kind in ("limit", "quota", "ct count", "meter", "set"):
                matches.append(unknown)
            elif kind not in _HARMLESS:
                yield FilterRule((*matches, unknown), Doing.HAND_ON, text)


def _implied(kind: str, value: object) -> list[Holds]:
    """Return what a statement itself asks of a packet: ICMP rejects those of its own family alone."""
    by = value.get("type") if kind == "reject" and isinstance(value, Mapping) else None
    family = {"icmp": "ipv4", "icmpv6": "ipv6"}.get(str(by))
    return [nft_matches.equals({"meta": {"key": "nfproto"}}, family, {})] if family else []


def _mapped(
    value: object, matches: tuple[Holds, ...], text: str, sets: Mapping[str, Any]
) -> Iterator[FilterRule]:
    """Yield a rule for each entry of a map of verdicts."""
    entries = nft_matches.elements(value.get("data"), sets) if isinstance(value, Mapping) else None
    if entries is None or not isinstance(value, Mapping):
        yield FilterRule((*matches, unknown), Doing.HAND_ON, text)
        return
    for entry in entries:
        key, verdict = entry if isinstance(entry, list) and len(entry) == 2 else (None, None)
        parts = _parts([verdict])
        kind = next(iter(parts[0]), "")
        doing = _VERDICTS.get(kind, Doing.HAND_ON)
        target = parts[0][kind]
        to = target.get("target") if isinstance(target, Mapping) else None
        holds = nft_matches.equals(value.get("key"), key, sets)
        yield FilterRule((*matches, holds), doing, text, str(to))
