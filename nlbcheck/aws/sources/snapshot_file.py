"""What does a snapshot file hold beside the calls, so that it needs no other file?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from nlbcheck.aws import owners, recording
from nlbcheck.aws.recording import Recording
from nlbcheck.errors import InputError
from nlbcheck.model import Client


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A recording, and what one has to know to judge it; what a file does not hold is None."""

    recording: Recording
    table: Mapping[str, Any] | None = None
    """The mapping table as understood, as JSON; nobody has validated it."""
    client: Client | None = None
    """Where connections start."""
    report: Mapping[str, Any] | None = None
    """A report of the moment, as JSON; nobody has validated it."""
    is_redacted: bool = False
    """Whether names, account ids and public addresses in it are replaced."""


def document(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as the JSON of its file, without secrets."""
    client = (
        {key: value for key, value in asdict(snapshot.client).items() if value} if snapshot.client else None
    )
    beside = {"table": snapshot.table, "client": client, "report": snapshot.report}
    known = {key: value for key, value in beside.items() if value is not None}
    return {**recording.document(snapshot.recording), **recording.without_secrets(known)}


def read(path: Path) -> Snapshot:
    """Read a snapshot file, plain or gzipped; what is wrong with it is one InputError."""
    return of_document(recording.content(path), str(path))


def of_document(content: object, source: str) -> Snapshot:
    """Turn a snapshot's JSON that holds no secrets into what it says; ``source`` is where it came from."""
    found = recording.of_document(content, source)
    beside = content if isinstance(content, Mapping) else {}
    return Snapshot(
        replace(found, answers=owners.told(found.answers)),
        _object(beside, "table", source),
        _client(_object(beside, "client", source), source),
        _object(beside, "report", source),
        beside.get("redacted") is True,
    )


def _object(document: Mapping[str, Any], key: str, source: str) -> Mapping[str, Any] | None:
    value = document.get(key)
    if value is None or isinstance(value, Mapping):
        return value
    raise InputError(f"{source}: {key}: expected an object, found {json.dumps(value)[:40]}")


def _client(value: Mapping[str, Any] | None, source: str) -> Client | None:
    if value is None:
        return None
    known: dict[str, Any] = {field.name: value.get(field.name) for field in fields(Client)}
    for key, word in known.items():
        if not isinstance(word, str) and (key == "source" or word is not None):
            found = "nothing" if word is None else json.dumps(word)[:40]
            raise InputError(f"{source}: client.{key}: expected text, found {found}")
    return Client(**known)
