"""What does a file hold: a report, or a recording of AWS, or both?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources import snapshot_file
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.formats.json import SCHEMA
from nlbcheck.model import Report
from nlbcheck.reports import reading
from nlbcheck.reports.json_object import JsonObject


@dataclass(frozen=True, slots=True)
class Stored:
    """What one file holds; what it does not hold is None."""

    source: str
    """The file."""
    report: Report | None = None
    exit_status: ExitStatus = ExitStatus.OK
    """How the run of the report ended."""
    recording: Recording | None = None


def load(path: Path) -> Stored:
    """Return what a JSON report or a snapshot holds; either may be gzipped.

    Raises InputError, with the file, the place in it and what was expected, for anything else.
    """
    content = recording.content(path)
    schema = content.get("schema") if isinstance(content, Mapping) else None
    if isinstance(content, Mapping) and schema == SCHEMA:
        report = reading.report(content, str(path))
        return Stored(str(path), report, JsonObject(content, str(path)).exit_status("exit_status"))
    if isinstance(content, Mapping) and schema == recording.SCHEMA:
        held = snapshot_file.of_document(content, str(path))
        if held.report is None:
            return Stored(str(path), recording=held.recording)
        report = reading.report(held.report, str(path), "report")
        status = JsonObject(held.report, str(path), "report").exit_status("exit_status")
        return Stored(str(path), report, status, held.recording)
    expected = f'expected an object with "schema": "{SCHEMA}" or "{recording.SCHEMA}"'
    raise InputError(f"{path}: neither a report nor a snapshot: {expected}")


def load_report(path: Path) -> tuple[Report, ExitStatus]:
    """Return the report that a file holds, and how its run ended; see `load`."""
    stored = load(path)
    if stored.report is None:
        raise InputError(
            f"{path}: this snapshot holds no report: 'nlbcheck diagnose --all --snapshot {path}' makes one, "
            "and 'nlbcheck snapshot --probe' records one"
        )
    return stored.report, stored.exit_status
