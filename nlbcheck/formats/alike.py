"""Which probes failed in the same way, so that one sentence tells them all?

What is returned is not yet escaped: it holds names from the table and text from the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.escape import shortened
from nlbcheck.formats import failing, words
from nlbcheck.formats.lines import LONGEST_TEXT
from nlbcheck.formats.view import Failure, View
from nlbcheck.language import tell
from nlbcheck.model import Node, RowResults, Status, Verdict, worst


@dataclass(frozen=True, slots=True)
class AlikeFailures:
    """Rows whose probes failed in one way at the same static IPs."""

    said: str
    """Which rows, where, and how the probes ended."""
    verdict: Verdict


def of_one_meaning(view: View, failures: Sequence[Failure]) -> list[AlikeFailures]:
    """Return a sentence for all rows that failed in one way at the same static IPs, first seen first."""
    each: dict[tuple[str, str], dict[int, list[Failure]]] = {}
    for failure in failures:
        way = (_way(failure), failure.result.flow.vantage if view.is_plural else "")
        each.setdefault(way, {}).setdefault(id(failure.row), []).append(failure)
    return [
        _told(alike, source)
        for (_, source), of_rows in each.items()
        for alike in _at_the_same_nodes(list(of_rows.values()))
    ]


def _way(failure: Failure) -> str:
    """Return what is the same for probes that ended in one way: silence takes as long as it is waited."""
    silent = failure.probe.status is Status.TIMED_OUT
    return f"{failure.probe.status.value}{failure.share}" if silent else _ended(failure)


def _ended(failure: Failure) -> str:
    """Return how a probe ended, and what it says of it."""
    error = failure.probe.error
    told = f": {shortened(error, LONGEST_TEXT)}" if error else ""
    return f"{failure.probe.status.value}{failure.share}{told}"


def _at_the_same_nodes(of_rows: Sequence[list[Failure]]) -> list[list[list[Failure]]]:
    """Return the failures of rows, those together that are all of a row's nodes, or of the same nodes."""
    groups: dict[object, list[list[Failure]]] = {}
    for found in of_rows:
        nodes = _nodes(found)
        everywhere = len(nodes) > 1 and nodes == _all_nodes(found[0].row, found[0].result.flow.vantage)
        groups.setdefault(None if everywhere else tuple(nodes), []).append(found)
    return list(groups.values())


def _told(alike: Sequence[list[Failure]], source: str) -> AlikeFailures:
    first = alike[0]
    ended = _ended(first[0])
    nodes, source = _nodes(first), words.place(source)
    is_everywhere = len(nodes) > 1 and nodes == _all_nodes(first[0].row, first[0].result.flow.vantage)
    where = failing.everywhere(source) if is_everywhere else failing.at_nodes(nodes, source)
    named = words.names(found[0].row.row.name for found in alike)
    if len(alike) == 1:
        named = f"{named} ({failing.led(first[0].row)})"
    verdict = worst(item.result.verdict for found in alike for item in found)
    who = tell("{rows} {where}", rows=named, where=where.strip())
    if verdict is Verdict.FAIL:
        who = failing.said(named, where, several=len(alike) > 1)
    return AlikeFailures(tell("{rows}: {ending}", rows=who, ending=ended), verdict)


def _nodes(found: Sequence[Failure]) -> list[Node]:
    return [item.result.flow.node for item in found]


def _all_nodes(row: RowResults, vantage: str) -> list[Node]:
    return [item.flow.node for item in row.results if item.flow.vantage == vantage]
