"""Does each name of the table stand for one server, and each server for one name?

Where the table has names without addresses, what AWS has registered tells which they may be: a name is a
server, so all groups of its rows must hold one address, and two names are two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from nlbcheck.diagnosis.drift.comparison import Registered
from nlbcheck.diagnosis.drift.finding import differs, some_of
from nlbcheck.language import listed, tell
from nlbcheck.model import Code, Finding, Json, Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.relays.table import Row

_Places = Mapping[str, Sequence[tuple[Row, frozenset[Address]]]]
"""For each name the rows that have it, with the addresses that it may stand for there."""


def compared(rows: Sequence[tuple[Row, Sequence[Registered]]]) -> list[tuple[Finding, ...]]:
    """Return for each row what its names say against those of the others; rows come with their targets."""
    places = _unresolved(rows)
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for name, where in places.items():
        if len(where) > 1 and not frozenset.intersection(*(addresses for _, addresses in where)):
            finding = _one_name(name, where)
            for row, _ in where:
                found[row.name].append(finding)
    every = {**_resolved(row for row, _ in rows), **places}
    for address, names in _names_of(every).items():
        for name in names if len(names) > 1 else ():
            for row, _ in every[name]:
                found[row.name].append(_two_names(address, names, every))
    return [tuple(found[row.name]) for row, _ in rows]


def _resolved(rows: Iterable[Row]) -> _Places:
    """Return the names that the table itself gives an address."""
    places: defaultdict[str, list[tuple[Row, frozenset[Address]]]] = defaultdict(list)
    for row in rows:
        for target in row.targets:
            if target.address is not None and target.is_named:
                places[target.name].append((row, frozenset([target.address])))
    return places


def _unresolved(rows: Sequence[tuple[Row, Sequence[Registered]]]) -> _Places:
    """Return the names without an address, where the row's group holds as many targets as it names."""
    places: defaultdict[str, list[tuple[Row, frozenset[Address]]]] = defaultdict(list)
    for row, registered in rows:
        addresses = _addresses(row, registered)
        if len(addresses) == len(row.targets):
            for target in row.targets:
                if target.address is None:
                    places[target.name].append((row, addresses))
    return places


def _addresses(row: Row, registered: Sequence[Registered]) -> frozenset[Address]:
    """Return the addresses of the targets that a row may mean; none where one is not seen."""
    fitting = [item.addresses for item in registered if item.target.port == row.target_port.number]
    seen = [item for item in fitting if not isinstance(item, NotVisible) and len(item) == 1]
    return frozenset[Address]().union(*seen) if len(seen) == len(fitting) else frozenset()


def _names_of(places: _Places) -> Mapping[Address, Sequence[str]]:
    """Return the names that can only stand for one address each, by that address."""
    names: defaultdict[Address, list[str]] = defaultdict(list)
    for name, where in places.items():
        possible = frozenset.intersection(*(addresses for _, addresses in where))
        if len(possible) == 1:
            names[next(iter(possible))].append(name)
    return names


def _one_name(name: str, where: Sequence[tuple[Row, frozenset[Address]]]) -> Finding:
    told = [
        tell(
            "{addresses} in {group}",
            addresses=some_of(sorted(map(str, addresses))),
            group=row.target_group,
        )
        for row, addresses in where
    ]
    aws: Json = {row.name: [*sorted(map(str, addresses))] for row, addresses in where}
    rows = some_of(f"{row.name} ({row.told_place})" for row, _ in where)
    return differs(
        Code.TARGET_DIFFERS,
        tell(
            "The table uses the name {name} for several addresses: AWS has {places}.",
            name=name,
            places=some_of(told),
        ),
        Resource("target", name),
        {"target": name},
        aws,
        remedy.advice(
            tell("Find out which group holds the wrong target, or correct the name in {rows}.", rows=rows)
        ),
        subject="one name",
    )


def _two_names(address: Address, names: Sequence[str], places: _Places) -> Finding:
    told = [
        tell("{name} in {groups}", name=name, groups=some_of(row.target_group for row, _ in places[name]))
        for name in names
    ]
    return differs(
        Code.TARGET_DIFFERS,
        tell(
            "The table has several names for one address: {address} is {names}.",
            address=address,
            names=listed(told),
        ),
        Resource("target", str(address)),
        {"targets": [*names]},
        {"address": str(address)},
        remedy.advice(
            tell(
                "If these are two servers, one group holds the wrong target. Otherwise use one name in the "
                "table."
            )
        ),
        verdict=Verdict.WARN,
        subject="several names",
    )
