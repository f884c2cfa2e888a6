"""What do rows meet once some calls are made? They are made on the recorded state, and no trial twice."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from nlbcheck.aws.apply import after
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import drift
from nlbcheck.diagnosis.proof import After
from nlbcheck.diagnosis.survey import Survey
from nlbcheck.diagnosis.walkers import Walker, source_of, walker
from nlbcheck.model import Call, Code, Finding, Verdict
from nlbcheck.path.repair.propagation import is_untold
from nlbcheck.relays.table import Table


class Trials:
    """The rows of a survey, walked again on states that calls have changed."""

    def __init__(self, state: AwsState, table: Table, survey: Survey) -> None:
        self._state = state
        self._survey = survey
        self._table = table
        self._walkers: dict[Hashable, Walker | None] = {}
        self._walked: dict[Hashable, After | None] = {}
        self._differing: dict[Hashable, tuple[Finding, ...]] = {}

    def again(self, row: int, calls: Sequence[Call], node: int) -> After | None:
        """Return what a row, by its number, meets at a node; None where there is no path to walk."""
        state = frozenset(call.identity for call in calls)
        trial = state, row, node
        if trial not in self._walked:
            if state not in self._walkers:
                self._walkers[state] = self._changed(calls)
            walking = self._walkers[state]
            self._walked[trial] = self._walk(state, walking, row, node) if walking else None
        return self._walked[trial]

    def _changed(self, calls: Sequence[Call]) -> Walker | None:
        """Return who walks in the state after calls; None where that state or its balancer is not seen."""
        if any(is_untold(self._state, call) for call in calls):
            return None
        changed = after(self._state, calls)
        balancer = drift.findings(changed, self._table, ()).balancer if changed else None
        if changed is None or balancer is None:
            return None
        return walker(changed, balancer, source_of(changed, self._survey.client), self._survey.nodes)

    def _walk(self, state: Hashable, walking: Walker, row: int, node: int) -> After | None:
        surveyed = self._survey.rows[row]
        walk = walking.walk(surveyed.row, node)
        if walk is None:
            return None
        if (state, row) not in self._differing:
            differing = drift.of_row(walking.state, walking.balancer, surveyed.row).findings
            # No call moves a static IP.
            moved = [item for item in surveyed.drift if item.code is Code.STATIC_IP_DIFFERS]
            self._differing[state, row] = (*differing, *moved)
        zones = (None, self._survey.nodes[node].zone)
        fails = [
            item
            for item in self._differing[state, row]
            if item.verdict is Verdict.FAIL and item.zone in zones
        ]
        return After((*walk.findings, *fails), walk.paths)
