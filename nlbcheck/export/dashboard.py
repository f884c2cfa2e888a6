"""Which Grafana dashboard shows a relay at a glance?

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlbcheck.export.alerts import JOB

_SELECTED = f'job="{JOB}", relay=~"$relay"'
_WANTED = f'{_SELECTED}, expected="reachable"'
_UNWANTED = f'{_SELECTED}, expected="unreachable"'
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def dashboard() -> Mapping[str, Any]:
    """Return a dashboard: what fails now, every endpoint over time, how long probes take, certificates."""
    return {
        "title": "nlbcheck",
        "uid": "nlbcheck",
        "tags": ["nlbcheck"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_data_source(), _relay()]},
        "panels": [
            _panel("Endpoints that fail", "stat", _failing(), (0, 0, 6, 5), _count("red")),
            _panel("Endpoints", "stat", _counted(), (6, 0, 6, 5), _count("green")),
            _panel(
                "Days until the first certificate expires",
                "stat",
                f"(min(probe_ssl_earliest_cert_expiry{{{_SELECTED}}}) - time()) / 86400",
                (12, 0, 12, 5),
                _count("yellow"),
            ),
            _panel(
                "Every row at every static IP",
                "status-history",
                f"probe_success{{{_WANTED}}} or 1 - probe_success{{{_UNWANTED}}}",
                (0, 5, 24, 14),
                _states(),
                "{{row}} at {{zone}} {{static_ip}}",
            ),
            _panel(
                "Seconds for a probe",
                "timeseries",
                f"probe_duration_seconds{{{_SELECTED}}}",
                (0, 19, 24, 9),
                {"defaults": {"unit": "s"}, "overrides": []},
                "{{row}} at {{zone}} {{static_ip}}",
            ),
        ],
    }


def expressions() -> Sequence[str]:
    """Return every query of the dashboard, with its variable as Grafana fills it in for all relays."""
    panels = dashboard()["panels"]
    return [target["expr"].replace("$relay", ".*") for panel in panels for target in panel["targets"]]


def _failing() -> str:
    return f"count(probe_success{{{_WANTED}}} == 0 or probe_success{{{_UNWANTED}}} == 1) or vector(0)"


def _counted() -> str:
    return f"count(probe_success{{{_SELECTED}}})"


def _panel(
    title: str,
    kind: str,
    expression: str,
    place: tuple[int, int, int, int],
    field: Mapping[str, Any],
    legend: str = "",
) -> Mapping[str, Any]:
    left, top, width, height = place
    return {
        "title": title,
        "type": kind,
        "datasource": _SOURCE,
        "gridPos": {"x": left, "y": top, "w": width, "h": height},
        "fieldConfig": field,
        "targets": [{"refId": "A", "datasource": _SOURCE, "expr": expression, "legendFormat": legend}],
    }


def _count(color: str) -> Mapping[str, Any]:
    return {"defaults": {"color": {"mode": "fixed", "fixedColor": color}, "decimals": 0}, "overrides": []}


def _states() -> Mapping[str, Any]:
    options = {"0": {"text": "fails", "color": "red"}, "1": {"text": "ok", "color": "green"}}
    return {"defaults": {"mappings": [{"type": "value", "options": options}]}, "overrides": []}


def _data_source() -> Mapping[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def _relay() -> Mapping[str, Any]:
    return {
        "name": "relay",
        "label": "Load balancer",
        "type": "query",
        "datasource": _SOURCE,
        "query": f'label_values(probe_success{{job="{JOB}"}}, relay)',
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }
