"""How does a network behave with faults or after changes? A lab says so."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from nlbcheck.agents.tool_call import ToolCall
from nlbcheck.errors import ExitStatus, InputError, UnseenError
from nlbcheck.model import Report
from nlbcheck.reports import reading

_NLBCHECK = (sys.executable, "-P", "-m", "nlbcheck")
_PATIENCE = 300
"""Seconds for a lab from its beginning to its end."""
_REPORTED = (ExitStatus.OK, ExitStatus.BROKEN, ExitStatus.UNSEEN)


@contextmanager
def listed(calls: Sequence[ToolCall] | None) -> Iterator[Path | None]:
    """Yield a file that lists AWS calls, as long as it is needed; None where there are none.

    What is wrong with the calls is said of ``calls``: whoever gave them knows no file.
    """
    if not calls:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="nlbcheck-") as folder:
        path = Path(folder, "calls.json")
        path.write_text(json.dumps([asdict(call) for call in calls]), encoding="utf-8")
        try:
            yield path
        except InputError as error:
            raise InputError(*(said.replace(str(path), "calls") for said in error.problems)) from None


def rehearsed(options: Sequence[str], rows: Sequence[str], folder: Path) -> Report:
    """Diagnose rows in a lab that ``options`` of ``nlbcheck lab run`` mean; with no rows, all of them.

    It is a process of its own, in ``folder``, since a lab takes the whole process. Raises UnseenError with
    what the lab said where it makes no report.
    """
    which = ["--", *rows] if rows else ["--all"]
    inside = [*_NLBCHECK, "diagnose", "--quiet", "--format", "json", *which]
    try:
        done = subprocess.run(
            [*_NLBCHECK, "lab", "run", "--quiet", *options, "--", *inside],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnseenError(f"the lab was not done after {_PATIENCE} s") from None
    if done.returncode not in _REPORTED or not done.stdout.startswith("{"):
        said = done.stderr.strip() or f"it ended with {done.returncode}"
        kind = InputError if done.returncode == ExitStatus.USAGE else UnseenError
        raise kind(f"the lab made no report: {said}")
    return reading.report(json.loads(done.stdout), "the lab's report")
