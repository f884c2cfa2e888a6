"""What changes while the same endpoints are probed again and again?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from nlbcheck.formats import answers
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.language import listed, tell
from nlbcheck.model import Report, Result, Verdict
from nlbcheck.model.rounds import FlowKey, Round, Transition, flow_key


def watch(look: Callable[[], Report], every: float) -> Iterator[Round]:
    """Look again and again, ``every`` seconds from one beginning to the next, and yield each round.

    A look that takes longer than that is followed by the next one at once. An interrupt ends it; a look that
    was not finished then is left out, but for the first one.
    """
    known: dict[FlowKey, str] = {}
    failed: Counter[FlowKey] = Counter()
    number = 0
    try:
        while True:
            begun = time.monotonic()
            report = look()
            if report.interrupted and number:
                return
            number += 1
            changes = tuple(_changes(report, known))
            failed.update(flow_key(result) for result in report.results if _fails(result))
            known = {flow_key(result): _state(result) for result in report.results}
            yield Round(number, report, changes, dict(failed))
            if report.interrupted:
                return
            OF_THIS_PROCESS.wait(begun + every - time.monotonic())
    except KeyboardInterrupt:
        return


def _changes(report: Report, known: Mapping[FlowKey, str]) -> Iterator[Transition]:
    """Yield what differs from what was known; in the first round, what does not succeed."""
    for row in report.by_row():
        for result in row.results:
            before, after = known.get(flow_key(result)), _state(result)
            if before != after and (before or _fails(result)):
                yield Transition(row, result, before, after)


def _fails(result: Result) -> bool:
    return result.verdict in (Verdict.FAIL, Verdict.ERROR)


def _state(result: Result) -> str:
    """Return how a flow is doing, without what differs from probe to probe of a flow that does the same.

    Of several connections to several targets, chance decides how many reach which.
    """
    if result.observation is None:
        return tell("not probed")
    statuses = listed([*dict.fromkeys(probe.status.value for probe, _ in result.outcomes)])
    answer = None if result.samples else answers.described(result.observation)
    return f"{statuses}, {answer}" if answer else statuses
