"""What does a run look like to a script? The document ``nlbcheck.report/1``, field by field."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC

from nlbcheck.model import (
    Client,
    Finding,
    Json,
    MappingReport,
    NodeReport,
    ProbeResult,
    Remedy,
    Report,
    Resource,
    Verdict,
)
from nlbcheck.render.style import Style

SCHEMA = "nlbcheck.report/1"

_INDENTED = 200
"""Rows that are laid out for reading; the indenting encoder is ten times slower than the other."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def render(report: Report, _style: Style) -> str:
    """Return the report as one JSON document in ASCII, ending in a newline."""
    indent = 2 if len(report.mappings) <= _INDENTED else None
    values = document(report)
    text = json.dumps(values, indent=indent, allow_nan=False)
    if "\\ud" in text:  # a surrogate, of a pair or alone
        text = json.dumps(_encodable(values), indent=indent, allow_nan=False)
    return text + "\n"


def document(report: Report) -> Json:
    """Return the report as JSON values; what the command did not do is absent."""
    counts = Counter(report.verdicts)
    return {
        "schema": SCHEMA,
        "version": report.version,
        "started_at": report.started_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "command": report.command,
        "exit_status": int(report.exit_status),
        "client": _client(report.client),
        "summary": {verdict.value: counts[verdict] for verdict in Verdict},
        "mappings": [_mapping(mapping) for mapping in report.mappings],
    }


def _client(client: Client) -> Json:
    known = {"source": client.source, "address": client.address}
    return {key: value for key, value in known.items() if value is not None}


def _mapping(mapping: MappingReport) -> Json:
    return {
        "name": mapping.name,
        "listener": {"protocol": mapping.listener.protocol, "port": mapping.listener.number},
        "target_group": mapping.target_group,
        "target": {
            "name": mapping.target,
            "address": mapping.target_address,
            "protocol": mapping.target_port.protocol,
            "port": mapping.target_port.number,
        },
        "verdict": mapping.verdict.value,
        "findings": [_finding(finding) for finding in mapping.findings],
        "nodes": [_node(node) for node in mapping.nodes],
    }


def _node(node: NodeReport) -> Json:
    return {
        "zone": node.node.zone,
        "address": node.node.address,
        "port": node.port,
        "verdict": node.verdict.value,
        "probe": _probe(node.probe),
        "findings": [_finding(finding) for finding in node.findings],
    }


def _probe(probe: ProbeResult) -> Json:
    return {
        "check": probe.check.value,
        "status": probe.status.value,
        "connect_ms": _milliseconds(probe.connect_ms),
        "total_ms": _milliseconds(probe.total_ms),
        "attempts": probe.attempts,
        "local_address": probe.local_address,
        "detail": probe.detail,
        "error": probe.error,
        "meaning": probe.meaning,
    }


def _finding(finding: Finding) -> Json:
    return {
        "code": finding.code,
        "verdict": finding.verdict.value,
        "leg": finding.leg.value,
        "direction": finding.direction.value if finding.direction else None,
        "zone": finding.zone,
        "resource": _resource(finding.resource) if finding.resource else None,
        "summary": finding.summary,
        "evidence": finding.evidence,
        "remedy": _remedy(finding.remedy) if finding.remedy else None,
        "confidence": finding.confidence.value,
    }


def _resource(resource: Resource) -> Json:
    return {"type": resource.type, "id": resource.id, "name": resource.name}


def _remedy(remedy: Remedy) -> Json:
    return {"text": remedy.text, "commands": remedy.commands, "verified": remedy.verified}


def _milliseconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _encodable(value: Json) -> Json:
    """Return ``value`` with every lone surrogate replaced: strict readers refuse them, also escaped."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_LONE_SURROGATE.sub("\ufffd", key): _encodable(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_encodable(item) for item in value]
    return value
