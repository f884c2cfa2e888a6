"""How is an answer written, so that an AWS client reads it?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from nlbcheck.lab.endpoint import models
from nlbcheck.lab.endpoint.failures import ApiError
from nlbcheck.lab.endpoint.models import Operation

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry: https://www.w3.org/TR/xml/#charsets"""
_SERVER_ERRORS = 500


def content_type(service: str) -> str:
    """Return the media type of a service's answers."""
    return "application/x-amz-json-1.1" if service in models.IN_JSON else "text/xml;charset=UTF-8"


def success(operation: Operation, response: Mapping[str, Any], request_id: str) -> bytes:
    """Write an answer by the call's output shape."""
    if operation.service in models.IN_JSON:
        return json.dumps(_in_json(operation.model.output_shape, response)).encode()
    shape = operation.model.output_shape
    content = "".join(_members(shape, response)) if shape else ""
    metadata = models.metadata(operation.service)
    if metadata["protocol"] == "ec2":
        content = f"{_element('requestId', request_id)}{content}"
    else:
        wrapper = shape.serialization["resultWrapper"] if shape else f"{operation.name}Result"
        content = (
            f"<{wrapper}>{content}</{wrapper}>"
            f"<ResponseMetadata>{_element('RequestId', request_id)}</ResponseMetadata>"
        )
    root = f"{operation.name}Response"
    return f"<{root} xmlns={quoteattr(metadata['xmlNamespace'])}>{content}</{root}>".encode()


def failure(service: str, error: ApiError, request_id: str) -> bytes:
    """Write an error as a service does."""
    if service in models.IN_JSON:
        return json.dumps({"__type": error.code, "message": error.message}).encode()
    told = _element("Code", error.code) + _element("Message", error.message)
    if service == "ec2":
        return (
            f"<Response><Errors><Error>{told}</Error></Errors>{_element('RequestID', request_id)}</Response>"
        ).encode()
    fault = _element("Type", "Receiver" if error.status >= _SERVER_ERRORS else "Sender")
    return (
        f"<ErrorResponse><Error>{fault}{told}</Error>{_element('RequestId', request_id)}</ErrorResponse>"
    ).encode()


def _in_json(shape: Any, value: Any) -> Any:  # noqa: ANN401  # a botocore shape
    """Return a value as the protocol ``json`` has it: times are seconds."""
    match shape.type_name:
        case "structure":
            return {key: _in_json(shape.members[key], inner) for key, inner in value.items()}
        case "list":
            return [_in_json(shape.member, inner) for inner in value]
        case "timestamp":
            return datetime.fromisoformat(value).timestamp()
        case _:
            return value


def _members(shape: Any, value: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401  # a botocore shape
    for key, inner in value.items():
        member = shape.members[key]
        yield from _written(member, inner, member.serialization.get("name", key))


def _written(shape: Any, value: Any, name: str) -> Iterator[str]:  # noqa: ANN401
    """Write a value as an element called ``name``."""
    match shape.type_name:
        case "structure":
            yield f"<{name}>"
            yield from _members(shape, value)
            yield f"</{name}>"
        case "list":
            yield f"<{name}>"
            for item in value:
                yield from _written(shape.member, item, shape.member.serialization.get("name", "member"))
            yield f"</{name}>"
        case "map":
            yield f"<{name}>"
            for key, item in value.items():
                yield "<entry>"
                yield from _written(shape.key, key, "key")
                yield from _written(shape.value, item, "value")
                yield "</entry>"
            yield f"</{name}>"
        case "boolean":
            yield _element(name, "true" if value else "false")
        case _:
            yield _element(name, str(value))


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_NOT_XML.sub('�', text), {chr(13): '&#13;'})}</{name}>"
