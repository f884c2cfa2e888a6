"""What did the last report find? Its findings are kept for ``nlbcheck explain --last``."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from nlbcheck import files
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.explain import Page
from nlbcheck.explain.filled import filled, names_of
from nlbcheck.formats import words
from nlbcheck.formats.proofs import proof
from nlbcheck.language import tell
from nlbcheck.model import Json, Report
from nlbcheck.reports.json_object import JsonObject
from nlbcheck.wrapping import wrapped

_SCHEMA = "nlbcheck.last/1"
_MOST = 500
"""Findings that are kept."""
_LARGEST = 4 << 20
"""Bytes of the file; that of many findings has less."""
_NONE = "there is no last report: diagnose and smoke keep theirs"


@dataclass(frozen=True, slots=True)
class LastFinding:
    """A finding of the last report, as far as its page needs it."""

    code: str
    rows: tuple[str, ...]
    """The names of the rows that have it, of several relays with the relay's."""
    summary: str
    """With its verdict, and how sure it is."""
    fix: str | None
    """With what became of trying it."""
    commands: tuple[str, ...]
    names: Mapping[str, str]
    """What its page calls the things, with their ids."""


@dataclass(frozen=True, slots=True)
class LastReport:
    """What is kept of the last report."""

    command: str
    started_at: datetime
    findings: tuple[LastFinding, ...]


def keep(report: Report) -> None:
    """Keep the findings of a report in the user's state folder, for its owner alone, where that can be."""
    file = _file()
    if file is None:
        return
    kept = {
        "schema": _SCHEMA,
        "command": report.command,
        "started_at": words.time(report.started_at),
        "findings": [asdict(item) for item in _findings(report)[:_MOST]],
    }
    with suppress(OSError, InputError):
        if _is_own(file):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.write(file, json.dumps(kept, ensure_ascii=False).encode(errors="replace"), private=True)


def recall() -> LastReport:
    """Return what was kept last; InputError where there is nothing, or something else."""
    file = _file()
    if file is None or not file.is_file():
        raise InputError(_NONE)
    if not _is_own(file):
        raise InputError(f"{file}: expected a file of your own, in a folder of your own, and no link")
    try:
        with file.open("rb") as opened:
            kept = json.loads(opened.read(_LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: cannot be read: {type(error).__name__}") from None
    if not isinstance(kept, dict) or kept.get("schema") != _SCHEMA:
        raise InputError(f"{file}: expected the schema {_SCHEMA}")
    whole = JsonObject(kept, str(file))
    found = tuple(_finding(item) for item in whole.parts("findings"))
    return LastReport(whole.text("command"), whole.time("started_at"), found)


def _file() -> Path | None:
    """Return the file in the user's state folder (XDG Base Directory), None where there is none.

    A home that is not there is not made: accounts of services have such ones.
    """
    named, home = Path(os.environ.get("XDG_STATE_HOME", "")), Path(os.environ.get("HOME", ""))
    if named.is_absolute():
        return named / "nlbcheck" / "last.json"
    there = home.is_absolute() and home.is_dir()
    return home / ".local" / "state" / "nlbcheck" / "last.json" if there else None


def _is_own(file: Path) -> bool:
    """Return whether nobody else decides what is written or read at the file, which nobody pointed at.

    In the home of a user who runs it as root, a link would be written through, and a FIFO waited for.
    """
    folder = next(path for path in file.parents if path.exists())
    if folder.stat().st_uid != os.geteuid():
        return False
    try:
        there = file.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(there.st_mode) and there.st_uid == os.geteuid() and there.st_nlink == 1


def _findings(report: Report) -> Sequence[LastFinding]:
    """Return the findings of a report, each once, with its rows."""
    alike: dict[Hashable, list[LastFinding]] = {}
    for item in _of_rows(report):
        alike.setdefault((item.summary, item.fix, item.commands), []).append(item)
    return [
        replace(each[0], rows=tuple(row for item in each for row in item.rows), names=_agreed(each))
        for each in alike.values()
    ]


def _of_rows(report: Report) -> Iterator[LastFinding]:
    """Yield the findings of a report, row by row."""
    balancers = {relay.name: relay.load_balancer for relay in report.relays}
    for group in report.by_row():
        row = f"{group.row.relay}/{group.row.name}" if len(report.relays) > 1 else group.row.name
        for finding in group.all_findings:
            remedy = finding.remedy
            yield LastFinding(
                finding.code.value,
                (row,),
                words.finding(finding),
                f"{remedy.text}{proof(finding)}" if remedy else None,
                remedy.commands if remedy else (),
                names_of(finding, group, balancers.get(group.row.relay)),
            )


def _finding(item: JsonObject) -> LastFinding:
    names = item.raw("names")
    return LastFinding(
        item.text("code"),
        item.texts("rows"),
        item.text("summary"),
        item.maybe_text("fix"),
        item.texts("commands"),
        {name: value for name, value in names.items() if isinstance(value, str)},
    )


def document(findings: Sequence[LastFinding]) -> list[Json]:
    """Return the findings of a page for programs."""
    return [
        {"rows": item.rows, "summary": item.summary, "fix": item.fix, "commands": item.commands}
        for item in findings
    ]


def told(findings: Sequence[LastFinding], report: LastReport, width: int) -> str:
    """Return what the last report has found of a page's code, in lines of at most so many columns."""
    at = words.time(report.started_at)
    about = tell("Last report ({command}, {time}):", command=printable(report.command), time=at)
    return "\n".join([about, *(line for item in findings for line in _lines(item, width))]) + "\n\n"


def with_ids(page: Page, findings: Sequence[LastFinding]) -> str:
    """Return the text of a page with the ids of its findings."""
    return filled(page.text, _agreed(findings))


def _lines(finding: LastFinding, width: int) -> Iterator[str]:
    found = printable(f"{', '.join(finding.rows)}: {finding.summary}")
    yield from wrapped(found, width, first="  ", indent="    ")
    if finding.fix:
        fix = tell("Fix: {fix}", fix=printable(finding.fix))
        yield from wrapped(fix, width, first="    ", indent="      ")
    yield from (f"      {printable(command)}" for command in finding.commands)


def _agreed(findings: Sequence[LastFinding]) -> dict[str, str]:
    """Return the names that all findings of a page, which have them, give one id."""
    found: dict[str, set[str]] = {}
    for finding in findings:
        for name, value in finding.names.items():
            found.setdefault(name, set()).add(value)
    return {name: values.pop() for name, values in found.items() if len(values) == 1}
