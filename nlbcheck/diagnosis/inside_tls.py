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
    return tuple(fit(item.row) if _is_shown(item) else item.row for item in survey.rows)


def _is_shown(item: Surveyed) -> bool:
    return any(walk is not None and walk.listener is Protocol.TLS for walk in item.walks)


def fit(row: Row) -> Row:
    """Return a row of a TLS listener as it is probed: inside TLS, unless the table says how to probe."""
    spec = row.spec
    if spec.is_said or spec.host_keys:
        return row
    check = Check.HTTPS if spec.check in _WEB else Check.TLS
    named = spec.server_name or spec.host
    return replace(row, spec=replace(spec, check=check, verify=spec.verify if named else False))
