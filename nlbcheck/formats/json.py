"""What does a run look like to a script? The document ``nlbcheck.report/1``, field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from nlbcheck.formats import overview, standpoints, words
from nlbcheck.formats.json_findings import of_finding, of_hop, of_leg, of_path, of_reached
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.model import (
    Client,
    DeclaredTarget,
    FailOn,
    Gap,
    Json,
    Observation,
    Path,
    RelayReport,
    Report,
    Result,
    RowResults,
    TargetReport,
    Verdict,
    permissions,
)
from nlbcheck.model.plan import Step, plan
from nlbcheck.model.smoked import Smoke

SCHEMA = "nlbcheck.report/1"

_INDENTED = 200
"""Rows that are laid out for reading; the indenting encoder is ten times slower than the other."""

_PASSED = (Verdict.PASS, Verdict.WARN)

_FEW_TARGETS = 3
"""Targets of a connection that fails, up to which pictures show the paths to those that are reached, too."""

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
    """Return the report as JSON values, from which `nlbcheck.reports` makes it again.

    What the command did not do is absent. With ``verbose`` all is there; without it the evidence of hops that
    are passed is not, and see `_paths` for the hops.
    """
    view = View(report)
    relays = {relay.name: _of_row(relay) for relay in report.relays}
    return {
        "schema": SCHEMA,
        "version": report.version,
        "started_at": words.time(report.started_at),
        **({"recorded_at": words.time(report.recorded_at)} if report.recorded_at else {}),
        **({"probed_at": words.time(report.probed_at)} if report.probed_at else {}),
        "command": report.command,
        "relays": [_relay(relay) for relay in report.relays],
        **_overview(report),
        "client": _client(report.client),
        "vantages": [_client(vantage) for vantage in report.vantages],
        **({"smoke": _smoke(report.smoke)} if report.smoke else {}),
        **({"fail_on": report.fail_on.value} if report.fail_on is not FailOn.FAIL else {}),
        "summary": {verdict.value: view.connections.get(verdict, 0) for verdict in Verdict},
        "counts": _counts(view),
        "mappings": [_mapping(view, row, relays.get(row.row.relay), verbose=verbose) for row in view.rows],
        **_beyond_rows(report),
        **({"remarks": report.remarks} if report.remarks else {}),
        **({"uninspected": report.uninspected} if report.uninspected else {}),
        # Last, so that a Ctrl-C that comes while all this is written is in it.
        "exit_status": int(report.exit_status),
    }


def _smoke(smoke: Smoke) -> Json:
    known: dict[str, Json] = asdict(smoke)
    return {key: value for key, value in known.items() if value is not None}


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
        "name": relay.name,
        "load_balancer": relay.load_balancer,
        "table": relay.table,
        "account": relay.account,
        "region": relay.region,
        **({"dual_stack": True} if relay.dual_stack else {}),
        **({"problems": relay.problems, "exit_status": int(relay.ending)} if relay.problems else {}),
    }


def _overview(report: Report) -> Mapping[str, Json]:
    """Return how each of several relays stands, gravest first."""
    found = overview.standings(report)
    told: list[Json] = [
        {
            "name": item.relay.name,
            "verdict": item.verdict.value,
            "rows": {verdict.value: item.rows.get(verdict, 0) for verdict in Verdict},
        }
        for item in found
    ]
    return {"overview": told} if told else {}


def _of_row(relay: RelayReport) -> Json:
    """Return what a row says of where it belongs."""
    return {"name": relay.name, "table": relay.table, "load_balancer": relay.load_balancer}


def _client(client: Client) -> Json:
    known = {
        "source": client.source,
        "address": client.address,
        "interface": client.interface,
        "subnet": client.subnet,
        "vpc": client.vpc,
        "instance": client.instance,
        "addresses": dict(client.towards) or None,
        "stands_for": list(client.stands_for) or None,
        "error": client.error,
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
        **({"forbidden": True} if row.is_forbidden else {}),
        "target": {
            "name": row.declared[0].name,
            "address": str(row.declared[0].address) if row.declared[0].address else None,
            "protocol": row.target_port.protocol,
            "port": row.target_port.number,
        },
        **({"declared": [_declared(item) for item in row.declared]} if len(row.declared) > 1 else {}),
        "verdict": group.verdict.value,
        **({"verdicts": _verdicts(view, group)} if view.is_plural else {}),
        **cause,
        "findings": _findings(group),
        "nodes": [_node(view, result, verbose=verbose) for result in group.results],
        **targets,
    }


def _verdicts(view: View, group: RowResults) -> Json:
    """Return how a row is from each vantage point that probed it, or should have."""
    return {name: verdict.value for name, verdict in standpoints.by_vantage(view, group).items()}


def _findings(group: RowResults) -> Json:
    """Return all findings of a row; first those of the row as a whole, which say so."""
    own = len(RowResults(group.row, ()).all_findings)
    return [
        {**of_finding(finding), **({"of_row": True} if number < own else {})}
        for number, finding in enumerate(group.all_findings)
    ]


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


def _node(view: View, result: Result, *, verbose: bool) -> Json:
    """Return what is known at a node; where there are several vantage points, from which."""
    probe = result.observation
    return {
        "zone": result.flow.node.zone,
        "address": str(result.flow.node.address),
        "port": result.flow.port,
        **({"vantage": result.flow.vantage} if view.is_plural else {}),
        "verdict": result.verdict.value,
        **({} if result.flow.spec.reachable else {"reachable": False}),
        **({} if probe is None else {"probe": _probe(probe)}),
        **({"samples": [_probe(sample) for sample in result.samples]} if result.samples else {}),
        **({} if result.paths is None else {"paths": _paths(view, result, verbose=verbose)}),
        **of_reached(result.reached),
        "findings": [of_finding(finding) for finding in result.findings],
        **({"cause": of_finding(result.cause)} if result.cause else {}),
    }


def _paths(view: View, result: Result, *, verbose: bool) -> Json:
    """Return the paths of a connection.

    Without ``verbose`` those that are passed have the hops only that a picture of it needs: where the report
    is of one row, and where the connection fails, for the first few targets and those that it fails for.
    """
    paths = result.paths or ()
    if verbose:
        return [of_path(path) for path in paths]
    closed = [path.target for path in paths if path.verdict not in _PASSED]
    all_drawn = len(view.rows) == 1 or (result.verdict not in _PASSED and not closed)
    few = [*dict.fromkeys(path.target for path in paths if path.target)][:_FEW_TARGETS]
    drawn = {None, *few, *closed} if closed else set()
    return [_path(path, all_drawn or path.target in drawn) for path in paths]


def _path(path: Path, drawn: bool) -> Json:
    """Return a path without the evidence of passed hops; one that is not ``drawn`` with its warnings only."""
    hops = path.hops if drawn else [hop for hop in path.hops if hop.verdict is not Verdict.PASS]
    return {**of_leg(path), "hops": [of_hop(hop, passed=False) for hop in hops]}


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
