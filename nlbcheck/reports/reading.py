"""What does a document ``nlbcheck.report/1`` say? The report that it was made of.

What older versions did not write is taken for unknown; what newer ones add is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from nlbcheck.errors import ExitStatus
from nlbcheck.formats.json import SCHEMA
from nlbcheck.model import (
    Client,
    DeclaredTarget,
    FailOn,
    Flow,
    Gap,
    Node,
    Port,
    ProbeSpec,
    RelayReport,
    Report,
    Result,
    RowReport,
    TargetReport,
    TargetsReached,
)
from nlbcheck.model.smoked import Held, Smoke
from nlbcheck.reports.findings import finding, observation, path
from nlbcheck.reports.json_object import JsonObject


def report(document: Mapping[str, Any], source: str, place: str = "") -> Report:
    """Return the report that a document holds.

    ``source`` is the file that it comes from, and ``place`` where in it. Raises InputError, with file, JSON
    path and what was expected, for a document of another schema and where something is missing or wrong.
    """
    whole = JsonObject(document, source, place)
    if whole.text("schema") != SCHEMA:
        raise whole.refusal("schema", f'"{SCHEMA}"')
    client = _client(whole.part("client"))
    relays = tuple(_relay(item) for item in whole.maybe_parts("relays"))
    rows, results = [], []
    for mapping in whole.parts("mappings"):
        row = _row(mapping)
        rows.append(row)
        results += [_result(node, row, client) for node in mapping.parts("nodes")]
    return Report(
        version=whole.text("version"),
        started_at=whole.time("started_at"),
        command=whole.text("command"),
        vantages=tuple(_client(item) for item in whole.maybe_parts("vantages")) or (client,),
        rows=tuple(rows),
        results=tuple(results),
        interrupted=whole.exit_status("exit_status") is ExitStatus.INTERRUPTED,
        gaps=tuple(_gap(item) for item in whole.parts("gaps")) if "gaps" in whole else None,
        table=tuple(finding(item) for item in whole.maybe_parts("findings")),
        remarks=whole.texts("remarks"),
        uninspected=whole.texts("uninspected"),
        relays=relays,
        smoke=_smoke(whole.maybe_part("smoke")),
        fail_on=_fail_on(whole.maybe_text("fail_on")),
        recorded_at=whole.time("recorded_at") if "recorded_at" in whole else None,
        probed_at=whole.time("probed_at") if "probed_at" in whole else None,
    )


def _fail_on(word: str | None) -> FailOn:
    """Return what a run was to fail on; a word of a later version is as none."""
    return FailOn(word) if word in set(FailOn) else FailOn.FAIL


def _smoke(smoke: JsonObject | None) -> Smoke | None:
    if smoke is None:
        return None
    return Smoke(
        smoke.maybe_float("waited_s") or 0.0,
        smoke.text("health"),
        smoke.number("rounds"),
        smoke.number("steady"),
        smoke.number("good"),
        _held(smoke.maybe_part("baseline")),
    )


def _held(baseline: JsonObject | None) -> Held | None:
    if baseline is None:
        return None
    file, broken, changes = baseline.text("file"), baseline.number("newly_broken"), baseline.texts("changes")
    return Held(file, broken, changes, baseline.exit_status("exit_status"))


def _client(client: JsonObject) -> Client:
    return Client(
        client.text("source"),
        client.maybe_text("address"),
        client.maybe_text("interface"),
        client.maybe_text("subnet"),
        client.maybe_text("vpc"),
        client.maybe_text("instance"),
        _towards(client.maybe_part("addresses")),
        client.maybe_text("error"),
        client.texts("stands_for") if "stands_for" in client else (),
    )


def _towards(addresses: JsonObject | None) -> tuple[tuple[str, str], ...]:
    if addresses is None:
        return ()
    return tuple((destination, addresses.text(destination)) for destination in addresses)


def _relay(relay: JsonObject) -> RelayReport:
    return RelayReport(
        _name(relay),
        relay.text("table"),
        relay.maybe_text("load_balancer"),
        relay.maybe_text("account"),
        relay.maybe_text("region"),
        dual_stack=bool(relay.maybe_flag("dual_stack")),
        problems=relay.texts("problems"),
        ending=relay.exit_status("exit_status") if "exit_status" in relay else ExitStatus.OK,
    )


def _name(relay: JsonObject | None) -> str:
    """Return what rows call their relay."""
    if relay is None:
        return ""
    return relay.maybe_text("name") or relay.maybe_text("load_balancer") or relay.text("table")


def _row(mapping: JsonObject) -> RowReport:
    listener, target = mapping.part("listener"), mapping.part("target")
    cause = mapping.maybe_part("cause")
    return RowReport(
        relay=_name(mapping.maybe_part("relay")),
        name=mapping.text("name"),
        listener=Port(listener.text("protocol"), listener.port("port")),
        target_group=mapping.text("target_group"),
        declared=tuple(_declared(item) for item in mapping.maybe_parts("declared") or [target]),
        target_port=Port(target.text("protocol"), target.port("port")),
        findings=tuple(finding(item) for item in mapping.parts("findings") if item.maybe_flag("of_row")),
        cause=finding(cause) if cause else None,
        targets=tuple(_target(item) for item in mapping.parts("targets")) if "targets" in mapping else None,
        is_forbidden=bool(mapping.maybe_flag("forbidden")),
    )


def _declared(target: JsonObject) -> DeclaredTarget:
    return DeclaredTarget(target.text("name"), target.maybe_address("address"))


def _target(target: JsonObject) -> TargetReport:
    health = target.part("health")
    return TargetReport(
        target.text("address"),
        target.maybe_port("port"),
        target.maybe_text("zone"),
        health.maybe_text("state"),
        health.maybe_text("reason"),
        health.maybe_text("description"),
        target.maybe_flag("declared"),
        health.raw("check"),
    )


def _result(node: JsonObject, row: RowReport, client: Client) -> Result:
    probe, cause = node.maybe_part("probe"), node.maybe_part("cause")
    result = Result(
        _flow(node, row, client),
        observation(probe) if probe else None,
        tuple(path(item) for item in node.parts("paths")) if "paths" in node else None,
        tuple(finding(item) for item in node.parts("findings")),
        finding(cause) if cause else None,
        _reached(node.maybe_part("reached")),
        tuple(observation(item) for item in node.maybe_parts("samples")),
    )
    return _as_probed(result)


def _flow(node: JsonObject, row: RowReport, client: Client) -> Flow:
    servers = tuple(dict.fromkeys(server.key for server in row.declared))
    return Flow(
        row=row.name,
        node=Node(node.maybe_text("zone"), node.address("address")),
        port=node.port("port"),
        target=servers[0],
        vantage=node.maybe_text("vantage") or client.source,
        relay=row.relay,
        any_of=servers if len(row.declared) > 1 else (),
        spec=ProbeSpec(reachable=node.maybe_flag("reachable") is not False),
    )


def _as_probed(result: Result) -> Result:
    """Return a result whose flow says what was asked, and on how many connections."""
    if result.observation is None:
        return result
    spec = replace(result.flow.spec, check=result.observation.check)
    return replace(result, flow=replace(result.flow, spec=spec, samples=len(result.connections)))


def _reached(reached: JsonObject | None) -> TargetsReached | None:
    if reached is None:
        return None
    return TargetsReached(
        reached.number("used"),
        reached.number("open"),
        reached.number("spare"),
        reached.texts("closed"),
        reached.maybe_float("failing_share") or 0.0,
    )


def _gap(gap: JsonObject) -> Gap:
    return Gap(*(gap.text(key) for key in _GAP))


_GAP: Iterable[str] = ("service", "operation", "account", "region", "error", "permission")
