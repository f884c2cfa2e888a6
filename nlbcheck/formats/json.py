"""What does a run look like to a script? The document ``nlbcheck.report/1``, field by field."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC

from nlbcheck.formats.style import Style
from nlbcheck.model import (
    Client,
    Finding,
    Gap,
    Hop,
    Json,
    Observation,
    Path,
    Remedy,
    Report,
    Resource,
    Result,
    RowResults,
    TargetReport,
    Verdict,
)
from nlbcheck.model.plan import Step, plan

SCHEMA = "nlbcheck.report/1"

_INDENTED = 200
"""Rows that are laid out for reading; the indenting encoder is ten times slower than the other."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def render(report: Report, _style: Style) -> str:
    """Return the report as one JSON document in ASCII, ending in a newline."""
    return encoded(document(report), indent=2 if len(report.by_row()) <= _INDENTED else None)


def encoded(values: Json, indent: int | None = 2) -> str:
    """Return JSON values as text in ASCII, ending in a newline."""
    text = json.dumps(values, indent=indent, allow_nan=False)
    if "\\ud" in text:  # a surrogate, of a pair or alone
        text = json.dumps(_encodable(values), indent=indent, allow_nan=False)
    return text + "\n"


def document(report: Report) -> dict[str, Json]:
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
        "mappings": [_mapping(mapping) for mapping in report.by_row()],
        **_beyond_rows(report),
    }


def _beyond_rows(report: Report) -> Mapping[str, Json]:
    """Return what a command says that looks at AWS: of the table as a whole, and what it was refused."""
    if report.gaps is None:
        return {}
    return {
        "findings": [of_finding(finding) for finding in report.table],
        "plan": [_step(step) for step in plan(report)],
        "gaps": [_gap(gap) for gap in report.gaps],
    }


def _client(client: Client) -> Json:
    known = {
        "source": client.source,
        "address": client.address,
        "interface": client.interface,
        "subnet": client.subnet,
        "vpc": client.vpc,
    }
    return {key: value for key, value in known.items() if value is not None}


def _mapping(mapping: RowResults) -> Json:
    row = mapping.row
    cause = {} if row.targets is None else {"cause": of_finding(row.cause) if row.cause else None}
    targets = {} if row.targets is None else {"targets": [_target(target) for target in row.targets]}
    return {
        "name": mapping.row.name,
        "listener": {"protocol": mapping.row.listener.protocol, "port": mapping.row.listener.number},
        "target_group": mapping.row.target_group,
        "target": {
            "name": mapping.row.target,
            "address": str(mapping.row.target_address) if mapping.row.target_address else None,
            "protocol": mapping.row.target_port.protocol,
            "port": mapping.row.target_port.number,
        },
        "verdict": mapping.verdict.value,
        **cause,
        "findings": [of_finding(finding) for finding in mapping.all_findings],
        "nodes": [_node(node) for node in mapping.results],
        **targets,
    }


def _target(target: TargetReport) -> Json:
    return {
        "address": target.id,
        "port": target.port,
        "zone": target.zone,
        "health": {"state": target.state, "reason": target.reason, "description": target.description},
    }


def _gap(gap: Gap) -> Json:
    return {
        "service": gap.service,
        "operation": gap.operation,
        "account": gap.account,
        "region": gap.region,
        "error": gap.error,
        "permission": gap.permission,
    }


def _node(node: Result) -> Json:
    return {
        "zone": node.flow.node.zone,
        "address": str(node.flow.node.address),
        "port": node.flow.port,
        "verdict": node.verdict.value,
        **({} if node.observation is None else {"probe": _probe(node.observation)}),
        **({} if node.paths is None else {"paths": [of_path(path) for path in node.paths]}),
        "findings": [of_finding(finding) for finding in node.findings],
    }


def _probe(probe: Observation) -> Json:
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


def of_path(path: Path) -> Json:
    """Return a path as every document of nlbcheck has it."""
    return {
        "leg": path.leg.value,
        "direction": path.direction.value,
        "target": path.target,
        "verdict": path.verdict.value,
        "hops": [_hop(hop) for hop in path.hops],
    }


def _hop(hop: Hop) -> Json:
    return {
        "kind": hop.kind,
        "resource": _resource(hop.resource),
        "verdict": hop.verdict.value,
        "evidence": hop.evidence,
    }


def of_finding(finding: Finding) -> Json:
    """Return a finding as every document of nlbcheck has it."""
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
    others = {"together_with": remedy.together_with} if remedy.together_with else {}
    return {"text": remedy.text, "commands": remedy.commands, "verified": remedy.verified, **others}


def _step(step: Step) -> Json:
    return {"text": step.text, "commands": step.commands, "codes": step.codes, "rows": step.rows}


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
