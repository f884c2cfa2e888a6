"""Which rows are behind a TLS listener although their table says otherwise, and names no check?

The listener takes TLS off, and speaks it to clients whatever the target's port is:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.diagnosis.survey import Survey, Surveyed
from nlbcheck.model import Check
from nlbcheck.relays.table import Row

_WEB = (Check.HTTP, Check.HTTPS)


def fitted(survey: Survey) -> tuple[Row, ...]:
    """Return the rows of a survey as they are probed: inside TLS where AWS shows a TLS listener."""
    return tuple(_inside(item.row) if _is_meant(item) else item.row for item in survey.rows)


def _is_meant(item: Surveyed) -> bool:
    shown = any(walk is not None and walk.listener is Protocol.TLS for walk in item.walks)
    return shown and not item.row.spec.is_said and not item.row.spec.host_keys


def _inside(row: Row) -> Row:
    spec = row.spec
    check = Check.HTTPS if spec.check in _WEB else Check.TLS
    named = spec.server_name or spec.host
    return replace(row, spec=replace(spec, check=check, verify=spec.verify if named else False))
