"""How are a report's parts named, the same in every format?

What is returned is not yet escaped: it holds names from the table and text from the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from nlbcheck.errors import ExitStatus
from nlbcheck.model import (
    Client,
    Code,
    Finding,
    Leg,
    Node,
    Observation,
    RelayReport,
    Report,
    Result,
    RowReport,
    RowResults,
    Status,
    TargetsReached,
    Verdict,
)
from nlbcheck.model.plan import Step
from nlbcheck.model.smoked import Smoke

_NAMED = 8
"""Rows or targets that are named together; the rest are counted."""
_COUNTED = {
    Verdict.PASS: "ok",
    Verdict.WARN: "ok with a warning",
    Verdict.UNKNOWN: "unknown",
    Verdict.FAIL: "failed",
    Verdict.ERROR: "crashed",
}

_ENDED = {
    ExitStatus.USAGE: "A mapping table is wrong, and nothing is said of its relay.",
    ExitStatus.OK: "All that was asked holds.",
    ExitStatus.BROKEN: "Something is proven broken.",
    ExitStatus.UNSEEN: "Nothing is proven broken, but something could not be seen.",
    ExitStatus.INTERNAL: "nlbcheck itself failed.",
    ExitStatus.INTERRUPTED: "The run was interrupted.",
}


def endpoint(row: RowResults, result: Result) -> str:
    """Return the endpoint's stable name: ``tg-10022[ap-northeast-1a]``."""
    return f"{row.row.name}[{result.flow.node.label}]"


def node(node: Node) -> str:
    """Return a node's zone and address, or the address alone."""
    return f"{node.zone} {node.address}" if node.zone else str(node.address)


def target(row: RowResults) -> str:
    """Return whom a row is for: ``TargetServer1 172.31.129.10:22``."""
    port = row.row.target_port.number
    return names(
        f"{server.name} {server.address}:{port}" if server.is_named else f"{server.name}:{port}"
        for server in row.row.declared
    )


def group(row: RowReport) -> str:
    """Return what tables show as a row's target group; of an entry of ``forbidden``, its name."""
    return row.name if row.is_forbidden else row.target_group


def short_target(row: RowResults) -> str:
    """Return whom a row is for, by one name each: ``TargetServer1:22``."""
    return names(f"{server.name}:{row.row.target_port.number}" for server in row.row.declared)


def vantage(client: Client) -> str:
    """Return where connections start: ``this machine (192.168.1.214)``."""
    known = [_leaving(client), client.instance]
    told = [item for item in dict.fromkeys(known) if item and item != client.source]
    return f"{client.source} ({', '.join(told)})" if told else client.source


def _leaving(client: Client) -> str | None:
    """Return the address that connections start from; each with its destination where they differ."""
    if client.towards:
        return ", ".join(f"{address} to {destination}" for destination, address in client.towards)
    return client.address


def share(result: Result, count: int) -> str:
    """Return how many of a result's connections are meant, to follow a word; nothing where there is one."""
    return f" ({count} of {len(result.samples)} connections)" if result.samples else ""


def ending(result: Result, probe: Observation) -> str:
    """Return how the probe of a flow ended: ``timed-out``, of several connections ``6 of 8 ok``."""
    if not result.flow.spec.reachable:
        return _unwanted(result)
    if not result.samples:
        return probe.status.value
    answered = sum(sample.status is Status.OK for sample in result.samples)
    if answered or len(result.outcomes) > 1:
        return f"{answered} of {len(result.samples)} ok"
    return f"{len(result.samples)} {probe.status.value}"


def is_as_wanted(result: Result) -> bool:
    """Whether a flow answers, and is meant to."""
    return result.flow.spec.reachable and all(seen.status is Status.OK for seen in result.connections)


def _unwanted(result: Result) -> str:
    """Return how probes ended that nobody should answer: ``closed``, or ``open: refused``."""
    if result.probed is Verdict.PASS:
        return "closed"
    judged = result.flow.spec.judged
    ends = [seen.status.value for seen, _ in result.outcomes if judged(seen.status) is result.probed]
    return f"{'open: ' if result.probed is Verdict.FAIL else ''}{ends[0]}"


def balancer(report: Report, relay: RelayReport) -> str:
    """Return the load balancer's name, else the static IPs that are known of it, else its table's file."""
    others = {row.name for row in report.rows if row.is_forbidden}
    own = (item.flow for item in report.results if item.flow.relay == relay.name)
    found = (str(flow.node.address) for flow in own if flow.row not in others)
    return relay.load_balancer or " and ".join(dict.fromkeys(found)) or relay.table


def time(at: datetime) -> str:
    """Return a time in RFC 3339, to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def heading(relay: str | None, about: str) -> str:
    """Return what stands above a table: whose rows, where there are several relays, and what else."""
    return ": ".join(part for part in (relay, about) if part)


def header(report: Report, probers: frozenset[str], *, overviewed: bool = False) -> list[tuple[str, str]]:
    """Return what a report begins with, each with its label: the load balancers, who connects, and when.

    ``probers`` are the vantage points that have probed. With ``overviewed``, load balancers stand elsewhere.
    """
    lines = []
    for relay in report.relays:
        if overviewed or relay.problems:
            continue
        account = f"account {relay.account}" if relay.account else None
        parts = (balancer(report, relay), account, relay.region)
        lines.append(("Load balancer", ", ".join(part for part in parts if part)))
        if relay.dual_stack:
            lines.append(("IPv6", "not judged: the load balancer is dual-stack, and IPv4 alone is walked"))
    return [*lines, *_standing(report, probers), ("Time", time(report.started_at))]


def _standing(report: Report, probers: frozenset[str]) -> list[tuple[str, str]]:
    """Return who connects: the client, or the vantage points that probe where there are several."""
    client, *others = report.vantages
    lines = []
    if not others or client.source not in probers:
        lines = [("Client", vantage(client) + (", not probed" if others else ""))]
    else:
        others = [client, *others]
    walked = {item.flow.vantage for item in report.results if item.observation is None} - probers
    lines += [
        ("Walked from" if other.source in walked else "Probed from", vantage(other))
        for other in others
        if other.error is None
    ]
    more = [("And from", f"{len(lines) - _NAMED} more")] if len(lines) > _NAMED else []
    unseen = [("Not probed", f"{other.source}: {other.error}") for other in others if other.error]
    return [*lines[:_NAMED], *more, *unseen]


def finding(finding: Finding, source: str = "") -> str:
    """Return a finding in one line: verdict, code and summary; ``source`` says from where it is so."""
    likely = "" if finding.confidence.value == "certain" else " (likely)"
    return f"{finding.verdict.value}: {finding.code}{likely}{source}: {finding.summary}"


def proof(finding: Finding) -> str:
    """Return what became of trying a finding's remedy on the recorded state, to follow its sentence."""
    remedy = finding.remedy
    if remedy is None or not remedy.calls:
        return ""
    what = "the health check" if finding.leg is Leg.HEALTH else "the connection"
    match remedy.verified:
        case True if remedy.together_with:
            codes = dict.fromkeys((finding.code, *remedy.together_with))
            more = " (more than one)" if finding.code in remedy.together_with else ""
            return f" Needed together: {', '.join(codes)}{more}."
        case True:
            where = f" at {finding.zone}" if finding.zone else ""
            return f" This alone restores {what}{where}."
        case False:
            tried = f"Tried on the recorded state with all other commands: {what} still fails."
            return f" ({tried} Fixes by hand were not tried.)"
    if finding.code is Code.PROXY_PROTOCOL_ON:
        return " (Not proven: the path is open before, and what the target answers then only a probe shows.)"
    if remedy.together_with:
        return f" (Not proven: {', '.join(remedy.together_with)} may stop {what} all the same.)"
    if finding.verdict is not Verdict.FAIL or finding.leg is Leg.TABLE:
        return ""  # of another target than the table's, connections may pass as they are
    return " (Not proven: part of the path is not visible.)"


def step(step: Step) -> str:
    """Return a step of a plan in one line: what to do, and what that mends."""
    rows = f": {names(step.rows)}" if step.rows else ""
    return f"{step.text} [{', '.join(step.codes)}{rows}]"


def steps(numbers: Sequence[int]) -> str:
    """Return which steps of a plan are meant: ``steps 1 to 3``."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return f"step {first}"
    if len(numbers) > 2 and last - first == len(numbers) - 1:
        return f"steps {first} to {last}"
    return f"steps {', '.join(map(str, numbers[:-1]))} and {last}"


def reached(results: Iterable[Result]) -> list[str]:
    """Return for which of several targets the paths are open, one sentence for all nodes that are alike."""
    told: dict[TargetsReached, list[str]] = {}
    for result in results:
        if result.reached and result.reached.several:
            told.setdefault(result.reached, []).append(result.flow.node.label)
    return [of_targets(found, f" from {' and '.join(dict.fromkeys(nodes))}") for found, nodes in told.items()]


def of_targets(found: TargetsReached, where: str = "") -> str:
    """Return for which of several targets the path is open, and which share of the connections fails."""
    closed = f", not {names(found.closed)}" if found.closed else ""
    hidden = found.used - found.open - len(found.closed)
    unseen = f", {hidden} not visible" if hidden else ""
    spare = f"; {found.spare} more not in use" if found.spare else ""
    share = f": likely {_percent(found.failing)} of the connections fail" if 0 < found.failing < 1 else ""
    many = "targets" if found.used > 1 else "target"
    return f"{found.open} of {found.used} {many} reachable{where}{closed}{unseen}{spare}{share}."


def _percent(share: float) -> str:
    return f"{share:.0%}" if 0.01 <= share <= 0.99 else "less than 1%" if share < 0.5 else "more than 99%"


def names(rows: Iterable[str]) -> str:
    """Return names of rows or targets, each once; of many, the first ones and how many more there are."""
    each = list(dict.fromkeys(rows))
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return ", ".join(each[:_NAMED]) + more


def ended(report: Report) -> str:
    """Return what the exit status of a run says."""
    found = {*report.verdicts, *(finding.verdict for finding in report.findings)}
    if report.exit_status is ExitStatus.BROKEN and Verdict.FAIL not in found:
        return "Nothing is proven broken, but warnings end this run as failures do."
    return _ENDED[report.exit_status]


def counted(verdicts: Mapping[Verdict, int]) -> str:
    """Return how many connections have come to each verdict: ``8 ok, 2 failed``."""
    return ", ".join(f"{verdicts[verdict]} {word}" for verdict, word in _COUNTED.items() if verdicts[verdict])


def smoke(test: Smoke) -> str:
    """Return in a few words how a smoke test ended."""
    seen = {"healthy": "targets healthy", "unhealthy": "not all targets healthy"}
    health = seen.get(test.health, "target health not visible")
    waited = f" after {test.waited_s:.0f} s" if test.waited_s >= 1 else ""
    return f"{health}{waited}; {test.good} of {test.steady} good rounds in a row, {test.rounds} in all"
