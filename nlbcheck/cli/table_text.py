"""How does a mapping table look at a terminal?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlbcheck.cli import understood
from nlbcheck.escape import printable, shortened
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Check
from nlbcheck.relays import Forbidden, Row, Table, row_keys
from nlbcheck.wrapping import columns_of

_SHOWN = 8
"""Targets of a row that text shows."""
_LONGEST = 80
"""Characters of a cell that holds several things."""
_HEADINGS = (
    marked("Listener"),
    marked("Target group"),
    marked("Target port"),
    marked("Target"),
    marked("Check"),
    marked("Expect"),
)
_REMARKS = marked("Remarks")
_OF_FORBIDDEN = (marked("Name"), marked("Client"), marked("Address"), marked("Port"))
_LABELS = (
    marked("Load balancer"),
    marked("Region"),
    marked("Profile"),
    marked("Role"),
    marked("Client"),
    marked("Probed from"),
    marked("Static IPs"),
)


def printed(table: Table) -> str:
    """Return a table for people."""
    from tabulate import tabulate

    headings = [tell(heading) for heading in _HEADINGS]
    if any(row.remarks for row in table.rows):
        headings.append(tell(_REMARKS))
    rows = tabulate([_printable(_cells(row)) for row in table.rows], headings, disable_numparse=True)
    closed = [_printable(_forbidden(item)) for item in table.forbidden]
    titles = [tell(title) for title in _OF_FORBIDDEN]
    more = (
        ["", tell("Must not be reachable:"), tabulate(closed, titles, disable_numparse=True)]
        if closed
        else []
    )
    lines = list(_head(table))
    return "\n".join([*lines, *[""][: len(lines)], rows, *more, *understood.told(table)])


def _head(table: Table) -> Iterator[str]:
    """Yield the lines on the load balancer."""
    nodes = [f"{node.address} ({node.zone})" if node.zone else str(node.address) for node in table.static_ips]
    values = (
        table.load_balancer,
        table.region,
        table.profile,
        table.role_arn,
        table.client,
        ", ".join(map(str, table.via)),
        ", ".join(nodes),
    )
    labels = [f"{tell(label)}:" for label in _LABELS]
    room = max(map(columns_of, labels)) + 1
    for label, value in zip(labels, values, strict=True):
        if value:
            yield f"{label}{' ' * (room - columns_of(label))}{printable(value)}"


def _printable(cells: Sequence[str]) -> list[str]:
    return [printable(cell) for cell in cells]


def _forbidden(item: Forbidden) -> tuple[str, ...]:
    """Return the cells of a connection that must not succeed."""
    client = item.client or tell("the table's, or this machine")
    return item.name, client, str(item.address), f"TCP:{item.port}"


def _targets(row: Row) -> str:
    """Return whom a row must reach; of many targets, the first ones and how many more there are."""
    told = [f"{item.name} ({item.address})" if item.is_named else item.name for item in row.targets[:_SHOWN]]
    listed = ", ".join(told)
    more = len(row.targets) - _SHOWN
    return tell("{targets} and {count} more", targets=listed, count=more) if more > 0 else listed


def _cells(row: Row) -> list[str]:
    """Return the cells of one row, as plain text."""
    check = tell("ssh banner") if row.spec.ssh_banner_only else row.spec.check.value
    remarks = "; ".join(f"{name}: {text}" for name, text in row.remarks.items())
    return [
        str(row.listener),
        row.target_group,
        str(row.target_port),
        _targets(row),
        check if row.spec.path == "/" else f"{check} {shortened(row.spec.path, 30)}",
        shortened(", ".join(_expected(row)), _LONGEST),
        *([shortened(remarks, _LONGEST)] if remarks else []),
    ]


def _expected(row: Row) -> Iterator[str]:
    """Yield what a row expects."""
    if keys := len(row.spec.host_keys):
        yield plural(keys, "{count} host key", "{count} host keys")
    if row.spec.http.statuses:
        yield tell("status {status}", status=row_keys.statuses(row.spec.http.statuses))
    yield from (f"{name}: {value}" for name, value in row.spec.http.headers.items())
    if row.spec.check in (Check.HTTPS, Check.TLS) and row.spec.verify is False:
        yield tell("any certificate")
    elif row.spec.server_name:
        yield tell("certificate for {name}", name=row.spec.server_name)
    if row.samples:
        yield plural(row.samples, "{count} connection a static IP", "{count} connections a static IP")
