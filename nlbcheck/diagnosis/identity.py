"""Did the right server answer? What SSH host keys tell when they are held against each other.

A host key belongs to one machine (RFC 4251, section 4.1), which may have one of each type. So two keys of
one type are two machines, and one key behind two targets is one machine, or a copied disk image.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

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
"""The keys that one row showed, each with the nodes where it did."""


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
    return [
        (*_differing(row, keys), *_shared(row, keys, targets, owners))
        for row, keys in zip(rows, shown, strict=True)
    ]


class _Targets:
    """Tells whether two rows are meant for the same machine: by address, else by name."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._addresses = {row.target.name: str(row.target.address) for row in rows if row.target.address}

    def of(self, row: Row) -> str:
        return self._addresses.get(row.target.name, row.target_key)


class _Owners:
    """Whose each key is: the rows that pin it, else the rows that show it and pin nothing."""

    def __init__(self, targets: _Targets, declared: Iterable[Row], shown: Iterable[tuple[Row, Keys]]) -> None:
        self._pinning: defaultdict[str, dict[str, list[Row]]] = defaultdict(dict)
        self._showing: defaultdict[str, dict[str, list[Row]]] = defaultdict(dict)
        self._counts: Counter[str] = Counter()
        for row in declared:
            for pin in row.spec.host_keys:
                self._pinning[pin.fingerprint].setdefault(targets.of(row), []).append(row)
        for row, keys in shown:
            for key in keys if not row.spec.host_keys else ():
                self._showing[key.fingerprint].setdefault(targets.of(row), []).append(row)
        for owners in (self._showing, self._pinning):
            for fingerprint, groups in owners.items():
                self._counts[fingerprint] = sum(map(len, groups.values()))

    def others(self, fingerprint: str, target: str) -> tuple[list[Row], int]:
        """Return the first owners of a key that have another target than this one, and their number."""
        groups = self._pinning.get(fingerprint) or self._showing.get(fingerprint) or {}
        elsewhere = (row for other, rows in groups.items() if other != target for row in rows)
        return list(islice(elsewhere, _NAMED)), self._counts[fingerprint] - len(groups.get(target, ()))

    def vouched(self, fingerprint: str, target: str) -> bool:
        """Whether the table pins this key for this target, by whichever row."""
        return target in self._pinning.get(fingerprint, ())

    def pinned(self, fingerprint: str) -> bool:
        """Whether any row pins this key."""
        return fingerprint in self._pinning


def _shown(results: Iterable[Result]) -> Keys:
    keys: defaultdict[ShownKey, list[Node]] = defaultdict(list)
    for result in results:
        seen = result.observation
        if seen is None or seen.status not in (Status.OK, Status.UNEXPECTED):
            continue
        fingerprint = seen.detail.get("fingerprint")
        if isinstance(fingerprint, str):
            key_type = str(seen.detail.get("key_type", ""))
            keys[ShownKey(fingerprint, key_type)].append(result.flow.node)
    return keys


def _labels(nodes: Iterable[Node]) -> list[str]:
    return [node.label for node in nodes]


def _differing(row: Row, keys: Keys) -> Iterable[Finding]:
    """Yield a finding for each key type of which two nodes of the row show different keys."""
    pins = {pin.fingerprint for pin in row.spec.host_keys}
    for key_type in dict.fromkeys(key.key_type for key in keys):
        alike = [key for key in keys if key.key_type == key_type]
        if len(alike) < 2 or all(key.fingerprint in pins for key in alike):
            continue
        places = " and ".join(", ".join(_labels(keys[key])) for key in alike)
        yield _finding(
            row,
            f"{row.name} shows different {key_type} host keys on {places}: the static IPs lead to different "
            f"machines, where the table has the one target {row.target.name}.",
            {"key_type": key_type, "host_keys": {key.fingerprint: _labels(keys[key]) for key in alike}},
            subject=key_type,
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
            zone=nodes[0].zone if len(nodes) == 1 else None,
            subject=key.fingerprint,
        )


def _told(row: Row, others: Sequence[Row], count: int, *, pinned: bool) -> str:
    names = ", ".join(other.name for other in others)
    if count > len(others):
        names += f" and {count - len(others)} more"
    machines = " or ".join(dict.fromkeys(other.target.name for other in others))
    if pinned or row.spec.host_keys:
        verb = ("pins" if count == 1 else "pin") if pinned else ("shows" if count == 1 else "show")
        return (
            f"{row.name} is answered by {machines} and not by {row.target.name}: "
            f"its host key is the one that {names} {verb}."
        )
    return (
        f"{row.name} shows the same host key as {names} ({machines}), but its target is {row.target.name}: "
        "likely one machine answers for both, or they share a host key (a copied disk image)."
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
