"""What does the mapping table say, and which of its rows does a name mean?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.model import THIS_MACHINE, Address, Check, DeclaredTarget, Flow, Node, Port, ProbeSpec
from nlbcheck.model.where import Where
from nlbcheck.relays import places, selecting
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.relays.samples import enough
from nlbcheck.relays.understood import Understood, Unprobed


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
    says_group: bool = True
    """Whether the table names the target group; the listener port stands for it where it does not."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """What else the table says of it, by the headings of its columns."""

    @property
    def told_place(self) -> str:
        """Where it stands in its file, in the language that is spoken."""
        return places.told(self.place)

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
    only: frozenset[Address] = frozenset()
    """The static IPs that a run is about; none where it is about all of them."""
    unprobed: tuple[Unprobed, ...] = ()
    """Rows of the file that no probe is made for."""
    understood: tuple[Understood, ...] = field(default=(), compare=False)
    """What each table of the file was taken for, where it is one that people keep for themselves."""
    profile: str | None = None
    """The AWS profile to ask with."""
    role_arn: str | None = None
    """A role to assume before asking."""
    called: str | None = None
    """What reports call the relay where another table of the run would be called the same."""

    @property
    def relay(self) -> str:
        """What reports call the relay: the load balancer as the table names it, or the table's file."""
        return self.called or self.load_balancer or self.source

    def select(self, names: Sequence[str] | str = ()) -> tuple[Row, ...]:
        """Return the rows that ``names`` mean, in the table's order; all rows where there are none.

        A name is a row's name, a target group, a listener port, the target group's name in AWS that ends in
        ``-`` and the table's, or the other way round; a target's name or address, a static IP or its zone,
        one of them with ``:`` and its port, or a pattern such as ``tg-1*``. The name of a ``forbidden``
        entry means no row. A static IP means every row (see `narrowed`). Raises InputError for names that
        fit nothing, or several rows of which one is meant.
        """
        if not names:
            return self.rows
        return selecting.select(self, [names] if isinstance(names, str) else names)

    def narrowed(self, names: Sequence[str] | str = ()) -> Table:
        """Return the table with no other static IPs to probe than those that all of ``names`` are about."""
        return replace(self, only=selecting.nodes(self, [names] if isinstance(names, str) else names))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The static IPs that are probed and walked to."""
        return tuple(node for node in self.static_ips if not self.only or node.address in self.only)

    def select_forbidden(self, names: Sequence[str] | str = ()) -> tuple[Forbidden, ...]:
        """Return the ``forbidden`` entries of these names, in the table's order; all where there are none."""
        wanted = {names} if isinstance(names, str) else set(names)
        return tuple(item for item in self.forbidden if not names or item.name in wanted)

    def flows(self, rows: Iterable[Row], vantage: str = THIS_MACHINE) -> tuple[Flow, ...]:
        """Return the flows from a vantage point to every static IP that each of ``rows`` is for, in order."""
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
            for node in self.nodes
        )
