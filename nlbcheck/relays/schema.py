"""What may stand in a mapping table, as a JSON Schema that editors understand?"""

from __future__ import annotations

from nlbcheck.model import Json
from nlbcheck.relays import fields, host_keys

_TEXT: dict[str, Json] = {"type": "string", "pattern": r"\S"}
_ADDRESS: dict[str, Json] = {"type": "string", "format": "ipv4"}
_BOOLEAN: dict[str, Json] = {"enum": [True, False, *fields.WORDS]}
_PORT: dict[str, Json] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": fields.PORT},
    ]
}
_STATUS: dict[str, Json] = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": fields.STATUSES},
    ]
}
_HOST_KEY: dict[str, Json] = {"type": "string", "pattern": host_keys.HOST_KEY}


def _described(schema: dict[str, Json], description: str) -> dict[str, Json]:
    return {"description": description, **schema}


def _object(properties: dict[str, Json], description: str, required: tuple[str, ...] = ()) -> dict[str, Json]:
    """Return the schema of a mapping that has these keys and no others."""
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_HTTP = _object(
    {
        "status": _described(
            {"anyOf": [_STATUS, {"type": "array", "items": _STATUS, "minItems": 1}]},
            "Accepted status codes: 200, [200, 301], '200-399', '200,302' or '2xx'.",
        ),
        "header": {
            "description": "Wanted headers; values may have the wildcards *, ? and […].",
            "type": "object",
            "propertyNames": {"pattern": fields.HEADER_NAME},
            "additionalProperties": _TEXT,
        },
    },
    "What the answer to HEAD has to look like.",
)
_EXPECT = _object(
    {
        "host_key": _described(
            {"anyOf": [_HOST_KEY, {"type": "array", "items": _HOST_KEY, "minItems": 1}]},
            "The SSH host keys that may answer: 'SHA256:…', with the key type before it or without, "
            "or a public key line.",
        ),
        "http": _HTTP,
    },
    "What has to answer.",
)
_ROW = _object(
    {
        "no": {"description": "The row's number; not used.", "type": ["integer", "string"]},
        "listener": _described(_PORT, "The listener, as TCP:10022; a bare port is TCP."),
        "action": {"description": "What the listener does.", "enum": list(fields.FORWARD)},
        "target_group": {
            "description": "The target group; the beginning of its name in AWS may be left out.",
            "type": "string",
            "pattern": "^[^:]+$",
        },
        "target_port": _described(_PORT, "The port that the target is registered with, as TCP:22 or 22."),
        "target": _described(_TEXT, "The target's address, or a name that 'targets' resolves."),
        "check": {
            "description": "How to probe; by default from the target port: 22 ssh, 80 and 8080 http, "
            "443 and 8443 https, else tcp.",
            "enum": list(fields.CHECKS),
        },
        "expect": _EXPECT,
        "path": {"description": "The path that HEAD asks for.", "type": "string", "pattern": fields.PATH},
        "host": {"description": "The HTTP Host header.", "type": "string", "pattern": fields.HOST},
        "server_name": {
            "description": "The TLS server name (SNI), which the certificate has to carry.",
            "type": "string",
            "pattern": fields.SERVER_NAME,
        },
        "verify": {
            "description": "Whether to verify certificates, or a file of authorities to verify them with, "
            "sought from the table's folder.",
            "anyOf": [{"type": "boolean"}, _TEXT],
        },
        "ssh_banner_only": _described(_BOOLEAN, "Read the SSH server's first line, and no host key."),
    },
    "One listener port, and whom it has to reach.",
    ("listener", "target_group", "target_port", "target"),
)
_ROWS: dict[str, Json] = {
    "description": "The rows of the table.",
    "type": "array",
    "items": {"$ref": "#/$defs/row"},
    "minItems": 1,
}
_TOP = _object(
    {
        "load_balancer": _described(_TEXT, "The load balancer's name."),
        "region": _described(_TEXT, "Its Region, as ap-northeast-1."),
        "client": _described(
            _TEXT, "Where connections start: instance id, network interface id or address; by default here."
        ),
        "client_profile": _described(_TEXT, "The AWS profile for the account of the client's VPC."),
        "static_ips": {
            "description": "The load balancer's addresses, by zone or as a list.",
            "anyOf": [
                {
                    "type": "object",
                    "propertyNames": {"pattern": fields.NAME},
                    "additionalProperties": _ADDRESS,
                    "minProperties": 1,
                },
                {"type": "array", "items": _ADDRESS, "minItems": 1},
            ],
        },
        "targets": {
            "description": "The targets' addresses, by name.",
            "type": "object",
            "propertyNames": {"pattern": fields.NAME},
            "additionalProperties": _ADDRESS,
        },
        "mappings": _ROWS,
    },
    "Everything that nlbcheck has to know of a relay.",
    ("mappings",),
)

SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "nlbcheck mapping table",
    "anyOf": [_TOP, _ROWS],
    "$defs": {"row": _ROW},
}
"""The schema, draft 2020-12; also valid for tables in YAML."""
