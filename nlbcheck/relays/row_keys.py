"""What may a row of a mapping table say?

Readers, validator, schema and writer are derived from one list. Adding a key is one entry in it, and the
field of `Row` that holds the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlbcheck.model import Check, HostKey, Json
from nlbcheck.relays import fields, host_keys, samples
from nlbcheck.relays.section import Section
from nlbcheck.relays.table import Row
from nlbcheck.relays.tree import Value, shown

Schema = Mapping[str, Json]
Read = Callable[[Section, str, Path], Any]
"""Takes a key from the section that holds it; files that the value names are sought from the folder."""

_WEB = (Check.HTTP, Check.HTTPS)
_INSIDE_TLS = (Check.HTTPS, Check.TLS)
TEXT: Schema = {"type": "string", "pattern": r"\S"}
PORT: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": fields.PORT},
    ]
}
_STATUS: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": fields.STATUSES},
    ]
}
_HOST_KEY: Schema = {"type": "string", "pattern": host_keys.HOST_KEY}


def _one(parse: Callable[[Value], Any], *, required: bool = False) -> Read:
    return lambda section, key, _folder: section.take(key, parse, required=required)


def _each(parse: Callable[[Value], Any]) -> Read:
    return lambda section, key, _folder: tuple(section.each(key, parse))


def _targets(section: Section, key: str, _folder: Path) -> tuple[str, ...] | None:
    if key not in section.entries:
        return section.take(key, fields.targets, required=True)
    return tuple(name for names in section.each(key, fields.targets) for name in names) or None


def _remarks(section: Section, key: str, _folder: Path) -> dict[str, str]:
    remarks = section.inner(key)
    return remarks.every(fields.NAME, fields.text) if remarks else {}


def _headers(section: Section, key: str, _folder: Path) -> dict[str, str]:
    header = section.inner(key)
    return header.every(fields.HEADER_NAME, fields.text) if header else {}


def _verify(section: Section, key: str, folder: Path) -> bool | str | None:
    return section.take(key, lambda value: _authorities(value, folder))


def _authorities(value: Value, folder: Path) -> bool | str:
    """Return whether to verify, or the path of the file of authorities."""
    if isinstance(value, bool) or (isinstance(value, str) and value in fields.WORDS):
        return fields.boolean(value)
    import ssl  # takes a hundredth of a second, and few tables name a file

    file = folder / fields.text(value)
    if not file.is_file():
        raise ValueError(f"{shown(value)} is neither true nor false nor a file of certificate authorities")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError:  # ssl.SSLError is one
        raise ValueError(f"{shown(value)} holds no certificate of an authority that can be read") from None
    return str(file.absolute())


def _said(description: str, schema: Schema) -> Schema:
    return {"description": description, **schema}


def _list_of(schema: Schema) -> Schema:
    """Return the schema of one value, or of a list of them."""
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


@dataclass(frozen=True, slots=True)
class RowKey:
    """One thing that a row may say."""

    name: str
    """As YAML and JSON write it; nested keys with dots: ``expect.host_key``."""
    schema: Schema
    """What editors are told of its value: a JSON Schema, with a description."""
    read: Read
    written: Callable[[Row], Json] = lambda _row: None
    """The value that says it again; None where it is left out."""
    headings: tuple[str, ...] = ()
    """What the column of a printed table may be called, folded; none where no column says it."""
    required: bool = False
    checks: tuple[Check, ...] = ()
    """The checks that it says something about; none: any."""
    several: bool = False
    """Whether one cell of a printed table may hold several values."""


def pinned(key: HostKey) -> str:
    """Return a host key as a table pins it."""
    return f"{key.key_type} {key.fingerprint}" if key.key_type else key.fingerprint


def statuses(codes: tuple[range, ...]) -> str:
    """Return accepted status codes as a table writes them: ``200-399,404``."""
    return ",".join(str(part.start) if len(part) == 1 else f"{part.start}-{part.stop - 1}" for part in codes)


ROW_KEYS = (
    RowKey(
        "no",
        {"description": "The row's number; not used.", "type": ["integer", "string"]},
        _one(fields.number),
        headings=("no", "#", "number", "番号", "項番"),
    ),
    RowKey(
        "listener",
        _said("The listener, as TCP:10022; a bare port is TCP.", PORT),
        _one(fields.port, required=True),
        lambda row: str(row.listener),
        (
            "listener port", "listener", "listener port number",
            "listener side port", "listener side port number",
            "リスナー側ポート番号", "リスナーポート番号", "リスナーポート", "リスナー",
        ),
        required=True,
    ),
    RowKey(
        "action",
        {"description": "What the listener does.", "enum": list(fields.FORWARD)},
        _one(fields.action),
        headings=("action", "アクション"),
    ),
    RowKey(
        "target_group",
        {
            "description": "The target group; the beginning of its name in AWS may be left out. Where it is "
            "missing, the listener port names the row.",
            "type": "string",
            "pattern": "^[^:]+$",
        },
        _one(fields.group),
        lambda row: row.target_group if row.says_group else None,
        ("target group", "target group name", "ターゲットグループ名", "ターゲットグループ"),
    ),
    RowKey(
        "target_port",
        _said("The port that the target is registered with, as TCP:22 or 22.", PORT),
        _one(fields.port, required=True),
        lambda row: str(row.target_port),
        (
            "target port", "target port number", "target group port", "target group port number",
            "target group side port", "target group side port number",
            "ターゲットグループ側ポート番号", "ターゲットポート番号", "ターゲットポート",
        ),
        required=True,
    ),
    RowKey(
        "target",
        _said("The target's address, or a name that 'targets' resolves; a list of several.", _list_of(TEXT)),
        _targets,
        lambda row: row.targets[0].name if len(row.targets) == 1 else [item.name for item in row.targets],
        (
            "target", "target ip", "target ip address", "target address", "target name", "targets",
            "ターゲットip", "ターゲット",
        ),
        required=True,
    ),
    RowKey(
        "check",
        {
            "description": "How to probe; by default from the target port: 22 ssh, 80 and 8080 http, "
            "443 and 8443 https, else tcp; behind a TLS listener inside TLS: https, else tls.",
            "enum": list(fields.CHECKS),
        },
        _one(fields.check),
        lambda row: row.spec.check.value,
        ("check", "チェック"),
    ),
    RowKey(
        "samples",
        _said(
            "How many connections a probe makes to each static IP; by default 1 for one target, and for "
            "several enough to see each.",
            {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": samples.MOST},
                    {"type": "string", "pattern": fields.SAMPLES},
                ]
            },
        ),
        _one(fields.samples),
        lambda row: row.samples,
        ("samples", "接続数"),
    ),
    RowKey(
        "expect.host_key",
        _said(
            "The SSH host keys that may answer: 'SHA256:…', with the key type before it or without, "
            "or a public key line.",
            _list_of(_HOST_KEY),
        ),
        _each(host_keys.parse),
        lambda row: [pinned(key) for key in row.spec.host_keys] or None,
        ("host key", "host keys", "host key fingerprint", "ホスト鍵", "ホストキー"),
        checks=(Check.SSH,),
        several=True,
    ),
    RowKey(
        "expect.http.status",
        _said("Accepted status codes: 200, [200, 301], '200-399', '200,302' or '2xx'.", _list_of(_STATUS)),
        _one(fields.statuses),
        lambda row: statuses(row.spec.http.statuses) or None,
        ("http status", "status"),
    ),
    RowKey(
        "expect.http.header",
        {
            "description": "Wanted headers; values may have the wildcards *, ? and […].",
            "type": "object",
            "propertyNames": {"pattern": fields.HEADER_NAME},
            "additionalProperties": TEXT,
        },
        _headers,
        lambda row: dict(row.spec.http.headers) or None,
    ),
    RowKey(
        "expect.reachable",
        _said(
            "False where nobody may get through: silence is right then; an answer or a refusal fails.",
            {"enum": [True, False, *fields.WORDS]},
        ),
        _one(fields.boolean),
        lambda row: None if row.spec.reachable else False,
        ("reachable",),
    ),
    RowKey(
        "path",
        {"description": "The path that HEAD asks for.", "type": "string", "pattern": fields.PATH},
        _one(fields.path),
        lambda row: row.spec.path if row.spec.path != "/" else None,
        ("path", "パス"),
        checks=_WEB,
    ),
    RowKey(
        "host",
        {"description": "The HTTP Host header.", "type": "string", "pattern": fields.HOST},
        _one(fields.host),
        lambda row: row.spec.host,
        ("host", "host header"),
        checks=_WEB,
    ),
    RowKey(
        "server_name",
        {
            "description": "The TLS server name (SNI), which the certificate has to carry.",
            "type": "string",
            "pattern": fields.SERVER_NAME,
        },
        _one(fields.server_name),
        lambda row: row.spec.server_name,
        ("server name", "sni"),
        checks=_INSIDE_TLS,
    ),
    RowKey(
        "verify",
        {
            "description": "Whether to verify certificates, or a file of authorities to verify them with, "
            "sought from the table's folder.",
            "anyOf": [{"type": "boolean"}, TEXT],
        },
        _verify,
        lambda row: row.spec.verify if row.spec.verify is not True else None,
        ("verify",),
        checks=_INSIDE_TLS,
    ),
    RowKey(
        "ssh_banner_only",
        _said("Read the SSH server's first line, and no host key.", {"enum": [True, False, *fields.WORDS]}),
        _one(fields.boolean),
        lambda row: row.spec.ssh_banner_only or None,
        ("ssh banner only",),
        checks=(Check.SSH,),
    ),
    RowKey(
        "remarks",
        {
            "description": "What else is known of the row, by any names; only shown.",
            "type": "object",
            "propertyNames": {"pattern": fields.NAME},
            "additionalProperties": TEXT,
        },
        _remarks,
        lambda row: dict(row.remarks) or None,
    ),
)  # fmt: skip
"""Every key of a row, in the order in which a table writes them."""

NESTED = {
    "": "One listener port, and whom it has to reach.",
    "expect": "What has to answer.",
    "expect.http": "What the answer to HEAD has to look like.",
}
"""Every mapping of a row, the row itself included, with what it is for."""


CHECKS = {"expect.http": _WEB, **{key.name: key.checks for key in ROW_KEYS if key.checks}}
"""The keys that say something about some checks only, with these."""


def inside(prefix: str) -> list[str]:
    """Return the names that may stand in a mapping of a row: keys, and mappings further in."""
    start = f"{prefix}." if prefix else ""
    within = (key.name.removeprefix(start) for key in ROW_KEYS if key.name.startswith(start))
    return list(dict.fromkeys(name.partition(".")[0] for name in within))
