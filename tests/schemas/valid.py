"""Holds a document against its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from nlbcheck import schemas


def wrong_in(name: str, document: Any) -> list[str]:
    """Return what of a document is not as the schema of ``name`` says."""
    return [f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(document)]


@cache
def _validator(name: str) -> Any:
    """Return a validator that looks at equal parts once: of thousands of documents most are."""
    right: set[tuple[str, str]] = set()

    def ref(validator: Any, ref: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
        part = (ref, json.dumps(instance))
        if part not in right:
            wrong = list(Draft202012Validator.VALIDATORS["$ref"](validator, ref, instance, schema))
            yield from wrong
            if not wrong:
                right.add(part)

    kind = extend(Draft202012Validator, {"$ref": ref})
    return kind(schemas.schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
