"""Which report is right, where Ctrl-C may come until its last byte is written?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.model import Report


class Outgoing:
    """A report on its way out."""

    def __init__(self, report: Report) -> None:
        self.report = report
        """As it was last asked for."""

    def now(self) -> Report:
        """Return the report; where the run has been interrupted meanwhile, it says so."""
        if OF_THIS_PROCESS.asked and not self.report.interrupted:
            self.report = replace(self.report, interrupted=True)
        return self.report
