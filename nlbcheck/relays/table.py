"""What does the mapping table say, and which of its rows does a name mean?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nlbcheck.errors import InputError
from nlbcheck.escape import printable, shortened
from nlbcheck.model import THIS_MACHINE, Address, Check, DeclaredTarget, Flow, Node, Port, ProbeSpec
from nlbcheck.model.where import Where
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.samples import enough
from nlbcheck.relays.tree import near


@dataclass(frozen=True, slots=True)
class Row:
    """One listener port, and whom it has to reach."""

    name: str
    """The target group as written where only this row has it, else with the port: ``tg-x:10022``."""
    listener: Port
    target_group: str
    target_port: Port
    targets: tuple[DeclaredTarget, ...]
    """The servers that it must reach, at least one."""
    spec: ProbeSpec
    """How it is probed, and what must answer."""
    place: str
    """Where the row stands in its file, for messages: ``line 12`` or ``row 3``."""
    samples: int | None = None
    """How many connections to each node the table asks for; None where it leaves that open."""

    @property
    def check(self) -> Check:
        """What a probe of it asks."""
        return self.spec.check

    @property
    def connections(self) -> int:
        """How many connections a probe of it makes to each node: one for one target, else enough for each."""
        return self.samples or (enough(len(self.targets)) if self.spec.reachable else 1)

    @property
    def target(self) -> DeclaredTarget:
        """The first of the targets."""
        return self.targets[0]

    @property
    def target_key(self) -> str:
        """Whom the row is for, so that rows with the same targets are known."""
        return ", ".join(self.target_keys)

    @property
    def target_keys(self) -> tuple[str, ...]:
        """Each of the targets, by what it is known in other rows."""
        return tuple(sorted(target.key for target in self.targets))


@dataclass(frozen=True, slots=True)
class Table:
    """A validated mapping table."""

    source: str
    """The file that it was read from."""
    rows: tuple[Row, ...]
    load_balancer: str | None = None
    region: str | None = None
    client: str | None = None
    client_profile: str | None = None
    static_ips: tuple[Node, ...] = ()
    targets: Mapping[str, Address] = field(default_factory=dict)
    forbidden: tuple[Forbidden, ...] = ()
    """What nobody may reach besides its rows."""
    via: tuple[Where, ...] = ()
    """The vantage points that its rows are probed from; none is this machine."""

    @property
    def relay(self) -> str:
        """What reports call the relay: the load balancer as the table names it, or the table's file."""
        return self.load_balancer or self.source

    def select(self, names: Sequence[str] | str = ()) -> tuple[Row, ...]:
        """Return the rows that ``names`` mean, in the table's order; all rows where there are none.

        A name is a row's name, a target group, a listener port, or a target group's name in AWS that
        ends in ``-`` and the table's; the name of a ``forbidden`` entry means no row. Raises InputError for
        names that fit nothing, or several rows.
        """
        if not names:
            return self.rows
        names = [names] if isinstance(names, str) else names
        index = _index(self.rows)
        chosen: dict[str, None] = {}
        problems = []
        others = {item.name for item in self.forbidden}
        for name in names:
            if name in others:
                continue
            rows = _meant(name, index)
            if len(rows) == 1:
                chosen[rows[0].name] = None
            else:
                problems.append(self._unclear(name, rows))
        if problems:
            raise InputError(*problems)
        return tuple(row for row in self.rows if row.name in chosen)

    def select_forbidden(self, names: Sequence[str] | str = ()) -> tuple[Forbidden, ...]:
        """Return the ``forbidden`` entries of these names, in the table's order; all where there are none."""
        wanted = {names} if isinstance(names, str) else set(names)
        return tuple(item for item in self.forbidden if not names or item.name in wanted)

    def flows(self, rows: Iterable[Row], vantage: str = THIS_MACHINE) -> tuple[Flow, ...]:
        """Return the flows from a vantage point to every static IP of each of ``rows``, in order."""
        if not self.static_ips:
            raise InputError(
                f"{printable(self.source)}: no static IP of the load balancer is known: give them in the "
                "table (static_ips:) or with --static-ip ZONE=ADDRESS"
            )
        return tuple(
            Flow(
                row=row.name,
                node=node,
                port=row.listener.number,
                target=row.target_key,
                spec=row.spec,
                vantage=vantage,
                relay=self.relay,
                samples=row.connections,
                any_of=tuple(dict.fromkeys(row.target_keys)) if len(row.targets) > 1 else (),
            )
            for row in rows
            for node in self.static_ips
        )

    def _unclear(self, name: str, rows: Sequence[Row]) -> str:
        """Return the sentence on a name that fits no row, or several."""
        quoted = f"'{shortened(printable(name), 60)}'"
        if rows:
            fitting = ", ".join(
                f"{printable(row.name)} (listener {row.listener}, {row.place})" for row in rows[:10]
            )
            more = f" and {len(rows) - 10} more" if len(rows) > 10 else ""
            return f"{quoted} fits several rows of {printable(self.source)}: {fitting}{more}"
        like = near(name, [*(row.name for row in self.rows), *(item.name for item in self.forbidden)])
        hint = (
            f"perhaps {' or '.join(map(printable, like))} is meant" if like else "'mapping show' lists them"
        )
        return f"{quoted} fits no row of {printable(self.source)}; {hint}"


def _index(rows: Iterable[Row]) -> Mapping[str, Sequence[Row]]:
    """Return the rows by everything that they are called."""
    index = defaultdict(list)
    for row in rows:
        for name in {row.name, row.target_group, str(row.listener), str(row.listener.number)}:
            index[name].append(row)
    return index


def _meant(name: str, index: Mapping[str, Sequence[Row]]) -> Sequence[Row]:
    """Return the rows that ``name`` fits, or else those whose target group it ends in, after a ``-``."""
    if name in index:
        return index[name]
    tails = [name[place + 1 :] for place, letter in enumerate(name) if letter == "-"]
    return [row for tail in tails for row in index.get(tail, ()) if tail in (row.target_group, row.name)]
