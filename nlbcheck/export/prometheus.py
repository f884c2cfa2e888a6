"""Which files let an existing Prometheus probe a relay with blackbox_exporter?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from nlbcheck.export import alerts, dashboard, modules
from nlbcheck.model import Check, Flow
from nlbcheck.relays import Row, Table

_SCHEMES = {Check.HTTP: "http", Check.HTTPS: "https"}


def files(
    table: Table, rows: Sequence[Row], exporter: str, interval: float, timeout: float
) -> Mapping[str, str]:
    """Return the files by name: modules, targets, scrape configuration, rules and a dashboard.

    ``exporter`` is where blackbox_exporter listens, ``HOST:PORT``; ``interval`` and ``timeout`` are in
    seconds. Raises InputError where no static IP is known.
    """
    flows = table.flows(rows)
    by_name = {row.name: row for row in rows}
    made = dict(modules.named(flow.spec, timeout) for flow in flows)
    return {
        "nlbcheck.blackbox.yml": _yaml(
            "Modules for blackbox_exporter: its --config.file, or into the one that it has.",
            {"modules": made},
        ),
        "nlbcheck.targets.json": _json([_target(flow, by_name[flow.row], timeout) for flow in flows]),
        "nlbcheck.prometheus.yml": _yaml(
            "For Prometheus: its --config.file, or the job and the rules into the one that it has.",
            _configuration(exporter, interval, timeout),
        ),
        "nlbcheck.rules.yml": _yaml("Recording and alert rules for Prometheus.", alerts.rules()),
        "nlbcheck.dashboard.json": _json(dashboard.dashboard()),
    }


def _target(flow: Flow, row: Row, timeout: float) -> Mapping[str, Any]:
    """Return an endpoint as Prometheus discovers it: one static IP and listener port, with its labels."""
    scheme = _SCHEMES.get(flow.check)
    address = f"{scheme}://{flow.dialled}{flow.spec.path}" if scheme else str(flow.dialled)
    labels = {
        "relay": flow.relay,
        "row": flow.row,
        "target": ", ".join(server.name for server in row.targets),
        "zone": flow.node.zone or "",
        "static_ip": str(flow.node.address),
        "listener": str(row.listener),
        "expected": "reachable" if flow.spec.reachable else "unreachable",
        "__param_module": modules.named(flow.spec, timeout)[0],
    }
    return {"targets": [address], "labels": labels}


def _configuration(exporter: str, interval: float, timeout: float) -> Mapping[str, Any]:
    """Return a configuration of Prometheus with the one job.

    A scrape waits longer than the probe that it asks for, so that a probe which times out is told.
    """
    job = {
        "job_name": alerts.JOB,
        "metrics_path": "/probe",
        "scrape_interval": f"{interval:g}s",
        "scrape_timeout": f"{timeout + 1:g}s",
        "file_sd_configs": [{"files": ["nlbcheck.targets.json"]}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": exporter},
        ],
    }
    return {"rule_files": ["nlbcheck.rules.yml"], "scrape_configs": [job]}


def _yaml(about: str, document: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
    return f"# {about}\n# Made by nlbcheck export prometheus; it is replaced when that runs again.\n{text}"


def _json(document: Any) -> str:  # noqa: ANN401 (what json takes)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
