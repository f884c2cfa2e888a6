"""How do the SSH host keys that answer get into the table?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.language import plural, tell
from nlbcheck.model import Report, RowResults, Status
from nlbcheck.model.where import Where
from nlbcheck.relays import Table
from nlbcheck.relays.many import TableSet


def pinnable(tables: TableSet, via: Sequence[Where], *, banner_only: bool) -> Table:
    """Return the table as its file says it; InputError, before the probes, where no key can be pinned."""
    from nlbcheck.relays import pin

    if banner_only:
        raise InputError("--pin: needs host keys, and with --ssh-banner-only none are read")
    if len(tables.files) > 1:
        raise InputError(f"--pin: needs a single table: there are {len(tables.files)}")
    if _by_scripts_alone(via or tables.tables[0].via):
        told = "the script that probes on ssm:// hosts sees no host keys; pin from here or from ssh:// hosts"
        raise InputError(f"--pin: {told}")
    return pin.pinnable(Path(tables.files[0]))


def _by_scripts_alone(places: Sequence[Where]) -> bool:
    """Whether all probes are those of Systems Manager."""
    return bool(places) and all(place.scheme == "ssm" for place in places)


def pin(before: Table, report: Report) -> str:
    """Write the host keys of rows that are beyond doubt into the table, and say what was done."""
    from nlbcheck.relays.pin import pin as write

    path = Path(before.source)
    seen = _Seen()
    for group in report.by_row():
        seen.add(group)
    pinned = write(path, seen.keys, before)
    first = plural(
        pinned.count,
        "Pinned the host keys of {count} row in {file}.",
        "Pinned the host keys of {count} rows in {file}.",
        file=path,
    )
    already = len(seen.keys) - pinned.count - len(pinned.edited)
    return " ".join([first, *seen.told(already, pinned.edited)])


@dataclass(slots=True)
class _Seen:
    """What the rows of a report have answered."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    """The host keys of each row that is beyond doubt."""
    doubtful: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    """Rows with several servers, and how many of them have answered."""

    def add(self, group: RowResults) -> None:
        """Take down what a row has answered."""
        name, servers = group.row.name, len(group.row.declared)
        probes = [seen for result in group.results for seen in result.connections]
        answered = [item for item in probes if "fingerprint" in item.detail]
        if group.all_findings:
            self.doubtful.append(name)
        elif any(item.status is Status.UNEXPECTED for item in answered):
            self.differing.append(name)
        elif answered:
            self.keys[name] = list(dict.fromkeys(str(item.detail["fingerprint"]) for item in answered))
            if servers > 1:
                count = len(self.keys[name])
                self.counted.append(
                    tell("{row}: {count} of {servers} servers", row=name, count=count, servers=servers)
                )

    def told(self, already: int, edited: Sequence[str]) -> Iterator[str]:
        """Yield the sentences on rows that are not pinned anew."""
        if already:
            yield plural(already, "{count} row was already pinned.", "{count} rows were already pinned.")
        if edited:
            yield tell("Not pinned, because the table has changed meanwhile: {rows}.", rows=", ".join(edited))
        if self.counted:
            yield tell("Answered: {rows}.", rows=", ".join(self.counted))
        if self.differing:
            rows = ", ".join(self.differing)
            yield tell("Not pinned, because the table pins other keys: {rows}.", rows=rows)
        if self.doubtful:
            rows = ", ".join(self.doubtful)
            yield tell("Not pinned, because it is not clear which server answers: {rows}.", rows=rows)
