"""Which rows does a word on the command line mean, and on which of the load balancer's addresses?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from nlbcheck.errors import InputError
from nlbcheck.escape import printable, shortened
from nlbcheck.model import Address
from nlbcheck.relays.tree import near

if TYPE_CHECKING:
    from nlbcheck.relays.table import Row, Table

_GLOB = re.compile(r"[*?\[]")
_PORT = re.compile(r"(?:(tcp|tls|tcp_udp)[:/ ])?([0-9]{1,5})(?:/(tcp|tls|tcp_udp))?")
_SHOWN = 10

_Meant = list[tuple["Row", frozenset[Address]]]
"""Rows, each with the static IPs that are meant; none of them where all are."""


def select(table: Table, names: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows that ``names`` mean, in the table's order.

    Raises InputError for names that fit nothing, or several things of which one is meant.
    """
    chosen: set[str] = set()
    problems = []
    for name in _of_rows(table, names):
        found, is_clear = _meant(table, name)
        if not is_clear:
            problems.append(_unclear(table, name, [row for row, _ in found]))
        chosen.update(row.name for row, _ in found)
    if problems:
        raise InputError(*problems)
    return tuple(row for row in table.rows if row.name in chosen)


def nodes(table: Table, names: Sequence[str]) -> frozenset[Address]:
    """Return the static IPs that all of ``names`` are about; none where any of them is about every one."""
    found = [at for name in _of_rows(table, names) for _, at in _meant(table, name)[0]]
    return frozenset().union(*found) if all(found) else frozenset()


def _of_rows(table: Table, names: Sequence[str]) -> list[str]:
    """Return the names that are not those of ``forbidden`` entries."""
    others = {item.name for item in table.forbidden}
    return [name for name in names if name not in others]


def _meant(table: Table, name: str) -> tuple[_Meant, bool]:
    """Return what a name fits, by the first of the ways that fits anything, and whether that is clear.

    What names one row, as its own name does, must fit one; what names several things by its nature, such as
    a server, a static IP or a pattern, means all of them.
    """
    for ways, is_one in ((_ONE, True), (_SEVERAL, False), (_NEARLY, True)):
        for way in ways:
            found = list(way(table, name))
            if found:
                return found, not is_one or len(found) == 1
    return [], False


def _exact(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield the rows that are called so, and those with this listener."""
    for row in table.rows:
        if name in (row.name, row.target_group, str(row.listener), str(row.listener.number)):
            yield row, frozenset()


def _by_port(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield the row with a listener as people type it: ``tcp/10022``, ``10022/tcp``."""
    found = _PORT.fullmatch(name.casefold())
    if found:
        protocol = found[1] or found[3]
        for row in table.rows:
            if row.listener.number == int(found[2]) and protocol in (None, row.listener.protocol.casefold()):
                yield row, frozenset()


def _by_endpoint(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield the row behind a static IP and its port, and else those for a target and its port."""
    where, _, port = name.rpartition(":")
    if not where or not port.isdecimal():
        return
    for row, at in _by_node(table, where):
        if str(row.listener.number) == port:
            yield row, at


def _by_target_port(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    where, _, port = name.rpartition(":")
    for row, at in _by_target(table, where) if where and port.isdecimal() else ():
        if str(row.target_port.number) == port:
            yield row, at


def _by_node(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield every row, for the static IP with this address or in this zone."""
    at = frozenset(node.address for node in table.static_ips if name in (str(node.address), node.zone))
    for row in table.rows if at else ():
        yield row, at


def _by_target(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield the rows that must reach a target of this name or address."""
    for row in table.rows:
        if any(name in (item.name, str(item.address)) for item in row.targets):
            yield row, frozenset()


def _by_pattern(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield the rows that a pattern such as ``tg-1*`` or ``10.0.0.*`` fits, by any of their names."""
    if not _GLOB.search(name):
        return
    for row in table.rows:
        targets = [text for item in row.targets for text in (item.name, str(item.address))]
        texts = (row.name, row.target_group, str(row.listener), str(row.listener.number), *targets)
        if any(fnmatchcase(text, name) for text in texts):
            yield row, frozenset()


def _by_end(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield the rows of a target group that one knows by its whole name, and the other by the end of it.

    ``example-tg-10022`` is ``tg-10022`` here, and the other way round.
    """
    found: list[tuple[int, Row]] = []
    for row in table.rows:
        ends = [
            own
            for own in (row.name, row.target_group)
            if name.endswith(f"-{own}") or own.endswith(f"-{name}")
        ]
        if ends and name:
            found.append((max(map(len, ends)), row))
    for _, row in sorted(found, key=lambda item: -item[0]):
        yield row, frozenset()


def _in_any_case(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    for row in table.rows:
        own = {text.casefold() for text in (row.name, row.target_group)}
        if name.casefold() in own:
            yield row, frozenset()


def _in_front_of(table: Table, name: str) -> Iterator[tuple[Row, frozenset[Address]]]:
    """Yield the rows whose target port this is."""
    for row in table.rows:
        if name in (str(row.target_port.number), str(row.target_port)):
            yield row, frozenset()


_Way = Callable[["Table", str], Iterable[tuple["Row", frozenset[Address]]]]
_ONE: tuple[_Way, ...] = (_exact, _by_port)
_SEVERAL: tuple[_Way, ...] = (_by_endpoint, _by_target_port, _by_node, _by_target, _by_pattern)
_NEARLY: tuple[_Way, ...] = (_by_end, _in_any_case, _in_front_of)


def _unclear(table: Table, name: str, rows: Sequence[Row]) -> str:
    """Return the sentence on a name that fits nothing, or several rows."""
    quoted = f"'{shortened(printable(name), 60)}'"
    if rows:
        fitting = ", ".join(
            f"{printable(row.name)} (listener {row.listener}, {row.place})" for row in rows[:_SHOWN]
        )
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        return f"{quoted} fits several rows of {printable(table.source)}: {fitting}{more}"
    aside = [item for item in table.unprobed if name in (item.listener, item.listener.rpartition(":")[2])]
    if aside:
        where = f"{aside[0].listener} in {aside[0].place} of {printable(table.source)}"
        return f"{quoted} is not probed: {where}: {aside[0].why}"
    targets = {item.name: None for row in table.rows for item in row.targets}
    known = [*(row.name for row in table.rows), *(item.name for item in table.forbidden), *targets]
    like = near(name, list(dict.fromkeys(known)))
    hint = f"perhaps {' or '.join(map(printable, like))} is meant" if like else "'mapping show' lists them"
    return f"{quoted} fits no row of {printable(table.source)}; {hint}"
