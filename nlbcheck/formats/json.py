"""What does a run look like to a script? The document ``nlbcheck.report/1``, field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from nlbcheck.formats import words
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.model import (
    Client,
    DeclaredTarget,
    Finding,
    Gap,
    Hop,
    Json,
    Observation,
    Path,
    RelayReport,
    Remedy,
    Report,
    Resource,
    Result,
    RowResults,
    TargetReport,
    TargetsReached,
    Verdict,
    permissions,
)
from nlbcheck.model.plan import Step, plan

SCHEMA = "nlbcheck.report/1"

_INDENTED = 200
"""Rows that are laid out for reading; the indenting encoder is ten times slower than the other."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def render(report: Report, style: Style) -> str:
    """Return the report as one JSON document in ASCII, ending in a newline."""
    whole = document(report, verbose=style.verbose)
    return encoded(whole, indent=2 if len(report.rows) <= _INDENTED else None)


def encoded(values: Json, indent: int | None = 2) -> str:
    """Return JSON values as text in ASCII, ending in a newline."""
    text = json.dumps(values, indent=indent, allow_nan=False)
    if "\\ud" in text:  # a surrogate, of a pair or alone
        text = json.dumps(_encodable(values), indent=indent, allow_nan=False)
    return text.replace("##", "#\\u0023") + "\n"  # ##[…] is a command to a CI system that prints it


def document(report: Report, *, verbose: bool = False) -> dict[str, Json]:
    """Return the report as JSON values; what the command did not do is absent.

    Of paths that are passed the hops show with ``verbose`` only, and so does the evidence of a passed hop.
    """
    view = View(report)
    relays = {relay.name: _of_row(relay) for relay in report.relays}
    return {
        "schema": SCHEMA,
        "version": report.version,
        "started_at": words.time(report.started_at),
        "command": report.command,
        "exit_status": int(report.exit_status),
        "relays": [_relay(relay) for relay in report.relays],
        "client": _client(report.client),
        "vantages": [_client(vantage) for vantage in report.vantages],
        "summary": {verdict.value: view.connections.get(verdict, 0) for verdict in Verdict},
        "counts": _counts(view),
        "mappings": [_mapping(view, row, relays.get(row.row.relay), verbose=verbose) for row in view.rows],
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
        **_policy(report),
    }


def _policy(report: Report) -> Mapping[str, Json]:
    """Return the IAM policy that would show what is missing; each account's statement bears its number."""
    missing = {f"NlbcheckReads{account}": actions for account, actions in report.missing_permissions.items()}
    return {"policy": permissions.policy(missing)} if missing else {}


def _counts(view: View) -> Json:
    """Return what is counted besides connections: rows by verdict, and the warnings, each once."""
    rows = {verdict.value: view.verdicts.get(verdict, 0) for verdict in Verdict}
    return {"rows": rows, "warnings": view.warnings}


def _relay(relay: RelayReport) -> Json:
    return {
        "load_balancer": relay.load_balancer,
        "table": relay.table,
        "account": relay.account,
        "region": relay.region,
        **({"dual_stack": True} if relay.dual_stack else {}),
    }


def _of_row(relay: RelayReport) -> Json:
    """Return what a row says of where it belongs."""
    return {"table": relay.table, "load_balancer": relay.load_balancer}


def _client(client: Client) -> Json:
    known = {
        "source": client.source,
        "address": client.address,
        "interface": client.interface,
        "subnet": client.subnet,
        "vpc": client.vpc,
    }
    return {key: value for key, value in known.items() if value is not None}


def _mapping(view: View, group: RowResults, relay: Json, *, verbose: bool) -> Json:
    row = group.row
    cause = {} if row.targets is None else {"cause": of_finding(row.cause) if row.cause else None}
    targets = (
        {}
        if row.targets is None
        else {"targets": [_target(target, verbose=verbose) for target in row.targets]}
    )
    return {
        "name": row.name,
        "relay": relay,
        "listener": {"protocol": row.listener.protocol, "port": row.listener.number},
        "target_group": row.target_group,
        "target": {
            "name": row.declared[0].name,
            "address": str(row.declared[0].address) if row.declared[0].address else None,
            "protocol": row.target_port.protocol,
            "port": row.target_port.number,
        },
        **({"declared": [_declared(item) for item in row.declared]} if len(row.declared) > 1 else {}),
        "verdict": group.verdict.value,
        **cause,
        "findings": [of_finding(finding) for finding in group.all_findings],
        "nodes": [_node(result, named=view.is_plural, verbose=verbose) for result in group.results],
        **targets,
    }


def _declared(target: DeclaredTarget) -> Json:
    return {"name": target.name, "address": str(target.address) if target.address else None}


def _target(target: TargetReport, *, verbose: bool) -> Json:
    """Return a registered target; what its health check asks where it is not healthy, or with ``verbose``."""
    asked = {"check": dict(target.health_check)} if verbose or target.state != "healthy" else {}
    return {
        "address": target.id,
        "port": target.port,
        "zone": target.zone,
        "health": {
            "state": target.state,
            "reason": target.reason,
            "description": target.description,
            **asked,
        },
        "declared": target.declared,
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


def _node(result: Result, *, named: bool, verbose: bool) -> Json:
    """Return what is known at a node; ``named`` says from which vantage point."""
    probe, paths = result.observation, result.paths
    return {
        "zone": result.flow.node.zone,
        "address": str(result.flow.node.address),
        "port": result.flow.port,
        **({"vantage": result.flow.vantage} if named else {}),
        "verdict": result.verdict.value,
        **({} if probe is None else {"probe": _probe(probe)}),
        **({"samples": [_probe(sample) for sample in result.samples]} if result.samples else {}),
        **({} if paths is None else {"paths": [of_path(path, passed=verbose) for path in paths]}),
        **of_reached(result.reached),
        "findings": [of_finding(finding) for finding in result.findings],
    }


def of_reached(reached: TargetsReached | None) -> dict[str, Json]:
    """Return for which of several targets that a node uses the path is open, as the key ``reached``."""
    if reached is None or not reached.several:
        return {}
    found: Json = {
        "used": reached.used,
        "open": reached.open,
        "spare": reached.spare,
        "closed": [*reached.closed],
        "failing_share": round(reached.failing, 3),
    }
    return {"reached": found}


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


def of_path(path: Path, *, passed: bool = True) -> Json:
    """Return a path as every document of nlbcheck has it; ``passed`` is whether what is passed shows."""
    told = passed or path.verdict not in (Verdict.PASS, Verdict.WARN)
    return {
        "leg": path.leg.value,
        "direction": path.direction.value,
        "target": path.target,
        "verdict": path.verdict.value,
        "hops": [_hop(hop, passed=passed) for hop in path.hops] if told else [],
    }


def _hop(hop: Hop, *, passed: bool) -> Json:
    return {
        "kind": hop.kind,
        "resource": _resource(hop.resource),
        "verdict": hop.verdict.value,
        "evidence": hop.evidence if passed or hop.verdict is not Verdict.PASS else {},
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
