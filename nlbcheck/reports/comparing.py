"""What is another way in one report than in an earlier one?

Rows and static IPs that both have are compared. What fails in the later one, and did not in the earlier one,
is newly broken; so is what fails and was not in the earlier one at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.formats import failing, words
from nlbcheck.language import marked, tell
from nlbcheck.model import Report, Result, RowResults, TargetReport, Verdict
from nlbcheck.reports import found_anew, servers
from nlbcheck.reports.difference import Difference, Effect
from nlbcheck.reports.pairing import Endpoints, Rows, paired

_HIDDEN = (Verdict.UNKNOWN, Verdict.ERROR)
_SAID = {
    Verdict.PASS: marked("in order"),
    Verdict.WARN: marked("in order, with a warning"),
    Verdict.UNKNOWN: marked("unknown"),
    Verdict.FAIL: marked("fails"),
    Verdict.ERROR: marked("could not be checked"),
}


def compare(before: Report, after: Report) -> list[Difference]:
    """Return what changed from one report to a later one, the gravest first."""
    pairs = paired(before, after)
    found = [change for pair in pairs for change in _of_row(pair)]
    found += found_anew.changes(pairs, before, after)
    order = {effect: number for number, effect in enumerate(Effect)}
    return sorted(found, key=lambda change: order[change.effect])


def _of_row(pair: Rows) -> Iterator[Difference]:
    before, after = pair.before, pair.after
    if before is None or after is None:
        yield _alone(pair)
        return
    for endpoint in pair.endpoints:
        yield from _of_endpoint(pair, endpoint)
    yield from _of_targets(pair, before, after)
    for subject, was, now in servers.changed(before, after):
        what = tell(_SUBJECTS[subject], row=pair.name)
        yield Difference(Effect.CHANGED, subject, what, was, now, (pair.name,))


_SUBJECTS = {
    "host-key": marked("The host key of {row}"),
    "certificate": marked("The certificate of {row}"),
    "server": marked("The server of {row}"),
}


def _alone(pair: Rows) -> Difference:
    """Return what is told of a row that one report has."""
    was, now = (None if row is None else _row_said(row) for row in (pair.before, pair.after))
    verdict = pair.after.verdict if pair.after else None
    return Difference(_effect(None, verdict), "row", pair.name, was, now, (pair.name,))


def _row_said(row: RowResults) -> str:
    return f"{failing.led(row)}, {tell(_SAID[row.verdict])}"


def _of_endpoint(pair: Rows, endpoint: Endpoints) -> Iterator[Difference]:
    before, after = endpoint.before, endpoint.after
    if before and after and not _differs(before, after):
        return
    effect = _effect(before.verdict if before else None, after.verdict if after else None)
    was, now = (_said(item) if item else None for item in (before, after))
    yield Difference(effect, "endpoint", endpoint.name, was, now, (pair.name,), after or before)


def _differs(before: Result, after: Result) -> bool:
    """Whether a connection ends in another way; how many of several do is chance."""
    if before.verdict is not after.verdict:
        return True
    was, now = ({seen.status for seen in item.connections} for item in (before, after))
    return bool(was and now) and was != now


def _effect(before: Verdict | None, after: Verdict | None) -> Effect:
    """Return what it comes to that a verdict changed; None is what is not there."""
    if after is None:
        return Effect.REMOVED
    if after is Verdict.FAIL:
        return Effect.CHANGED if before is Verdict.FAIL else Effect.BROKEN
    if before is None:
        return Effect.ADDED
    if after in _HIDDEN:
        return Effect.CHANGED if before in _HIDDEN else Effect.UNSEEN
    return Effect.FIXED if before is Verdict.FAIL else Effect.CHANGED


def _said(result: Result) -> str:
    """Return how a connection ends."""
    seen = result.observation
    if seen is None:
        return tell(_SAID[result.verdict])
    ended = words.ending(result, seen)
    if result.probed is result.verdict:
        return ended
    return tell("{ending}, but {verdict}", ending=ended, verdict=tell(_SAID[result.verdict]))


def _of_targets(pair: Rows, before: RowResults, after: RowResults) -> Iterator[Difference]:
    """Yield the registered targets that came, went, or have another health."""
    if before.row.targets is None or after.row.targets is None:
        return
    was = {_target(item): _health(item) for item in before.row.targets}
    now = {_target(item): _health(item) for item in after.row.targets}
    for name in dict.fromkeys([*now, *was]):
        if was.get(name) != now.get(name):
            what = tell("Target {target} of {row}", target=name, row=pair.name)
            yield Difference(Effect.CHANGED, "target", what, was.get(name), now.get(name), (pair.name,))


def _target(target: TargetReport) -> str:
    return target.id if target.port is None else f"{target.id}:{target.port}"


def _health(target: TargetReport) -> str:
    reason = f" ({target.reason})" if target.reason else ""
    return f"{target.state or tell('health not visible')}{reason}"
