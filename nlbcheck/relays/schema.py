"""What may stand in a mapping table, as a JSON Schema that editors understand?"""

from __future__ import annotations

from nlbcheck.model import Json, where
from nlbcheck.relays import fields, via
from nlbcheck.relays.forbidden import PROTOCOLS
from nlbcheck.relays.row_keys import NESTED, PORT, ROW_KEYS, TEXT, Schema, inside

_NOBODY = "0.0.0.0"  # noqa: S104 (refused here)
_ADDRESS: dict[str, Json] = {"type": "string", "format": "ipv4", "not": {"const": _NOBODY}}


def _described(schema: Schema, description: str) -> dict[str, Json]:
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


def _row() -> dict[str, Json]:
    """Return the schema of a row: each of its mappings, from the innermost outwards."""
    schemas: dict[str, Schema] = {key.name: key.schema for key in ROW_KEYS}
    for prefix in reversed(NESTED):
        names = inside(prefix)
        properties: dict[str, Json] = {name: schemas[f"{prefix}.{name}".lstrip(".")] for name in names}
        required = tuple(key.name for key in ROW_KEYS if key.required and not prefix)
        schemas[prefix] = _object(properties, NESTED[prefix], required)
    return dict(schemas[""])


_ROW = _row()
_ROWS: dict[str, Json] = {
    "description": "The rows of the table.",
    "type": "array",
    "items": {"$ref": "#/$defs/row"},
    "minItems": 1,
}
_FORBIDDEN = _object(
    {
        "name": _described(TEXT, "What reports call it; forbidden-ADDRESS:PORT by default."),
        "client": _described(
            TEXT, "From where: instance id, network interface id or address; by default the table's client."
        ),
        "address": _described(_ADDRESS, "The address that may not be reached."),
        "port": _described(PORT, "Its TCP port."),
        "protocol": {"description": "Only tcp.", "enum": list(PROTOCOLS)},
    },
    "A connection that nobody may open: neither an answer nor a refusal may come.",
    ("address", "port"),
)
_VIA: dict[str, Json] = {
    "anyOf": [
        {"type": "string", "pattern": where.PATTERN},
        _object(
            {
                "name": _described(TEXT, "What reports call it."),
                "where": _described({"type": "string", "pattern": where.PLACE}, f"{where.EXPECTED}."),
            },
            "A vantage point with a name.",
            ("where",),
        ),
    ]
}
_TOP = _object(
    {
        "load_balancer": _described(TEXT, "The load balancer's name."),
        "region": _described(TEXT, "Its Region, as ap-northeast-1."),
        "profile": _described(TEXT, "The AWS profile to ask with; --profile wins over it."),
        "role_arn": _described(
            {"type": "string", "pattern": fields.ROLE_ARN},
            "A role to assume before asking, as arn:aws:iam::123456789012:role/NAME.",
        ),
        "client": _described(
            TEXT,
            "Where connections start: instance id or Name tag, network interface id or address; else here.",
        ),
        "client_profile": _described(TEXT, "The AWS profile for the account of the client's VPC."),
        "via": {
            "description": "The vantage points that the rows are probed from; by default here.",
            "anyOf": [_VIA, {"type": "array", "items": _VIA, "minItems": 1, "maxItems": via.MOST}],
        },
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
        "forbidden": {
            "description": "Connections that nobody may open.",
            "type": "array",
            "items": _FORBIDDEN,
        },
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
