"""Did the right server answer? What SSH host keys tell when they are held against each other.

A host key belongs to one machine (RFC 4251, section 4.1), which may have one of each type. So two keys of
one type are two machines, and one key behind two targets is one machine, or a copied disk image.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from nlbcheck.diagnosis import unseen_targets
from nlbcheck.diagnosis.enumeration import and_more
from nlbcheck.language import either, listed, plural, tell
from nlbcheck.model import Code, Confidence, Finding, Json, Leg, Node, Resource, Result, Status, Verdict
from nlbcheck.relays.table import Row

_NAMED = 3
"""Other rows that a finding names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A host key that was seen."""

    fingerprint: str
    key_type: str


Keys = Mapping[ShownKey, Sequence[Node]]
"""The keys that one row showed, each with the nodes where it did, once for each connection."""
TargetSet = frozenset[str]
"""Whom a row is meant for."""


def findings(
    declared: Sequence[Row], rows: Sequence[Row], seen: Sequence[Sequence[Result]]
) -> list[tuple[Finding, ...]]:
    """Return for each of ``rows`` what the host keys ``seen`` on its nodes say about who answers.

    ``declared`` are all rows of the table, also those that were not probed: their pinned keys name owners.
    A key that the row itself pins, or that is pinned for another row with the same target, is in order.
    """
    shown = [_shown(nodes) for nodes in seen]
    if not any(shown):
        return [()] * len(rows)
    targets = _Targets(declared)
    owners = _Owners(targets, declared, list(zip(rows, shown, strict=True)))
    keys_of = _alone(declared, zip(rows, shown, strict=True))
    return [
        (
            *_differing(row, keys),
            *_shared(row, keys, targets, owners),
            *unseen_targets.findings(row, results, keys_of),
        )
        for row, keys, results in zip(rows, shown, seen, strict=True)
    ]


class _Targets:
    """Tells which machines a row is meant for: by address, else by name."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._addresses = {
            server.name: str(server.address) for row in rows for server in row.targets if server.address
        }

    def of(self, row: Row) -> TargetSet:
        return frozenset(self._addresses.get(server.name, server.key) for server in row.targets)


class _Claims:
    """Which rows claim each key for their machines."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, dict[TargetSet, list[Row]]] = defaultdict(dict)
        self._by_machine: defaultdict[str, defaultdict[str, set[TargetSet]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self._counts: Counter[str] = Counter()

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._rows

    def add(self, fingerprint: str, machines: TargetSet, row: Row) -> None:
        self._rows[fingerprint].setdefault(machines, []).append(row)
        self._counts[fingerprint] += 1
        for machine in machines:
            self._by_machine[fingerprint][machine].add(machines)

    def near(self, fingerprint: str, machines: TargetSet) -> set[TargetSet]:
        """Return whom claims of a key are made for, as far as one of ``machines`` is among them."""
        if fingerprint not in self._by_machine:
            return set()
        known = self._by_machine[fingerprint]
        return {one for machine in machines for one in known.get(machine, ())}

    def others(self, fingerprint: str, machines: TargetSet) -> tuple[list[Row], int]:
        """Return the first rows that claim a key for other machines than these, and their number."""
        groups = self._rows.get(fingerprint, {})
        near = self.near(fingerprint, machines)
        elsewhere = (row for other, rows in groups.items() if other not in near for row in rows)
        count = self._counts[fingerprint] - sum(len(groups[one]) for one in near)
        return list(islice(elsewhere, _NAMED)) if count else [], count


class _Owners:
    """Whose each key is: the rows that pin it, else the rows that show it and pin nothing."""

    def __init__(self, targets: _Targets, declared: Iterable[Row], shown: Iterable[tuple[Row, Keys]]) -> None:
        self._pinning, self._showing = _Claims(), _Claims()
        for row in declared:
            for pin in row.spec.host_keys:
                self._pinning.add(pin.fingerprint, targets.of(row), row)
        for row, keys in shown:
            for key in keys if not row.spec.host_keys else ():
                self._showing.add(key.fingerprint, targets.of(row), row)

    def others(self, fingerprint: str, machines: TargetSet) -> tuple[list[Row], int]:
        """Return the first owners of a key that are for none of these machines, and their number."""
        claims = self._pinning if fingerprint in self._pinning else self._showing
        return claims.others(fingerprint, machines)

    def vouched(self, fingerprint: str, machines: TargetSet) -> bool:
        """Whether the table pins this key for one of these machines, by whichever row."""
        return bool(self._pinning.near(fingerprint, machines))

    def pinned(self, fingerprint: str) -> bool:
        """Whether any row pins this key."""
        return fingerprint in self._pinning


def _alone(declared: Iterable[Row], shown: Iterable[tuple[Row, Keys]]) -> Mapping[str, set[str]]:
    """Return the host keys of each target that some row has alone: those that it pins, else shows."""
    keys_of: defaultdict[str, set[str]] = defaultdict(set)
    for row in declared:
        if len(row.targets) == 1:
            keys_of[row.target.key].update(pin.fingerprint for pin in row.spec.host_keys)
    for row, keys in shown:
        if len(row.targets) == 1 and not row.spec.host_keys:
            keys_of[row.target.key].update(key.fingerprint for key in keys)
    return keys_of


def _shown(results: Iterable[Result]) -> Keys:
    keys: defaultdict[ShownKey, list[Node]] = defaultdict(list)
    for result in results:
        for seen in result.connections:
            fingerprint = seen.detail.get("fingerprint")
            if seen.status in (Status.OK, Status.UNEXPECTED) and isinstance(fingerprint, str):
                key_type = str(seen.detail.get("key_type", ""))
                keys[ShownKey(fingerprint, key_type)].append(result.flow.node)
    return keys


def _labels(nodes: Iterable[Node]) -> list[str]:
    return [node.label for node in dict.fromkeys(nodes)]


def _differing(row: Row, keys: Keys) -> Iterable[Finding]:
    """Yield a finding for each key type of which a row shows more keys than it has targets."""
    pins = {pin.fingerprint for pin in row.spec.host_keys}
    for key_type in dict.fromkeys(key.key_type for key in keys):
        alike = [key for key in keys if key.key_type == key_type]
        if len(alike) <= len(row.targets) or all(key.fingerprint in pins for key in alike):
            continue
        yield _finding(
            row,
            _differ(row, key_type, [_labels(keys[key]) for key in alike]),
            {"key_type": key_type, "host_keys": {key.fingerprint: _labels(keys[key]) for key in alike}},
            subject=key_type,
        )


def _differ(row: Row, key_type: str, places: Sequence[Sequence[str]]) -> str:
    """Return the sentence on different keys, each with where it was shown."""
    sure = bool(row.spec.host_keys)
    if len(row.targets) > 1:
        return tell(
            "{row} shows {count} different {type} host keys: its connections reach more machines than the "
            "{targets} targets in the table."
            if sure
            else "{row} shows {count} different {type} host keys: its connections likely reach more machines "
            "than the {targets} targets in the table.",
            row=row.name,
            count=len(places),
            type=key_type,
            targets=len(row.targets),
        )
    parts = {"row": row.name, "type": key_type, "target": row.target.name}
    if len({tuple(of_key) for of_key in places}) == 1:
        return tell(
            "{row} shows different {type} host keys from connection to connection on {nodes}: they reach "
            "different machines, but the table has one target, {target}."
            if sure
            else "{row} shows different {type} host keys from connection to connection on {nodes}: they "
            "likely reach different machines, but the table has one target, {target}.",
            nodes=", ".join(places[0]),
            **parts,
        )
    return tell(
        "{row} shows different {type} host keys on {nodes}: the static IPs lead to different machines, but "
        "the table has one target, {target}."
        if sure
        else "{row} shows different {type} host keys on {nodes}: the static IPs likely lead to different "
        "machines, but the table has one target, {target}.",
        nodes=listed([", ".join(of_key) for of_key in places]),
        **parts,
    )


def _shared(row: Row, keys: Keys, targets: _Targets, owners: _Owners) -> Iterable[Finding]:
    """Yield a finding for each key of the row that belongs to rows with other targets."""
    pins = {pin.fingerprint for pin in row.spec.host_keys}
    own = targets.of(row)
    for key, nodes in keys.items():
        if key.fingerprint in pins or owners.vouched(key.fingerprint, own):
            continue
        named, count = owners.others(key.fingerprint, own)
        if not named:
            continue
        pinned = owners.pinned(key.fingerprint)
        yield _finding(
            row,
            _told(row, named, count, pinned=pinned),
            {
                "fingerprint": key.fingerprint,
                "key_type": key.key_type,
                "nodes": _labels(nodes),
                "pinned_by" if pinned else "also_shown_by": [other.name for other in named],
                "rows": count,
            },
            zone=nodes[0].zone if len(set(nodes)) == 1 else None,
            subject=key.fingerprint,
        )


def _told(row: Row, others: Sequence[Row], count: int, *, pinned: bool) -> str:
    machines = dict.fromkeys(server.name for other in others for server in other.targets)
    parts = {
        "row": row.name,
        "names": and_more((other.name for other in others), count - len(others)),
        "machines": either([*machines]),
        "target": either([server.name for server in row.targets]),
    }
    if pinned:
        return plural(
            count,
            "{row} is answered by {machines} and not by {target}: its host key is the one that {names} pins.",
            "{row} is answered by {machines} and not by {target}: its host key is the one that {names} pin.",
            **parts,
        )
    if row.spec.host_keys:
        return plural(
            count,
            "{row} is answered by {machines} and not by {target}: its host key is the one that {names} "
            "shows.",
            "{row} is answered by {machines} and not by {target}: its host key is the one that {names} show.",
            **parts,
        )
    return tell(
        "{row} shows the same host key as {names} ({machines}), but its target is {target}. Likely one "
        "machine answers for both, or they share a host key (a copied disk image).",
        **parts,
    )


def _finding(
    row: Row, summary: str, evidence: Mapping[str, Json], *, subject: str, zone: str | None = None
) -> Finding:
    return Finding(
        code=Code.WRONG_SERVER_ANSWERS,
        verdict=Verdict.FAIL if row.spec.host_keys else Verdict.WARN,
        summary=summary,
        leg=Leg.TABLE,
        zone=zone,
        resource=Resource("target-group", row.target_group),
        evidence=evidence,
        confidence=Confidence.CERTAIN if row.spec.host_keys else Confidence.LIKELY,
        subject=subject,
    )
