"""Which rows of a file are one, written with one line a target, and whom does a row name?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nlbcheck.model import Address, Port
from nlbcheck.relays import fields
from nlbcheck.relays.rows import Draft
from nlbcheck.relays.tree import shown

_OF_THE_LINE = ("no", "target")
"""What each line says for itself."""
_QUOTED = 3
"""Targets that a message names; the rest are counted."""


def joined(drafts: Iterable[Draft]) -> list[Draft]:
    """Return the rows, those that name further targets of a row before put to it."""
    found: dict[Port | int, Draft] = {}
    for number, draft in enumerate(drafts):
        before = found.get(draft.listener) if draft.listener else None
        if before is not None and _goes_on(before, draft):
            found[draft.listener or number] = _with(before, draft)
        else:
            found[draft.listener if draft.listener and before is None else number] = draft
    return list(found.values())


def _goes_on(row: Draft, line: Draft) -> bool:
    """Whether a line is for the same listener, group and port as a row, and for other targets."""
    place = (line.target_group, line.target_port)
    if line.target_port is None or place != (row.target_group, row.target_port):
        return False
    return bool(row.targets and line.targets) and set(row.targets or ()).isdisjoint(line.targets or ())


def _with(row: Draft, line: Draft) -> Draft:
    """Return a row with the targets of a further line, which may say nothing that differs."""
    said = dict(row.said)
    for key, value in line.said.items():
        if key in _OF_THE_LINE or _is_nothing(value) or value == said[key]:
            continue
        if key == "remarks":
            said[key] = _remarks(said[key] or {}, value)
        elif key == "expect.host_key":
            said[key] = tuple(dict.fromkeys((*(said[key] or ()), *value)))
        elif _is_nothing(said[key]):
            said[key] = value
        else:
            sentence = f"has another {key} than {row.place}, and both are for the same listener"
            line.section.refuse(line.section.entries["listener"], sentence, "listener")
    return replace(row, targets=(*(row.targets or ()), *(line.targets or ())), said=said)


def _remarks(said: Mapping[str, str], more: Mapping[str, str]) -> Mapping[str, str]:
    """Return the remarks of two lines that are one row, each text once."""
    both = {name: dict.fromkeys((said.get(name), more.get(name))) for name in (*said, *more)}
    return {name: "; ".join(text for text in texts if text) for name, texts in both.items()}


def _is_nothing(value: Any) -> bool:  # noqa: ANN401
    return value is None or value in ((), {})


def address_of(target: str, known: Mapping[str, Address]) -> Address | None:
    """Return the address of a target as a row writes it; None where it is a name that nothing resolves."""
    return known.get(target) or fields.literal_address(target)


def check_targets(draft: Draft, known: Mapping[str, Address]) -> None:
    """Note targets of a row that are one, and names without an address beside addresses."""
    addresses = {target: address_of(target, known) for target in draft.targets or ()}
    problems = list(_repeated(draft.targets or (), addresses))
    unknown = [target for target, address in addresses.items() if address is None]
    if unknown and len(unknown) < len(addresses):
        problems.append(
            f"{quoted(unknown)} has no address beside targets that have one: give it under targets, or leave "
            "it out where it only names one of them"
        )
    for sentence in problems:
        draft.section.refuse(draft.section.entries["target"], sentence, "target")


def _repeated(targets: Sequence[str], addresses: Mapping[str, Address | None]) -> Iterable[str]:
    """Yield a sentence on each target that stands there again, perhaps by another name."""
    first: dict[str, str] = {}
    for target in targets:
        key = str(addresses[target] or target)
        if key not in first:
            first[key] = target
        elif first[key] == target:
            yield f"{shown(target)} is there twice"
        else:
            yield f"{shown(first[key])} and {shown(target)} are one address, {key}"


def quoted(targets: Sequence[str]) -> str:
    """Return targets as a message quotes them; of many, the first ones and how many more there are."""
    more = f" and {len(targets) - _QUOTED} more" if len(targets) > _QUOTED else ""
    return ", ".join(map(shown, targets[:_QUOTED])) + more
