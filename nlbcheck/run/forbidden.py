"""Does anything answer that nobody may reach, and is it closed by AWS?

What an entry of the table's ``forbidden`` says is probed from this machine where its client is this machine,
or not named; from any other client it is walked only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import forbidden_entry
from nlbcheck.diagnosis.walkers import source_of
from nlbcheck.model import Client, Flow, Observation, Report, Result
from nlbcheck.path.reach import Trace, trace
from nlbcheck.probes.sampling import Sampled
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.vantage.port import Vantage

if TYPE_CHECKING:
    from nlbcheck.run.aws import Asking


def flows(entries: Iterable[Forbidden], relay: str, here: Vantage, name: str) -> tuple[Flow, ...]:
    """Return the connections of entries that are probed from ``here``, which reports call ``name``."""
    return tuple(entry.flow(relay, name) for entry in entries if _is_here(entry, here))


def _is_here(entry: Forbidden, here: Vantage) -> bool:
    """Whether an entry is about a vantage point's own connections."""
    if entry.client is None:
        return True
    me = here.identity(str(entry.address))
    return entry.client in (me.source, me.address)


def split(done: Sampled, entries: Iterable[Forbidden]) -> tuple[Sampled, Sampled]:
    """Return what was seen of rows, and what was seen of entries."""
    names = {entry.name for entry in entries}
    of_rows, of_entries = (
        [pair for pair in zip(done.flows, done.results, strict=True) if (pair[0].row in names) is theirs]
        for theirs in (False, True)
    )
    return _sampled(of_rows, done), _sampled(of_entries, done)


def _sampled(pairs: Sequence[tuple[Flow, Observation]], done: Sampled) -> Sampled:
    seen = tuple(flow for flow, _ in pairs), tuple(result for _, result in pairs)
    return Sampled(*seen, done.interrupted)


def with_probed(
    report: Report, entries: Sequence[Forbidden], relay: str, done: Sampled, *, explained: bool = False
) -> Report:
    """Return a report of probes with what they saw of entries, and where it is explained, the cause."""
    seen = {flow.row: (flow, result) for flow, result in zip(done.flows, done.results, strict=True)}
    for entry in entries:
        if entry.name in seen:
            result = forbidden_entry.judged(entry, *seen[entry.name], None)
            result = result if explained else replace(result, cause=None)
            report = _with(report, entry, relay, [result], explained=explained)
    unseen = [entry.name for entry in entries if entry.name not in seen]
    if unseen:
        told = f"No probe is made for {', '.join(unseen)}: another client is meant, and diagnose walks it."
        report = replace(report, remarks=(*report.remarks, told))
    return report


@dataclass(frozen=True, slots=True)
class Seen:
    """What one vantage point's probes saw of entries."""

    client: Client
    flows: Sequence[Flow] = ()
    observations: Sequence[Observation | None] = ()

    def of(self, entry: Forbidden) -> Observation | None:
        """Return what was seen of an entry."""
        pairs = zip(self.flows, self.observations, strict=True)
        return next((seen for flow, seen in pairs if flow.row == entry.name), None)


def with_walked(
    report: Report, entries: Sequence[Forbidden], relay: str, asking: Asking, seen: Seen | None
) -> Report:
    """Return a diagnosis with what the walk says of entries, each from its client, and what probes saw."""
    for entry in entries:
        client = _client(entry, report)
        probe = seen.of(entry) if seen else None
        own = seen and _is_same(seen.client, client)
        results = [_judged(entry, relay, client, probe if own else None, asking)]
        if seen and probe and not own:
            results.append(_judged(entry, relay, _named(seen.client, report), probe, asking))
        report = _with(report, entry, relay, results, explained=True)
    return report


def walks(state: AwsState, entries: Iterable[Forbidden], client: Client) -> None:
    """Walk every entry, so that all is asked of AWS that a later diagnosis asks."""
    for entry in entries:
        _walked(state, entry, Client(entry.client) if entry.client else client)


def _judged(
    entry: Forbidden, relay: str, client: Client, probe: Observation | None, asking: Asking
) -> Result:
    walked = asking.ask(partial(_walked, entry=entry, client=client))
    return forbidden_entry.judged(entry, entry.flow(relay, client.source), probe, walked)


def _walked(state: AwsState, entry: Forbidden, client: Client) -> Trace | None:
    """Walk to an entry's address; None where it is not known where the client stands."""
    source = source_of(state, client)
    return trace(state, source, entry.address, entry.port) if source else None


def _client(entry: Forbidden, report: Report) -> Client:
    """Return from where an entry is meant, by the name that a report has for it."""
    return _named(Client(entry.client), report) if entry.client else report.client


def _is_same(prober: Client, client: Client) -> bool:
    """Whether probes left from a client itself."""
    return prober.source == client.source or (prober.address or "") in (client.source, client.address)


def _named(client: Client, report: Report) -> Client:
    known = (item for item in report.vantages if client.source in (item.source, item.address))
    return next(known, client)


def _with(
    report: Report, entry: Forbidden, relay: str, results: Sequence[Result], *, explained: bool
) -> Report:
    """Return a report with one entry more, and with whoever connects there."""
    names = {item.source for item in report.vantages}
    new = dict.fromkeys(result.flow.vantage for result in results if result.flow.vantage not in names)
    return replace(
        report,
        vantages=(*report.vantages, *map(Client, new)),
        rows=(*report.rows, forbidden_entry.reported(entry, relay, results, explained=explained)),
        results=(*report.results, *results),
    )
