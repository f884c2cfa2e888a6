"""Which recording and alert rules tell a relay's failures apart?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JOB = "nlbcheck"
_UP = f'probe_success{{job="{JOB}", expected="reachable"}}'
_UNWANTED = f'probe_success{{job="{JOB}", expected="unreachable"}}'

_ROW, _NODE, _TARGET = ("relay, row, target", "relay, zone, static_ip", "relay, target")


def rules() -> Mapping[str, Any]:
    """Return Prometheus' rule file: how many probes of a row, a static IP and a target succeed, and alerts.

    The gravest alert of one cause tells it alone: where a static IP answers on no port, its rows are silent.
    """
    return {"groups": [{"name": "nlbcheck", "rules": [*_recorded(), *_down(), *_besides()]}]}


def _recorded() -> list[Mapping[str, Any]]:
    return [
        {"record": f"nlbcheck:probe_success:avg_by_{name}", "expr": f"avg by ({labels}) ({_UP})"}
        for name, labels in (("row", _ROW), ("static_ip", _NODE), ("target", _TARGET))
    ]


def _down() -> list[Mapping[str, Any]]:
    """Return the alerts for what is not reached."""
    row, node, target = (f"nlbcheck:probe_success:avg_by_{name}" for name in ("row", "static_ip", "target"))
    several = f"count by ({_NODE}) ({_UP}) > 1"
    return [
        _alert(
            "NlbcheckStaticIpDown",
            f"{node} == 0 and on ({_NODE}) ({several})",
            "critical",
            "{{ $labels.relay }} answers on no port of {{ $labels.static_ip }} ({{ $labels.zone }})",
            "Every row fails at this static IP. To see why: nlbcheck diagnose --all",
        ),
        _alert(
            "NlbcheckTargetDown",
            f"{target} == 0 and on ({_TARGET}) (count by ({_TARGET}) ({row}) > 1)",
            "critical",
            "{{ $labels.target }} is not reached through {{ $labels.relay }} on any port",
            "Every row of this target fails at every static IP. To see why: nlbcheck diagnose --all",
        ),
        _alert(
            "NlbcheckRowDown",
            f"{row} == 0 unless on ({_TARGET}) ({target} == 0 and on ({_TARGET}) "
            f"(count by ({_TARGET}) ({row}) > 1))",
            "critical",
            "{{ $labels.row }} of {{ $labels.relay }} fails at every static IP",
            "To see why: nlbcheck diagnose {{ $labels.row }}",
        ),
        _alert(
            "NlbcheckEndpointDown",
            f"{_UP} == 0 unless on ({_ROW}) {row} == 0 unless on ({_NODE}) ({node} == 0 and on ({_NODE}) "
            f"({several}))",
            "warning",
            "{{ $labels.row }} of {{ $labels.relay }} fails at {{ $labels.static_ip }} ({{ $labels.zone }})",
            "Other static IPs reach the server. To see why: nlbcheck diagnose {{ $labels.row }}",
        ),
    ]


def _besides() -> list[Mapping[str, Any]]:
    """Return the alerts for what is reached, and for a prober that says nothing."""
    return [
        _alert(
            "NlbcheckReachableUnwanted",
            f"{_UNWANTED} == 1",
            "critical",
            "{{ $labels.row }} of {{ $labels.relay }} answers at {{ $labels.static_ip }}",
            "The table says that nobody may reach it. To see why: nlbcheck diagnose {{ $labels.row }}",
        ),
        _alert(
            "NlbcheckServerReportsError",
            f'probe_http_status_code{{job="{JOB}"}} == 400 or probe_http_status_code{{job="{JOB}"}} >= 500',
            "warning",
            "{{ $labels.row }} of {{ $labels.relay }} answers HTTP {{ $value }}",
            "The connection succeeds, and the server reports an error.",
        ),
        _alert(
            "NlbcheckCertificateExpires",
            f'probe_ssl_earliest_cert_expiry{{job="{JOB}"}} - time() < 14 * 86400',
            "warning",
            "A certificate of {{ $labels.row }} of {{ $labels.relay }} expires in "
            "{{ $value | humanizeDuration }}",
            "Renew the certificate of the target or of the TLS listener.",
        ),
        _alert(
            "NlbcheckNotProbed",
            f'up{{job="{JOB}"}} == 0',
            "warning",
            "blackbox_exporter does not probe {{ $labels.instance }}",
            "Nothing is known of the relay while its prober does not answer Prometheus.",
        ),
    ]


def _alert(name: str, expression: str, severity: str, summary: str, description: str) -> Mapping[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": "2m",
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }
