"""What are the vantage points, load balancers and rows of several reports called once they are in one?

What is the same keeps its name. Of two things with one name the second is told by its address, or by the file
that it comes from.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from nlbcheck.formats import failing
from nlbcheck.language import tell
from nlbcheck.model import THIS_MACHINE, Client, RelayReport, Report, Result, RowReport, RowResults

NamedRow = tuple[str, str]
"""A row by the names of its relay and itself."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A report under the names that it has among others."""

    source: str
    """The file that it comes from."""
    report: Report


class GivenNames:
    """The names that are given, report by report."""

    def __init__(self) -> None:
        self._vantages: dict[Hashable, str] = {}
        self._relays: list[tuple[RelayReport, frozenset[str], str]] = []
        self._rows: dict[NamedRow, list[tuple[RowReport, str]]] = {}
        self.machines: set[str] = set()
        """The names of those that call themselves ``this machine``."""
        self.remarks: list[str] = []
        """Sentences on rows that tables declare in different ways."""

    def renamed(self, report: Report, source: str) -> Renamed:
        """Return a report under names that no other thing of those before has."""
        vantages = {client.source: self._vantage(client, source) for client in report.vantages}
        if len(vantages) == 1:  # whatever its connections call it
            (name,) = vantages.values()
            vantages |= {item.flow.vantage: name for item in report.results}
        relays = {relay.name: self._relay(relay, report, source) for relay in report.relays}
        rows = {
            (row.relay, row.name): self._row(replace(row, relay=relays.get(row.relay, row.relay)), source)
            for row in report.rows
        }
        return Renamed(source, _under(report, vantages, relays, rows))

    def _vantage(self, client: Client, source: str) -> str:
        """Return the name of a vantage point; every machine calls itself ``this machine``."""
        identity: Hashable = client.source
        if client.source == THIS_MACHINE:
            identity = client.source, client.address or source
        if identity not in self._vantages:
            names = (client.source, client.address, f"{client.source} ({source})")
            taken = self._vantages.values()
            self._vantages[identity] = next(name for name in names if name and name not in taken)
        if client.source == THIS_MACHINE:
            self.machines.add(self._vantages[identity])
        return self._vantages[identity]

    def _relay(self, relay: RelayReport, report: Report, source: str) -> str:
        """Return the name of a load balancer; tables of several may have one file name."""
        nodes = frozenset(
            str(item.flow.node.address) for item in report.results if item.flow.relay == relay.name
        )
        given = [name for _, _, name in self._relays]
        for known, of_known, name in self._relays:
            if known.name == relay.name and _is_same(relay, nodes, known, of_known):
                return name
        name = f"{relay.name} ({source})" if relay.name in given else relay.name
        self._relays.append((relay, nodes, name))
        return name

    def _row(self, row: RowReport, source: str) -> str:
        """Return the name of a row; of one that is declared otherwise, one of its own."""
        known = self._rows.setdefault((row.relay, row.name), [])
        for other, name in known:
            if _is_alike(row, other):
                return name
        name = f"{row.name} ({source})" if known else row.name
        if known:
            there, before = _declared(row), _declared(known[0][0])
            self.remarks.append(
                tell(
                    "{row} of {relay} is another row in {file}: {after}, not {before}. Both are here.",
                    row=row.name,
                    relay=row.relay,
                    file=source,
                    after=there,
                    before=before,
                )
            )
        known.append((row, name))
        return name


def _is_same(relay: RelayReport, nodes: frozenset[str], known: RelayReport, of_known: frozenset[str]) -> bool:
    """Whether two load balancers of one name are one: nothing that is known of both differs."""
    pairs = ((relay.account, known.account), (relay.region, known.region))
    if any(one and other and one != other for one, other in pairs):
        return False
    if relay.load_balancer and known.load_balancer:
        return relay.load_balancer == known.load_balancer
    return bool(nodes & of_known) or not (nodes and of_known)


def _is_alike(row: RowReport, other: RowReport) -> bool:
    """Whether two rows declare the same; a target's name may be resolved in one of them only."""
    if (row.listener, row.target_port) != (other.listener, other.target_port):
        return False
    by_name = {server.name for server in row.declared} == {server.name for server in other.declared}
    by_key = {server.key for server in row.declared} == {server.key for server in other.declared}
    addresses = [[server.address for server in item.declared if server.address] for item in (row, other)]
    return by_key or (by_name and not all(addresses))


def _declared(row: RowReport) -> str:
    return failing.led(RowResults(row, ()))


def _under(
    report: Report, vantages: Mapping[str, str], relays: Mapping[str, str], rows: Mapping[NamedRow, str]
) -> Report:
    """Return a report under other names."""

    def named(result: Result) -> Result:
        flow = result.flow
        relay, row = relays.get(flow.relay, flow.relay), rows[flow.relay, flow.row]
        vantage = vantages.get(flow.vantage, flow.vantage)
        return replace(result, flow=replace(flow, relay=relay, row=row, vantage=vantage))

    return replace(
        report,
        vantages=tuple(replace(item, source=vantages[item.source]) for item in report.vantages),
        relays=tuple(replace(item, name=relays[item.name]) for item in report.relays),
        rows=tuple(
            replace(row, relay=relays.get(row.relay, row.relay), name=rows[row.relay, row.name])
            for row in report.rows
        ),
        results=tuple(named(result) for result in report.results),
    )


def in_order(reports: Sequence[Renamed]) -> list[Renamed]:
    """Return reports in the order in which they were made."""
    return sorted(reports, key=lambda item: item.report.started_at)
