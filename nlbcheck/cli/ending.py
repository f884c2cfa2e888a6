"""What is said last, on stderr, once a report is written?"""

from __future__ import annotations

from nlbcheck.cli.streams import write_errors
from nlbcheck.errors import ExitStatus
from nlbcheck.model import Report
from nlbcheck.run.progress import Progress


def ended(report: Report, progress: Progress) -> ExitStatus:
    """Say what a reader should know besides the report and what is wrong with tables; return the status."""
    for remark in report.remarks:
        progress.remark(remark)
    write_errors([problem for relay in report.relays for problem in relay.problems])
    return report.exit_status
