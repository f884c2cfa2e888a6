"""How do the targets' health states become, asked again and again, and politely?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from nlbcheck.aws.collect import Recorded
from nlbcheck.aws.resources.target_group import TARGETS
from nlbcheck.diagnosis import judge, readiness, wrong_balancer
from nlbcheck.diagnosis.enumeration import and_more
from nlbcheck.diagnosis.readiness import Readiness
from nlbcheck.errors import UnseenError
from nlbcheck.language import tell
from nlbcheck.model import Gap
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.relays.table import Row, Table
from nlbcheck.run.aws import AskingNow, Aws, unasked
from nlbcheck.run.progress import Progress
from nlbcheck.run.together import Pause, Steps

_LEAST_PAUSE = 5.0
"""Seconds between two looks."""
_CALLS_PER_SECOND = 2.0
"""For all groups together: a fifth of what ELB refills for a whole account and Region.

https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
"""
_SHOWN = 4
"""Targets that a line names; the rest are counted."""

Wait = Callable[[str, float], Pause]
"""Returns a pause of so many seconds, that says for what."""


class HealthWatch:
    """Looks at the health of rows' targets, and knows what it saw last."""

    def __init__(
        self, table: Table, rows: tuple[Row, ...], aws: Aws, progress: Progress, sharers: int = 1
    ) -> None:
        """Look as rarely as ``sharers`` have to that look in the same account and Region."""
        self._table, self._rows, self._aws, self._progress = table, rows, aws, progress
        self._sharers = sharers
        self._asking: AskingNow | None = None
        self.home: AccountRegion | None = None
        """The account and Region that were asked."""
        self._unread: tuple[Gap, ...] = ()
        self.now = Readiness(tuple(readiness.RowHealth(row) for row in rows), table.static_ips)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What AWS refused to say."""
        known = judge.gaps(self._asking.recording) if self._asking else ()
        return (*self._unread, *known)

    @property
    def is_ready(self) -> bool:
        """Whether all that is seen is healthy."""
        return not any(row.waits_for for row in self.now.rows)

    @property
    def is_seen(self) -> bool:
        """Whether the health of every row is seen."""
        return not any(row.hidden for row in self.now.rows)

    def look(self, region_elsewhere: str | None = None) -> None:
        """Ask AWS how the targets are. Where nothing can be asked, nothing is known of any.

        Raises InputError for a table of a load balancer that AWS does not show.
        """
        try:
            if self._asking is None:
                self._asking = self._opened(region_elsewhere)
            self._asking.forget(TARGETS)
            self.now = self._asking.ask(partial(readiness.look, table=self._table, rows=self._rows))
        except UnseenError as error:
            self._unread = (unasked(self._table, error),)
            what = tell("what AWS says of the load balancer")
            fact = NotVisible(what, "elbv2", "DescribeTargetHealth", None)
            self.now = readiness.unseen(self._table, self._rows, fact)

    def wait(self, bound: float, pause: Wait) -> Steps[float]:
        """Look until all that is seen is healthy, for at most ``bound`` seconds; return how long it took."""
        begun = time.monotonic()
        while not self.is_ready and (spent := time.monotonic() - begun) < bound:
            if isinstance(self._asking, Recorded):  # it would say the same for ever
                break
            yield pause(self._awaited(), min(self._pause, bound - spent))
            self.look()
        return time.monotonic() - begun

    @property
    def _pause(self) -> float:
        groups = {row.row.target_group for row in self.now.rows}
        return max(_LEAST_PAUSE, self._sharers * len(groups) / _CALLS_PER_SECOND)

    def _awaited(self) -> str:
        """Say what is not healthy yet."""
        late = [f"{row.row.name} ({target})" for row in self.now.rows for target in row.waits_for]
        names = and_more(late[:_SHOWN], len(late) - _SHOWN)
        return tell("waiting for target health: {targets}", targets=names)

    def _opened(self, region_elsewhere: str | None) -> AskingNow:
        aws = self._aws.opened(self._progress)
        asking = aws.asking_now(self._table, self._progress, region_elsewhere)
        self.home = home = aws.home(asking.recording)
        if self._table.region is None and home:
            self._table = replace(self._table, region=home.region)
        asking.ask(partial(wrong_balancer.refuse, table=self._table))
        return asking
