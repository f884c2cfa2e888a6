"""Does an answer to a call come from AWS? A proxy's sign-in page has status 200 as well, and may be XML.

botocore reads an answer without the element that it looks for as one that shows nothing. AWS's answers in XML
are one element, named as the call with ``Response`` behind it:
https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-intro.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError, XMLPullParser

from botocore.parsers import ResponseParserError

_IN_XML = ("ec2", "query")
"""The protocols whose answers are XML."""
_BEGINNING = 1 << 16
"""Bytes in which an answer's first element begins."""


def check_origin(response_dict: Mapping[str, Any], operation_model: Any, **_: object) -> None:  # noqa: ANN401
    """Raise ResponseParserError at a good answer that is not AWS's; handles botocore's event before-parse."""
    protocol = operation_model.service_model.metadata.get("protocol")
    if protocol not in _IN_XML or response_dict["status_code"] >= 300:
        return
    kind = response_dict["headers"].get("Content-Type")
    if kind is not None and "xml" not in kind.lower():
        raise ResponseParserError(f"an answer of AWS is XML, this one {kind}")
    if _root(response_dict["body"]) != f"{operation_model.name}Response":
        raise ResponseParserError(f"an answer to {operation_model.name} has another element at its root")


def _root(body: bytes) -> str | None:
    """Return the name of the first element, without its namespace; None where there is none."""
    parser: XMLPullParser[Any] = XMLPullParser(("start",))
    try:
        parser.feed(body[:_BEGINNING])
        events: list[Any] = list(parser.read_events())
    except ParseError:
        return None
    return str(events[0][1].tag).rpartition("}")[2] if events else None
