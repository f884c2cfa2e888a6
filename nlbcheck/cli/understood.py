"""What was made of a table that people keep for themselves, told at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click

from nlbcheck.cli.streams import write_stderr
from nlbcheck.escape import printable
from nlbcheck.language import marked, tell
from nlbcheck.relays import Table, places
from nlbcheck.relays.tree import shown
from nlbcheck.relays.understood import Understood


def told(table: Table) -> list[str]:
    """Return the lines on what was not read as a row, and on what each column was taken for."""
    lines = []
    if table.unprobed:
        lines += ["", tell("Not probed:")]
        each = (f"{item.listener} ({places.told(item.place)}): {item.why}" for item in table.unprobed)
        lines += [f"  {printable(line)}" for line in each]
    if any(not item.is_own or item.notes for item in table.understood):
        lines += ["", tell("Read from {file}:", file=printable(table.source))]
        lines += [f"  {printable(line)}" for item in table.understood for line in of_table(item)]
    return lines


def remark_unprobed(table: Table) -> None:
    """Say on stderr which rows of ``table`` are not probed, unless the command shows them or is quiet."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name in ("show", "import") or context.params.get("quiet"):
        return
    for item in table.unprobed:
        told = tell(
            "{file}: {listener} ({place}) is not probed: {why}",
            file=table.source,
            listener=item.listener,
            place=places.told(item.place),
            why=item.why,
        )
        write_stderr(f"nlbcheck: {printable(told)}")


def of_table(item: Understood) -> Iterator[str]:
    """Yield the lines on one table of a file."""
    if item.why_not:
        yield tell("{place} is not read: {why}", place=places.told(item.place), why=item.why_not)
    else:
        roles = ((shown(heading), _called(role)) for heading, role in item.columns)
        columns = ", ".join(
            tell("{heading} is {role}", heading=heading, role=role) for heading, role in roles
        )
        yield f"{places.told(item.place)}: {columns}"
        yield from (f"  {note}" for note in item.notes)


_CALLED = {
    "no": marked("the number"),
    "listener": marked("the listener"),
    "action": marked("the action"),
    "target_group": marked("the target group"),
    "target_port": marked("the target port"),
    "target": marked("the target"),
    "target_name": marked("the target name"),
    "target_address": marked("the target address"),
    "protocol": marked("the protocol"),
    "target_protocol": marked("the target protocol"),
    "check": marked("the check"),
    "path": marked("the path"),
    "remark": marked("a remark"),
}
"""What a column is for; of the others, the row's key says it."""


def _called(role: str) -> str:
    return tell(_CALLED[role]) if role in _CALLED else f"'{role}'"


def as_yaml(table: Table) -> str:
    """Return ``table`` as a mapping table in YAML, with comments on what was made of its file."""
    from nlbcheck.relays import document, writing  # with them comes all of YAML

    head = document.of_table(table)
    rows = head.pop("mappings")
    left_out = [item for item in table.unprobed if not item.said]
    comments = [
        tell(
            "{listener} ({place}) is left out: {why}",
            listener=item.listener,
            place=places.told(item.place),
            why=item.why,
        )
        for item in left_out
    ]
    comments += [line for item in table.understood for line in of_table(item)]
    entries: list[writing.Entry] = [writing.Remark(text) for text in comments]
    entries += [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    title = tell("A mapping table made by nlbcheck mapping import from {file}.", file=table.source)
    return writing.text(head, entries, title)
