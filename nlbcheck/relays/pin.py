"""How do fingerprints get into a YAML table without touching anything else in it?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nlbcheck import files, locking
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.model import HostKey
from nlbcheck.relays import host_keys, readers, text, validate
from nlbcheck.relays.row_keys import pinned
from nlbcheck.relays.table import Row, Table
from nlbcheck.relays.text import BOM
from nlbcheck.relays.tree import Problems, TreeNode

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Pinned:
    """What became of the rows whose host keys were to be pinned."""

    count: int = 0
    """How many got them."""
    edited: tuple[str, ...] = ()
    """Those that say something else than before the keys were seen, which got none."""


def pinnable(path: Path) -> Table:
    """Return the table as the file says it; InputError where no host key can be pinned in it."""
    source = printable(str(path))
    if readers.READERS.get(path.suffix.lower()) != "yaml_file":
        raise InputError(f"{source}: host keys can be pinned in YAML tables only")
    content = text.read(path)
    # A file can be replaced that cannot be written; for root, its mode alone says so.
    if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
        raise InputError(f"{source}: is read-only, no host key can be pinned in it")
    return _read(path, content)[0]


def pin(path: Path, fingerprints: Mapping[str, Sequence[str]], before: Table | None = None) -> Pinned:
    """Write ``fingerprints``, by row name, into the YAML table at ``path``, after all others who do so now.

    ``before`` is the table as it was when the keys were seen: a row that says something else now gets none.
    Rows that pin keys already are left alone, as is every other byte of the file. Raises InputError where
    the file is not YAML, a name is no row's, or the file cannot be edited safely.
    """
    with locking.alone(path):
        now = pinnable(path)
        edited = _edited(before, now, fingerprints) if before else ()
        left = {name: keys for name, keys in fingerprints.items() if name not in edited}
        return Pinned(_pin(path, left), edited)


def _edited(before: Table, now: Table, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of some rows that are no longer what they were, but for the keys that they pin."""
    then, after = ({row.name: _pinless(row) for row in table.rows} for table in (before, now))
    moved = before.static_ips != now.static_ips
    return tuple(name for name in names if moved or then.get(name) != after.get(name))


def _pinless(row: Row) -> Row:
    return replace(row, place="", spec=replace(row.spec, host_keys=()))


def _pin(path: Path, fingerprints: Mapping[str, Sequence[str]]) -> int:
    """Write the fingerprints, and return how many rows got them."""
    content = text.read(path)
    old, nodes = _read(path, content)
    wanted = _wanted(old, _parsed(fingerprints), printable(str(path)))
    changed = [
        (row, node)
        for row, before, node in zip(wanted.rows, old.rows, nodes, strict=True)
        if row.spec.host_keys != before.spec.host_keys
    ]
    if not changed:
        return 0
    body = content.removeprefix(BOM)
    edits = sorted(_edit(body, node, row.spec.host_keys) for row, node in changed)
    edited = content[: len(content) - len(body)] + _with_edits(body, edits)
    _check(path, edited, wanted, [row for row, _ in changed])
    files.write(path, edited.encode())
    if text.read(path) != edited:
        raise InputError(f"{printable(str(path))}: was changed by another program while keys were pinned")
    return len(changed)


def _read(path: Path, content: str) -> tuple[Table, list[TreeNode]]:
    """Return the table that ``content`` is, and where its rows stand."""
    problems = Problems(str(path))
    root = readers.parsed(path, content, problems)
    table = validate.table(root, path, {}, problems)
    rows = root.value["mappings"].value if isinstance(root.value, dict) else root.value
    return table, rows if isinstance(rows, list) else []


def _parsed(fingerprints: Mapping[str, Sequence[str]]) -> dict[str, tuple[HostKey, ...]]:
    """Return the host keys to pin, by row name."""
    try:
        return {name: tuple(map(host_keys.parse, keys)) for name, keys in fingerprints.items() if keys}
    except ValueError as error:
        raise InputError(str(error)) from None


def _wanted(table: Table, keys: Mapping[str, tuple[HostKey, ...]], source: str) -> Table:
    """Return ``table`` as it has to be in the end."""
    unknown = sorted(keys.keys() - {row.name for row in table.rows})
    if unknown:
        raise InputError(*(f"{source}: '{printable(name)}' is not a row of the table" for name in unknown))
    return replace(
        table,
        rows=tuple(_pinning(row, keys.get(row.name, ())) for row in table.rows),
    )


def _pinning(row: Row, keys: tuple[HostKey, ...]) -> Row:
    """Return a row that pins ``keys``, where it pins none yet."""
    return replace(row, spec=replace(row.spec, host_keys=row.spec.host_keys or keys))


def _edit(body: str, row: TreeNode, keys: Sequence[HostKey]) -> tuple[int, str]:
    """Return what to insert where, so that ``row`` pins ``keys``."""
    pins = [f'"{pinned(key)}"' for key in keys]
    entry = f"host_key: {pins[0] if len(pins) == 1 else '[' + ', '.join(pins) + ']'}"
    entries = row.value if isinstance(row.value, dict) else {}
    expect = entries.get("expect")
    return (
        _insertion(body, row, f"expect: {{{entry}}}") if expect is None else _insertion(body, expect, entry)
    )


def _insertion(body: str, mapping: TreeNode, entry: str) -> tuple[int, str]:
    """Return what to insert where, so that ``entry`` is the last of ``mapping``."""
    values = list(mapping.value.values()) if isinstance(mapping.value, dict) else []
    if mapping.flow:
        return (_end(values[-1], body), f", {entry}") if values else (mapping.start + 1, entry)
    first = values[0].key or mapping
    indent = 0
    while indent < first.start and body[first.start - indent - 1] not in "\r\n":
        indent += 1
    end = _LINE_END.search(body, _end(values[-1], body))
    any_end = end or _LINE_END.search(body)
    return end.start() if end else len(body), (any_end.group() if any_end else "\n") + " " * indent + entry


def _end(node: TreeNode, body: str) -> int:
    """Return where ``node`` ends; in block style its own mark stands beyond blank lines and comments."""
    children = list(node.value.values()) if isinstance(node.value, dict) else node.value
    if isinstance(children, list) and children and not node.flow:
        return max(_end(child, body) for child in children)
    end = node.end
    while end > node.start and body[end - 1].isspace():
        end -= 1
    return end


def _with_edits(body: str, edits: Iterable[tuple[int, str]]) -> str:
    """Return ``body`` with every edit made; they are in order."""
    parts = []
    done = 0
    for place, inserted in edits:
        parts += [body[done:place], inserted]
        done = place
    return "".join([*parts, body[done:]])


def _check(path: Path, content: str, wanted: Table, rows: Iterable[Row]) -> None:
    """Raise InputError unless ``content`` is the wanted table; only the rows' lines may differ."""
    try:
        got = _without_places(_read(path, content)[0])
    except InputError:
        got = None
    if got != _without_places(wanted):
        pins = [f"{row.name} ({row.place}) {', '.join(map(pinned, row.spec.host_keys))}" for row in rows]
        raise InputError(
            f"{printable(str(path))}: cannot be edited safely, nothing was written; "
            f"pin by hand, as 'expect: {{host_key: …}}': {printable('; '.join(pins))}"
        )


def _without_places(table: Table) -> Table:
    rows: tuple[Row, ...] = tuple(replace(row, place="") for row in table.rows)
    return replace(table, rows=rows)
