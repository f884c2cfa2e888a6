"""From where does a table want its rows probed: its key ``via``, one vantage point or several?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.model import Json
from nlbcheck.model.where import Where
from nlbcheck.relays import fields
from nlbcheck.relays.section import Section
from nlbcheck.relays.tree import TreeNode, Value, shown

KEYS = ("name", "where")
MOST = 1000
"""Vantage points of a table, at most."""


def read(top: Section) -> tuple[Where, ...]:
    """Return the vantage points under ``via``; mistakes are noted."""
    node = top.entries.get("via")
    if node is None:
        return ()
    if not isinstance(node.value, list):
        one = _entry(top, node, "via")
        return (one,) if one else ()
    if not node.value or len(node.value) > MOST:
        top.refuse(node, f"expected 1 to {MOST:,} vantage points, found {len(node.value):,}", "via")
        return ()
    taken: dict[str, str] = {}
    found = (_listed(top, item, f"via[{number}]", taken) for number, item in enumerate(node.value))
    return tuple(where for where in found if where)


def _listed(top: Section, node: TreeNode, path: str, taken: dict[str, str]) -> Where | None:
    """Return one of several vantage points; its name is taken then."""
    where = _entry(top, node, path)
    if where and where.label in taken:
        told = f"{shown(where.label)} is the name of {taken[where.label]} already: give it a name of its own"
        top.problems.add(node.line, f"{path}: {told}")
    if where:
        taken.setdefault(where.label, path)
    return where


def _entry(top: Section, node: TreeNode, path: str) -> Where | None:
    """Return one vantage point, written as ``NAME=WHERE``, or as a mapping of name and where."""
    if not isinstance(node.value, dict):
        return top.parse(node, path, _said)
    section = Section(node, top.problems, path)
    section.only(KEYS)
    name, place = section.take("name", fields.text), section.take("where", fields.text, required=True)
    if place is None:
        return None
    return section.take("where", lambda _: Where.at(place, name))


def _said(value: Value) -> Where:
    return Where.parse(fields.text(value))


def written(wheres: Sequence[Where]) -> Json:
    """Return vantage points as a table writes them; None where it has none."""
    return [
        {"name": where.name, "where": where.place} if where.name else where.place for where in wheres
    ] or None
