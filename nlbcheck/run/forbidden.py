"""Does anything answer that nobody may reach, and is it closed by AWS?

What an entry of the table's ``forbidden`` says is probed from a vantage point where that is its client, or
where it names none; from any other client it is walked only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import forbidden_entry
from nlbcheck.diagnosis.walkers import source_of
from nlbcheck.language import tell
from nlbcheck.model import Client, Flow, Observation, Report, Result
from nlbcheck.path.reach import Trace, trace
from nlbcheck.relays.forbidden import Forbidden
from nlbcheck.run.made import Made
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


def split(made: Sequence[Made], entries: Iterable[Forbidden]) -> tuple[tuple[Made, ...], tuple[Made, ...]]:
    """Return what each vantage point saw of rows, and what it saw of entries."""
    theirs = {entry.name for entry in entries}
    rows = {flow.row for one in made for flow in one.flows} - theirs
    return tuple(one.of_rows(rows) for one in made), tuple(one.of_rows(theirs) for one in made)


def with_probed(
    report: Report, entries: Sequence[Forbidden], relay: str, made: Sequence[Made], *, explained: bool = False
) -> Report:
    """Return a report of probes with what they saw of entries, and where it is explained, the cause."""
    seen: dict[str, list[Result]] = {}
    known = {entry.name: entry for entry in entries}
    for one in made:
        for flow, observation in zip(one.flows, one.observations, strict=True):
            result = forbidden_entry.judged(known[flow.row], flow, observation, None)
            seen.setdefault(flow.row, []).append(result if explained else replace(result, cause=None))
    for entry in entries:
        if entry.name in seen:
            report = _with(report, entry, relay, seen[entry.name], explained=explained)
    unseen = [entry.name for entry in entries if entry.name not in seen]
    if unseen:
        told = tell(
            "No probe was made for {names}, which is about another client: nlbcheck diagnose checks its "
            "path.",
            names=", ".join(unseen),
        )
        report = replace(report, remarks=(*report.remarks, told))
    return report


def with_walked(
    report: Report, entries: Sequence[Forbidden], relay: str, asking: Asking, made: Sequence[Made]
) -> Report:
    """Return a diagnosis with what the walk says of entries, each from its client, and what probes saw.

    An entry that names no client is meant from wherever the report's connections start.
    """
    everyone = [client for client in report.vantages if client.error is None]
    for entry in entries:
        clients = [_named(Client(entry.client), report)] if entry.client else list(everyone)
        seen = [(one.client, probe) for one in made if (probe := _seen(one, entry))]
        clients += [
            _named(prober, report)
            for prober, _ in seen
            if not any(_is_same(prober, client) for client in clients)
        ]
        results = []
        for client in clients:
            own = next((probe for prober, probe in seen if _is_same(prober, client)), None)
            results.append(_judged(entry, relay, client, own, asking))
        report = _with(report, entry, relay, results, explained=True)
    return report


def _seen(made: Made, entry: Forbidden) -> Observation | None:
    """Return what a vantage point's probe saw of an entry."""
    pairs = zip(made.flows, made.observations, strict=True)
    return next((seen for flow, seen in pairs if flow.row == entry.name), None)


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
