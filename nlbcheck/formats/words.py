"""How are a report's parts named, the same in every format?

What is returned is not yet escaped: it holds names from the table and text from the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from nlbcheck.errors import ExitStatus
from nlbcheck.language import listed, marked, tell
from nlbcheck.model import (
    Client,
    Confidence,
    FailOn,
    Finding,
    Node,
    Observation,
    RelayReport,
    Report,
    Result,
    RowReport,
    RowResults,
    Status,
    Verdict,
)
from nlbcheck.model.flow import named
from nlbcheck.model.plan import Step

_NAMED = 8
"""Rows or targets that are named together; the rest are counted."""
_COUNTED = {
    Verdict.PASS: marked("{count} ok"),
    Verdict.WARN: marked("{count} ok with a warning"),
    Verdict.UNKNOWN: marked("{count} unknown"),
    Verdict.FAIL: marked("{count} failed"),
    Verdict.ERROR: marked("{count} crashed"),
}
_VERDICTS = {
    Verdict.PASS: marked("pass"),
    Verdict.WARN: marked("warn"),
    Verdict.UNKNOWN: marked("unknown"),
    Verdict.FAIL: marked("fail"),
    Verdict.ERROR: marked("error"),
}
_ENDED = {
    ExitStatus.USAGE: marked("A mapping table has mistakes. Its relay was not checked."),
    ExitStatus.OK: marked("Everything that was checked is in order."),
    ExitStatus.BROKEN: marked("A failure is proven."),
    ExitStatus.UNSEEN: marked("No failure is proven, but something is not visible."),
    ExitStatus.INTERNAL: marked("nlbcheck itself failed."),
    ExitStatus.INTERRUPTED: marked("The run was interrupted."),
}


def joined(sentences: Iterable[str]) -> str:
    """Return sentences as one text; after a Japanese stop there is no space."""
    return " ".join(sentences).replace("。 ", "。")


def in_a_line(title: str) -> str:
    """Return a column's title, which a translation may break into two lines, in one."""
    return tell(title).replace("\n", "")


def verdict(verdict: Verdict) -> str:
    """Return a verdict as people read it."""
    return tell(_VERDICTS[verdict])


def place(source: str) -> str:
    """Return where connections start, as a sentence names it."""
    return named(source)


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
    source = place(client.source)
    return f"{source} ({', '.join(told)})" if told else source


def standing(client: Client, probers: frozenset[str]) -> str:
    """Return what stands above the results from a vantage point: whose they are, and whether it probed."""
    if client.source in probers:
        return tell("From {vantage}, probed", vantage=vantage(client))
    return tell("From {vantage}, not probed", vantage=vantage(client))


def _leaving(client: Client) -> str | None:
    """Return the address that connections start from; each with its destination where they differ."""
    if client.towards:
        return ", ".join(
            tell("{address} to {destination}", address=address, destination=destination)
            for destination, address in client.towards
        )
    return client.address


def share(result: Result, count: int) -> str:
    """Return how many of a result's connections are meant, to follow a word; nothing where there is one."""
    if not result.samples:
        return ""
    return f" ({tell('{count} of {total} connections', count=count, total=len(result.samples))})"


def ending(result: Result, probe: Observation) -> str:
    """Return how the probe of a flow ended: ``timed-out``, of several connections ``6 of 8 ok``."""
    if not result.flow.spec.reachable:
        return _unwanted(result)
    if not result.samples:
        return probe.status.value
    answered = sum(sample.status is Status.OK for sample in result.samples)
    if answered or len(result.outcomes) > 1:
        return tell("{count} of {total} ok", count=answered, total=len(result.samples))
    return f"{len(result.samples)} {probe.status.value}"


def is_as_wanted(result: Result) -> bool:
    """Whether a flow answers, and is meant to."""
    return result.flow.spec.reachable and all(seen.status is Status.OK for seen in result.connections)


def _unwanted(result: Result) -> str:
    """Return how probes ended that nobody should answer: ``closed``, or ``open: refused``."""
    if result.probed is Verdict.PASS:
        return tell("closed")
    judged = result.flow.spec.judged
    ends = [seen.status.value for seen, _ in result.outcomes if judged(seen.status) is result.probed]
    return tell("open: {status}", status=ends[0]) if result.probed is Verdict.FAIL else ends[0]


def balancer(report: Report, relay: RelayReport) -> str:
    """Return the load balancer's name, else the static IPs that are known of it, else its table's file."""
    others = {row.name for row in report.rows if row.is_forbidden}
    own = (item.flow for item in report.results if item.flow.relay == relay.name)
    found = (str(flow.node.address) for flow in own if flow.row not in others)
    return relay.load_balancer or listed([*dict.fromkeys(found)]) or relay.table


def account_and_region(relay: RelayReport) -> list[str]:
    """Return where AWS keeps a load balancer, as far as that is known."""
    account = tell("account {account}", account=relay.account) if relay.account else None
    return [part for part in (account, relay.region) if part]


def time(at: datetime) -> str:
    """Return a time in RFC 3339, to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def heading(relay: str | None, about: str) -> str:
    """Return what stands above a table: whose rows, where there are several relays, and what else."""
    return ": ".join(part for part in (relay, about) if part)


def header(report: Report, probers: frozenset[str], *, overviewed: bool = False) -> list[tuple[str, str]]:
    """Return what a report begins with, each with its label: the load balancers, who connects, and when.

    A label is English, for whoever reads it to `tell`. ``probers`` are the vantage points that have probed.
    With ``overviewed``, load balancers stand elsewhere.
    """
    lines = []
    for relay in report.relays:
        if overviewed or relay.problems:
            continue
        parts = (balancer(report, relay), *account_and_region(relay))
        lines.append((marked("Load balancer"), ", ".join(parts)))
        if relay.dual_stack:
            only = tell("Not checked. The load balancer is dual-stack, and only IPv4 paths are walked.")
            lines.append((marked("IPv6"), only))
    return [*lines, *_standing(report, probers), (marked("Time"), time(report.started_at)), *_seen(report)]


def _seen(report: Report) -> Iterator[tuple[str, str]]:
    """Yield when what a diagnosis judges was seen, where that was before it."""
    if report.recorded_at:
        yield marked("AWS state"), tell("recorded at {time}", time=time(report.recorded_at))
    if report.probed_at:
        yield marked("Probes"), tell("made at {time}", time=time(report.probed_at))


def _standing(report: Report, probers: frozenset[str]) -> list[tuple[str, str]]:
    """Return who connects: the client, or the vantage points that probe where there are several."""
    client, *others = report.vantages
    lines = []
    if not others:
        lines = [(marked("Client"), vantage(client))]
    elif client.source not in probers:
        lines = [(marked("Client"), tell("{vantage}, not probed", vantage=vantage(client)))]
    else:
        others = [client, *others]
    walked = {item.flow.vantage for item in report.results if item.observation is None} - probers
    lines += [
        (marked("Walked from") if other.source in walked else marked("Probed from"), vantage(other))
        for other in others
        if other.error is None
    ]
    left = len(lines) - _NAMED
    more = [(marked("And from"), tell("{count} more", count=left))] if left > 0 else []
    unseen = [
        (marked("Not probed"), f"{place(other.source)}: {other.error}") for other in others if other.error
    ]
    return [*lines[:_NAMED], *more, *unseen]


def finding(finding: Finding) -> str:
    """Return a finding in one line: verdict, code and summary."""
    is_certain = finding.confidence is Confidence.CERTAIN
    return tell(
        "{verdict}: {code}: {summary}" if is_certain else "{verdict}: {code} (likely): {summary}",
        verdict=verdict(finding.verdict),
        code=finding.code,
        summary=finding.summary,
    )


def step(step: Step) -> str:
    """Return a step of a plan in one line: what to do, and what that mends."""
    rows = f": {names(step.rows)}" if step.rows else ""
    return f"{step.text} [{', '.join(step.codes)}{rows}]"


def steps(numbers: Sequence[int]) -> str:
    """Return which steps of a plan are meant: ``steps 1 to 3``."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return tell("step {number}", number=first)
    if len(numbers) > 2 and last - first == len(numbers) - 1:
        return tell("steps {first} to {last}", first=first, last=last)
    return tell("steps {numbers} and {last}", numbers=", ".join(map(str, numbers[:-1])), last=last)


def names(rows: Iterable[str]) -> str:
    """Return names of rows or targets, each once; of many, the first ones and how many more there are."""
    each = list(dict.fromkeys(rows))
    named = ", ".join(each[:_NAMED])
    more = len(each) - _NAMED
    return tell("{names} and {more} more", names=named, more=more) if more > 0 else named


_STRICT = {
    FailOn.WARN: marked("No failure is proven, but this run ends with warnings as with failures."),
    FailOn.UNKNOWN: marked("No failure is proven, but this run ends with gaps as with failures."),
}


def ended(report: Report) -> str:
    """Return what the exit status of a run says."""
    found = {*report.verdicts, *(finding.verdict for finding in report.findings)}
    if report.exit_status is ExitStatus.BROKEN and Verdict.FAIL not in found and report.fail_on in _STRICT:
        return tell(_STRICT[report.fail_on])
    return tell(_ENDED[report.outcome])


def counted(verdicts: Mapping[Verdict, int]) -> str:
    """Return how many connections have come to each verdict: ``8 ok, 2 failed``."""
    return tell(", ").join(
        tell(words, count=verdicts[verdict]) for verdict, words in _COUNTED.items() if verdicts[verdict]
    )
