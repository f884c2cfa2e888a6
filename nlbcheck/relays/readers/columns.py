"""Which column of a printed table is which key of a row?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nlbcheck.relays import fields
from nlbcheck.relays.readers import cells, headings
from nlbcheck.relays.readers.grid import GridLine
from nlbcheck.relays.row_keys import ROW_KEYS
from nlbcheck.relays.tree import near, shown

NEEDED = ("listener", "target_port", "target")
"""What every mapping table has columns for; all else may be missing."""
REMARK = "remark"
_ROLES = ("target_name", "target_address", "protocol", "target_protocol")
ROLES = (*(key.name for key in ROW_KEYS if key.headings), *_ROLES, REMARK)
"""What a column can be taken for."""
_PORTS = ("listener", "target_port")
_TARGETS = ("target", "target_address", "target_name")
_LIKE = 0.8
"""How near an unknown heading is to that of a key to be a slip of the pen rather than a remark."""
_CHECKED: dict[str, Callable[[str], object]] = {
    "expect.http.status": fields.statuses,
    "path": fields.path,
    "check": fields.check,
    "action": fields.action,
    "samples": fields.samples,
    "expect.reachable": fields.boolean,
    "verify": fields.boolean,
    "host": fields.host,
}
"""Keys whose headings people use for other things, too: a column where no cell fits is a remark."""
_OF_PROBES = frozenset(("check", "path", "samples", "verify", "expect.http.status", "expect.host_key"))
"""Keys that only a table has which is written for nlbcheck: there a host is a header, and no target."""
_BARE = re.compile(r"(?:(?i:tcp|tls|udp)\s*[:/\s]\s*)?[0-9]+(?:\s*/\s*(?i:tcp|tls|udp))?")
_BREAK = re.compile(r"\s*(?:<br\s*/?>|\n)\s*", re.IGNORECASE)
ColumnsSaid = Sequence[tuple[str, str]]
"""What each column is said to be on the command line: a role, and the heading or its number."""


@dataclass(slots=True)
class Columns:
    """The columns of one table."""

    headings: list[str]
    at: dict[str, int] = field(default_factory=dict)
    """Where each role is."""
    left: list[int] = field(default_factory=list)
    """Columns that are no more than remarks."""
    unclear: list[str] = field(default_factory=list)
    """What is wrong with the headings, each a sentence that ends in what settles it."""
    missed: set[str] = field(default_factory=set)
    """Roles whose heading is likely to be misspelt."""
    has_ports_in_targets: bool = False
    """Whether the targets' cells hold the ports, too."""

    @property
    def missing(self) -> list[str]:
        """The needed roles that no column has."""
        found = {"target_port"} if self.has_ports_in_targets else set()
        found |= {"target"} if any(role in self.at for role in _TARGETS) else set()
        return [role for role in NEEDED if role not in self.at and role not in found]

    @property
    def is_meant(self) -> bool:
        """Whether a mapping table is meant: it has listeners, called so, and something that they lead to."""
        at = self.at.get("listener")
        if at is None or headings.meaning(self.headings[at]) in ("port", "host_port"):
            return False
        return len(self.missing) < 2

    def role(self, number: int) -> str:
        """Return what a column was taken for."""
        return " and ".join(role for role, at in self.at.items() if at == number) or REMARK

    def told(self) -> tuple[tuple[str, str], ...]:
        """Return each heading with what its column was taken for."""
        return tuple((text, self.role(number)) for number, text in enumerate(self.headings) if text)


def choose(texts: Sequence[str], body: Sequence[GridLine], asked: ColumnsSaid) -> Columns:
    """Return which column is which, by the headings, the cells of some lines, and what was ``asked`` for."""
    found = Columns([_BREAK.sub(" ", text) for text in texts])
    chooser = _Chooser(found, body)
    chooser.ask(asked)
    chooser.ports()
    chooser.numbered()
    chooser.targets()
    chooser.others()
    found.left = [
        number for number, text in enumerate(texts) if text and number not in set(found.at.values())
    ]
    if found.is_meant or not found.missing:
        chooser.slips()
    return found


class _Chooser:
    """Gives each role its column."""

    def __init__(self, columns: Columns, body: Sequence[GridLine]) -> None:
        self._columns = columns
        self._body = body
        self._settled: set[int] = set()
        self._meanings = [headings.meaning(text) if text else None for text in columns.headings]
        exact = [headings.plain(text) for text in columns.headings]
        if _OF_PROBES.intersection(exact) or "target" in self._meanings:
            for number, key in enumerate(exact):
                if key in headings.SHARED and "target" in exact:
                    self._meanings[number] = key

    def ask(self, asked: ColumnsSaid) -> None:
        """Take what the command line says for granted."""
        for role, wanted in asked:
            number = self._named(wanted)
            if number is None:
                continue
            self._settled.add(number)
            if role != REMARK:
                self._columns.at[role] = number

    def _named(self, wanted: str) -> int | None:
        """Return the column of a heading, or of a number where no heading is called so."""
        texts = [headings.folded(text) for text in self._columns.headings]
        if headings.folded(wanted) in texts:
            return texts.index(headings.folded(wanted))
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 0
        return number - 1 if 0 < number <= len(texts) else None

    def ports(self) -> None:
        """Find the ports; a heading that says no more than port stands for the one that is missing."""
        for role in _PORTS:
            self._give(role, self._with_ports(self._open(role)))
            asked = [number for number in self._settled if self._meanings[number] == role]
            self._give(role, [number for number in asked if number in self._columns.at.values()])
        weak = self._open("port")
        if len(weak) > 1 and not any(role in self._columns.at for role in _PORTS):
            self._around_target(weak)
            return
        for number in [*weak, *self._open("host_port")]:
            lacking = [role for role in _PORTS if role not in self._columns.at]
            is_whose = self._meanings[number] == "port" or len(lacking) == 1
            if lacking and is_whose and not self._columns.unclear:
                self._columns.at[lacking[0]] = number

    def _around_target(self, weak: list[int]) -> None:
        """Take two columns that are both called port by where they stand: before the target and behind it."""
        targets = [number for role in _TARGETS for number in self._open(role)]
        if len(weak) == 2 and targets and weak[0] < min(targets) and max(targets) < weak[1]:
            self._columns.at |= {"listener": weak[0], "target_port": weak[1]}

    def _with_ports(self, numbers: list[int]) -> list[int]:
        """Return the columns that hold ports; all of them where none does, so that each cell is a mistake."""
        others = [*numbers, *self._open("port")]
        holding = [number for number in others if any(map(cells.port, self._cells(number)))]
        strong = [number for number in numbers if number in holding]
        return strong or ([] if holding else numbers)

    def numbered(self) -> None:
        """Take a column for the target port whose heading says target, and all of whose cells are ports."""
        found = [number for number in self._open("target") if self._is_of_ports(number)]
        if not found:
            return
        for number in found:
            self._meanings[number] = None
        known = self._columns.at.get("target_port")
        if known is None:
            self._give("target_port", found)
        elif known not in self._settled:
            texts = [self._columns.headings[number] for number in (known, *found)]
            self._columns.unclear.append(_all_may_be("target_port", texts, known))

    def _is_of_ports(self, number: int) -> bool:
        """Whether a column that is not called just so holds ports alone, and does not count rows."""
        texts = [text for text in self._cells(number) if not cells.says_nothing(text)]
        values = [text for text in texts if not cells.is_as_above(text)]
        is_exact = headings.plain(self._columns.headings[number]) is not None
        counted = [str(count) for count in range(1, len(values) + 1)]
        return values != counted and not is_exact and all(map(_is_bare_port, values))

    def targets(self) -> None:
        """Find the targets: in one column, or by name in one and by address in another."""
        found = [number for role in _TARGETS for number in self._open(role)]
        found.sort()
        if any(role in self._columns.at for role in _TARGETS) or not found:
            pass
        elif len(found) == 1:
            self._columns.at["target"] = found[0]
        else:
            self._two_targets(found)
        target = self._columns.at.get("target")
        if target is not None and "target_port" not in self._columns.at:
            texts = [text for text in self._cells(target) if not cells.says_nothing(text)]
            self._columns.has_ports_in_targets = any(cells.target(text).ports for text in texts)

    def _two_targets(self, found: list[int]) -> None:
        addresses = [number for number in found if self._holds(number, fields.address)]
        names = [number for number in found if number not in addresses]
        if len(addresses) == 1 and len(names) == 1:
            self._columns.at |= {"target_address": addresses[0], "target_name": names[0]}
            return
        plain = [number for number in addresses or names if self._meanings[number] == "target"]
        self._give("target", plain if len(plain) == 1 else addresses or names)

    def others(self) -> None:
        """Find what else a row may say."""
        for number, role in enumerate(self._meanings):
            if role is None or role in (*_PORTS, *_TARGETS, "port", "host_port") or number in self._settled:
                continue
            if role in _CHECKED and not self._holds(number, _CHECKED[role], some=True):
                continue
            if role in self._columns.at:
                self._columns.unclear.append(
                    f"column {shown(self._columns.headings[number])} is there twice, as {role}: say which is "
                    f"meant, as --column {role}={number + 1}"
                )
            self._columns.at.setdefault(role, number)

    def slips(self) -> None:
        """Note headings that are nearly those of keys: what they say must not get lost as a remark."""
        for number in self._columns.left:
            text = self._columns.headings[number]
            if number in self._settled or self._meanings[number]:
                continue
            for like in near(headings.folded(text), headings.PLAIN, _LIKE)[:1]:
                key = headings.plain(like) or ""
                self._columns.missed.add(key)
                self._columns.unclear.append(
                    f"unknown column {shown(text)}, perhaps {shown(like)} is meant: say so with "
                    f"--column {option(key, text)}, or --column {option(REMARK, text)}"
                )

    def _give(self, role: str, numbers: list[int]) -> None:
        """Give a role to its one column; several are a problem unless one is called just so."""
        if role in self._columns.at or not numbers:
            return
        exact = [number for number in numbers if headings.plain(self._columns.headings[number])]
        chosen = exact if len(exact) == 1 else numbers
        if len(chosen) > 1:
            texts = [self._columns.headings[number] for number in chosen]
            self._columns.unclear.append(_all_may_be(role, texts, chosen[0]))
        self._columns.at[role] = chosen[0]

    def _open(self, meaning: str) -> list[int]:
        """Return the columns that mean something and are not settled by the command line."""
        return [
            number
            for number, found in enumerate(self._meanings)
            if found == meaning and number not in self._settled
        ]

    def _cells(self, number: int) -> list[str]:
        return [line.cells[number] for line in self._body if number < len(line.cells)]

    def _holds(self, number: int, parse: Callable[[str], object], *, some: bool = False) -> bool:
        """Whether most cells of a column that say something are of a kind; with ``some``, whether any is."""
        texts = [text for text in self._cells(number) if not cells.says_nothing(text)]
        fitting = [text for text in texts if not cells.is_as_above(text) and _fits(text, parse)]
        marks = [text for text in texts if cells.is_as_above(text)]
        if some:
            return bool(fitting) or not texts
        return bool(fitting) and 2 * (len(fitting) + len(marks)) > len(texts)


def _is_bare_port(text: str) -> bool:
    """Whether a cell is a port and names nobody: ``22`` or ``TCP:22``."""
    return cells.port(text) is not None and _BARE.fullmatch(cells.normal(text)) is not None


def _all_may_be(role: str, texts: Sequence[str], first: int) -> str:
    """Return the sentence on columns that may all be one role, of which the first is that of a number."""
    word = texts[0] if len(set(map(headings.folded, texts))) == len(texts) else str(first + 1)
    return (
        f"columns {' and '.join(map(shown, texts))} may all be the {role}: say which one is, as "
        f"--column {option(role, word)}"
    )


def _fits(text: str, parse: Callable[[str], object]) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def option(role: str, heading: str) -> str:
    """Return the value of the option that settles what a column is, quoted where a shell needs it."""
    import shlex

    return f"{role}={heading}" if heading.isalnum() else shlex.quote(f"{role}={heading}")
