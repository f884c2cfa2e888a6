"""What does a run look like to Prometheus? Metrics for the textfile collector of node_exporter.

That collector reads the text format of Prometheus, version 0.0.4, from files named ``*.prom``, and refuses
samples with a timestamp: https://github.com/prometheus/node_exporter#textfile-collector. OpenMetrics came of
that format; what it adds, such as its end mark, the collector does not take, so it is not written.

What was not tried has no sample: a metric that is missing is no success and no failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from nlbcheck.escape import printable
from nlbcheck.formats import overview, standpoints
from nlbcheck.formats.style import Style
from nlbcheck.formats.view import View
from nlbcheck.language import tell
from nlbcheck.model import Observation, Report, Result, RowResults, Verdict
from nlbcheck.model.observation import NOT_TRIED

_MEANINGS = {
    "probe_success": "Whether every connection of a probe was answered as it asks: 1 or 0.",
    "probe_connections": "Connections of a probe, by how they ended.",
    "probe_duration_seconds": "Time from the first packet to the whole answer; of several the longest.",
    "probe_certificate_expiry_timestamp_seconds": "When the certificate expires, in Unix time.",
    "verdict": "What is known of a row at a static IP: 1 for its verdict, 0 for the others.",
    "row_cause": "The finding that explains best why a row fails: 1.",
    "row_works": "Whether a row works from each of several vantage points, at every static IP: 1 or 0.",
    "row_findings": "Findings of a row, each once.",
    "relay_verdict": "How each of several relays stands: 1 for its verdict, 0 for the others.",
    "aws_refused_calls": "Questions that AWS refused to answer.",
    "run_start_timestamp_seconds": "When the run began, in Unix time.",
    "run_exit_status": "The exit status of the run.",
    "run_info": "What has run: 1.",
}
"""Every metric, without its prefix."""

Labels = Mapping[str, str]


def render(report: Report, _style: Style) -> str:
    """Return the report as metrics in the text format of Prometheus."""
    metrics = _Metrics()
    view = View(report)
    for row in view.rows:
        for result in row.results:
            _add_result(metrics, row, result)
        _add_row(metrics, row)
        _add_standpoints(metrics, view, row)
    _add_relays(metrics, report)
    _add_run(metrics, view)
    registry = CollectorRegistry()
    registry.register(metrics)
    parted = [f"# {tell(standpoints.TITLE)}: {printable(told)}\n" for told in standpoints.told(view)]
    return "".join(parted) + generate_latest(registry).decode()


class _Metrics(Collector):
    """The samples of one run; of two with the same labels, which no reader takes, the last one."""

    def __init__(self) -> None:
        self._samples: dict[str, dict[tuple[tuple[str, str], ...], float]] = {name: {} for name in _MEANINGS}

    def add(self, name: str, value: float, labels: Labels | None = None, **more: str) -> None:
        """Add a sample; its labels are foreign text."""
        each = {**(labels or {}), **more}
        self._samples[name][tuple((key, printable(text)) for key, text in each.items())] = value

    def collect(self) -> Iterator[Metric]:
        """Yield what there are samples of, as the registry asks for it."""
        for name, samples in self._samples.items():
            labels = [key for key, _ in next(iter(samples), ())]
            family = GaugeMetricFamily(f"nlbcheck_{name}", _MEANINGS[name], labels=labels)
            for found, value in samples.items():
                family.add_metric([text for _, text in found], value)
            if samples:
                yield family


def _add_result(metrics: _Metrics, row: RowResults, result: Result) -> None:
    """Add what is known of a flow."""
    labels = _labels(row, result)
    for verdict in Verdict:
        metrics.add("verdict", result.verdict is verdict, labels, verdict=verdict.value)
    tried = [seen for seen in result.connections if seen.status not in NOT_TRIED]
    if not tried:
        return
    judged = result.flow.spec.judged
    metrics.add("probe_success", all(judged(seen.status) is Verdict.PASS for seen in tried), labels)
    for (check, status), count in Counter((seen.check, seen.status) for seen in tried).items():
        metrics.add("probe_connections", count, labels, check=check.value, status=status.value)
    if times := [seen.total_ms for seen in tried if seen.total_ms is not None]:
        metrics.add("probe_duration_seconds", round(max(times), 3) / 1000, labels)
    if expiries := [found for seen in tried if (found := _expiry(seen)) is not None]:
        metrics.add("probe_certificate_expiry_timestamp_seconds", min(expiries), labels)


def _add_row(metrics: _Metrics, row: RowResults) -> None:
    """Add why a row fails, and what else is found."""
    labels = {"relay": row.row.relay, "row": row.row.name}
    if cause := row.row.cause:
        metrics.add("row_cause", 1, labels, code=cause.code, confidence=cause.confidence.value)
    counts = Counter((finding.code, finding.verdict) for finding in row.all_findings)
    for (code, verdict), count in counts.items():
        metrics.add("row_findings", count, labels, code=code, verdict=verdict.value)


def _add_standpoints(metrics: _Metrics, view: View, row: RowResults) -> None:
    """Add from which of several vantage points a row works; where that is not known, there is no sample."""
    if not view.is_plural:
        return
    for vantage, verdict in standpoints.by_vantage(view, row).items():
        if verdict in (Verdict.PASS, Verdict.WARN, Verdict.FAIL):
            labels = {"relay": row.row.relay, "row": row.row.name, "vantage": vantage}
            metrics.add("row_works", verdict is not Verdict.FAIL, labels)


def _add_run(metrics: _Metrics, view: View) -> None:
    """Add what the run was, and how it ends."""
    report = view.report
    metrics.add("aws_refused_calls", len(report.gaps or ()))
    metrics.add("run_start_timestamp_seconds", int(report.started_at.timestamp()))
    metrics.add("run_exit_status", report.exit_status)
    metrics.add("run_info", 1, command=report.command, version=report.version)


def _add_relays(metrics: _Metrics, report: Report) -> None:
    """Add how each of several relays stands."""
    for item in overview.standings(report):
        for verdict in Verdict:
            labels = {"relay": item.relay.name, "verdict": verdict.value}
            metrics.add("relay_verdict", item.verdict is verdict, labels)


def _labels(row: RowResults, result: Result) -> Labels:
    """Return the labels of an endpoint, named as those of ``nlbcheck export prometheus``."""
    flow = result.flow
    return {
        "relay": flow.relay,
        "row": flow.row,
        "target": ", ".join(server.name for server in row.row.declared),
        "zone": flow.node.zone or "",
        "static_ip": str(flow.node.address),
        "listener": str(row.row.listener),
        "vantage": flow.vantage,
    }


def _expiry(seen: Observation) -> float | None:
    """Return when the certificate expires that a probe was shown, in Unix time; None where it saw none."""
    try:
        return datetime.fromisoformat(str(seen.detail["not_after"])).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
