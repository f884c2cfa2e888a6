"""Which tables does one run have, what is each of them called, and which of its rows does a name mean?"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nlbcheck.errors import ExitStatus, InputError, ProseError
from nlbcheck.escape import printable, shortened
from nlbcheck.language import tell
from nlbcheck.model import RelayReport
from nlbcheck.relays.readers import READERS
from nlbcheck.relays.table import Table
from nlbcheck.relays.tree import near

_NO_TABLE = "readme.md"
"""What a folder of tables may hold besides, for people."""
_FOR_PEOPLE = frozenset({".txt"})
"""Endings of what a folder of tables may hold besides."""
_PATTERN = re.compile(r"[*?\[]")
_SHOWN = 10
"""Relays that a message names."""

Meant = Mapping[str, Sequence[str]]
"""The names of rows that are meant in each table, by its relay; none are all."""


@dataclass(frozen=True, slots=True)
class TableSet:
    """The tables of one run, under names of which none occurs twice."""

    tables: tuple[Table, ...]
    """Those without mistakes; there is at least one."""
    broken: tuple[RelayReport, ...] = ()
    """What a report says of the others."""
    remarks: tuple[str, ...] = ()

    @property
    def files(self) -> Sequence[str]:
        """The files of all of them."""
        return [*(table.source for table in self.tables), *(relay.table for relay in self.broken)]

    def without_via(self) -> TableSet:
        """Return the tables without the vantage points that they name."""
        return replace(self, tables=tuple(replace(table, via=()) for table in self.tables))

    def select(self, names: Sequence[str] = ()) -> Meant:
        """Return which names of rows are meant in each table, by its relay; all of all where there are none.

        A name is one that fits rows of one table, as for `Table.select`, or the relay's name, ``/`` and such
        a name; a pattern may fit rows of several. Raises InputError for a name that fits nothing, and for one
        that is no pattern and fits rows of several tables.
        """
        if len(self.files) == 1:
            (table,) = self.tables
            own = [name.removeprefix(f"{table.relay}/") for name in names]
            table.select(own)
            return {table.relay: own}
        if not names:
            return {table.relay: () for table in self.tables}
        meant: dict[str, list[str]] = {}
        problems = []
        for name in names:
            found = [pair for table in self.tables for pair in _fitting(table, name)]
            if len(found) == 1 or (found and _PATTERN.search(name)):
                for relay, row in found:
                    meant.setdefault(relay, []).append(row)
            else:
                problems.append(self._unclear(name, found))
        if problems:
            raise InputError(*problems)
        return meant

    def _unclear(self, name: str, found: Sequence[tuple[str, str]]) -> str:
        """Return the sentence on a name that fits no row, or rows of several tables."""
        quoted = f"'{shortened(printable(name), 60)}'"
        if found:
            fitting = ", ".join(printable(f"{relay}/{row}") for relay, row in found[:_SHOWN])
            more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            return f"{quoted} fits rows of several tables: give one as {fitting}{more}"
        rows = (f"{table.relay}/{row.name}" for table in self.tables for row in table.rows)
        like = near(name, [known for row in rows for known in (row, row.rpartition("/")[2])])
        hint = (
            f"perhaps {' or '.join(map(printable, like))} is meant" if like else "'mapping show' lists them"
        )
        return f"{quoted} fits no row of the {len(self.tables)} tables, or several of one; {hint}"


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the files of tables: each of ``paths``, and of a folder those that can be read, by name.

    Hidden files and a README.md are none. A file that is named twice counts once. Raises InputError for a
    folder that holds no table.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for file in _tables_in(path) if path.is_dir() else [path]:
            found.setdefault(os.path.realpath(file), file)  # which a ring of links does not disturb
    return list(found.values())


def _tables_in(folder: Path) -> Sequence[Path]:
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_file() or _leads_nowhere(path))
    except OSError as error:
        raise InputError(f"{printable(str(folder))}: cannot be read ({error.strerror})") from None
    fitting = [
        path
        for path in inside
        if path.suffix.lower() in READERS and path.name[0] != "." and path.name.lower() != _NO_TABLE
    ]
    if not fitting:
        raise InputError(
            f"{printable(str(folder))}: holds no mapping table: expected files that end in "
            f"{', '.join(READERS)}"
        )
    return fitting


def _leads_nowhere(path: Path) -> bool:
    """Whether a name is a link to nothing or to itself: a table that is missed, and told so."""
    return path.is_symlink() and not path.exists()


def load_all(paths: Iterable[Path], load: Callable[[Path], Table]) -> TableSet:
    """Return the tables in the files and folders ``paths``, each as ``load`` reads it.

    A text of a folder that is for people is none, and told of. Raises InputError, with all mistakes, where no
    table can be used.
    """
    paths = tuple(paths)
    tables: list[Table] = []
    broken: list[RelayReport] = []
    passed_over: list[tuple[Path, InputError]] = []
    remarks: list[str] = []
    for path in files(paths):
        try:
            tables.append(load(path))
        except ProseError as error:
            passed_over.append((path, error))
        except InputError as error:
            broken.append(_broken(path, error))
    for path, no_table in passed_over:
        if path in paths or path.suffix.lower() not in _FOR_PEOPLE or not tables:
            broken.append(_broken(path, no_table))
        else:
            remarks.append(tell("{file} is not read: it holds no mapping table.", file=path))
    if not tables:
        raise InputError(*(problem for relay in broken for problem in relay.problems))
    named = _named(tables)
    return TableSet(named, tuple(broken), (*remarks, *_twice(tables)))


def _broken(path: Path, error: InputError) -> RelayReport:
    source = str(path)
    return RelayReport(source, source, problems=error.problems, ending=ExitStatus.USAGE)


def _named(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return tables under names of their own: of one name, the Region or else the file tells which."""
    alike: defaultdict[str, list[Table]] = defaultdict(list)
    for table in tables:
        alike[table.relay].append(table)

    def named(table: Table) -> Table:
        others = alike[table.relay]
        if len(others) == 1:
            return table
        by_region = len({other.region for other in others}) == len(others) and all(
            other.region for other in others
        )
        return replace(table, called=f"{table.relay} ({table.region if by_region else table.source})")

    return tuple(map(named, tables))


def _twice(tables: Iterable[Table]) -> Iterable[str]:
    """Yield a sentence on each load balancer that several tables are of."""
    alike: defaultdict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for table in tables:
        if table.load_balancer:
            key = (table.load_balancer, table.region, table.profile, table.role_arn)
            alike[key].append(table.source)
    for (balancer, *_), sources in alike.items():
        if len(sources) > 1:
            yield f"{' and '.join(sources)} are of one load balancer, {balancer}: each is checked by itself."


def _fitting(table: Table, name: str) -> Iterable[tuple[str, str]]:
    """Yield the relay and row that a name means in a table."""
    own = name.removeprefix(f"{table.relay}/")
    if table.select_forbidden(own):
        yield table.relay, own
        return
    try:
        table.select(own)
    except InputError:
        return
    yield table.relay, own
