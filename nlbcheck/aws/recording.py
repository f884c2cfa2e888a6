"""What did AWS answer, exactly? A recording that replays with no credentials and no network."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nlbcheck import contents, files
from nlbcheck.aws import call_names
from nlbcheck.errors import InputError

SCHEMA = "nlbcheck.snapshot/1"

_SECRETS = frozenset({"PreSharedKey", "CustomerGatewayConfiguration", "ClientSecret"})
"""Fields that carry keys: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TunnelOption.html"""


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """One call that AWS answered; all pages of it in one response, as boto3 returns it."""

    account: str
    region: str
    service: str
    operation: str
    parameters: Mapping[str, Any] = field(hash=False)
    response: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """One call that AWS refused, with its error code."""

    account: str
    region: str
    service: str
    operation: str
    parameters: Mapping[str, Any] = field(hash=False)
    error: str


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything that was asked, and what came back. What was not asked is unknown, not absent."""

    taken_at: datetime
    version: str
    """The nlbcheck that recorded it."""
    answers: tuple[AnsweredCall, ...]
    gaps: tuple[RefusedCall, ...] = ()


def without_secrets(value: Any) -> Any:  # noqa: ANN401  # a JSON value of any shape
    """Return a copy of a JSON value without the fields that carry keys, at any depth."""
    if isinstance(value, Mapping):
        return {key: without_secrets(inner) for key, inner in value.items() if key not in _SECRETS}
    if isinstance(value, (list, tuple)):
        return [without_secrets(item) for item in value]
    return value


def _rid_of_secrets(item: dict[str, Any]) -> dict[str, Any]:
    """Return one JSON object without the fields that carry keys; those inside are clean already."""
    if _SECRETS.isdisjoint(item):
        return item
    return {key: value for key, value in item.items() if key not in _SECRETS}


def read(path: Path) -> Recording:
    """Read the calls of a snapshot file, plain or gzipped; what is wrong with it is one InputError."""
    return of_document(content(path), str(path))


def content(path: Path) -> object:
    """Return the JSON of a file, plain or gzipped, without secrets; InputError where it is none."""
    try:
        found = _bytes(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'not a complete gzip file'}") from error
    except (EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a complete gzip file") from error
    return contents.parsed(found, str(path), binary="neither JSON nor gzip", hook=_rid_of_secrets)


def _bytes(path: Path) -> bytearray:
    """Return what a file holds, unpacked where it is gzipped; InputError where that is more than fits."""
    with contents.opened(path) as file:
        is_packed = file.peek(2).startswith(b"\x1f\x8b")
        with gzip.open(file) if is_packed else file as plain:
            found = contents.bounded(plain, contents.MOST)
    if len(found) > contents.MOST:
        raise InputError(f"{path}: is larger than {contents.MOST >> 20} MiB, which no snapshot or report is")
    return found


def parse(document: object, source: str) -> Recording:
    """Turn a snapshot's JSON into a recording; ``source`` is where it came from, for error messages."""
    return of_document(without_secrets(document), source)


def of_document(document: object, source: str) -> Recording:
    """Turn a snapshot's JSON that holds no secrets into a recording; see ``parse``."""
    if not isinstance(document, Mapping) or "schema" not in document:
        raise InputError(f'{source}: not a snapshot: expected an object with "schema": "{SCHEMA}"')
    if document["schema"] != SCHEMA:
        raise InputError(f'{source}: schema is {document["schema"]!r}, this version reads "{SCHEMA}"')
    reader = _Reader(source)
    answers = tuple(
        AnsweredCall(**reader.call(item, place), response=reader.mapping(item, "response", place))
        for item, place in reader.items(document, "answers")
    )
    gaps = tuple(
        RefusedCall(**reader.call(item, place), error=reader.text(item, "error", place))
        for item, place in reader.items(document, "gaps")
    )
    recording = Recording(
        reader.time(document, "taken_at"), reader.text(document, "version", ""), answers, gaps
    )
    if reader.problems:
        raise InputError(*reader.problems)
    return recording


class _Reader:
    """Reads fields of a snapshot, and collects what is wrong with them."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.problems: list[str] = []

    def items(self, document: Mapping[str, Any], key: str) -> list[tuple[Mapping[str, Any], str]]:
        """Return the objects of a list, each with its place in the file."""
        value = document.get(key)
        if not isinstance(value, list):
            self._expected(key, "a list", value)
            return []
        found = []
        for number, item in enumerate(value):
            if isinstance(item, Mapping):
                found.append((item, f"{key}[{number}]."))
            else:
                self._expected(f"{key}[{number}]", "an object", item)
        return found

    def call(self, item: Mapping[str, Any], place: str) -> dict[str, Any]:
        """Return the fields that answers and gaps have in common."""
        return {
            "account": self.text(item, "account", place),
            "region": self.text(item, "region", place),
            "service": call_names.service(self.text(item, "service", place)),
            "operation": call_names.operation(self.text(item, "operation", place)),
            "parameters": call_names.parameters(self.mapping(item, "parameters", place)),
        }

    def text(self, item: Mapping[str, Any], key: str, place: str) -> str:
        """Return a field's text."""
        value = item.get(key)
        if isinstance(value, str):
            return value
        self._expected(place + key, "text", value)
        return ""

    def mapping(self, item: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
        """Return a field's object."""
        value = item.get(key)
        if isinstance(value, dict):
            return value
        self._expected(place + key, "an object", value)
        return {}

    def time(self, item: Mapping[str, Any], key: str) -> datetime:
        """Return a field's time, which must name its zone."""
        value = item.get(key)
        try:
            time = datetime.fromisoformat(value) if isinstance(value, str) else None
            if time is not None and time.tzinfo is not None:
                return time.astimezone(UTC)
        except (ValueError, OverflowError):  # in UTC a year may be 10000
            pass
        self._expected(key, "a time such as 2026-11-22T03:04:05Z", value)
        return datetime.min.replace(tzinfo=UTC)

    def _expected(self, place: str, what: str, value: object) -> None:
        found = "nothing" if value is None else json.dumps(value)[:40]
        self.problems.append(f"{self._source}: {place}: expected {what}, found {found}")


def document(recording: Recording) -> dict[str, Any]:
    """Return a recording as the JSON of a snapshot file, without secrets."""
    return {
        "schema": SCHEMA,
        "taken_at": rfc3339(recording.taken_at),
        "version": recording.version,
        "answers": [
            {**_call(answer), "response": without_secrets(answer.response)} for answer in recording.answers
        ],
        "gaps": [{**_call(gap), "error": gap.error} for gap in recording.gaps],
    }


def _call(item: AnsweredCall | RefusedCall) -> dict[str, Any]:
    return {
        "account": item.account,
        "region": item.region,
        "service": item.service,
        "operation": item.operation,
        "parameters": without_secrets(item.parameters),
    }


def rfc3339(time: datetime) -> str:
    """Return a time as RFC 3339 writes it, in UTC."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def text(document: Mapping[str, Any]) -> str:
    """Return the JSON of a snapshot as the text of its file."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write(path: Path, recording: Recording) -> None:
    """Write a snapshot file that holds the calls alone; see ``write_document``."""
    write_document(path, document(recording))


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a snapshot file, gzipped when its name ends in ``.gz``; InputError where that fails."""
    content = text(document).encode(errors="surrogatepass")
    files.write(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content, private=True)
