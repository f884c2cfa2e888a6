"""What stays of a snapshot because of the field that it stands in is known, word by word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from nlbcheck.aws.known_calls import kinds
from nlbcheck.aws.recording import document
from nlbcheck.aws.redaction.harmless import is_by_name, is_harmless, is_own_key
from nlbcheck.relays import validate, via
from nlbcheck.relays.row_keys import ROW_KEYS
from tests.aws.every_network import RELAYS, TRACES

KEPT = Path(__file__).with_name("kept_words.json")
TESTS = Path(__file__).parents[2]
AWS_WORDS = {
    "AwsRegion", "CanonicalHostedZoneId", "Category", "Code",
    "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
    "Field", "GrpcCode", "HealthCheckPort", "HttpCode", "InterfaceType", "IpProtocol", "Ipv6Pool", "Key",
    "Mode", "Name", "NetworkBorderGroup", "OutsideIpAddressType", "PeeringStatus", "PlatformDetails",
    "Priority",
    "Protocol", "ProtocolVersion", "Reason", "Region", "ServiceState", "SslPolicy", "StartupAction", "Status",
    "StatusCode", "Type",
}  # fmt: skip
"""Fields that are texts in AWS's model, and hold words that AWS chooses: looked up one by one."""


def stays(value: Any, parent: str = "", key: str = "") -> Iterator[tuple[str, str]]:
    """Yield what stays by its field: the field and the text."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if is_own_key(name, by_name=is_by_name(key)):
                yield from stays(inner, key, name)
    elif isinstance(value, list):
        for item in value:
            yield from stays(item, parent, key)
    elif isinstance(value, str) and is_harmless(value, parent, key):
        yield key, value


@cache
def kept() -> dict[str, list[str]]:
    """Return what stays of all recordings of the tests, by field."""
    networks = [document(known) for make in {**RELAYS, **TRACES}.values() for known in make().recordings]
    files = [json.loads(file.read_text()) for file in TESTS.glob("scenarios/reported/*/snapshot.json")]
    found = {pair for item in (*networks, *files) for pair in stays(item)}
    keys = sorted({key for key, _ in found})
    return {key: sorted(text for name, text in found if name == key) for key in keys}


def test_what_stays_has_been_looked_at() -> None:
    # To renew it, and to look at each line of the difference: rm tests/aws/redaction/kept_words.json
    if not KEPT.exists():
        KEPT.write_text(json.dumps(kept(), indent=1, ensure_ascii=False) + "\n")
        pytest.fail("written anew: read it")
    assert kept() == json.loads(KEPT.read_text())


def members(shape: Any, parent: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """Yield every field of an answer that is a text, a list of texts or a map, with its parent."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name != "structure" or shape.name in above:
        return
    for key, inner in shape.members.items():
        item = inner
        while item.type_name == "list":
            item = item.member
        if item.type_name in ("string", "map"):
            yield parent, key, item
        else:
            yield from members(item, key, (*above, shape.name))


def fields() -> Iterator[tuple[str, str, Any]]:
    session = botocore.session.get_session()
    models = {service: session.get_service_model(service) for service in {kind.service for kind in kinds()}}
    for kind in kinds():
        operation = models[kind.service].operation_model(kind.operation)
        yield from members(operation.output_shape, "")
        yield from members(operation.input_shape, "parameters")


def test_of_every_answer_only_words_of_aws_stay() -> None:
    found = list(fields())
    assert len(found) > 800
    texts = [(parent, key) for parent, key, item in found if not getattr(item, "enum", None)]
    free = {key for parent, key in texts if is_harmless("acme-corp", parent, key)}
    assert free <= AWS_WORDS
    assert {key for _, key, item in found if item.type_name == "map" and not is_by_name(key)} == set()


@pytest.mark.parametrize(
    ("text", "parent", "key"),
    [
        ("my words", "x", "State"),
        ("123456789012", "x", "State"),
        ("x-54.1.2.3", "x", "Status"),
        ("arn:aws:x", "x", "Type"),
        ("2600:1f18::1", "x", "Type"),
        ("web", "SecurityGroups", "GroupName"),
        ("web", "Tags", "Key"),
        ("web", "Filters", "Values"),
        ("12345", "CustomerGateways", "BgpAsn"),
        ("bucket", "Attributes", "Value"),
        ("acme", "x", "FieldOfTomorrow"),
    ],
)
def test_what_is_no_such_word_does_not_stay(text: str, parent: str, key: str) -> None:
    assert not is_harmless(text, parent, key)


def keys(value: Any, key: str = "") -> Iterator[str]:
    """Yield the keys of a report that are always the same: what is shown and heard has others."""
    if isinstance(value, dict) and not is_by_name(key) and key not in ("evidence", "detail"):
        for name, inner in value.items():
            yield name
            yield from keys(inner, name)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item, key)


def test_the_keys_of_tables_and_of_probes_reports_stay() -> None:
    reports = [json.loads(file.read_text()) for file in TESTS.glob("golden/*.json")]
    found = {name for report in reports if report["command"] == "probe" for name in keys(report)}
    assert len(found) > 40
    rows = {part for key in ROW_KEYS for part in key.name.split(".")}
    assert not {
        name for name in {*found, *rows, *validate.KEYS, *via.KEYS} if not is_own_key(name, by_name=False)
    }
