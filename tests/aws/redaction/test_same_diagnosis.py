"""A redacted snapshot says of every network of the tests what the snapshot itself says, and tells no name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from ipaddress import ip_address
from pathlib import Path as File
from typing import Any

import pytest

from nlbcheck.aws.redaction.public_addresses import PublicAddresses
from nlbcheck.aws.redaction.redactor import redacted
from nlbcheck.aws.sources.snapshot_file import Snapshot, document, of_document
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.errors import InputError
from nlbcheck.model import Client, Finding, Path, Report
from nlbcheck.path.reach import Trace
from nlbcheck.relays import load_embedded
from nlbcheck.relays.document import of_table
from tests.aws.every_network import RELAYS, TRACES, Known, diagnosis

KEY = b"of the tests, and of nobody else"
PUBLIC = {"203.0.113.": "54.240.17.", "198.51.100.": "52.68.129.", "2001:db8:": "2406:da14:"}
"""What stands for public addresses in the tests, and what is public in its place."""
ID = re.compile(r"[a-z-]+-0[0-9a-f]{16}")
ACCOUNT = re.compile(r"(?<![0-9a-f])\d{12}(?![0-9a-f])")
PSEUDONYM = re.compile(r"name-\d+(-name-\d+)*")
DISTINCT = re.compile(r"\w-\w")
"""What no word of AWS's or of nlbcheck's is like, in the tests."""
NAMES = {"LoadBalancerName", "TargetGroupName", "GroupName", "target_group", "load_balancer"}
"""Fields that hold nothing but names."""
ADDRESS = re.compile(r"(?:54\.240\.17|52\.68\.129|35\.74\.10|52\.69\.20)\.\d+|2406:da14:[0-9a-f:]*")

EVERY = 4
"""Of the networks, each that many-th is looked at; with 1, all, in 40 seconds."""

Question = Mapping[str, Any]


def asked(known: Known) -> tuple[dict[str, Any], Question]:
    """Return a network's snapshot with the table, and what else is asked; with public addresses."""
    assert isinstance(known.ask, partial)
    words = dict(known.ask.keywords)
    table = words.pop("table", None)
    words["rows"] = [table.rows.index(row) for row in words["rows"]] if table else []
    snapshot = Snapshot(
        known.whole,
        of_table(table) if table else None,
        Client(table.client) if table and table.client else None,
    )
    text = json.dumps([document(snapshot), words], default=str)
    for special, public in PUBLIC.items():
        text = text.replace(special, public)
    found, question = json.loads(text)
    return found, question


def told(snapshot: dict[str, Any], question: Question) -> object:
    """Return what a diagnosis, or a trace, says of a snapshot, without names."""
    held = of_document(snapshot, "test")
    state = AwsState(held.recording)
    if held.table is None:
        address = ip_address(question["address"])
        try:
            return of(traced(state, question["source"], address, question["port"]))
        except InputError:
            return "refused"
    table = load_embedded(held.table, File("test.json"))
    return of(diagnosis(state, table, tuple(table.rows[number] for number in question["rows"])))


def of(answer: Report | Trace) -> object:
    if isinstance(answer, Trace):
        return answer.reach, answer.exit_status, findings(answer.findings), paths(answer.paths)
    rows = [(len(row.targets or ()), findings([row.cause] if row.cause else [])) for row in answer.rows]
    results = [(one.verdict, findings(one.findings), paths(one.paths or ())) for one in answer.results]
    gaps = [gap.operation for gap in answer.gaps or ()]
    return answer.exit_status, rows, results, findings(answer.table), gaps


def findings(found: Iterable[Finding]) -> list[object]:
    return [
        (item.code, item.verdict, item.confidence, item.leg, item.direction, item.zone,
         item.resource and (item.resource.type, *ID.findall(item.resource.id)),
         item.remedy is not None and [call.operation for call in item.remedy.calls])
        for item in found
    ]  # fmt: skip


def paths(found: Iterable[Path]) -> list[object]:
    return [
        (path.leg, path.direction, [
            (hop.kind, hop.verdict, hop.resource.type, ID.findall(hop.resource.id)) for hop in path.hops
        ])
        for path in found
    ]  # fmt: skip


def texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a document with the key that it stands under, and every key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield "", name
            yield from texts(inner, name)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, key)


@cache
def addresses() -> PublicAddresses:
    return PublicAddresses(KEY)


@pytest.mark.parametrize("name", [*RELAYS, *TRACES][::EVERY])
def test_the_diagnosis_is_the_same_and_nothing_is_told(name: str) -> None:
    found, question = asked({**RELAYS, **TRACES}[name]())
    shown = redacted(found, KEY)
    asks = {
        key: addresses().of(word) or word if isinstance(word, str) else word for key, word in question.items()
    }
    assert told(shown, asks) == told(found, question)
    before, left = list(texts(found)), "\n".join(text for _, text in texts(shown))
    words = {word for _, text in before for word in (*ADDRESS.findall(text), *ACCOUNT.findall(text))}
    assert not {word for word in words if word in left}
    assert {text for key, text in texts(shown) if key in NAMES and not PSEUDONYM.fullmatch(text)} <= {
        "default"
    }
    named = {text for key, text in before if key in {*NAMES, "Value"} and DISTINCT.search(text)}
    assert not {word for word in named if re.search(rf"(?<![\w-]){re.escape(word)}(?![0-9a-z])", left)}
