"""Which rows and static IPs of two reports are the same?

A row is that of the same load balancer with the same name, and a static IP that of the same address, else of
the same zone. Where each report has one load balancer, or one vantage point, these are the same whatever they
are called: a table lies in another folder, and a pipeline runs on another machine each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nlbcheck.formats import words
from nlbcheck.formats.view import from_there
from nlbcheck.model import Report, Result, RowResults


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A row at a static IP from a vantage point; None where a report does not have it."""

    name: str
    before: Result | None
    after: Result | None


@dataclass(frozen=True, slots=True)
class Rows:
    """A row of both reports, or of one of them."""

    name: str
    """With the load balancer's, where there are several."""
    before: RowResults | None
    after: RowResults | None
    endpoints: tuple[Endpoints, ...]
    """Of a row that both have."""


def paired(before: Report, after: Report) -> list[Rows]:
    """Return all rows of both reports; first those of the later one, in its order."""
    names = _Names(before, after)
    earlier = {(names.relays[item.row.relay], item.row.name): item for item in before.by_row()}
    found = []
    for row in after.by_row():
        own = earlier.pop((row.row.relay, row.row.name), None)
        endpoints = tuple(_endpoints(own, row, names)) if own else ()
        found.append(Rows(names.of_row(row.row.relay, row), own, row, endpoints))
    return [*found, *(Rows(names.of_row(key[0], item), item, None, ()) for key, item in earlier.items())]


class _Names:
    """What two reports call things, and what both are called here."""

    def __init__(self, before: Report, after: Report) -> None:
        self.relays = _relays(before, after)
        self.vantages = _vantages(before, after)
        self._several = len({*self.relays.values(), *(row.relay for row in after.rows)}) > 1
        vantages = {*self.vantages.values(), *(item.flow.vantage for item in after.results)}
        self._plural = len(vantages) > 1

    def of_row(self, relay: str, row: RowResults) -> str:
        return f"{relay} {row.row.name}" if self._several else row.row.name

    def of_endpoint(self, relay: str, row: RowResults, result: Result) -> str:
        name = f"{self.of_row(relay, row)}[{result.flow.node.label}]"
        return from_there(name, words.place(result.flow.vantage)) if self._plural else name


def _relays(before: Report, after: Report) -> Mapping[str, str]:
    """Return what the later report calls each load balancer of the earlier one."""
    names, later = ([*dict.fromkeys(row.relay for row in report.rows)] for report in (before, after))
    if len(names) == len(later) == 1:
        return {names[0]: later[0]}
    balancers = {relay.load_balancer: relay.name for relay in after.relays}
    of_name = {item.name: balancers.get(item.load_balancer) for item in before.relays if item.load_balancer}
    return {name: name if name in later else of_name.get(name) or name for name in names}


def _vantages(before: Report, after: Report) -> Mapping[str, str]:
    """Return what the later report calls each vantage point of the earlier one."""
    names, later = ([*dict.fromkeys(item.flow.vantage for item in run.results)] for run in (before, after))
    return {names[0]: later[0]} if len(names) == len(later) == 1 else {name: name for name in names}


def _endpoints(before: RowResults, after: RowResults, names: _Names) -> Iterator[Endpoints]:
    relay, left = after.row.relay, list(before.results)
    for result in after.results:
        mine = [item for item in left if names.vantages[item.flow.vantage] == result.flow.vantage]
        own = _same(mine, result, after.results)
        left = [item for item in left if item is not own]
        yield Endpoints(names.of_endpoint(relay, after, result), own, result)
    for item in left:
        yield Endpoints(names.of_endpoint(relay, after, item), item, None)


def _same(earlier: Sequence[Result], result: Result, later: Sequence[Result]) -> Result | None:
    """Return the result of the same static IP; of the same zone where it has another address now."""
    node = result.flow.node
    for item in earlier:
        if item.flow.node.address == node.address:
            return item
    kept = {item.flow.node.address for item in later}
    moved = (item for item in earlier if item.flow.node.address not in kept)
    return next((item for item in moved if node.zone and item.flow.node.zone == node.zone), None)
